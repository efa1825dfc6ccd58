//! The hub: every document has one task that takes pushes in order, and every connection follows its documents.
//!
//! ```text
//! connection ── push ──▶ document task ── rows ──▶ committer ──▶ storage (one transaction, one fsync)
//!     ▲                        │ ◀───── committed ─────┘
//!     └── ack, changes ────────┘   only now does anybody hear of it
//! ```
//!
//! A document's handle holds, behind one lock, the committed position, who follows it and what is needed to catch
//! up. Subscribing reads the position and joins the followers under that lock, so a device misses nothing and gets
//! nothing twice.

mod alarms;
mod catch_up;
mod census;
mod committer;
mod common;
mod connection;
mod document;
mod drawer;
mod elsewhere;
mod greeting;
mod handle;
mod hot;
mod hub;
mod ladder;
mod limits;
mod lines;
mod memory;
mod news;
mod outbox;
mod streets;
mod tasks;

use std::time::Duration;

pub(crate) use connection::converse;
pub(crate) use hot::revive;
pub(crate) use hub::{Hub, TurnedAway};
pub use limits::{Limits, Rate};

/// How long things may take before the relay does something about them.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// A document nobody writes to leaves memory after one to two of these.
    pub idle: Duration,
    /// How long a new connection has to say hello.
    pub hello: Duration,
    /// A quiet connection is asked for a sign of life twice in this time, and then cut.
    pub silence: Duration,
    /// How long a single frame may take to be written before the connection counts as broken.
    pub write: Duration,
    /// How long the relay says that it is not ready before it goes down, so that nobody is sent to it any more.
    pub drain: Duration,
    /// How long a new task rests before volunteers are told: an ambassador may still solve it on the spot, and a rule may
    /// leave it to family and friends first.
    pub rest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            idle: Duration::from_mins(1),
            hello: Duration::from_secs(10),
            silence: Duration::from_secs(75),
            write: Duration::from_secs(75),
            drain: Duration::ZERO,
            rest: Duration::from_secs(5),
        }
    }
}
