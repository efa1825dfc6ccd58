//! A change of a profile: the fields that somebody filled in anew.

use serde::{Deserialize, Deserializer, Serialize};

use super::{Free, Language, Preference, Profile, Reach};
use crate::id::AreaId;
use crate::model::{Theme, Word};
use crate::time::Timestamp;

/// As many languages as somebody can well help in.
const MOST_LANGUAGES: usize = 10;

/// Every part of every day.
const MOST_FREE: usize = 21;

/// As many tasks at a time as anybody should have.
const MOST_AT_A_TIME: u8 = 20;

/// The change says more, or something else, than a profile can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no profile can hold that")]
pub struct OutOfBounds;

/// What changed in a profile: a field that is not there stays as it is, and one that is there takes the place of what
/// was said before, `null` included. It travels as JSON only, where the two can be told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileChange {
    /// What they like to do or are good at.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub talents: Option<Vec<Theme>>,
    /// When they have time.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub free: Option<Vec<Free>>,
    /// How far they go.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub reach: Option<Reach>,
    /// What they speak.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub languages: Option<Vec<Language>>,
    /// What they would rather do.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub preferences: Option<Vec<Preference>>,
    /// Where they live.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub home: Option<Option<AreaId>>,
    /// From when on they have time.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub from: Option<Option<Timestamp>>,
    /// Until when they have time.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub until: Option<Option<Timestamp>>,
    /// Until when they do not want to be asked.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub paused_until: Option<Option<Timestamp>>,
    /// How many tasks at a time are enough.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub at_most: Option<Option<u8>>,
}

impl ProfileChange {
    /// Makes the change.
    pub fn apply(self, profile: &mut Profile) {
        lay(&mut profile.talents, self.talents);
        lay(&mut profile.free, self.free);
        lay(&mut profile.reach, self.reach);
        lay(&mut profile.languages, self.languages);
        lay(&mut profile.preferences, self.preferences);
        lay(&mut profile.home, self.home);
        lay(&mut profile.from, self.from);
        lay(&mut profile.until, self.until);
        lay(&mut profile.paused_until, self.paused_until);
        lay(&mut profile.at_most, self.at_most);
    }

    /// Whether a profile can hold what it says. A period whose ends come from two changes may still be empty: then
    /// nobody is asked in it.
    ///
    /// # Errors
    /// [`OutOfBounds`] for something twice, too much of it, no task at all, or a period that ends before it begins.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        let at_most = self.at_most.flatten().unwrap_or(1);
        let is_sound = once(self.talents.as_deref(), Theme::ALL.len())
            && once(self.free.as_deref(), MOST_FREE)
            && once(self.languages.as_deref(), MOST_LANGUAGES)
            && once(self.preferences.as_deref(), Preference::ALL.len())
            && (1..=MOST_AT_A_TIME).contains(&at_most)
            && match (self.from.flatten(), self.until.flatten()) {
                (Some(from), Some(until)) => from <= until,
                _ => true,
            };
        if is_sound { Ok(()) } else { Err(OutOfBounds) }
    }
}

fn lay<T>(field: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *field = said;
    }
}

/// At most so many, and none of them twice.
fn once<T: PartialEq>(said: Option<&[T]>, most: usize) -> bool {
    let said = said.unwrap_or_default();
    said.len() <= most
        && said
            .iter()
            .enumerate()
            .all(|(at, one)| !said.iter().skip(at + 1).any(|other| other == one))
}

/// A field that is there, though it may say that there is nothing.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
