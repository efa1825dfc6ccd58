//! What a tap does. A command checks the rules, writes one automerge change and returns it; it stores and sends
//! nothing.
//!
//! The same [`Command`] is the **intent** kept beside the change on the phone: when a change must be made anew
//! (the relay refused an earlier one, or the document began a new epoch) the command is performed again.

use automerge::Change;

use crate::access::{Action, Rights};
use crate::id::{AreaId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::{
    Ask, DayPart, EntryKind, FeedbackHow, HandBackReason, Language, PassReason, Repeat, Request,
    Route, RouteReason, Source, Step, Theme, TroubleReason, UntoldReason, Urgency, Weekday,
    Word as _,
};
use crate::schema::{self, Board, BoardError, NewEntry, NewRequest};
use crate::time::Timestamp;
use crate::view::{Stage, stage};

/// Something a person wants done on one street's board.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Log a request for a street.
    #[n(0)]
    LogRequest {
        /// The street.
        #[n(0)]
        area: AreaId,
        /// What it is about.
        #[n(1)]
        theme: Theme,
        /// What is asked; must be one of the theme's.
        #[n(2)]
        ask: Ask,
        /// On which day; `None` is any.
        #[n(3)]
        day: Option<Weekday>,
        /// In which part of the day; `None` is any.
        #[n(4)]
        part: Option<DayPart>,
        /// How soon.
        #[n(5)]
        urgency: Urgency,
        /// How often.
        #[n(6)]
        repeat: Repeat,
        /// Who brought it in; nobody in particular is the ambassador.
        #[n(7)]
        #[serde(default)]
        source: Option<Source>,
        /// Which language whoever helps had better speak.
        #[n(8)]
        #[serde(default)]
        language: Option<Language>,
    },
    /// "I will do this."
    #[n(1)]
    ClaimRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// "I cannot do this after all."
    #[n(2)]
    ReleaseClaim {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// "It is done."
    #[n(3)]
    MarkDone {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// "I told the resident what became of it."
    #[n(4)]
    GiveFeedback {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// How.
        #[n(1)]
        how: FeedbackHow,
        /// When, if it was not just now.
        #[n(2)]
        #[serde(default)]
        on: Option<Timestamp>,
    },
    /// "It is no longer needed."
    #[n(5)]
    WithdrawRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// Log a talent that somebody was found to have.
    #[n(6)]
    LogTalent {
        /// The street.
        #[n(0)]
        area: AreaId,
        /// What they would like to do.
        #[n(1)]
        theme: Theme,
        /// The same, closer.
        #[n(2)]
        ask: Ask,
        /// On which day; `None` is any.
        #[n(3)]
        day: Option<Weekday>,
        /// In which part of the day; `None` is any.
        #[n(4)]
        part: Option<DayPart>,
        /// How often.
        #[n(5)]
        repeat: Repeat,
        /// Which language they speak beside Dutch.
        #[n(6)]
        #[serde(default)]
        language: Option<Language>,
    },
    /// "Not for me."
    #[n(7)]
    PassRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// Why.
        #[n(1)]
        why: PassReason,
    },
    /// "I am at it", or "we agreed on a time".
    #[n(8)]
    StartTask {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// "It took me so long."
    #[n(9)]
    LogHours {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// In minutes.
        #[n(1)]
        minutes: u32,
    },
    /// "Something is in the way."
    #[n(10)]
    ReportTrouble {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// What.
        #[n(1)]
        why: TroubleReason,
    },
    /// "I helped on the spot."
    #[n(11)]
    SolveRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// "Nobody can be told."
    #[n(12)]
    CloseUntold {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// Why.
        #[n(1)]
        why: UntoldReason,
    },
    /// "These belong together", of one household or one street.
    #[n(13)]
    LinkRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// With which other one; itself is with none any more.
        #[n(1)]
        into: RequestId,
    },
    /// "I looked at it."
    #[n(14)]
    TriageRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// "It goes this way."
    #[n(15)]
    RouteRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// Which way.
        #[n(1)]
        to: Route,
        /// Why; a way heavier than by neighbours needs a reason.
        #[n(2)]
        why: Option<RouteReason>,
    },
    /// "Look for help this far."
    #[n(16)]
    SetStep {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// How far.
        #[n(1)]
        to: Step,
    },
    /// "Would you?"
    #[n(17)]
    AskHelper {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// Whom.
        #[n(1)]
        who: MemberId,
    },
    /// "They will do this": matched by hand.
    #[n(18)]
    AssignHelper {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// Who.
        #[n(1)]
        who: MemberId,
    },
    /// "They will not do this after all."
    #[n(19)]
    LetGoHelper {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// Who.
        #[n(1)]
        who: MemberId,
    },
    /// "It is answered together with another one."
    #[n(20)]
    MergeRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// With which.
        #[n(1)]
        into: RequestId,
    },
    /// "It is answered on its own again."
    #[n(21)]
    SplitRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// "My organisation takes this up."
    #[n(22)]
    TakeUpRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// "My organisation cannot do this after all."
    #[n(23)]
    HandBackRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// Why.
        #[n(1)]
        why: HandBackReason,
    },
    /// "Whoever has this talent is invited."
    #[n(24)]
    InviteTalent {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
    /// "Whoever has this talent is a member now."
    #[n(25)]
    WelcomeTalent {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
}

/// What a command adds to the entries of a request.
fn entry(kind: EntryKind) -> (EntryKind, NewEntry) {
    (kind, NewEntry::default())
}

fn why(kind: EntryKind, why: &'static str) -> (EntryKind, NewEntry) {
    let why = Some(why);
    let new = NewEntry {
        why,
        ..NewEntry::default()
    };
    (kind, new)
}

fn who(kind: EntryKind, who: MemberId) -> (EntryKind, NewEntry) {
    let who = Some(who);
    let new = NewEntry {
        who,
        ..NewEntry::default()
    };
    (kind, new)
}

fn into(kind: EntryKind, into: RequestId) -> (EntryKind, NewEntry) {
    let into = Some(into);
    let new = NewEntry {
        into,
        ..NewEntry::default()
    };
    (kind, new)
}

impl Command {
    /// The request it is about, or `None` when it makes a new one.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self {
            Self::LogRequest { .. } | Self::LogTalent { .. } => None,
            Self::ClaimRequest { request }
            | Self::ReleaseClaim { request }
            | Self::MarkDone { request }
            | Self::GiveFeedback { request, .. }
            | Self::WithdrawRequest { request }
            | Self::PassRequest { request, .. }
            | Self::StartTask { request }
            | Self::LogHours { request, .. }
            | Self::ReportTrouble { request, .. }
            | Self::SolveRequest { request }
            | Self::CloseUntold { request, .. }
            | Self::LinkRequest { request, .. }
            | Self::TriageRequest { request }
            | Self::RouteRequest { request, .. }
            | Self::SetStep { request, .. }
            | Self::AskHelper { request, .. }
            | Self::AssignHelper { request, .. }
            | Self::LetGoHelper { request, .. }
            | Self::MergeRequest { request, .. }
            | Self::SplitRequest { request }
            | Self::TakeUpRequest { request }
            | Self::HandBackRequest { request, .. }
            | Self::InviteTalent { request }
            | Self::WelcomeTalent { request } => Some(*request),
        }
    }

    /// The street in which it makes a new one.
    #[must_use]
    pub const fn street(&self) -> Option<AreaId> {
        match self {
            Self::LogRequest { area, .. } | Self::LogTalent { area, .. } => Some(*area),
            _ => None,
        }
    }

    /// Its stable key, by which a screen finds the words for it.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::LogRequest { .. } => "log_request",
            Self::LogTalent { .. } => "log_talent",
            Self::ClaimRequest { .. } => "claim_request",
            Self::ReleaseClaim { .. } => "release_claim",
            Self::MarkDone { .. } => "mark_done",
            Self::GiveFeedback { .. } => "give_feedback",
            Self::WithdrawRequest { .. } => "withdraw_request",
            Self::PassRequest { .. } => "pass_request",
            Self::StartTask { .. } => "start_task",
            Self::LogHours { .. } => "log_hours",
            Self::ReportTrouble { .. } => "report_trouble",
            Self::SolveRequest { .. } => "solve_request",
            Self::CloseUntold { .. } => "close_untold",
            Self::LinkRequest { .. } => "link_request",
            Self::TriageRequest { .. } => "triage_request",
            Self::RouteRequest { .. } => "route_request",
            Self::SetStep { .. } => "set_step",
            Self::AskHelper { .. } => "ask_helper",
            Self::AssignHelper { .. } => "assign_helper",
            Self::LetGoHelper { .. } => "let_go_helper",
            Self::MergeRequest { .. } => "merge_request",
            Self::SplitRequest { .. } => "split_request",
            Self::TakeUpRequest { .. } => "take_up_request",
            Self::HandBackRequest { .. } => "hand_back_request",
            Self::InviteTalent { .. } => "invite_talent",
            Self::WelcomeTalent { .. } => "welcome_talent",
        }
    }

    /// The request or talent it makes.
    const fn new_request(&self) -> Option<NewRequest> {
        match *self {
            Self::LogRequest {
                theme,
                ask,
                day,
                part,
                urgency,
                repeat,
                source,
                language,
                ..
            } => Some(NewRequest {
                theme,
                ask,
                day,
                part,
                urgency,
                repeat,
                source: match source {
                    Some(source) => source,
                    None => Source::Ambassador,
                },
                language,
                is_talent: false,
            }),
            Self::LogTalent {
                theme,
                ask,
                day,
                part,
                repeat,
                language,
                ..
            } => Some(NewRequest {
                theme,
                ask,
                day,
                part,
                urgency: Urgency::CanWait,
                repeat,
                source: Source::Ambassador,
                language,
                is_talent: true,
            }),
            _ => None,
        }
    }

    /// The request or talent it makes, as it will stand on the board.
    pub(crate) fn as_logged(&self, id: RequestId, by: MemberId, at: Timestamp) -> Option<Request> {
        Some(self.new_request()?.into_request(id, by, at))
    }

    /// What it adds to the entries of its request, for those that do.
    fn entry(&self) -> Option<(EntryKind, NewEntry)> {
        Some(match *self {
            Self::PassRequest { why: reason, .. } => why(EntryKind::Passed, reason.key()),
            Self::StartTask { .. } => entry(EntryKind::Started),
            Self::LogHours { minutes, .. } => {
                let n = Some(i64::from(minutes));
                let new = NewEntry {
                    n,
                    ..NewEntry::default()
                };
                (EntryKind::Hours, new)
            }
            Self::ReportTrouble { why: reason, .. } => why(EntryKind::Trouble, reason.key()),
            Self::SolveRequest { .. } => entry(EntryKind::Solved),
            Self::CloseUntold { why: reason, .. } => why(EntryKind::Untold, reason.key()),
            Self::LinkRequest { into: other, .. } => into(EntryKind::Linked, other),
            Self::TriageRequest { .. } => entry(EntryKind::Triaged),
            Self::RouteRequest {
                to, why: reason, ..
            } => {
                let new = NewEntry {
                    to: Some(to.key()),
                    // The lightest way needs no reason, and has none.
                    why: reason
                        .filter(|_| to != Route::Informal)
                        .map(crate::model::Word::key),
                    ..NewEntry::default()
                };
                (EntryKind::Route, new)
            }
            Self::SetStep { to, .. } => {
                let to = Some(to.key());
                let new = NewEntry {
                    to,
                    ..NewEntry::default()
                };
                (EntryKind::Step, new)
            }
            Self::AskHelper { who: member, .. } => who(EntryKind::Asked, member),
            Self::AssignHelper { who: member, .. } => who(EntryKind::Assigned, member),
            Self::LetGoHelper { who: member, .. } => who(EntryKind::LetGo, member),
            Self::MergeRequest { into: other, .. } => into(EntryKind::Merged, other),
            Self::SplitRequest { .. } => entry(EntryKind::Split),
            Self::TakeUpRequest { .. } => entry(EntryKind::TakenUp),
            Self::HandBackRequest { why: reason, .. } => why(EntryKind::HandedBack, reason.key()),
            Self::InviteTalent { .. } => entry(EntryKind::Invited),
            Self::WelcomeTalent { .. } => entry(EntryKind::Joined),
            _ => return None,
        })
    }

    /// What kind of entry it adds to its request, for those that do.
    #[must_use]
    pub fn adds(&self) -> Option<EntryKind> {
        self.entry().map(|(kind, _)| kind)
    }

    /// Whether the request is that way already, so that doing it again changes nothing.
    fn is_so(&self, request: &Request, member: MemberId) -> bool {
        let course = &request.course;
        match *self {
            Self::PassRequest { why, .. } => course
                .passed
                .get(&member)
                .is_some_and(|said| said.what == Some(why)),
            Self::StartTask { .. } => {
                course.started.contains_key(&member) && course.trouble.is_none()
            }
            Self::LogHours { minutes, .. } => {
                course.minutes.get(&member) == Some(&i64::from(minutes))
            }
            Self::ReportTrouble { why, .. } => course
                .trouble
                .is_some_and(|known| known.why == Some(why) && known.by == Some(member)),
            Self::SolveRequest { .. } => course.solved,
            Self::CloseUntold { .. } => course.untold.is_some(),
            Self::LinkRequest { request, into } => {
                course.linked == Some(into).filter(|&into| into != request)
            }
            Self::TriageRequest { .. } => course.triaged,
            Self::RouteRequest { to, why, .. } => {
                course.triaged
                    && course.route == to
                    && course.route_why == why.filter(|_| to != Route::Informal)
            }
            Self::SetStep { to, .. } => {
                course.step.is_some_and(|step| step.what == to) && course.stuck.is_none()
            }
            Self::AskHelper { who, .. } => course.asked.contains_key(&who),
            Self::AssignHelper { who, .. } => {
                request.claims.contains_key(&who) && request.matches.contains_key(&who)
            }
            Self::LetGoHelper { who, .. } => {
                !request.claims.contains_key(&who) && !request.matches.contains_key(&who)
            }
            Self::MergeRequest { into, .. } => course.merged_into == Some(into),
            Self::SplitRequest { .. } => course.merged_into.is_none(),
            Self::TakeUpRequest { .. } => request.is_taken_up_by(member),
            Self::HandBackRequest { .. } => course.taken_up.is_none(),
            Self::InviteTalent { .. } => course.invited,
            Self::WelcomeTalent { .. } => course.joined,
            _ => false,
        }
    }
}

/// Who acts, with what rights on this street.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// Who.
    pub member: MemberId,
    /// The first name they share with the street.
    pub first_name: &'a str,
    /// What they may do here.
    pub rights: Rights,
}

/// Why a command was not performed. The board is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A rule forbids it.
    #[error("refused: {}", .0.key())]
    Refused(Reason),
    /// The document is unreadable.
    #[error(transparent)]
    Board(#[from] BoardError),
}

impl From<Reason> for CommandError {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

/// Performs a command. `None` means that it was so already: a double tap is no second deed.
///
/// `request` names the request a [`Command::LogRequest`] makes; other commands carry their own.
///
/// # Errors
/// When a rule forbids it or the document is unreadable; nothing is written then.
pub fn perform(
    board: &mut Board,
    command: &Command,
    author: Author<'_>,
    request: RequestId,
    at: Timestamp,
) -> Result<Option<Change>, CommandError> {
    let member = author.member;
    let allow = |action| {
        if author.rights.allow(action) {
            Ok(())
        } else {
            Err(Reason::NotAllowed)
        }
    };
    if let Some(new) = command.new_request() {
        allow(Action::LogRequest)?;
        if !new.theme.asks().contains(&new.ask) {
            return Err(Reason::InvalidChange.into());
        }
        if board.request(request).is_some() {
            return Ok(None);
        }
        return Ok(board.log_request(request, new, member, at)?);
    }
    let current = board.request(request).ok_or(Reason::UnknownDocument)?;
    let stage = stage(&current);
    if let Some((kind, new)) = command.entry() {
        if command.is_so(&current, member) {
            return Ok(None);
        }
        return add(board, &current, kind, &new, author, at);
    }
    match *command {
        Command::ClaimRequest { .. } => {
            allow(Action::Claim)?;
            if current.claims.contains_key(&member) {
                return Ok(None);
            }
            if !stage.takes_claims() || !current.course.route.asks_neighbours() {
                return Err(Reason::AlreadyClosed.into());
            }
            if current.is_talent {
                return Err(Reason::NotAllowed.into());
            }
            Ok(board.claim(request, member, author.first_name, at)?)
        }
        Command::ReleaseClaim { .. } => {
            allow(Action::Claim)?;
            if !current.claims.contains_key(&member) {
                return Ok(None);
            }
            if !stage.takes_claims() {
                return Err(Reason::AlreadyClosed.into());
            }
            Ok(board.release(request, member)?)
        }
        Command::MarkDone { .. } => {
            if !current.is_helped_by(member) {
                allow(Action::CareForRequest)?;
            }
            match stage {
                Stage::Done | Stage::FedBack => Ok(None),
                Stage::Matched => Ok(board.mark_done(request, at)?),
                _ => Err(Reason::NotAllowed.into()),
            }
        }
        Command::GiveFeedback { how, on, .. } => {
            allow(Action::CareForRequest)?;
            // Nobody was told tomorrow.
            let at = on.map_or(at, |on| on.min(at));
            match stage {
                Stage::FedBack => Ok(None),
                // What is answered together with another one is told about by itself.
                Stage::Done | Stage::Merged => Ok(board.tell(request, how, at)?),
                _ => Err(Reason::NotAllowed.into()),
            }
        }
        Command::WithdrawRequest { .. } => {
            allow(Action::CareForRequest)?;
            match stage {
                Stage::Withdrawn => Ok(None),
                Stage::Done | Stage::FedBack | Stage::Solved | Stage::Closed => {
                    Err(Reason::AlreadyClosed.into())
                }
                _ => Ok(board.withdraw(request, at)?),
            }
        }
        _ => Ok(None),
    }
}

fn add(
    board: &mut Board,
    request: &Request,
    kind: EntryKind,
    new: &NewEntry,
    author: Author<'_>,
    at: Timestamp,
) -> Result<Option<Change>, CommandError> {
    schema::may_add(kind, request, author.member, author.rights)?;
    if kind == EntryKind::Route && new.to != Some(Route::Informal.key()) && new.why.is_none() {
        return Err(Reason::InvalidChange.into());
    }
    if !schema::has_room(request) {
        return Err(Reason::TooLarge.into());
    }
    let by = (author.member, author.first_name);
    Ok(board.add(request, kind, by, new, at)?)
}
