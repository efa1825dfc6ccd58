//! How a street's board is written in an automerge document. Only this module knows the keys.
//!
//! ```text
//! root
//!   requests: { <request id>: { theme, ask, day?, part?, urgency, repeat, places, by, at, source?, language?, talent?,
//!                               claims:  { <member id>: at },
//!                               matches: { <member id>: at },      written by the relay alone
//!                               done_at?, told_at?, told_how?, withdrawn_at?,
//!                               +<entry key>: { kind, by?, to?, why?, who?, into?, n? } } }
//!   helpers:  { <member id>: { name } }
//!   lost?:    { epoch, seq, until }                                written by the relay alone
//! ```
//!
//! Times are integers (milliseconds since 1970-01-01 UTC), words are strings by their key, identifiers are their
//! 22 characters. A field is written once and never taken back, except a claim, which its owner may delete: so
//! concurrent work merges into something every device reads the same way. What happens to a request later is a list of
//! entries that only grows, each a map of its own beside the fields ([`crate::model::Entry`]): no list has to be made
//! first, which two people might do at once. Unknown keys are left alone.

mod board;
mod entry;
mod gate;
mod ledger;
mod lost;
mod read;
mod renew;
mod written;

pub(crate) use board::NewRequest;
pub use board::{Board, BoardError};
pub(crate) use entry::{NewEntry, fits, has_room, is_so, may_add, next_number};
pub(crate) use gate::{Order, Touched, check};
pub(crate) use ledger::{Hold, Ledger, Stroke};
pub(crate) use lost::Lost;
pub use renew::Keep;
pub use written::Written;
pub(crate) use written::{requests_of, written};

/// The keys of the document.
pub(crate) mod key {
    pub(crate) const REQUESTS: &str = "requests";
    pub(crate) const HELPERS: &str = "helpers";
    pub(crate) const LOST: &str = "lost";

    pub(crate) const THEME: &str = "theme";
    pub(crate) const ASK: &str = "ask";
    pub(crate) const DAY: &str = "day";
    pub(crate) const PART: &str = "part";
    pub(crate) const URGENCY: &str = "urgency";
    pub(crate) const REPEAT: &str = "repeat";
    pub(crate) const PLACES: &str = "places";
    pub(crate) const LOGGED_BY: &str = "by";
    pub(crate) const LOGGED_AT: &str = "at";
    pub(crate) const CLAIMS: &str = "claims";
    pub(crate) const MATCHES: &str = "matches";
    pub(crate) const DONE_AT: &str = "done_at";
    pub(crate) const TOLD_AT: &str = "told_at";
    pub(crate) const TOLD_HOW: &str = "told_how";
    pub(crate) const WITHDRAWN_AT: &str = "withdrawn_at";

    pub(crate) const SOURCE: &str = "source";
    pub(crate) const LANGUAGE: &str = "language";
    pub(crate) const TALENT: &str = "talent";

    pub(crate) const KIND: &str = "kind";
    pub(crate) const TO: &str = "to";
    pub(crate) const WHY: &str = "why";
    pub(crate) const WHO: &str = "who";
    pub(crate) const INTO: &str = "into";
    pub(crate) const COUNT: &str = "n";

    pub(crate) const NAME: &str = "name";

    pub(crate) const EPOCH: &str = "epoch";
    pub(crate) const SEQ: &str = "seq";
}
