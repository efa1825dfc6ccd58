//! What every document and every connection of one relay shares.

use std::sync::Arc;

use kruispunt_storage::Storage;

use super::committer::Committer;
use super::drawer::Drawer;
use super::handle::Handle;
use super::ladder::Ladder;
use super::memory::{Memory, Weight};
use super::{Limits, Pace};
use crate::keys::Keys;
use crate::metrics::Metrics;

pub(super) struct Common {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) committer: Committer,
    pub(super) pace: Pace,
    pub(super) limits: Limits,
    pub(super) memory: Memory,
    pub(super) metrics: Arc<Metrics>,
    pub(super) drawer: Drawer,
    pub(super) ladder: Ladder,
}

impl Common {
    pub(super) fn start(
        storage: Arc<dyn Storage>,
        keys: Arc<Keys>,
        ladder: Ladder,
        pace: Pace,
        limits: Limits,
    ) -> Self {
        let metrics = Arc::new(Metrics::new());
        Self {
            drawer: Drawer::start(Arc::clone(&storage), keys),
            committer: Committer::start(Arc::clone(&storage), Arc::clone(&metrics)),
            storage,
            ladder,
            pace,
            limits,
            memory: Memory::new(limits.memory),
            metrics,
        }
    }

    /// A document was used and takes so much memory now.
    pub(super) fn holds(&self, handle: &Arc<Handle>, weight: Weight) {
        let evicted = self.memory.holds(handle, weight);
        let evicted = u64::try_from(evicted).unwrap_or(u64::MAX);
        self.metrics.evictions.inc_by(evicted);
    }
}
