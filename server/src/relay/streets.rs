//! The streets that are served, and the places they lie in. Both may grow while the relay serves.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use kruispunt_core::id::DocumentId;
use kruispunt_core::sync::frame::Cursor;
use kruispunt_storage::DocumentPosition;

use super::handle::Handle;
use crate::places::Places;

pub(super) struct Streets(RwLock<Known>);

struct Known {
    handles: HashMap<DocumentId, Arc<Handle>>,
    places: Arc<Places>,
}

impl Known {
    fn add(&mut self, positions: &[DocumentPosition]) {
        for &DocumentPosition {
            document,
            epoch,
            seq,
            ..
        } in positions
        {
            let at = Cursor {
                document,
                epoch,
                seq,
            };
            let handle = self.handles.entry(document);
            handle.or_insert_with(|| Arc::new(Handle::new(at)));
        }
    }
}

impl Streets {
    pub(super) fn new(positions: &[DocumentPosition], places: Places) -> Self {
        let mut known = Known {
            handles: HashMap::new(),
            places: Arc::new(places),
        };
        known.add(positions);
        Self(RwLock::new(known))
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn handle(&self, document: DocumentId) -> Option<Arc<Handle>> {
        self.read().handles.get(&document).cloned()
    }

    pub(super) fn handles(&self) -> Vec<Arc<Handle>> {
        self.read().handles.values().cloned().collect()
    }

    pub(super) fn places(&self) -> Arc<Places> {
        Arc::clone(&self.read().places)
    }

    /// From here on these are the places; whoever reads them finds every street of theirs. `false` when they were so
    /// already.
    pub(super) fn change(&self, positions: &[DocumentPosition], places: Places) -> bool {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.add(positions);
        let has_changed = *known.places != places;
        if has_changed {
            known.places = Arc::new(places);
        }
        has_changed
    }
}
