//! Many appends in one go.
//!
//! SQLite works on a thread of its own, and going there and back costs as much as writing several changes. So a
//! whole group, however many changes it has, goes there once: with the transaction around it, as JSON whose byte
//! strings are in hexadecimal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::column;
use kruispunt_storage::{Append, NewChange, StorageError};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;

/// How many bytes of changes go in one piece. They are held three times for a moment: as they came, as digits, and
/// by the database.
const PIECE: usize = 4 << 20;

/// Whether these can go together: each document once, since one append would build on another; none without a
/// change, since nothing would refer to its document and show that it is not there; and not too much at once.
fn fits(appends: &[Append]) -> bool {
    let mut seen = BTreeSet::new();
    let mut once = appends.iter();
    let changes = appends.iter().flat_map(|append| &append.changes);
    let bytes: usize = changes.map(|change| change.bytes.len()).sum();
    bytes <= PIECE && once.all(|append| !append.changes.is_empty() && seen.insert(append.document))
}

/// What is to be written, as JSON arrays of arrays.
pub(super) struct Group {
    documents: String,
    changes: String,
    actors: String,
}

impl Group {
    /// `None` when they have to go one by one, which says more precisely what is wrong with one of them.
    pub(super) fn of(appends: &[Append]) -> Result<Option<Self>, StorageError> {
        if !fits(appends) {
            return Ok(None);
        }
        let (mut documents, mut changes, mut actors) = (Rows::new(), Rows::new(), Rows::new());
        for append in appends {
            let document = Some(append.document.as_bytes().as_slice());
            let epoch = i64::from(append.epoch);
            let Some(end) = append.first_seq.checked_sub(1) else {
                return Ok(None);
            };
            let grown = end.saturating_add(append.changes.len() as u64);
            let first = append.changes.first();
            let began_at = first.map_or(0, |change| change.received_at.as_millis());
            documents.begin().bytes(document).number(epoch);
            documents.number(column(end)?).number(column(grown)?);
            documents.number(began_at);
            documents.maybe(append.alarm.at.map(Timestamp::as_millis));
            documents.number(i64::from(append.alarm.is_exact));
            for (seq, change) in (column(append.first_seq)?..).zip(&append.changes) {
                let NewChange {
                    hash,
                    bytes,
                    member,
                    device,
                    received_at,
                } = change;
                changes.begin().bytes(document).number(epoch).number(seq);
                changes.bytes(Some(hash)).bytes(Some(bytes));
                changes.bytes(member.as_ref().map(|id| id.as_bytes().as_slice()));
                changes.bytes(device.as_ref().map(|id| id.as_bytes().as_slice()));
                changes.number(received_at.as_millis());
            }
            for binding in &append.actors {
                actors.begin().bytes(document).bytes(Some(&binding.actor));
                actors.bytes(binding.device.as_ref().map(|id| id.as_bytes().as_slice()));
            }
        }
        Ok(Some(Self {
            documents: documents.end(),
            changes: changes.end(),
            actors: actors.end(),
        }))
    }

    /// Writes it all, and waits for the disk. An error leaves the transaction open when it had begun.
    ///
    /// What does not fit breaks a rule of the tables: a log that is elsewhere gets a negative end, an actor of
    /// another device no document, an unknown document is one that a change refers to.
    pub(super) async fn write(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<(), StorageError> {
        let Self {
            documents,
            changes,
            actors,
        } = self;
        let written = sqlx::query!(
            "BEGIN IMMEDIATE;
            UPDATE document SET
                seq = CASE WHEN document.epoch = given.epoch AND document.seq = given.seq THEN given.grown ELSE -1 END,
                began_at = CASE document.began_at WHEN 0 THEN given.began_at ELSE document.began_at END,
                alarm_at = CASE
                    WHEN given.is_exact OR given.alarm_at < COALESCE(document.alarm_at, given.alarm_at + 1)
                    THEN given.alarm_at ELSE document.alarm_at END
            FROM (
                SELECT unhex(value ->> 0) AS id, value ->> 1 AS epoch, value ->> 2 AS seq, value ->> 3 AS grown,
                    value ->> 4 AS began_at, value ->> 5 AS alarm_at, value ->> 6 AS is_exact
                FROM jsonb_each(?)
            ) AS given
            WHERE document.id = given.id;
            INSERT INTO change (document, epoch, seq, hash, bytes, member, device, received_at)
            SELECT unhex(value ->> 0), value ->> 1, value ->> 2, unhex(value ->> 3), unhex(value ->> 4),
                unhex(value ->> 5), unhex(value ->> 6), value ->> 7
            FROM jsonb_each(?);
            INSERT INTO actor (document, actor, device)
            SELECT unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2) FROM jsonb_each(?) WHERE TRUE
            ON CONFLICT (document, actor) DO UPDATE SET
                document = CASE WHEN device IS excluded.device THEN excluded.document END;
            COMMIT",
            documents,
            changes,
            actors
        );
        written
            .execute(connection)
            .await
            .map(drop)
            .map_err(from_sqlx)
    }
}

/// A JSON array of arrays.
struct Rows(String);

impl Rows {
    fn new() -> Self {
        Self("[".to_owned())
    }

    fn begin(&mut self) -> &mut Self {
        self.0.push_str(if self.0.len() > 1 { "],[" } else { "[" });
        self
    }

    fn comma(&mut self) {
        if !self.0.ends_with('[') {
            self.0.push(',');
        }
    }

    fn number(&mut self, value: i64) -> &mut Self {
        self.comma();
        // Writing to memory cannot fail.
        let _ = write!(self.0, "{value}");
        self
    }

    fn maybe(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.bytes(None),
        }
    }

    fn bytes(&mut self, value: Option<&[u8]>) -> &mut Self {
        const DIGITS: [char; 16] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
        ];
        self.comma();
        let Some(value) = value else {
            self.0.push_str("null");
            return self;
        };
        self.0.reserve(2 * value.len() + 2);
        self.0.push('"');
        let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
        for byte in value {
            self.0.extend([digit(byte >> 4), digit(byte & 15)]);
        }
        self.0.push('"');
        self
    }

    fn end(mut self) -> String {
        self.0.push_str(if self.0.len() > 1 { "]]" } else { "]" });
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_json() {
        let mut rows = Rows::new();
        assert_eq!(Rows::new().end(), "[]");
        rows.begin().bytes(Some(&[0, 0xaf])).number(-7);
        rows.begin().bytes(None).number(1);
        assert_eq!(rows.end(), r#"[["00af",-7],[null,1]]"#);
    }
}
