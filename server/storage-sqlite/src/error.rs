//! What SQLite says, in the words of the storage.

use kruispunt_storage::StorageError;
use sqlx::migrate::MigrateError;

/// Result codes of SQLite, <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOT_A_DATABASE: i32 = 26;
    pub(super) const CONSTRAINT_FOREIGN_KEY: i32 = 787;
}

pub(crate) fn from_sqlx(error: sqlx::Error) -> StorageError {
    let code = match &error {
        sqlx::Error::Database(database) => {
            database.code().and_then(|code| code.parse::<i32>().ok())
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            return StorageError::Corrupt(error.to_string());
        }
        _ => None,
    };
    let Some(code) = code else {
        return StorageError::Unavailable(error.into());
    };
    match (code & 0xff, code) {
        (_, code::CONSTRAINT_FOREIGN_KEY) => StorageError::NotFound(error.to_string()),
        (code::CONSTRAINT, _) => StorageError::Conflict(error.to_string()),
        (code::BUSY | code::LOCKED, _) => StorageError::Busy(error.into()),
        (code::FULL, _) => StorageError::Full(error.into()),
        (code::CORRUPT | code::NOT_A_DATABASE, _) => StorageError::Corrupt(error.to_string()),
        _ => StorageError::Unavailable(error.into()),
    }
}

pub(crate) fn from_migrate(error: MigrateError) -> StorageError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => from_sqlx(error),
        MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => {
            StorageError::Newer(version)
        }
        MigrateError::VersionMismatch(version) => StorageError::Corrupt(format!(
            "migration {version} is not the one that was applied"
        )),
        other => StorageError::Unavailable(other.into()),
    }
}
