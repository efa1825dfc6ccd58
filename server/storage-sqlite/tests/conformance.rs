//! SQLite tells every story of the storage, on a real file.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::path::PathBuf;

use kruispunt_storage::conformance::Backend;
use kruispunt_storage_sqlite::SqliteStorage;
use tempfile::TempDir;

struct File {
    _folder: TempDir,
    path: PathBuf,
}

impl File {
    fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            path: folder.path().join("kruispunt.sqlite"),
            _folder: folder,
        }
    }
}

impl Backend for File {
    type Storage = SqliteStorage;

    async fn open(&self) -> SqliteStorage {
        SqliteStorage::open(&self.path).await.unwrap()
    }
}

kruispunt_storage::conformance!(File::fresh());
