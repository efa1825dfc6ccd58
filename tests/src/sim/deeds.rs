//! What people were told is kept: "bewaard op deze telefoon".

use std::collections::BTreeMap;

use kruispunt_core::command::Command;
use kruispunt_core::id::{MemberId, RequestId};
use kruispunt_core::model::{EntryKind, Request};

/// One thing somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    Logged,
    Claimed,
    Released,
    Done,
    Told,
    Withdrawn,
    /// An entry was added.
    Added(EntryKind),
}

impl Deed {
    pub(super) fn of(command: &Command) -> Self {
        if let Some(kind) = command.adds() {
            return Self::Added(kind);
        }
        match command {
            Command::ClaimRequest { .. } => Self::Claimed,
            Command::ReleaseClaim { .. } => Self::Released,
            Command::MarkDone { .. } => Self::Done,
            Command::GiveFeedback { .. } => Self::Told,
            Command::WithdrawRequest { .. } => Self::Withdrawn,
            _ => Self::Logged,
        }
    }

    /// Whether it is one of the two that undo each other.
    pub(super) const fn is_about_a_claim(self) -> bool {
        matches!(self, Self::Claimed | Self::Released)
    }

    /// Whether it shows on the board.
    pub(super) fn shows(self, request: &Request, member: MemberId) -> bool {
        match self {
            Self::Logged => true,
            Self::Claimed => request.claims.contains_key(&member),
            Self::Released => !request.claims.contains_key(&member),
            Self::Done => request.done_at.is_some(),
            Self::Told => request.told.is_some(),
            Self::Withdrawn => request.withdrawn_at.is_some(),
            Self::Added(kind) => {
                let mut entries = request.entries.iter();
                entries.any(|entry| entry.kind == kind && entry.by == Some(member))
            }
        }
    }
}

/// What one person did that must show in the end.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    deeds: BTreeMap<RequestId, Vec<Deed>>,
    /// How many there were.
    pub(super) count: usize,
}

impl Deeds {
    /// The person was told that it is kept. A claim and its release undo each other; the last one counts.
    pub(super) fn add(&mut self, request: RequestId, deed: Deed) {
        let deeds = self.deeds.entry(request).or_default();
        if deed.is_about_a_claim() {
            deeds.retain(|known| !known.is_about_a_claim());
        }
        deeds.push(deed);
        self.count += 1;
    }

    /// Two tabs did things to it without knowing of each other, so which of them was last is not defined.
    pub(super) fn muddle(&mut self, request: RequestId) {
        let deeds = self.deeds.entry(request).or_default();
        deeds.retain(|known| !known.is_about_a_claim());
    }

    /// The person read that work on this request was refused.
    pub(super) fn forget(&mut self, request: RequestId) {
        self.deeds.remove(&request);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (RequestId, Deed)> {
        let each = |(&request, deeds): (&RequestId, &Vec<Deed>)| {
            let deeds = deeds.clone();
            deeds.into_iter().map(move |deed| (request, deed))
        };
        self.deeds.iter().flat_map(each)
    }
}
