//! The data folder: one database, and at most one relay that uses it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use kruispunt_storage::StorageError;
use kruispunt_storage_sqlite::SqliteStorage;

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made or written in.
    #[error("the data folder {} cannot be written: {source}", folder.display())]
    NotWritable {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no database in it.
    #[error("there is no Kruispunt in the data folder {}", .0.display())]
    Empty(PathBuf),
    /// Another relay, or an import, is using it.
    #[error("another Kruispunt is using the data folder {}; stop it first", .0.display())]
    InUse(PathBuf),
    /// The database in it cannot be opened.
    #[error("the database {} cannot be opened", file.display())]
    Database {
        /// Which.
        file: PathBuf,
        /// Why.
        source: StorageError,
    },
}

/// The name of the database in a folder.
const FILE: &str = "kruispunt.sqlite";

/// A data folder that is ours until this is dropped.
///
/// The relay holds places in memory, and two relays on one file would only wait for each other: the lock keeps the
/// second out, and the operating system lets go of it however the process ends.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder when it is missing and claims it.
    ///
    /// # Errors
    /// When it cannot be written or is in use.
    pub fn claim(path: &Path) -> Result<Self, FolderError> {
        let not_writable = |source| FolderError::NotWritable {
            folder: path.to_owned(),
            source,
        };
        std::fs::create_dir_all(path).map_err(not_writable)?;
        let lock = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(path.join("kruispunt.lock"))
            .map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(not_writable(error)),
        }
    }

    /// Opens the database in it.
    ///
    /// # Errors
    /// When it is damaged, held by another program, or from a newer version.
    pub async fn open(&self) -> Result<SqliteStorage, FolderError> {
        open(self.path.join(FILE)).await
    }

    /// Opens the database of a folder that may be another's: a relay notices what is written beside it.
    ///
    /// # Errors
    /// When there is none, or as for [`Self::open`].
    pub async fn visit(path: &Path) -> Result<SqliteStorage, FolderError> {
        let file = path.join(FILE);
        if !file.is_file() {
            return Err(FolderError::Empty(path.to_owned()));
        }
        open(file).await
    }
}

async fn open(file: PathBuf) -> Result<SqliteStorage, FolderError> {
    SqliteStorage::open(&file)
        .await
        .map_err(|source| FolderError::Database { file, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_relay_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("not/yet/there");
        let first = Folder::claim(&path).unwrap();
        assert!(matches!(Folder::claim(&path), Err(FolderError::InUse(_))));
        drop(first);
        Folder::claim(&path).unwrap();
    }

    #[test]
    fn a_file_is_no_folder() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("file");
        std::fs::write(&path, "").unwrap();
        assert!(matches!(
            Folder::claim(&path),
            Err(FolderError::NotWritable { .. })
        ));
    }

    #[tokio::test]
    async fn what_is_no_database_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::claim(parent.path()).unwrap();
        let text = "This is a letter, not a database. ".repeat(100);
        std::fs::write(parent.path().join("kruispunt.sqlite"), &text).unwrap();
        let error = folder.open().await.unwrap_err();
        assert!(
            matches!(
                error,
                FolderError::Database {
                    source: StorageError::Corrupt(_),
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(
            std::fs::read_to_string(parent.path().join("kruispunt.sqlite")).unwrap(),
            text
        );
    }
}
