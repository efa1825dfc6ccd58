//! What a tap does. A command checks the rules, writes one automerge change and returns it; it stores and sends
//! nothing.
//!
//! The same [`Command`] is the **intent** kept beside the change on the phone: when a change must be made anew
//! (the relay refused an earlier one, or the document began a new epoch) the command is performed again.

use automerge::Change;

use crate::access::{Action, Rights};
use crate::id::{AreaId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::{Ask, DayPart, FeedbackHow, Repeat, Theme, Urgency, Weekday};
use crate::schema::{Board, BoardError, NewRequest};
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
    },
    /// "It is no longer needed."
    #[n(5)]
    WithdrawRequest {
        /// Which.
        #[n(0)]
        request: RequestId,
    },
}

impl Command {
    /// The request it is about, or `None` when it makes a new one.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self {
            Self::LogRequest { .. } => None,
            Self::ClaimRequest { request }
            | Self::ReleaseClaim { request }
            | Self::MarkDone { request }
            | Self::GiveFeedback { request, .. }
            | Self::WithdrawRequest { request } => Some(*request),
        }
    }

    /// Its stable key, by which a screen finds the words for it.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::LogRequest { .. } => "log_request",
            Self::ClaimRequest { .. } => "claim_request",
            Self::ReleaseClaim { .. } => "release_claim",
            Self::MarkDone { .. } => "mark_done",
            Self::GiveFeedback { .. } => "give_feedback",
            Self::WithdrawRequest { .. } => "withdraw_request",
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
    if let Command::LogRequest {
        theme,
        ask,
        day,
        part,
        urgency,
        repeat,
        ..
    } = *command
    {
        allow(Action::LogRequest)?;
        if !theme.asks().contains(&ask) {
            return Err(Reason::InvalidChange.into());
        }
        if board.request(request).is_some() {
            return Ok(None);
        }
        let new = NewRequest {
            theme,
            ask,
            day,
            part,
            urgency,
            repeat,
        };
        return Ok(board.log_request(request, new, member, at)?);
    }
    let current = board.request(request).ok_or(Reason::UnknownDocument)?;
    let stage = stage(&current);
    match *command {
        Command::LogRequest { .. } => Ok(None),
        Command::ClaimRequest { .. } => {
            allow(Action::Claim)?;
            if current.claims.contains_key(&member) {
                return Ok(None);
            }
            if !stage.takes_claims() {
                return Err(Reason::AlreadyClosed.into());
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
            let matched =
                current.matches.contains_key(&member) && current.claims.contains_key(&member);
            if !matched {
                allow(Action::CareForRequest)?;
            }
            match stage {
                Stage::Done | Stage::FedBack => Ok(None),
                Stage::Matched => Ok(board.mark_done(request, at)?),
                _ => Err(Reason::NotAllowed.into()),
            }
        }
        Command::GiveFeedback { how, .. } => {
            allow(Action::CareForRequest)?;
            match stage {
                Stage::FedBack => Ok(None),
                Stage::Done => Ok(board.tell(request, how, at)?),
                _ => Err(Reason::NotAllowed.into()),
            }
        }
        Command::WithdrawRequest { .. } => {
            allow(Action::CareForRequest)?;
            match stage {
                Stage::Withdrawn => Ok(None),
                Stage::Done | Stage::FedBack => Err(Reason::AlreadyClosed.into()),
                _ => Ok(board.withdraw(request, at)?),
            }
        }
    }
}
