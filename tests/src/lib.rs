//! What the tests of the whole house share.
//!
//! [`sim`] is a neighbourhood in one thread: phones and a relay made of exactly the code that ships
//! (`kruispunt_core::sync`), with a network, disks and clocks that fail as a seed decides. It knows no browser and no
//! database; those have stories of their own.

#![expect(clippy::panic, reason = "what does not hold in a simulation ends it")]

pub mod sim;
