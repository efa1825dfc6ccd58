//! Reads profiles that a newer version wrote: words that this one does not know are skipped.
//!
//! Everything goes by way of plain texts, so that little of it is compiled for every kind of word: a phone has to carry
//! it.

use minicbor::decode::Error;
use minicbor::{Decode, Decoder};
use serde::{Deserialize, Deserializer};

use super::{Free, Reach};
use crate::model::Word;

/// A part of the week, as it is written.
#[derive(Deserialize, Decode)]
#[cbor(map)]
struct Written {
    #[n(0)]
    day: String,
    #[n(1)]
    part: String,
}

fn known<W: Word>(written: &[String]) -> Vec<W> {
    let known = written.iter().filter_map(|key| W::from_key(key));
    known.collect()
}

fn known_free(written: &[Written]) -> Vec<Free> {
    let known = written.iter().filter_map(|written| {
        Some(Free {
            day: Word::from_key(&written.day)?,
            part: Word::from_key(&written.part)?,
        })
    });
    known.collect()
}

fn known_reach(written: &str) -> Reach {
    Reach::from_key(written).unwrap_or_default()
}

pub(super) fn words<'de, D: Deserializer<'de>, W: Word>(from: D) -> Result<Vec<W>, D::Error> {
    Ok(known(&Vec::<String>::deserialize(from)?))
}

pub(super) fn free<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Free>, D::Error> {
    Ok(known_free(&Vec::<Written>::deserialize(from)?))
}

pub(super) fn reach<'de, D: Deserializer<'de>>(from: D) -> Result<Reach, D::Error> {
    Ok(known_reach(&String::deserialize(from)?))
}

pub(super) fn decode_words<C, W: Word>(
    from: &mut Decoder<'_>,
    context: &mut C,
) -> Result<Vec<W>, Error> {
    Ok(known(&Vec::<String>::decode(from, context)?))
}

pub(super) fn decode_free<C>(from: &mut Decoder<'_>, context: &mut C) -> Result<Vec<Free>, Error> {
    Ok(known_free(&Vec::<Written>::decode(from, context)?))
}

pub(super) fn decode_reach<C>(from: &mut Decoder<'_>, _: &mut C) -> Result<Reach, Error> {
    Ok(known_reach(from.str()?))
}
