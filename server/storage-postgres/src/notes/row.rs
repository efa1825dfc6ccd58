//! Reading and writing the rows of notes, inside somebody's transaction.

use kruispunt_core::id::MemberId;
use kruispunt_core::model::Word as _;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, number, word};
use kruispunt_storage::{AskedNotes, Note, Sealed, Seen, StorageError, Wrapped, Written};
use sqlx::PgConnection;

use crate::cases::Case;
use crate::error::from_sqlx;

struct Row {
    street: Vec<u8>,
    request: Vec<u8>,
    n: i64,
    id: Vec<u8>,
    audience: String,
    member: Vec<u8>,
    written_at: i64,
    received_at: i64,
    record_key: Vec<u8>,
    wrapped: Vec<u8>,
    sealed: Vec<u8>,
}

impl Row {
    fn read(self) -> Result<(Case, Note), StorageError> {
        let key = Wrapped {
            record_key: id(&self.record_key)?,
            bytes: self.wrapped,
        };
        let note = Note {
            id: id(&self.id)?,
            n: number(self.n)?,
            audience: word(&self.audience)?,
            member: id(&self.member)?,
            written_at: Timestamp::from_millis(self.written_at),
            received_at: Timestamp::from_millis(self.received_at),
            sealed: Sealed {
                key,
                sealed: self.sealed,
            },
        };
        Ok(((id(&self.street)?, id(&self.request)?), note))
    }
}

/// The greatest number of a note about a case; 0 for none.
pub(super) async fn last(
    connection: &mut PgConnection,
    (street, request): Case,
) -> Result<u32, StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let last = sqlx::query_scalar!(
        r#"SELECT COALESCE(MAX(n), 0) AS "last!" FROM note WHERE street = $1 AND request = $2"#,
        street,
        request
    );
    number(last.fetch_one(connection).await.map_err(from_sqlx)?)
}

pub(super) async fn read(
    connection: &mut PgConnection,
    asked: AskedNotes<'_>,
) -> Result<Vec<Note>, StorageError> {
    // There are two audiences: one of them, or both.
    let (Some(one), Some(other)) = (asked.audiences.first(), asked.audiences.last()) else {
        return Ok(Vec::new());
    };
    let (one, other) = (one.key(), other.key());
    let (street, request) = (
        asked.street.as_bytes().as_slice(),
        asked.request.as_bytes().as_slice(),
    );
    let (after, limit) = (i64::from(asked.after), i64::from(asked.limit));
    let rows = sqlx::query_as!(
        Row,
        "SELECT street, request, n, id, audience, member, written_at, received_at, record_key, wrapped, sealed
        FROM note WHERE street = $1 AND request = $2 AND n > $3 AND audience IN ($4, $5) ORDER BY n LIMIT $6",
        street,
        request,
        after,
        one,
        other,
        limit
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let notes = rows.into_iter().map(|row| Ok(row.read()?.1));
    notes.collect()
}

/// Every note, for backups.
pub(crate) async fn all(connection: &mut PgConnection) -> Result<Vec<(Case, Note)>, StorageError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT street, request, n, id, audience, member, written_at, received_at, record_key, wrapped, sealed
        FROM note ORDER BY street, request, n"
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(Row::read).collect()
}

/// Whether it was not known.
pub(crate) async fn put_note(
    connection: &mut PgConnection,
    (street, request): Case,
    note: &Note,
) -> Result<bool, StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let (id, member) = (
        note.id.as_bytes().as_slice(),
        note.member.as_bytes().as_slice(),
    );
    let (n, audience) = (i64::from(note.n), note.audience.key());
    let (written_at, received_at) = (note.written_at.as_millis(), note.received_at.as_millis());
    let record_key = note.sealed.key.record_key.as_bytes().as_slice();
    let wrapped = note.sealed.key.bytes.as_slice();
    let sealed = note.sealed.sealed.as_slice();
    let put = sqlx::query!(
        "INSERT INTO note
            (street, request, n, id, audience, member, written_at, received_at, record_key, wrapped, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (street, request, id) DO NOTHING",
        street,
        request,
        n,
        id,
        audience,
        member,
        written_at,
        received_at,
        record_key,
        wrapped,
        sealed
    );
    let put = put.execute(connection).await.map_err(from_sqlx)?;
    Ok(put.rows_affected() > 0)
}

/// Who has seen how much of a case.
pub(super) async fn seen(
    connection: &mut PgConnection,
    (street, request): Case,
) -> Result<Vec<Seen>, StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let rows = sqlx::query!(
        "SELECT member, audience, n FROM note_seen WHERE street = $1 AND request = $2 ORDER BY member, audience",
        street,
        request
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let seen = rows.into_iter().map(|row| {
        Ok(Seen {
            member: id(&row.member)?,
            audience: word(&row.audience)?,
            until: number(row.n)?,
        })
    });
    seen.collect()
}

/// Who has seen how much of every case, for backups.
pub(crate) async fn all_seen(
    connection: &mut PgConnection,
) -> Result<Vec<(Case, Seen)>, StorageError> {
    let rows = sqlx::query!(
        "SELECT street, request, member, audience, n FROM note_seen ORDER BY street, request, member, audience"
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let seen = rows.into_iter().map(|row| {
        let seen = Seen {
            member: id(&row.member)?,
            audience: word(&row.audience)?,
            until: number(row.n)?,
        };
        Ok(((id(&row.street)?, id(&row.request)?), seen))
    });
    seen.collect()
}

pub(crate) async fn put_seen(
    connection: &mut PgConnection,
    (street, request): Case,
    seen: Seen,
) -> Result<(), StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let member = seen.member.as_bytes().as_slice();
    let (audience, until) = (seen.audience.key(), i64::from(seen.until));
    let put = sqlx::query!(
        "INSERT INTO note_seen (street, request, member, audience, n) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (street, request, member, audience) DO UPDATE SET n = excluded.n WHERE note_seen.n < excluded.n",
        street,
        request,
        member,
        audience,
        until
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// What somebody wrote.
pub(super) async fn written(
    connection: &mut PgConnection,
    member: MemberId,
) -> Result<Vec<Written>, StorageError> {
    let member = member.as_bytes().as_slice();
    let rows = sqlx::query!(
        "SELECT street, request, id, audience, written_at, received_at FROM note
        WHERE member = $1 ORDER BY received_at, street, request, n",
        member
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let written = rows.into_iter().map(|row| {
        Ok(Written {
            street: id(&row.street)?,
            request: id(&row.request)?,
            id: id(&row.id)?,
            audience: word(&row.audience)?,
            written_at: Timestamp::from_millis(row.written_at),
            received_at: Timestamp::from_millis(row.received_at),
        })
    });
    written.collect()
}
