//! How members want to hear of things, as it is stored.

use kruispunt_core::id::MemberId;
use kruispunt_core::model::Wishes;

use crate::StorageError;

/// What a member said, as it is stored. A wish of a newer version is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidWishes {
    /// Who.
    pub member: MemberId,
    /// What they said, as JSON.
    pub said: String,
}

impl SaidWishes {
    /// What a member says now.
    ///
    /// # Errors
    /// Never in practice: wishes always have a form as JSON.
    pub fn of(member: MemberId, wishes: &Wishes) -> Result<Self, StorageError> {
        let said = serde_json::to_string(wishes).map_err(|_| corrupt())?;
        Ok(Self { member, said })
    }

    /// What they said, as far as this version knows.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] when it is not what this program would have written.
    pub fn wishes(&self) -> Result<Wishes, StorageError> {
        serde_json::from_str(&self.said).map_err(|_| corrupt())
    }
}

/// What somebody wants is in no error.
fn corrupt() -> StorageError {
    StorageError::Corrupt("the wishes of a member cannot be read".to_owned())
}
