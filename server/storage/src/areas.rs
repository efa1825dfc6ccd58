//! Places, and the board that every street has.

mod plan;

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DocumentId};
use kruispunt_core::model::{Area, AreaKind};

use crate::StorageError;

pub use plan::{Plan, plan};

/// A place as a file names it. The identifiers are used only where the code is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArea {
    /// The code; an area that has it already keeps its identifier and takes the new name and parent.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What kind of place.
    pub kind: AreaKind,
    /// The code of the place it lies in, stored or in the same import.
    pub parent: Option<String>,
    /// A random identifier for it.
    pub id: AreaId,
    /// A random identifier for its board, should it be a street.
    pub document: DocumentId,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Areas that are new.
    pub added: u64,
    /// Areas that have another name or parent now.
    pub changed: u64,
    /// Areas that already were as the file has them.
    pub unchanged: u64,
}

/// The tree of places.
#[async_trait]
pub trait Areas {
    /// Adds or renames areas by their code, all or none; every new street gets its document.
    ///
    /// Whether the result is a tree is for the caller to check first.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for a parent that is neither stored nor in the import;
    /// [`StorageError::Conflict`] where an area would change its kind, since a street's board would be orphaned.
    async fn import_areas(&self, areas: &[NewArea]) -> Result<Imported, StorageError>;

    /// All areas, by code.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn areas(&self) -> Result<Vec<Area>, StorageError>;
}
