//! What of a member's own work is not safe at the relay, also where they may no longer look.

use super::StreetRead;
use crate::command::Command;
use crate::id::{AreaId, RequestId};
use crate::model::Word;
use crate::neighbourhood::Neighbourhood;
use crate::time::Timestamp;

/// This phone's own work that is not safe at the relay.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WorkView {
    /// Street by street; a street with none is not there.
    pub streets: Vec<StreetWork>,
}

/// One street's share of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StreetWork {
    /// The street, or what stands for one that this member no longer sees.
    pub area: AreaId,
    /// Its name; empty when this member no longer sees the street.
    pub name: String,
    /// Pieces of work that the relay has not confirmed.
    pub unsent: usize,
    /// What the relay would not take, oldest first.
    pub refused: Vec<RefusedWork>,
}

/// One piece of work that the relay would not take.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RefusedWork {
    /// The request it is about.
    pub request: RequestId,
    /// What was done.
    pub deed: &'static str,
    /// What the request asks, as far as this phone knows.
    pub ask: Option<&'static str>,
    /// When, by this phone's clock.
    pub at: Timestamp,
    /// Key of the reason.
    pub reason: &'static str,
}

impl WorkView {
    pub(super) fn read(neighbourhood: &Neighbourhood, streets: &[&StreetRead]) -> Self {
        let streets = streets
            .iter()
            .filter(|street| !street.unsent.is_empty() || !street.refused.is_empty())
            .map(|street| StreetWork::read(neighbourhood, street))
            .collect();
        Self { streets }
    }
}

impl StreetWork {
    fn read(neighbourhood: &Neighbourhood, street: &StreetRead) -> Self {
        let name = neighbourhood.tree().get(street.area);
        let mut refused: Vec<_> = street
            .refused
            .iter()
            .map(|refused| RefusedWork {
                request: refused.request,
                deed: refused.command.key(),
                ask: asked(&refused.command, street, refused.request),
                at: refused.at,
                reason: refused.reason.key(),
            })
            .collect();
        refused.sort_unstable_by_key(|work| (work.at, work.request));
        Self {
            area: street.area,
            name: name.map(|area| area.name.clone()).unwrap_or_default(),
            unsent: street.unsent.len(),
            refused,
        }
    }
}

fn asked(command: &Command, street: &StreetRead, request: RequestId) -> Option<&'static str> {
    if let Command::LogRequest { ask, .. } | Command::LogTalent { ask, .. } = command {
        return Some(ask.key());
    }
    let known = street.requests.iter().find(|known| known.id == request)?;
    known.ask.map(Word::key)
}
