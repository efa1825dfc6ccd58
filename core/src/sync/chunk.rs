//! One change as it travels and is stored: an automerge chunk, uncompressed.
//!
//! automerge believes the chunks it reads. Their columns are run-length encoded, so that some twenty bytes can
//! declare 2⁶⁰ operations, which it then walks one by one, and it panics at counters over 32 bits and at actors a
//! change does not name. So what a device sends is looked over before automerge sees it, in one pass that allocates
//! nothing. What it means, and whether it is written as automerge writes it, is for the gate to judge.

#[cfg(test)]
mod tests;

use automerge::Change;

use super::frame::MAX_CHANGE;
use crate::message::Reason;

/// Where the type stands in a chunk: after four magic bytes and four of checksum.
const TYPE: usize = 8;

/// The type of an uncompressed change. A compressed one would inflate without a cap.
const CHANGE: u8 = 1;

/// How long an actor is, in bytes.
const ACTOR: usize = 16;

/// More operations than one tap writes, with room for a newer app.
const MOST_OPERATIONS: i64 = 64;

/// How many earlier values all operations of a change together may replace. One tap replaces what this member
/// wrote there before, once or, with several tabs, a few times.
const MOST_REPLACED: i64 = 256;

/// Reads a change that a device sent.
///
/// # Errors
/// [`Reason::TooLarge`] when it has too many bytes, operations or replaced values, else [`Reason::InvalidChange`].
pub(super) fn parse(bytes: &[u8]) -> Result<Change, Reason> {
    if bytes.len() > MAX_CHANGE {
        return Err(Reason::TooLarge);
    }
    look_over(Chunk(bytes))?;
    read(bytes).ok_or(Reason::InvalidChange)
}

/// Reads a change that this relay or this phone took before. The phone believes its relay, which could as well send
/// a snapshot without end; looking everything over twice would cost every phone four kilobytes of code.
pub(super) fn read(bytes: &[u8]) -> Option<Change> {
    if bytes.get(TYPE) != Some(&CHANGE) {
        return None;
    }
    Change::try_from(bytes).ok()
}

/// The bytes of a change as they travel and are stored.
pub(super) fn bytes(change: &Change) -> Vec<u8> {
    change.raw_bytes().to_vec()
}

/// The columns a change of maps and plain values has; each number is the column's identifier and type.
mod column {
    pub(super) const OBJECT_ACTOR: i64 = 0x01;
    pub(super) const OBJECT_COUNTER: i64 = 0x02;
    pub(super) const KEY: i64 = 0x15;
    pub(super) const INSERT: i64 = 0x34;
    pub(super) const ACTION: i64 = 0x42;
    pub(super) const VALUE_KIND: i64 = 0x56;
    pub(super) const VALUE: i64 = 0x57;
    pub(super) const REPLACED: i64 = 0x70;
    pub(super) const REPLACED_ACTOR: i64 = 0x71;
    pub(super) const REPLACED_COUNTER: i64 = 0x73;
}

/// Walks the whole chunk in the order of the format, <https://automerge.org/automerge-binary-format-spec/>.
fn look_over(mut chunk: Chunk<'_>) -> Result<(), Reason> {
    chunk.take(TYPE)?;
    if chunk.take(1)? != [CHANGE] || chunk.length()? != chunk.0.len() {
        return Err(Reason::InvalidChange);
    }
    for _ in 0..chunk.length()? {
        chunk.take(32)?;
    }
    if chunk.sized()?.len() != ACTOR {
        return Err(Reason::InvalidChange);
    }
    let _number_of_the_actor = chunk.unsigned()?;
    let first_operation = chunk.unsigned()?;
    if first_operation > i64::from(u32::MAX) - MOST_OPERATIONS {
        return Err(Reason::TooLarge);
    }
    let _time = chunk.signed()?;
    let _message = chunk.sized()?;
    let others = chunk.unsigned()?;
    for _ in 0..others {
        chunk.sized()?;
    }
    let count = chunk.length()?;
    let mut columns = Chunk(chunk.0);
    for _ in 0..count {
        chunk.unsigned()?;
        chunk.length()?;
    }
    for _ in 0..count {
        let (kind, length) = (columns.unsigned()?, columns.length()?);
        chunk.take(length).map(Chunk)?.column(kind, others)?;
    }
    Ok(())
}

/// What is left to look over.
struct Chunk<'a>(&'a [u8]);

impl<'a> Chunk<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Reason> {
        let (taken, left) = self
            .0
            .split_at_checked(count)
            .ok_or(Reason::InvalidChange)?;
        self.0 = left;
        Ok(taken)
    }

    /// A number in LEB128, and how many bits were read. Nothing a phone writes is longer than nine bytes.
    fn number(&mut self) -> Result<(i64, u32), Reason> {
        let mut number = 0;
        for bits in (0..63).step_by(7) {
            let &[byte] = self.take(1)? else {
                return Err(Reason::InvalidChange);
            };
            number |= i64::from(byte & 0x7f) << bits;
            if byte & 0x80 == 0 {
                return Ok((number, bits + 7));
            }
        }
        Err(Reason::InvalidChange)
    }

    fn unsigned(&mut self) -> Result<i64, Reason> {
        self.number().map(|(number, _)| number)
    }

    fn signed(&mut self) -> Result<i64, Reason> {
        let (number, bits) = self.number()?;
        Ok(number << (64 - bits) >> (64 - bits))
    }

    fn length(&mut self) -> Result<usize, Reason> {
        usize::try_from(self.unsigned()?).map_err(|_| Reason::InvalidChange)
    }

    /// Bytes with their length before them.
    fn sized(&mut self) -> Result<&'a [u8], Reason> {
        let length = self.length()?;
        self.take(length)
    }

    fn column(mut self, kind: i64, others: i64) -> Result<(), Reason> {
        match kind {
            column::OBJECT_ACTOR => self.runs(MOST_OPERATIONS, |chunk, _| chunk.within(others)),
            column::OBJECT_COUNTER => self.runs(MOST_OPERATIONS, |chunk, _| {
                chunk.within(i64::from(u32::MAX))
            }),
            column::KEY => self.runs(MOST_OPERATIONS, |chunk, _| chunk.sized().map(drop)),
            column::ACTION | column::VALUE_KIND => {
                self.runs(MOST_OPERATIONS, |chunk, _| chunk.unsigned().map(drop))
            }
            column::INSERT => {
                let mut values = 0;
                while !self.0.is_empty() {
                    values = at_most(MOST_OPERATIONS, values, self.unsigned()?)?;
                }
                Ok(())
            }
            column::REPLACED => {
                let mut replaced = 0;
                self.runs(MOST_OPERATIONS, |chunk, run| {
                    let each = at_most(MOST_REPLACED, 0, chunk.unsigned()?)?;
                    replaced = at_most(MOST_REPLACED, replaced, each * run)?;
                    Ok(())
                })
            }
            column::REPLACED_ACTOR => self.runs(MOST_REPLACED, |chunk, _| chunk.within(others)),
            column::REPLACED_COUNTER => {
                let mut counter = 0_i64;
                self.runs(MOST_REPLACED, |chunk, run| {
                    let added = chunk.signed()?.checked_mul(run);
                    counter = added
                        .and_then(|added| counter.checked_add(added))
                        .filter(|counter| (0..=i64::from(u32::MAX)).contains(counter))
                        .ok_or(Reason::InvalidChange)?;
                    Ok(())
                })
            }
            column::VALUE => Ok(()),
            _ => Err(Reason::InvalidChange),
        }
    }

    /// A number up to and with `highest`.
    fn within(&mut self, highest: i64) -> Result<(), Reason> {
        if self.unsigned()? <= highest {
            Ok(())
        } else {
            Err(Reason::InvalidChange)
        }
    }

    /// Walks a run-length encoded column. `value` reads one value, and hears how often it stands there.
    fn runs(
        &mut self,
        most: i64,
        mut value: impl FnMut(&mut Self, i64) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        let mut values = 0;
        while !self.0.is_empty() {
            let run = self.signed()?;
            // Above zero one value so many times, below zero so many values, at zero so many times nothing.
            let count = if run == 0 {
                self.unsigned()?
            } else {
                run.abs()
            };
            values = at_most(most, values, count)?;
            if run > 0 {
                value(self, run)?;
            }
            for _ in run..0 {
                value(self, 1)?;
            }
        }
        Ok(())
    }
}

/// The sum, when it is at most `most`. Neither part is below zero.
fn at_most(most: i64, sum: i64, more: i64) -> Result<i64, Reason> {
    sum.checked_add(more)
        .filter(|&sum| sum <= most)
        .ok_or(Reason::TooLarge)
}
