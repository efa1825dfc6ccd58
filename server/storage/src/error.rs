//! What can go wrong with a database, whichever it is.

use std::error::Error;

type Source = Box<dyn Error + Send + Sync>;

/// Why the database did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The disk, or the database's own limit, is full.
    #[error("the disk is full")]
    Full(#[source] Source),
    /// Another process holds the database.
    #[error("the database is in use by another process")]
    Busy(#[source] Source),
    /// The database cannot be reached, read or written.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Source),
    /// What was read is not what was once written.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// A newer version of this program wrote this database.
    #[error("the database was written by a newer version (migration {0})")]
    Newer(i64),
    /// The write does not fit what is stored.
    #[error("the write does not fit what is stored: {0}")]
    Conflict(String),
    /// What the write builds on is not stored.
    #[error("not stored: {0}")]
    NotFound(String),
}
