//! A simulated neighbourhood. Everything that happens follows from one seed.
//!
//! ```text
//! ground          the database that many schedules share, and the streets and people of one of them
//! disk            what goes wrong between a relay and the database, and what other relays hear of it
//! relay, hot      one of the relays: documents in memory, who follows them, what waits
//! line            a connection: frames under way in both directions, and who still believes in it
//! person, tab     somebody with a phone: its disk, and the app in one or two tabs
//! deeds           what people were told is kept
//! world           what happens next: one of the happenings
//! meeting         how everybody meets in the end
//! truth           what must be true then
//! run, story      many schedules; the smallest beginning of one that fails, told in words
//! ```

mod deeds;
mod disk;
mod ground;
mod happenings;
mod hot;
mod line;
mod meeting;
mod person;
mod relay;
mod run;
mod story;
mod tab;
mod truth;
mod world;

pub use ground::{Database, Ground};
pub use run::{Plan, run};
pub use world::{Outcome, World};
