//! The neighbourhood's rules, pure.
//!
//! Everything the phone and the relay must agree on lives here: what a request is ([`model`]), how it is
//! written in an automerge document ([`schema`]), what a tap does ([`command`]), what a screen shows
//! ([`view`]), who fits what ([`matching`]), what time does by itself ([`clocks`]), who may do what ([`access`]), what a
//! resident consents to ([`consent`]), by which forms residents ask themselves ([`intake`]) and how devices and relay
//! talk ([`sync`]).
//!
//! This crate deliberately knows no clock, no randomness, no network, no disk, no browser and no language:
//! time and random bytes are arguments, what must happen outside comes back as values, and the only text that
//! leaves it are message keys.

pub mod access;
pub mod clocks;
pub mod command;
pub mod consent;
pub mod id;
pub mod intake;
pub mod matching;
pub mod message;
pub mod model;
pub mod neighbourhood;
pub mod notices;
pub mod schema;
pub mod sync;
pub mod time;
pub mod vec_map;
pub mod view;
