//! What a screen shows. Every device computes it from the same documents, so that a coordinator's board and an
//! ambassador's list cannot disagree. The shapes are those of `wasm-client/worker/contract.ts`.

mod board;
mod can;
mod candidates;
mod card;
mod history;
mod reader;
mod talents;
mod volunteer;
mod work;

use crate::model::Request;

pub use board::{BoardColumn, BoardView, Column, Filter, Search, Sort, TableView};
pub use can::Can;
pub use candidates::{CandidateView, CandidatesView};
pub use card::{
    Answer, AskedView, ClaimView, RequestCard, Safety, Standing, TakenUpView, ToldView,
};
pub use history::HistoryLine;
pub use reader::{
    AreaNode, PastView, Query, Reader, Refused, RequestView, StreetLine, StreetRead, StreetView,
    StreetsView, View,
};
pub use talents::TalentsView;
pub use volunteer::VolunteerView;
pub use work::{RefusedWork, StreetWork, WorkView};

/// Where a request stands in its life (S4: logged → open → offered → matched → done → fed back).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody offered yet.
    Open,
    /// Somebody offered; the relay has not confirmed.
    Offered,
    /// Every place has a confirmed helper.
    Matched,
    /// Done; the resident has not been told.
    Done,
    /// The resident was told.
    FedBack,
    /// The ambassador helped on the spot, and with that the resident knows.
    Solved,
    /// Nobody can be told, for a reason that was written down.
    Closed,
    /// It is answered together with another one.
    Merged,
    /// No longer needed.
    Withdrawn,
}

impl Stage {
    /// Whether "I will do this" still makes sense: open, offered, or matched (as reserve).
    #[must_use]
    pub const fn takes_claims(self) -> bool {
        matches!(self, Self::Open | Self::Offered | Self::Matched)
    }

    /// Whether it still waits for somebody.
    #[must_use]
    pub const fn is_active(self) -> bool {
        !matches!(
            self,
            Self::FedBack | Self::Solved | Self::Closed | Self::Withdrawn
        )
    }
}

/// Reads the stage from what was written.
///
/// The marks of a request are independent, so two people may write two of them without knowing of each other:
/// told counts over done, done over withdrawn, withdrawn over any offer. A match counts while its helper's claim
/// stands. Where an organisation is asked as well, both must be there.
#[must_use]
pub fn stage(request: &Request) -> Stage {
    let course = &request.course;
    if request.told.is_some() {
        if course.solved {
            Stage::Solved
        } else {
            Stage::FedBack
        }
    } else if course.untold.is_some() {
        Stage::Closed
    } else if request.done_at.is_some() {
        Stage::Done
    } else if request.withdrawn_at.is_some() {
        Stage::Withdrawn
    } else if course.merged_into.is_some() {
        Stage::Merged
    } else if is_covered(request) {
        Stage::Matched
    } else if request.claims.is_empty() && course.taken_up.is_none() {
        Stage::Open
    } else {
        Stage::Offered
    }
}

fn is_covered(request: &Request) -> bool {
    let route = request.course.route;
    (!route.asks_neighbours() || matched(request) >= request.places)
        && (!route.asks_organisation() || request.course.taken_up.is_some())
}

/// How many helpers are confirmed.
pub(crate) fn matched(request: &Request) -> usize {
    request
        .matches
        .keys()
        .filter(|member| request.claims.contains_key(member))
        .count()
}
