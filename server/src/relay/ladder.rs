//! Which rule of the ladder a request of a document stands under, by the places and rules as they are now.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use kruispunt_core::id::{AreaId, DocumentId};
use kruispunt_core::model::{LadderRule, LadderRules, Request};

use crate::places::Places;

pub(super) struct Ladder(RwLock<Arc<Known>>);

/// What is known at one moment.
pub(super) struct Known {
    places: Arc<Places>,
    streets: HashMap<DocumentId, AreaId>,
    rules: Arc<LadderRules>,
}

impl Known {
    fn new(places: Arc<Places>, rules: Arc<LadderRules>) -> Self {
        Self {
            streets: places.streets().collect(),
            places,
            rules,
        }
    }

    /// The rule for a request of this document.
    pub(super) fn rule(&self, document: DocumentId, request: &Request) -> LadderRule {
        let Some(&street) = self.streets.get(&document) else {
            return LadderRule::usual(request.urgency);
        };
        let tree = self.places.tree();
        self.rules.of(tree, street, request.theme, request.urgency)
    }
}

impl Ladder {
    pub(super) fn new(places: Arc<Places>, rules: LadderRules) -> Self {
        Self(RwLock::new(Arc::new(Known::new(places, Arc::new(rules)))))
    }

    pub(super) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// There are other places now.
    pub(super) fn move_to(&self, places: Arc<Places>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let rules = Arc::clone(&known.rules);
        *known = Arc::new(Known::new(places, rules));
    }

    /// There may be other rules now; whether there are.
    pub(super) fn set(&self, rules: LadderRules) -> bool {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = *known.rules != rules;
        if is_new {
            let places = Arc::clone(&known.places);
            *known = Arc::new(Known::new(places, Arc::new(rules)));
        }
        is_new
    }
}
