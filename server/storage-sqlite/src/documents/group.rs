//! Many appends in one go.
//!
//! SQLite works on a thread of its own, and going there and back costs as much as writing several changes. So a
//! whole group, however many changes it has, goes there once: with the transaction around it, as JSON whose byte
//! strings are in hexadecimal.

use std::collections::BTreeSet;

use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::column;
use kruispunt_storage::{Append, NewChange, StorageError};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;
use crate::notices::{Acted, cause_rows};
use crate::rows::Rows;

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
    causes: String,
    acted: Acted,
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
            causes: cause_rows(appends.iter().flat_map(|append| &append.causes)),
            acted: Acted::of(appends),
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
            causes,
            acted: Acted { rows: acted, at },
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
            INSERT INTO notice_cause
                (kind, whom, member, document, area, request, by_member, ring, at, due_at)
            SELECT CAST(unhex(value ->> 0) AS TEXT), CAST(unhex(value ->> 1) AS TEXT), unhex(value ->> 2),
                unhex(value ->> 3), unhex(value ->> 4), unhex(value ->> 5), unhex(value ->> 6), value ->> 7,
                value ->> 8, value ->> 9
            FROM jsonb_each(?);
            UPDATE notice SET seen_at = ?, push_at = NULL WHERE seen_at IS NULL AND id IN (
                SELECT notice.id FROM jsonb_each(?) AS given
                CROSS JOIN notice ON member = unhex(value ->> 0) AND subject = unhex(value ->> 1)
            );
            DELETE FROM delivery WHERE n IN (
                SELECT delivery.n FROM jsonb_each(?) AS given
                CROSS JOIN delivery ON member = unhex(value ->> 0) AND (
                    request = unhex(value ->> 1)
                    OR delivery.notice IS NULL AND NOT EXISTS (
                        SELECT 1 FROM notice WHERE notice.member = delivery.member AND seen_at IS NULL
                    )
                )
            );
            COMMIT",
            documents,
            changes,
            actors,
            causes,
            at,
            acted,
            acted
        );
        written
            .execute(connection)
            .await
            .map(drop)
            .map_err(from_sqlx)
    }
}
