//! Rows to the words of the domain. What does not convert was not written by this program.

use kruispunt_core::model::Word;
use kruispunt_storage::StorageError;

pub(crate) fn id<T: for<'a> TryFrom<&'a [u8]>>(bytes: &[u8]) -> Result<T, StorageError> {
    T::try_from(bytes)
        .map_err(|_| StorageError::Corrupt("an identifier is not 16 bytes long".to_owned()))
}

pub(crate) fn optional_id<T: for<'a> TryFrom<&'a [u8]>>(
    bytes: Option<&[u8]>,
) -> Result<Option<T>, StorageError> {
    bytes.map(id).transpose()
}

pub(crate) fn hash(bytes: &[u8]) -> Result<[u8; 32], StorageError> {
    bytes
        .try_into()
        .map_err(|_| StorageError::Corrupt("a hash is not 32 bytes long".to_owned()))
}

pub(crate) fn word<T: Word>(key: &str) -> Result<T, StorageError> {
    T::from_key(key).ok_or_else(|| StorageError::Corrupt(format!("the word {key:?} is unknown")))
}

/// A sequence number or epoch out of a column.
pub(crate) fn number<T: TryFrom<i64>>(column: i64) -> Result<T, StorageError> {
    T::try_from(column)
        .map_err(|_| StorageError::Corrupt(format!("{column} cannot be a number in a log")))
}

/// A sequence number into a column. One that does not fit cannot be in the log.
pub(crate) fn column(number: u64) -> Result<i64, StorageError> {
    i64::try_from(number)
        .map_err(|_| StorageError::Conflict(format!("no log is {number} changes long")))
}
