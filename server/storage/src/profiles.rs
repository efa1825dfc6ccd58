//! What volunteers say of themselves, field by field.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kruispunt_core::id::MemberId;
use kruispunt_core::model::{Profile, ProfileChange};
use kruispunt_core::time::Timestamp;
use serde_json::{Map, Value};

use crate::StorageError;

/// One field of a profile, as it is stored. A field or a word of a newer version is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileField {
    /// Whose profile.
    pub member: MemberId,
    /// Which field.
    pub field: String,
    /// What was said, as JSON.
    pub said: String,
    /// When the relay heard it.
    pub said_at: Timestamp,
}

/// The profiles of members.
#[async_trait]
pub trait Profiles {
    /// Takes what a member filled in anew; the rest of their profile stays as it is.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown member.
    async fn change_profile(
        &self,
        member: MemberId,
        change: &ProfileChange,
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// The profile of one member; `None` while they never said anything.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn profile(&self, member: MemberId) -> Result<Option<Profile>, StorageError>;

    /// The profiles of everybody who has one.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn profiles(&self) -> Result<BTreeMap<MemberId, Profile>, StorageError>;
}

/// What is to be written of a change: each field that is in it.
///
/// # Errors
/// Never in practice: a change always has a form as JSON.
pub fn changed(
    member: MemberId,
    change: &ProfileChange,
    now: Timestamp,
) -> Result<Vec<ProfileField>, StorageError> {
    let Ok(Value::Object(fields)) = serde_json::to_value(change) else {
        return Err(corrupt("a change of a profile has no form"));
    };
    let fields = fields.into_iter().map(|(field, said)| ProfileField {
        member,
        field,
        said: said.to_string(),
        said_at: now,
    });
    Ok(fields.collect())
}

/// Profiles of their fields.
///
/// # Errors
/// [`StorageError::Corrupt`] when a field is not what this program would have written.
pub fn gathered(fields: Vec<ProfileField>) -> Result<BTreeMap<MemberId, Profile>, StorageError> {
    let mut all: BTreeMap<MemberId, Map<String, Value>> = BTreeMap::new();
    for ProfileField {
        member,
        field,
        said,
        ..
    } in fields
    {
        let said = serde_json::from_str(&said).map_err(|_| corrupt("a field of a profile"))?;
        all.entry(member).or_default().insert(field, said);
    }
    let profiles = all.into_iter().map(|(member, fields)| {
        let profile = serde_json::from_value(Value::Object(fields));
        Ok((member, profile.map_err(|_| corrupt("a profile"))?))
    });
    profiles.collect()
}

/// The texts of people are in no error.
fn corrupt(what: &str) -> StorageError {
    StorageError::Corrupt(format!("{what} cannot be read"))
}
