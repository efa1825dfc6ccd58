//! What happened: causes, and who did something about a request.

use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{number, optional_id, word};
use kruispunt_storage::{Append, Cause, NewCause, StorageError};
use sqlx::SqliteConnection;

use kruispunt_core::model::Word as _;

use crate::error::from_sqlx;
use crate::rows::{Rows, column_of_numbers};

/// Causes as rows: kind, whom, member, document, area, request, by whom, ring, at, due.
pub(crate) fn cause_rows<'a>(causes: impl IntoIterator<Item = &'a NewCause>) -> String {
    let mut rows = Rows::new();
    for cause in causes {
        rows.begin().text(Some(cause.kind.key()));
        rows.text(Some(cause.whom.key()));
        rows.bytes(cause.member.as_ref().map(|id| id.as_bytes().as_slice()));
        rows.bytes(cause.document.as_ref().map(|id| id.as_bytes().as_slice()));
        rows.bytes(cause.area.as_ref().map(|id| id.as_bytes().as_slice()));
        rows.bytes(cause.request.as_ref().map(|id| id.as_bytes().as_slice()));
        rows.bytes(cause.by.as_ref().map(|id| id.as_bytes().as_slice()));
        rows.number(i64::from(cause.ring));
        rows.number(cause.at.as_millis());
        rows.number(cause.due_at.as_millis());
    }
    rows.end()
}

/// Who did something about which request, as rows of member and request.
pub(crate) struct Acted {
    pub(crate) rows: String,
    /// When the last of it was.
    pub(crate) at: i64,
}

impl Acted {
    pub(crate) fn of(appends: &[Append]) -> Self {
        let (mut rows, mut at) = (Rows::new(), 0);
        for append in appends.iter().filter(|append| !append.acted.is_empty()) {
            let received_at = append.changes.iter().map(|change| change.received_at);
            at = at.max(received_at.max().map_or(0, Timestamp::as_millis));
            for (member, request) in &append.acted {
                rows.begin().bytes(Some(member.as_bytes()));
                rows.bytes(Some(request.as_bytes()));
            }
        }
        let rows = rows.end();
        Self { rows, at }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows == "[]"
    }
}

/// Writes what happened, with what made it happen.
pub(crate) async fn add_causes(
    connection: &mut SqliteConnection,
    causes: &[NewCause],
) -> Result<(), StorageError> {
    if causes.is_empty() {
        return Ok(());
    }
    let rows = cause_rows(causes);
    let add = sqlx::query!(
        "INSERT INTO notice_cause (kind, whom, member, document, area, request, by_member, ring, at, due_at)
        SELECT CAST(unhex(value ->> 0) AS TEXT), CAST(unhex(value ->> 1) AS TEXT), unhex(value ->> 2),
            unhex(value ->> 3), unhex(value ->> 4), unhex(value ->> 5), unhex(value ->> 6), value ->> 7,
            value ->> 8, value ->> 9
        FROM jsonb_each(?)",
        rows
    );
    add.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// Whoever did something about a request need not hear of it any more.
pub(crate) async fn act(
    connection: &mut SqliteConnection,
    Acted { rows, at }: &Acted,
) -> Result<(), StorageError> {
    let act = sqlx::query!(
        "UPDATE notice SET seen_at = ?, push_at = NULL WHERE seen_at IS NULL AND id IN (
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
        )",
        at,
        rows,
        rows
    );
    act.execute(connection).await.map(drop).map_err(from_sqlx)
}

pub(super) async fn due(
    connection: &mut SqliteConnection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Cause>, StorageError> {
    let now = now.as_millis();
    let rows = sqlx::query!(
        "SELECT n, kind, whom, member, document, area, request, by_member, ring, at, due_at FROM notice_cause
        WHERE due_at <= ? ORDER BY due_at, n LIMIT ?",
        now,
        most
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let causes = rows.into_iter().map(|row| {
        let cause = NewCause {
            kind: word(&row.kind)?,
            whom: word(&row.whom)?,
            member: optional_id(row.member.as_deref())?,
            document: optional_id(row.document.as_deref())?,
            area: optional_id(row.area.as_deref())?,
            request: optional_id(row.request.as_deref())?,
            by: optional_id(row.by_member.as_deref())?,
            ring: number(row.ring)?,
            at: Timestamp::from_millis(row.at),
            due_at: Timestamp::from_millis(row.due_at),
        };
        Ok(Cause { n: row.n, cause })
    });
    causes.collect()
}

/// How many of these were there to be taken away.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    causes: impl IntoIterator<Item = i64>,
) -> Result<u64, StorageError> {
    let causes = column_of_numbers(causes);
    let taken = sqlx::query!(
        "DELETE FROM notice_cause WHERE n IN (SELECT value ->> 0 FROM jsonb_each(?))",
        causes
    );
    let taken = taken.execute(connection).await.map_err(from_sqlx)?;
    Ok(taken.rows_affected())
}
