//! What happened: causes, and who did something about a request.

use kruispunt_core::id::{MemberId, RequestId};
use kruispunt_core::model::Word as _;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{number, optional_id, word};
use kruispunt_storage::{Cause, NewCause, StorageError};
use sqlx::PgConnection;

use crate::error::from_sqlx;

/// The bytes of an identifier, if there is one.
macro_rules! bytes {
    ($id:expr) => {
        $id.as_ref().map(|id| id.as_bytes().as_slice())
    };
}
pub(super) use bytes;

/// Writes what happened, with what made it happen.
pub(crate) async fn add_causes<'a>(
    connection: &mut PgConnection,
    causes: impl IntoIterator<Item = &'a NewCause>,
) -> Result<(), StorageError> {
    let causes: Vec<_> = causes.into_iter().collect();
    if causes.is_empty() {
        return Ok(());
    }
    let all = causes.iter();
    let kinds: Vec<_> = all.clone().map(|cause| cause.kind.key()).collect();
    let whom: Vec<_> = all.clone().map(|cause| cause.whom.key()).collect();
    let members: Vec<_> = all.clone().map(|cause| bytes!(cause.member)).collect();
    let documents: Vec<_> = all.clone().map(|cause| bytes!(cause.document)).collect();
    let areas: Vec<_> = all.clone().map(|cause| bytes!(cause.area)).collect();
    let requests: Vec<_> = all.clone().map(|cause| bytes!(cause.request)).collect();
    let by: Vec<_> = all.clone().map(|cause| bytes!(cause.by)).collect();
    let rings: Vec<_> = all.clone().map(|cause| i64::from(cause.ring)).collect();
    let at: Vec<_> = all.clone().map(|cause| cause.at.as_millis()).collect();
    let due_at: Vec<_> = all.map(|cause| cause.due_at.as_millis()).collect();
    let add = sqlx::query!(
        "INSERT INTO notice_cause (kind, whom, member, document, area, request, by_member, ring, at, due_at)
        SELECT * FROM UNNEST($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[],
            $7::bytea[], $8::bigint[], $9::bigint[], $10::bigint[])",
        &kinds as _,
        &whom as _,
        &members as _,
        &documents as _,
        &areas as _,
        &requests as _,
        &by as _,
        &rings,
        &at,
        &due_at
    );
    add.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// Whoever did something about a request need not hear of it any more.
pub(crate) async fn act(
    connection: &mut PgConnection,
    acted: &[(MemberId, RequestId)],
    at: Timestamp,
) -> Result<(), StorageError> {
    let members = acted.iter().map(|(member, _)| member.as_bytes().as_slice());
    let members: Vec<_> = members.collect();
    let requests = acted
        .iter()
        .map(|(_, request)| request.as_bytes().as_slice());
    let requests: Vec<_> = requests.collect();
    sqlx::query!(
        "UPDATE notice SET seen_at = $3, push_at = NULL
        FROM UNNEST($1::bytea[], $2::bytea[]) AS given (member, request)
        WHERE notice.member = given.member AND notice.subject = given.request AND seen_at IS NULL",
        &members as _,
        &requests as _,
        at.as_millis()
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    let cancel = sqlx::query!(
        "DELETE FROM delivery USING UNNEST($1::bytea[], $2::bytea[]) AS given (member, request)
        WHERE delivery.member = given.member AND (
            delivery.request = given.request
            OR delivery.notice IS NULL AND NOT EXISTS (
                SELECT 1 FROM notice WHERE notice.member = delivery.member AND seen_at IS NULL
            )
        )",
        &members as _,
        &requests as _
    );
    cancel
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

pub(super) async fn due(
    connection: &mut PgConnection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Cause>, StorageError> {
    let now = now.as_millis();
    let rows = sqlx::query!(
        "SELECT n, kind, whom, member, document, area, request, by_member, ring, at, due_at FROM notice_cause
        WHERE due_at <= $1 ORDER BY due_at, n LIMIT $2",
        now,
        i64::from(most)
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
    connection: &mut PgConnection,
    causes: &[i64],
) -> Result<u64, StorageError> {
    let taken = sqlx::query!("DELETE FROM notice_cause WHERE n = ANY($1)", causes);
    let taken = taken.execute(connection).await.map_err(from_sqlx)?;
    Ok(taken.rows_affected())
}
