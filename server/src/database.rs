//! Which database a relay or a command works on, and how it gets it.

use std::path::PathBuf;
use std::sync::Arc;

use kruispunt_storage::{Storage, StorageError};
use kruispunt_storage_postgres::{Address, PgStorage};

use crate::folder::{Folder, FolderError};

/// The place of a database.
#[derive(Debug, Clone)]
pub enum Place {
    /// A SQLite file in a data folder, for one relay.
    Folder(PathBuf),
    /// A PostgreSQL database, for any number of relays.
    Postgres(Address),
}

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The data folder, or the file in it, cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The PostgreSQL database cannot be opened.
    #[error("the database {address} cannot be opened")]
    Postgres {
        /// Which.
        address: Address,
        /// Why.
        source: StorageError,
    },
}

/// A database and, where it can have only one relay, the right to be that.
pub struct Claimed {
    /// The database.
    pub storage: Arc<dyn Storage>,
    /// Ours until this is dropped.
    _folder: Option<Folder>,
}

impl Place {
    /// Opens it to serve from it, and makes it when it is not there yet.
    ///
    /// # Errors
    /// When it cannot be reached or written, is in use by another relay, is damaged, or from a newer version.
    pub async fn claim(&self) -> Result<Claimed, DatabaseError> {
        match self {
            Self::Folder(path) => {
                let folder = Folder::claim(path)?;
                Ok(Claimed {
                    storage: Arc::new(folder.open().await?),
                    _folder: Some(folder),
                })
            }
            Self::Postgres(address) => Ok(Claimed {
                storage: open(address).await?,
                _folder: None,
            }),
        }
    }

    /// Opens it to write to it once: as ours when nobody has it, and beside the relay that has it.
    ///
    /// # Errors
    /// As for [`Self::claim`].
    pub async fn enter(&self) -> Result<Claimed, DatabaseError> {
        match self.claim().await {
            Err(DatabaseError::Folder(FolderError::InUse(_))) => Ok(Claimed {
                storage: self.visit().await?,
                _folder: None,
            }),
            claimed => claimed,
        }
    }

    /// Opens it while relays may be serving from it: they notice what is written beside them.
    ///
    /// # Errors
    /// When there is none, or as for [`Self::claim`].
    pub async fn visit(&self) -> Result<Arc<dyn Storage>, DatabaseError> {
        match self {
            Self::Folder(path) => Ok(Arc::new(Folder::visit(path).await?)),
            Self::Postgres(address) => open(address).await,
        }
    }
}

async fn open(address: &Address) -> Result<Arc<dyn Storage>, DatabaseError> {
    match PgStorage::open(address).await {
        Ok(storage) => Ok(Arc::new(storage)),
        Err(source) => Err(DatabaseError::Postgres {
            address: address.clone(),
            source,
        }),
    }
}
