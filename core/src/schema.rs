//! How a street's board is written in an automerge document. Only this module knows the keys.
//!
//! ```text
//! root
//!   requests: { <request id>: { theme, ask, day?, part?, urgency, repeat, places, by, at,
//!                               claims:  { <member id>: at },
//!                               matches: { <member id>: at },      written by the relay alone
//!                               done_at?, told_at?, told_how?, withdrawn_at? } }
//!   helpers:  { <member id>: { name } }
//!   lost?:    { epoch, seq, until }                                written by the relay alone
//! ```
//!
//! Times are integers (milliseconds since 1970-01-01 UTC), words are strings by their key, identifiers are their
//! 22 characters. A field is written once and never taken back, except a claim, which its owner may delete: so
//! concurrent work merges into something every device reads the same way. Unknown keys are left alone.

mod board;
mod gate;
mod ledger;
mod lost;
mod read;
mod renew;
mod written;

pub(crate) use board::NewRequest;
pub use board::{Board, BoardError};
pub(crate) use gate::check;
pub(crate) use ledger::Ledger;
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

    pub(crate) const NAME: &str = "name";

    pub(crate) const EPOCH: &str = "epoch";
    pub(crate) const SEQ: &str = "seq";
}
