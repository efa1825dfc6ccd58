//! What every document and every connection of one relay shares.

use std::sync::Arc;

use kruispunt_storage::Storage;

use super::committer::Committer;
use super::{Limits, Pace};

pub(super) struct Common {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) committer: Committer,
    pub(super) pace: Pace,
    pub(super) limits: Limits,
}
