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
    Ask, DayPart, EntryKind, FeedbackHow, Language, Repeat, Request, Source, Theme, Urgency,
    Weekday, Word,
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
    /// Add an entry to a request: everything that happens to it between being logged and being done. One form for all
    /// of them, since each form costs some hundred bytes on the phone.
    #[n(7)]
    AddEntry {
        /// Which.
        #[n(0)]
        request: RequestId,
        /// What it says.
        #[n(1)]
        kind: EntryKind,
        /// Where to, as a word.
        #[n(2)]
        #[serde(default)]
        to: Option<String>,
        /// Why, as a word.
        #[n(3)]
        #[serde(default)]
        why: Option<String>,
        /// About whom.
        #[n(4)]
        #[serde(default)]
        who: Option<MemberId>,
        /// About which other request.
        #[n(5)]
        #[serde(default)]
        into: Option<RequestId>,
        /// How many.
        #[n(6)]
        #[serde(default)]
        n: Option<i64>,
    },
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
            | Self::AddEntry { request, .. } => Some(*request),
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
            Self::AddEntry { kind, .. } => deed(*kind),
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

    /// An entry that needs no more than its kind.
    #[must_use]
    pub const fn entry(request: RequestId, kind: EntryKind) -> Self {
        Self::AddEntry {
            request,
            kind,
            to: None,
            why: None,
            who: None,
            into: None,
            n: None,
        }
    }

    /// An entry with a reason.
    #[must_use]
    pub fn because(request: RequestId, kind: EntryKind, why: impl Word) -> Self {
        Self::worded(request, kind, None, Some(why.key()))
    }

    /// An entry with a word for where to, and perhaps a reason.
    #[must_use]
    pub fn worded(
        request: RequestId,
        kind: EntryKind,
        to: Option<&str>,
        why: Option<&str>,
    ) -> Self {
        Self::AddEntry {
            request,
            kind,
            to: to.map(str::to_owned),
            why: why.map(str::to_owned),
            who: None,
            into: None,
            n: None,
        }
    }

    /// An entry about somebody.
    #[must_use]
    pub const fn about(request: RequestId, kind: EntryKind, who: MemberId) -> Self {
        Self::AddEntry {
            request,
            kind,
            to: None,
            why: None,
            who: Some(who),
            into: None,
            n: None,
        }
    }

    /// An entry about another request.
    #[must_use]
    pub const fn together(request: RequestId, kind: EntryKind, into: RequestId) -> Self {
        Self::AddEntry {
            request,
            kind,
            to: None,
            why: None,
            who: None,
            into: Some(into),
            n: None,
        }
    }

    /// What kind of entry it adds to its request, for those that do.
    #[must_use]
    pub const fn adds(&self) -> Option<EntryKind> {
        match self {
            Self::AddEntry { kind, .. } => Some(*kind),
            _ => None,
        }
    }
}

/// The key of doing what an entry says.
const fn deed(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Triaged => "triage_request",
        EntryKind::Route => "route_request",
        EntryKind::Step => "set_step",
        EntryKind::Asked => "ask_helper",
        EntryKind::Assigned => "assign_helper",
        EntryKind::LetGo => "let_go_helper",
        EntryKind::Passed => "pass_request",
        EntryKind::Started => "start_task",
        EntryKind::Hours => "log_hours",
        EntryKind::Trouble => "report_trouble",
        EntryKind::Solved => "solve_request",
        EntryKind::Untold => "close_untold",
        EntryKind::Linked => "link_request",
        EntryKind::Merged => "merge_request",
        EntryKind::Split => "split_request",
        EntryKind::TakenUp => "take_up_request",
        EntryKind::HandedBack => "hand_back_request",
        EntryKind::Invited => "invite_talent",
        EntryKind::Joined => "welcome_talent",
        // The relay's own; nobody does them.
        EntryKind::Stuck | EntryKind::Expired => "time",
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
    if let Command::AddEntry {
        kind,
        to,
        why,
        who,
        into,
        n,
        ..
    } = command
    {
        let new = NewEntry {
            to: to.clone(),
            why: why.clone(),
            who: *who,
            into: *into,
            n: *n,
        };
        return add(board, &current, *kind, &new, author, at);
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
    if schema::is_so(request, kind, new, author.member) {
        return Ok(None);
    }
    schema::may_add(kind, request, author.member, author.rights)?;
    if !schema::fits(kind, new) {
        return Err(Reason::InvalidChange.into());
    }
    if !schema::has_room(request) {
        return Err(Reason::TooLarge.into());
    }
    let by = (author.member, author.first_name);
    Ok(board.add(request, kind, by, new, at)?)
}
