//! The relay: orders, checks, keeps and passes on what neighbours write.
//!
//! [`Relay`] is the running whole: the HTTP interface ([`http`]) through which a device signs in, and the hub
//! ([`relay`]) in which every document has one task that takes pushes in order. What may be written is decided by
//! `kruispunt-core`, the same code the phone runs; how it is kept by a storage behind traits.
//!
//! This crate deliberately knows no SQL, no automerge keys and no words for residents. Only [`clock`] reads the
//! clock and the random source.

mod allowance;
pub mod audit;
pub mod backup;
pub mod clock;
pub mod database;
pub mod demo;
pub mod erasing;
pub mod folder;
mod http;
pub mod import;
pub mod keys;
mod metrics;
mod passkeys;
mod places;
mod push;
mod relay;
pub mod retention;
pub mod rotation;
mod running;
mod secret;
mod signature;
pub mod steward;
pub mod tls;

pub use passkeys::{NoName, Policy as Passkeys};
pub use push::{HostError, Hosts, MailError, Mailer, Ringing};
pub use relay::{Limits, Pace, Rate};
pub use running::{Relay, Settings, SettingsError, StartError};
pub use secret::Secret;
