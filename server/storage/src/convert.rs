//! Rows to the words of the domain, whichever the database. What does not convert was not written by this program.

use kruispunt_core::consent::{Purpose, Recipient};
use kruispunt_core::model::Word;

use crate::StorageError;

/// An identifier.
///
/// # Errors
/// [`StorageError::Corrupt`] when it has another length.
pub fn id<T: for<'a> TryFrom<&'a [u8]>>(bytes: &[u8]) -> Result<T, StorageError> {
    T::try_from(bytes)
        .map_err(|_| StorageError::Corrupt("an identifier is not 16 bytes long".to_owned()))
}

/// An identifier, or none.
///
/// # Errors
/// [`StorageError::Corrupt`] when it has another length.
pub fn optional_id<T: for<'a> TryFrom<&'a [u8]>>(
    bytes: Option<&[u8]>,
) -> Result<Option<T>, StorageError> {
    bytes.map(id).transpose()
}

/// Sixteen bytes of some identifier, or none.
///
/// # Errors
/// [`StorageError::Corrupt`] when there are more or fewer.
pub fn subject(bytes: Option<&[u8]>) -> Result<Option<[u8; 16]>, StorageError> {
    let wrong = |_| StorageError::Corrupt("a subject is not 16 bytes long".to_owned());
    let subject = bytes.map(|bytes| bytes.try_into().map_err(wrong));
    subject.transpose()
}

/// A SHA-256.
///
/// # Errors
/// [`StorageError::Corrupt`] when it has another length.
pub fn hash(bytes: &[u8]) -> Result<[u8; 32], StorageError> {
    bytes
        .try_into()
        .map_err(|_| StorageError::Corrupt("a hash is not 32 bytes long".to_owned()))
}

/// A word of the core.
///
/// # Errors
/// [`StorageError::Corrupt`] when the core does not know it.
pub fn word<T: Word>(key: &str) -> Result<T, StorageError> {
    T::from_key(key).ok_or_else(|| StorageError::Corrupt(format!("the word {key:?} is unknown")))
}

/// A word of the core, or none.
///
/// # Errors
/// [`StorageError::Corrupt`] when the core does not know it.
pub fn optional_word<T: Word>(key: Option<&str>) -> Result<Option<T>, StorageError> {
    key.map(word).transpose()
}

/// Consents out of a text: purpose/recipient, with spaces between.
///
/// # Errors
/// [`StorageError::Corrupt`] when it is something else.
pub fn consents(text: &str) -> Result<Vec<(Purpose, Recipient)>, StorageError> {
    let pairs = text.split_ascii_whitespace().map(|pair| {
        let (purpose, recipient) = pair.split_once('/').unwrap_or((pair, ""));
        Ok((word(purpose)?, word(recipient)?))
    });
    pairs.collect()
}

/// Consents into a text.
#[must_use]
pub fn consents_text(consents: &[(Purpose, Recipient)]) -> String {
    let pairs = consents
        .iter()
        .map(|(purpose, recipient)| format!("{}/{}", purpose.key(), recipient.key()));
    pairs.collect::<Vec<_>>().join(" ")
}

/// A sequence number or epoch out of a column.
///
/// # Errors
/// [`StorageError::Corrupt`] when it is none.
pub fn number<T: TryFrom<i64>>(column: i64) -> Result<T, StorageError> {
    T::try_from(column)
        .map_err(|_| StorageError::Corrupt(format!("{column} cannot be a number in a log")))
}

/// A sequence number into a column.
///
/// # Errors
/// [`StorageError::Conflict`] when it does not fit, since then it cannot be in the log.
pub fn column(number: u64) -> Result<i64, StorageError> {
    i64::try_from(number)
        .map_err(|_| StorageError::Conflict(format!("no log is {number} changes long")))
}
