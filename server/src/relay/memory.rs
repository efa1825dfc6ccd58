//! What documents take in memory. There is a budget: whatever was used longest ago leaves when it is spent.
//!
//! When more documents are written in at once than the budget holds, each would leave just before its next use, and
//! bringing one to life costs a hundred times as much as a change. So what comes back soon after it had to leave widens
//! the budget by what it took, to four times what it was at most, until documents leave because nobody needs them.

use std::collections::{BTreeMap, HashMap, VecDeque};
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

/// How many times the budget may be widened by itself.
const WIDEST: usize = 3;

/// How many documents that left are remembered.
const REMEMBERED: usize = 256;

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
    /// Which documents had to leave, and how many bytes they took, the latest last.
    left: VecDeque<(DocumentId, usize)>,
    /// By how much the budget is wider for now, in bytes.
    leeway: usize,
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
        let mut known = self.lock();
        if known.take(document).is_some() {
            // It was here until nobody needed it: there is room again.
            known.leeway = known.leeway.min(known.whole.bytes);
        }
    }

    /// How many documents there are in memory, and what they take.
    pub(super) fn held(&self) -> (usize, Weight) {
        let known = self.lock();
        (known.documents.len(), known.whole)
    }
}

impl Shelf {
    fn hold(&mut self, handle: &Arc<Handle>, weight: Weight, budget: usize) -> Vec<Arc<Handle>> {
        let document = handle.document;
        self.take(document);
        let left = self.left.iter().position(|&(left, _)| left == document);
        if let Some((_, bytes)) = left.and_then(|at| self.left.remove(at)) {
            let back = bytes.min(weight.bytes);
            let widest = budget.saturating_mul(WIDEST);
            self.leeway = self.leeway.saturating_add(back).min(widest);
        }
        self.put(handle, weight);
        let mut leaving = Vec::new();
        let budget = budget.saturating_add(self.leeway);
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
        let (handle, weight) = self.take(document)?;
        if self.left.len() == REMEMBERED {
            self.left.pop_front();
        }
        self.left.push_back((document, weight.bytes));
        Some(handle)
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

    /// Six documents in turn, where five fit: without leeway each would leave just before it is needed.
    #[test]
    fn documents_in_use_at_once_stay_together() {
        let memory = Memory::new(100);
        let town: Vec<_> = (0..6).map(handle).collect();
        let mut left = 0;
        for _ in 0..3 {
            left = town
                .iter()
                .map(|one| memory.holds(one, weight(20)))
                .sum::<usize>();
        }
        assert_eq!(left, 0, "the last time round nobody leaves");
        assert_eq!(memory.held().0, 6);

        for one in &town {
            memory.forgets(one.document);
        }
        assert_eq!(memory.lock().leeway, 0, "the budget is what it was");
    }

    #[test]
    fn the_budget_is_never_wider_than_four_times_itself() {
        let memory = Memory::new(100);
        let town: Vec<_> = (0..200).map(handle).collect();
        for one in town.iter().cycle().take(2_000) {
            memory.holds(one, weight(10));
            assert!(memory.held().1.bytes <= 400);
        }
        assert!(memory.lock().left.len() <= REMEMBERED);
    }
}
