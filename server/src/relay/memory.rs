//! What documents take in memory. There is a budget: whatever was used longest ago leaves when it is spent.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kruispunt_core::id::DocumentId;

use super::handle::Handle;

/// What one document takes in memory, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Weight {
    /// By estimate.
    pub(super) bytes: usize,
    pub(super) operations: usize,
}

#[derive(Debug)]
pub(super) struct Memory {
    /// In bytes.
    budget: usize,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    whole: Weight,
    /// Counts uses; a later use is a greater number.
    uses: u64,
    documents: HashMap<DocumentId, Held>,
    /// The same documents by their last use.
    order: BTreeMap<u64, Arc<Handle>>,
}

#[derive(Debug)]
struct Held {
    weight: Weight,
    used: u64,
}

impl Memory {
    pub(super) fn new(budget: usize) -> Self {
        Self {
            budget,
            shelf: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A document was used and takes so much now. Others are asked to leave where that is too much; returns how many.
    pub(super) fn holds(&self, handle: &Arc<Handle>, weight: Weight) -> usize {
        let leaving = self.lock().hold(handle, weight, self.budget);
        // A handle has a lock of its own: one at a time.
        for other in &leaving {
            other.let_go();
        }
        leaving.len()
    }

    /// A document was used that may be in memory.
    pub(super) fn uses(&self, document: DocumentId) {
        let mut known = self.lock();
        if let Some((handle, weight)) = known.take(document) {
            known.put(&handle, weight);
        }
    }

    /// A document left memory.
    pub(super) fn forgets(&self, document: DocumentId) {
        self.lock().take(document);
    }

    /// How many documents there are in memory, and what they take.
    pub(super) fn held(&self) -> (usize, Weight) {
        let known = self.lock();
        (known.documents.len(), known.whole)
    }
}

impl Shelf {
    fn hold(&mut self, handle: &Arc<Handle>, weight: Weight, budget: usize) -> Vec<Arc<Handle>> {
        self.take(handle.document);
        self.put(handle, weight);
        let mut leaving = Vec::new();
        while self.whole.bytes > budget && self.documents.len() > 1 {
            leaving.extend(self.take_oldest());
        }
        leaving
    }

    fn put(&mut self, handle: &Arc<Handle>, weight: Weight) {
        self.uses += 1;
        let used = self.uses;
        self.whole.bytes += weight.bytes;
        self.whole.operations += weight.operations;
        let document = handle.document;
        self.documents.insert(document, Held { weight, used });
        self.order.insert(used, Arc::clone(handle));
    }

    fn take(&mut self, document: DocumentId) -> Option<(Arc<Handle>, Weight)> {
        let Held { weight, used } = self.documents.remove(&document)?;
        self.whole.bytes -= weight.bytes;
        self.whole.operations -= weight.operations;
        Some((self.order.remove(&used)?, weight))
    }

    fn take_oldest(&mut self) -> Option<Arc<Handle>> {
        let (_, oldest) = self.order.first_key_value()?;
        let document = oldest.document;
        self.take(document).map(|(handle, _)| handle)
    }
}

#[cfg(test)]
mod tests {
    use kruispunt_core::sync::frame::Cursor;

    use super::*;

    fn handle(number: u8) -> Arc<Handle> {
        let document = DocumentId::from_bytes([number; 16]);
        Arc::new(Handle::new(Cursor {
            document,
            epoch: 0,
            seq: 0,
        }))
    }

    fn numbers(memory: &Memory) -> Vec<u8> {
        let known = memory.lock();
        let documents = known.order.values().map(|handle| handle.document);
        documents.map(|document| document.as_bytes()[0]).collect()
    }

    const fn weight(bytes: usize) -> Weight {
        Weight {
            bytes,
            operations: 1,
        }
    }

    #[test]
    fn what_was_used_longest_ago_leaves() {
        let memory = Memory::new(100);
        let [one, two, three] = [handle(1), handle(2), handle(3)];
        assert_eq!(memory.holds(&one, weight(40)), 0);
        assert_eq!(memory.holds(&two, weight(40)), 0);
        assert_eq!(memory.holds(&one, weight(30)), 0);
        memory.uses(two.document);
        memory.uses(three.document);
        assert_eq!(numbers(&memory), [1, 2]);
        assert_eq!(memory.holds(&three, weight(50)), 1);
        assert_eq!(numbers(&memory), [2, 3]);
        let held = Weight {
            bytes: 90,
            operations: 2,
        };
        assert_eq!(memory.held(), (2, held));
        // Whoever is used now stays, however large it is.
        assert_eq!(memory.holds(&two, weight(1_000)), 1);
        assert_eq!(numbers(&memory), [2]);
        memory.forgets(two.document);
        memory.forgets(two.document);
        assert_eq!(memory.held(), (0, Weight::default()));
    }
}
