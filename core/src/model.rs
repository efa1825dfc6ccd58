//! The words of the domain as types. See `docs/ARCHITECTURE.md` for their Dutch names on the screens.

mod area;
mod course;
mod entry;
mod ladder;
mod membership;
mod notice;
mod profile;
mod request;
mod word;

pub use area::{Area, AreaKind, AreaTree, TreeError};
pub use course::{Course, Said, Trouble};
pub use entry::{
    Attention, Entry, EntryKey, EntryKind, HandBackReason, NotAnEntry, PassReason, Route,
    RouteReason, Source, Step, TroubleReason, UntoldReason,
};
pub use ladder::{LadderRule, LadderRules};
pub use membership::{Membership, Role};
pub use notice::{NotAWish, NoticeKind, Tongue, Whom, Wishes};
pub use profile::{Free, Helper, Language, OutOfBounds, Preference, Profile, ProfileChange, Reach};
pub use request::{Ask, DayPart, FeedbackHow, Repeat, Request, Theme, Urgency, Weekday};
pub use word::Word;
pub(crate) use word::words;
