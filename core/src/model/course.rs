//! Where a request has come to: its entries, folded. The last entry of a kind counts.

use super::{
    Attention, Entry, EntryKind, HandBackReason, PassReason, Route, RouteReason, Step,
    TroubleReason, UntoldReason, Word,
};
use crate::id::{MemberId, RequestId};
use crate::time::Timestamp;
use crate::vec_map::VecMap;

/// What was said about one member and a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<T> {
    /// When, by the clock of whoever said it.
    pub at: Timestamp,
    /// What.
    pub what: T,
}

/// Something in the way of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// What it is; `None` is a word this version does not know.
    pub why: Option<TroubleReason>,
    /// Who said so.
    pub by: Option<MemberId>,
    /// When, by their clock.
    pub at: Timestamp,
}

/// Where a request has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent marks, each there or not"
)]
pub struct Course {
    /// Whether a coordinator looked at it.
    pub triaged: bool,
    /// How it is answered.
    pub route: Route,
    /// Why that way.
    pub route_why: Option<RouteReason>,
    /// How far help is looked for, when somebody or the relay said so; else the first step.
    pub step: Option<Said<Step>>,
    /// Since when it is stuck, and why.
    pub stuck: Option<Said<Attention>>,
    /// Who was asked.
    pub asked: VecMap<MemberId, Timestamp>,
    /// Who said that it is not for them.
    pub passed: VecMap<MemberId, Said<Option<PassReason>>>,
    /// Which helpers are at it.
    pub started: VecMap<MemberId, Timestamp>,
    /// Whose time ran out before they began, or who was let go.
    pub ended: VecMap<MemberId, Timestamp>,
    /// How long it took each helper, in minutes.
    pub minutes: VecMap<MemberId, i64>,
    /// What is in the way.
    pub trouble: Option<Trouble>,
    /// Whether the ambassador helped on the spot.
    pub solved: bool,
    /// Why it ends without anybody being told, and when that was said.
    pub untold: Option<Said<Option<UntoldReason>>>,
    /// With which it belongs together.
    pub linked: Option<RequestId>,
    /// With which it is answered together.
    pub merged_into: Option<RequestId>,
    /// Which organisation contact or neighbourhood team has it.
    pub taken_up: Option<Said<MemberId>>,
    /// Why it was given back last.
    pub handed_back: Option<HandBackReason>,
    /// Whether whoever has this talent was invited.
    pub invited: bool,
    /// Whether whoever has this talent is a member now.
    pub joined: bool,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            triaged: false,
            route: Route::Informal,
            route_why: None,
            step: None,
            stuck: None,
            asked: VecMap::new(),
            passed: VecMap::new(),
            started: VecMap::new(),
            ended: VecMap::new(),
            minutes: VecMap::new(),
            trouble: None,
            solved: false,
            untold: None,
            linked: None,
            merged_into: None,
            taken_up: None,
            handed_back: None,
            invited: false,
            joined: false,
        }
    }
}

impl Course {
    /// Folds the entries of a request, which are in the order of their keys.
    pub(crate) fn of(request: RequestId, entries: &[Entry]) -> Self {
        let mut course = Self::default();
        for entry in entries {
            course.take(request, entry);
        }
        course
    }

    fn take(&mut self, request: RequestId, entry: &Entry) {
        let at = entry.key.at;
        match entry.kind {
            EntryKind::Triaged => self.triaged = true,
            EntryKind::Route => {
                self.triaged = true;
                self.route = word(entry.to.as_deref()).unwrap_or(Route::Informal);
                self.route_why = word(entry.why.as_deref());
                self.stuck = None;
                self.trouble = None;
                self.taken_up = None;
            }
            EntryKind::Step => {
                if let Some(what) = word(entry.to.as_deref()) {
                    self.step = Some(Said { at, what });
                    self.stuck = None;
                }
            }
            EntryKind::Stuck => {
                let what = word(entry.why.as_deref()).unwrap_or(Attention::Nobody);
                self.stuck = Some(Said { at, what });
            }
            EntryKind::Asked => about(&mut self.asked, entry.who, at),
            EntryKind::Assigned => {
                if let Some(who) = entry.who {
                    self.passed.remove(&who);
                    self.ended.remove(&who);
                }
                self.triaged = true;
                self.stuck = None;
            }
            EntryKind::LetGo | EntryKind::Expired => {
                about(&mut self.ended, entry.who, at);
                if let Some(who) = entry.who {
                    self.started.remove(&who);
                }
            }
            EntryKind::Passed => {
                let what = word(entry.why.as_deref());
                about(&mut self.passed, entry.by, Said { at, what });
            }
            EntryKind::Started => {
                about(&mut self.started, entry.by, at);
                self.trouble = None;
            }
            EntryKind::Hours => {
                about(&mut self.minutes, entry.by, entry.n.unwrap_or(0).max(0));
            }
            EntryKind::Trouble => {
                self.trouble = Some(Trouble {
                    why: word(entry.why.as_deref()),
                    by: entry.by,
                    at,
                });
            }
            EntryKind::Solved => self.solved = true,
            EntryKind::Untold => {
                let what = word(entry.why.as_deref());
                self.untold = Some(Said { at, what });
            }
            EntryKind::Linked => self.linked = entry.into.filter(|&into| into != request),
            EntryKind::Merged => self.merged_into = entry.into.filter(|&into| into != request),
            EntryKind::Split => self.merged_into = None,
            EntryKind::TakenUp => {
                self.taken_up = entry.by.map(|what| Said { at, what });
                self.stuck = None;
            }
            EntryKind::HandedBack => {
                self.taken_up = None;
                self.handed_back = word(entry.why.as_deref());
            }
            EntryKind::Invited => self.invited = true,
            EntryKind::Joined => self.joined = true,
        }
    }
}

fn word<W: Word>(text: Option<&str>) -> Option<W> {
    W::from_key(text?)
}

fn about<T>(map: &mut VecMap<MemberId, T>, who: Option<MemberId>, what: T) {
    if let Some(who) = who {
        map.insert(who, what);
    }
}
