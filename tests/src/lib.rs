//! What the tests of the whole house share.
//!
//! [`sim`] is a neighbourhood in one thread: phones and relays made of exactly the code that decides things
//! (`kruispunt_core::sync`), on a database that ships (`kruispunt_storage`), with lines, disks and clocks that fail as
//! a seed decides. It knows no browser and no socket; those have stories of their own.

#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what does not hold in a simulation ends it"
)]

pub mod sim;
