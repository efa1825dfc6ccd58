//! A simulated neighbourhood. Everything that happens follows from one seed.

mod person;
mod relay;
mod world;

pub use world::{Outcome, World};
