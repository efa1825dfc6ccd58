//! What PostgreSQL says, in the words of the storage.

use kruispunt_storage::StorageError;
use sqlx::migrate::MigrateError;

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
mod code {
    pub(super) const FOREIGN_KEY: &str = "23503";
    pub(super) const CONSTRAINT: &str = "23";
    /// A value that no column of this type can hold, such as a text with a zero in it.
    pub(super) const DATA: &str = "22";
    pub(super) const DISK_FULL: &str = "53100";
    pub(super) const SERIALIZATION: &str = "40001";
    pub(super) const DEADLOCK: &str = "40P01";
    pub(super) const LOCK_TIMEOUT: &str = "55P03";
    pub(super) const STATEMENT_TIMEOUT: &str = "57014";
    pub(super) const DAMAGED: [&str; 2] = ["XX001", "XX002"];
}

pub(crate) fn from_sqlx(error: sqlx::Error) -> StorageError {
    let code = match &error {
        sqlx::Error::Database(database) => database.code().map(std::borrow::Cow::into_owned),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            return StorageError::Corrupt(error.to_string());
        }
        _ => None,
    };
    let Some(code) = code else {
        return StorageError::Unavailable(error.into());
    };
    match code.as_str() {
        code::FOREIGN_KEY => StorageError::NotFound(error.to_string()),
        code::DISK_FULL => StorageError::Full(error.into()),
        code::SERIALIZATION | code::DEADLOCK | code::LOCK_TIMEOUT | code::STATEMENT_TIMEOUT => {
            StorageError::Busy(error.into())
        }
        code if code.starts_with(code::CONSTRAINT) || code.starts_with(code::DATA) => {
            StorageError::Conflict(error.to_string())
        }
        code if code::DAMAGED.contains(&code) => StorageError::Corrupt(error.to_string()),
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
