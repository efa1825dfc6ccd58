//! What a relay lost: it went on from a backup, and phones may have more.

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc as _};

use super::{Board, key};

/// The part of a document's history that a backup did not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost {
    /// The epoch of the backup.
    pub(crate) epoch: u32,
    /// The last sequence number in it that the backup had.
    pub(crate) seq: u64,
    /// The epoch that began with the backup.
    pub(crate) until: u32,
}

impl Lost {
    /// Whether this place in the log is gone.
    pub(crate) const fn holds(&self, epoch: u32, seq: u64) -> bool {
        let is_after = epoch > self.epoch || epoch == self.epoch && seq > self.seq;
        is_after && epoch < self.until
    }
}

/// Writes it down beside what was lost before, for phones to read.
pub(super) fn write(board: &mut Board, lost: Lost) -> Result<(), AutomergeError> {
    let mut tx = board.doc.transaction();
    let all = match tx.get(ROOT, key::LOST)? {
        Some((_, all)) => all,
        None => tx.put_object(ROOT, key::LOST, ObjType::Map)?,
    };
    let place = tx.put_object(&all, lost.until.to_string(), ObjType::Map)?;
    tx.put(&place, key::EPOCH, i64::from(lost.epoch))?;
    tx.put(
        &place,
        key::SEQ,
        i64::try_from(lost.seq).unwrap_or(i64::MAX),
    )?;
    tx.commit_with(CommitOptions::default().with_time(0));
    Ok(())
}

/// Reads it. A board that never was put back has nothing of it.
pub(super) fn read(board: &Board) -> Vec<Lost> {
    let Ok(Some((_, all))) = board.doc.get(ROOT, key::LOST) else {
        return Vec::new();
    };
    let keys = board.doc.keys(&all);
    keys.filter_map(|until| read_one(board, &all, &until))
        .collect()
}

fn read_one(board: &Board, all: &ObjId, until: &str) -> Option<Lost> {
    let (_, place) = board.doc.get(all, until).ok()??;
    let number = |name: &str| {
        let (value, _) = board.doc.get(&place, name).ok()??;
        value.as_i64()
    };
    Some(Lost {
        epoch: number(key::EPOCH)?.try_into().ok()?,
        seq: number(key::SEQ)?.try_into().ok()?,
        until: until.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_lies_between_the_backup_and_the_epoch_that_began_with_it() {
        let lost = Lost {
            epoch: 3,
            seq: 10,
            until: 9,
        };
        for (epoch, seq, is_gone) in [
            (2, 99, false),
            (3, 10, false),
            (3, 11, true),
            (4, 0, true),
            (8, 1, true),
            (9, 1, false),
        ] {
            assert_eq!(lost.holds(epoch, seq), is_gone, "{epoch}/{seq}");
        }
    }
}
