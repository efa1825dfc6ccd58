//! How long a request may stand on each step of the ladder, per area.

use async_trait::async_trait;
use kruispunt_core::id::AreaId;
use kruispunt_core::model::{LadderRule, LadderRules, Theme, Urgency, Word as _};

use crate::{Entry, StorageError};

/// The rules of the ladder.
#[async_trait]
pub trait Ladder {
    /// The rules that were set, of all areas.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn ladder(&self) -> Result<LadderRules, StorageError>;

    /// Puts these in the place of an area's own rules, and writes that down.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown area, [`StorageError::Conflict`] for two rules about the same
    /// requests.
    async fn set_ladder(
        &self,
        area: AreaId,
        rules: &[LadderRule],
        entry: &Entry,
    ) -> Result<(), StorageError>;
}

/// The key of a rule's theme; empty for any.
#[must_use]
pub fn theme_key(rule: &LadderRule) -> &'static str {
    rule.theme.map_or("", |theme| theme.key())
}

/// For which requests a stored rule is: any theme or one, and the urgency. `None` where only a newer version knows.
#[must_use]
pub fn requests_of(theme: &str, urgency: &str) -> Option<(Option<Theme>, Urgency)> {
    let theme = match theme {
        "" => None,
        key => Some(Theme::from_key(key)?),
    };
    Some((theme, Urgency::from_key(urgency)?))
}
