//! What was not taken, and what it would have written: for whoever looks later at what went wrong.

use super::super::chunk;
use super::super::frame::Hash;
use super::RelayDocument;
use crate::id::RequestId;
use crate::message::Reason;
use crate::schema;

pub use crate::schema::Written;

/// A change that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedChange {
    /// The hash by which its author knows it.
    pub hash: [u8; 32],
    /// Why.
    pub reason: Reason,
    /// The change as it came.
    pub bytes: Vec<u8>,
    /// The requests it is about, as far as can be told.
    pub requests: Vec<RequestId>,
}

impl RelayDocument {
    /// What is kept of a refused change. One that came too early comes again by itself, and one that is too large is
    /// no piece of work.
    pub(super) fn refused(
        &self,
        bytes: &[u8],
        hash: Hash,
        reason: Reason,
    ) -> Option<RefusedChange> {
        if matches!(reason, Reason::MissingDependency | Reason::TooLarge) {
            return None;
        }
        let change = chunk::parse(bytes).ok();
        let requests = change.map(|change| schema::requests_of(&self.ledger, &change));
        Some(RefusedChange {
            hash: hash.into(),
            reason,
            bytes: bytes.to_vec(),
            requests: requests.unwrap_or_default(),
        })
    }

    /// What a change would write here, operation by operation; nothing when it cannot be read.
    #[must_use]
    pub fn written(&self, bytes: &[u8]) -> Vec<Written> {
        let change = chunk::parse(bytes).ok();
        change.map_or_else(Vec::new, |change| schema::written(&self.ledger, &change))
    }
}
