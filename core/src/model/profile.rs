//! What a volunteer says of themselves (S4: profile, competences, availability, preferences).
//!
//! A profile has one owner and is kept by the relay field by field, so that changes of different fields from two phones
//! both stand. Whoever reads one skips the words that only a newer version knows; whoever changes one is told when a
//! word is unknown, since nothing of what somebody said may be lost quietly.

mod change;
mod lenient;
#[cfg(test)]
mod tests;

use super::word::words;
use super::{DayPart, Theme, Weekday};
use crate::id::{AreaId, MemberId};
use crate::time::Timestamp;

pub use change::{OutOfBounds, ProfileChange};

words!(
    /// How far somebody goes to help, nearest first.
    #[derive(Default)]
    Reach {
        /// Their own street.
        Street = "street",
        /// Their neighbourhood.
        #[default]
        Neighbourhood = "neighbourhood",
        /// Their quarter.
        Quarter = "quarter",
        /// Anywhere they are a volunteer.
        Anywhere = "anywhere",
    }
);

words!(
    /// A language somebody can help in, by its shortest code of ISO 639, except for `sign`.
    Language {
        /// Dutch.
        Dutch = "nl",
        /// English.
        English = "en",
        /// Arabic.
        Arabic = "ar",
        /// Turkish.
        Turkish = "tr",
        /// Berber languages, Tarifit among them.
        Berber = "ber",
        /// French.
        French = "fr",
        /// German.
        German = "de",
        /// Spanish.
        Spanish = "es",
        /// Portuguese.
        Portuguese = "pt",
        /// Polish.
        Polish = "pl",
        /// Ukrainian.
        Ukrainian = "uk",
        /// Russian.
        Russian = "ru",
        /// Romanian.
        Romanian = "ro",
        /// Bulgarian.
        Bulgarian = "bg",
        /// Persian: Farsi and Dari.
        Persian = "fa",
        /// Kurdish.
        Kurdish = "ku",
        /// Somali.
        Somali = "so",
        /// Tigrinya.
        Tigrinya = "ti",
        /// Chinese.
        Chinese = "zh",
        /// Papiamento.
        Papiamento = "pap",
        /// Sranantongo.
        Sranantongo = "srn",
        /// Sign Language of the Netherlands.
        Sign = "sign",
    }
);

words!(
    /// What somebody would rather do, or cannot do.
    Preference {
        /// A task that is over when it is done.
        Once = "once",
        /// Somebody to come back to every week.
        Weekly = "weekly",
        /// No longer than an hour.
        Short = "short",
        /// Out of doors.
        Outdoors = "outdoors",
        /// From home, on the phone.
        ByPhone = "by_phone",
        /// With another helper.
        Together = "together",
        /// Nothing heavy.
        NoLifting = "no_lifting",
        /// No stairs.
        NoStairs = "no_stairs",
    }
);

/// A part of the week in which somebody has time.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(map)]
pub struct Free {
    /// The day.
    #[n(0)]
    pub day: Weekday,
    /// The part of that day.
    #[n(1)]
    pub part: DayPart,
}

/// What a volunteer said of themselves. An empty list is a question that was not answered.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(map)]
#[serde(default)]
pub struct Profile {
    /// What they like to do or are good at.
    #[n(0)]
    #[serde(deserialize_with = "lenient::words")]
    #[cbor(default, decode_with = "lenient::decode_words")]
    pub talents: Vec<Theme>,
    /// When they have time.
    #[n(1)]
    #[serde(deserialize_with = "lenient::free")]
    #[cbor(default, decode_with = "lenient::decode_free")]
    pub free: Vec<Free>,
    /// How far they go.
    #[n(2)]
    #[serde(deserialize_with = "lenient::reach")]
    #[cbor(default, decode_with = "lenient::decode_reach")]
    pub reach: Reach,
    /// What they speak.
    #[n(3)]
    #[serde(deserialize_with = "lenient::words")]
    #[cbor(default, decode_with = "lenient::decode_words")]
    pub languages: Vec<Language>,
    /// What they would rather do.
    #[n(4)]
    #[serde(deserialize_with = "lenient::words")]
    #[cbor(default, decode_with = "lenient::decode_words")]
    pub preferences: Vec<Preference>,
    /// Where they live, as far as they share it.
    #[n(5)]
    pub home: Option<AreaId>,
    /// From when on they have time; `None` is now.
    #[n(6)]
    pub from: Option<Timestamp>,
    /// Until when they have time; `None` is for good.
    #[n(7)]
    pub until: Option<Timestamp>,
    /// Until when they do not want to be asked, holidays for instance.
    #[n(8)]
    pub paused_until: Option<Timestamp>,
    /// How many tasks at a time are enough.
    #[n(9)]
    pub at_most: Option<u8>,
}

/// A volunteer, as a coordinator's device knows them.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(map)]
pub struct Helper {
    /// Who.
    #[n(0)]
    pub member: MemberId,
    /// What neighbours call them.
    #[n(1)]
    pub first_name: String,
    /// Where they are a volunteer.
    #[n(2)]
    pub areas: Vec<AreaId>,
    /// What they said of themselves.
    #[n(3)]
    pub profile: Profile,
}
