//! Notices as they stand in inboxes.

use std::collections::BTreeMap;

use kruispunt_core::id::{MemberId, NoticeId, RequestId};
use kruispunt_core::model::{NoticeKind, Word as _};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, number, optional_id, word};
use kruispunt_storage::notices::{last_notices, request, subject};
use kruispunt_storage::{Due, NewNotice, Notice, StorageError, Told};
use sqlx::PgConnection;

use super::causes::bytes;
use crate::error::from_sqlx;

struct Row {
    id: Vec<u8>,
    member: Vec<u8>,
    subject: Vec<u8>,
    kind: String,
    area: Option<Vec<u8>>,
    word: Option<String>,
    at: i64,
    push_at: Option<i64>,
    is_urgent: bool,
    seen_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Notice, StorageError> {
        let notice = NewNotice {
            id: id(&self.id)?,
            member: id(&self.member)?,
            kind: word(&self.kind)?,
            request: request(&self.subject)?,
            area: optional_id(self.area.as_deref())?,
            word: self.word,
            at: Timestamp::from_millis(self.at),
            push_at: self.push_at.map(Timestamp::from_millis),
            is_urgent: self.is_urgent,
        };
        Ok(Notice {
            notice,
            seen_at: self.seen_at.map(Timestamp::from_millis),
        })
    }
}

/// Puts notices in inboxes, in the place of what they replace and of what was to be sent of that. Nobody who is erased
/// hears anything.
pub(super) async fn put(
    connection: &mut PgConnection,
    notices: &[NewNotice],
) -> Result<(), StorageError> {
    let notices = last_notices(notices);
    if notices.is_empty() {
        return Ok(());
    }
    let all = notices.iter();
    let ids: Vec<_> = all
        .clone()
        .map(|notice| notice.id.as_bytes().as_slice())
        .collect();
    let members: Vec<_> = all
        .clone()
        .map(|notice| notice.member.as_bytes().as_slice())
        .collect();
    let subjects: Vec<_> = all
        .clone()
        .map(|notice| subject(notice.request.as_ref()))
        .collect();
    let kinds: Vec<_> = all.clone().map(|notice| notice.kind.key()).collect();
    let areas: Vec<_> = all.clone().map(|notice| bytes!(notice.area)).collect();
    let words: Vec<_> = all.clone().map(|notice| notice.word.as_deref()).collect();
    let at: Vec<_> = all.clone().map(|notice| notice.at.as_millis()).collect();
    let push_at: Vec<_> = all
        .clone()
        .map(|notice| notice.push_at.map(Timestamp::as_millis))
        .collect();
    let urgent: Vec<_> = all.map(|notice| notice.is_urgent).collect();
    // Whoever is erased at this moment is either gone afterwards, with these, or erased before and left out.
    let known = sqlx::query_scalar!(
        "SELECT id FROM member WHERE id = ANY($1) ORDER BY id FOR SHARE",
        &members as _
    );
    known.fetch_all(&mut *connection).await.map_err(from_sqlx)?;
    sqlx::query!(
        "DELETE FROM delivery USING notice, UNNEST($1::bytea[], $2::bytea[], $3::text[]) AS given (member, subject, kind)
        WHERE notice.member = given.member AND notice.subject = given.subject AND notice.kind = given.kind
            AND delivery.notice = notice.id",
        &members as _,
        &subjects as _,
        &kinds as _
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    let put = sqlx::query!(
        "INSERT INTO notice (id, member, subject, kind, area, word, at, push_at, is_urgent)
        SELECT given.* FROM UNNEST($1::bytea[], $2::bytea[], $3::bytea[], $4::text[], $5::bytea[], $6::text[],
            $7::bigint[], $8::bigint[], $9::boolean[])
            AS given (id, member, subject, kind, area, word, at, push_at, is_urgent)
        JOIN member ON member.id = given.member
        WHERE NOT EXISTS (
            SELECT 1 FROM erasure WHERE erasure.subject = given.member AND erasure.kind = 'member'
        )
        ORDER BY given.member, given.subject, given.kind
        ON CONFLICT (member, subject, kind) DO UPDATE SET id = excluded.id, area = excluded.area,
            word = excluded.word, at = excluded.at, push_at = excluded.push_at, is_urgent = excluded.is_urgent,
            seen_at = NULL",
        &ids as _,
        &members as _,
        &subjects as _,
        &kinds as _,
        &areas as _,
        &words as _,
        &at,
        &push_at as _,
        &urgent
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// The members of the notices that wait longest, with all that is due for them.
pub(super) async fn due(
    connection: &mut PgConnection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Due>, StorageError> {
    let now = now.as_millis();
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, member, subject, kind, area, word, at, push_at, is_urgent, seen_at
        FROM notice WHERE push_at <= $1 AND member IN (
            SELECT member FROM notice WHERE push_at <= $1 ORDER BY push_at LIMIT $2
        ) ORDER BY push_at, at, id",
        now,
        i64::from(most)
    );
    let rows = rows.fetch_all(&mut *connection).await.map_err(from_sqlx)?;
    let mut dues: Vec<Due> = Vec::new();
    let mut places = BTreeMap::new();
    for row in rows {
        let Notice { notice, .. } = row.read()?;
        let place = *places.entry(notice.member).or_insert(dues.len());
        match dues.get_mut(place) {
            Some(due) => due.notices.push(notice),
            None => dues.push(Due {
                member: notice.member,
                notices: vec![notice],
                unseen: 0,
            }),
        }
    }
    let members: Vec<_> = places.keys().map(|id| id.as_bytes().as_slice()).collect();
    let counts = sqlx::query!(
        r#"SELECT member, COUNT(*) AS "unseen!" FROM notice
        WHERE member = ANY($1) AND seen_at IS NULL GROUP BY member"#,
        &members as _
    );
    for row in counts.fetch_all(connection).await.map_err(from_sqlx)? {
        let place = places.get(&id(&row.member)?);
        if let Some(due) = place.and_then(|&place| dues.get_mut(place)) {
            due.unseen = number(row.unseen)?;
        }
    }
    Ok(dues)
}

/// How many of these were still to ring; they are no longer.
pub(super) async fn silence(
    connection: &mut PgConnection,
    notices: &[&[u8]],
) -> Result<u64, StorageError> {
    // In one order, so that two relays never wait for each other in a circle.
    let silenced = sqlx::query!(
        "WITH ringing AS MATERIALIZED (
            SELECT id FROM notice WHERE id = ANY($1) AND push_at IS NOT NULL ORDER BY id FOR NO KEY UPDATE
        )
        UPDATE notice SET push_at = NULL FROM ringing WHERE notice.id = ringing.id",
        notices as _
    );
    let silenced = silenced.execute(connection).await.map_err(from_sqlx)?;
    Ok(silenced.rows_affected())
}

pub(super) async fn of(
    connection: &mut PgConnection,
    member: MemberId,
    most: u32,
) -> Result<Vec<Notice>, StorageError> {
    let member = member.as_bytes().as_slice();
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, member, subject, kind, area, word, at, push_at, is_urgent, seen_at
        FROM notice WHERE member = $1 ORDER BY at DESC, id DESC LIMIT $2",
        member,
        i64::from(most)
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(Row::read).collect()
}

/// A summary is cancelled when nothing is left of what it sums up.
pub(super) async fn see(
    connection: &mut PgConnection,
    member: MemberId,
    notices: &[NoticeId],
    now: Timestamp,
) -> Result<(), StorageError> {
    let (member, now) = (member.as_bytes().as_slice(), now.as_millis());
    let ids: Vec<_> = notices.iter().map(|id| id.as_bytes().as_slice()).collect();
    sqlx::query!(
        "UPDATE notice SET seen_at = $1, push_at = NULL WHERE id = ANY($2) AND member = $3 AND seen_at IS NULL",
        now,
        &ids as _,
        member
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    let cancel = sqlx::query!(
        "DELETE FROM delivery WHERE member = $2 AND (
            notice = ANY($1) OR notice IS NULL AND NOT EXISTS (
                SELECT 1 FROM notice WHERE notice.member = $2 AND seen_at IS NULL
            )
        )",
        &ids as _,
        member
    );
    cancel
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

pub(super) async fn put_off(
    connection: &mut PgConnection,
    notices: &[(NoticeId, Timestamp)],
) -> Result<(), StorageError> {
    let (ids, moments): (Vec<_>, Vec<_>) = notices
        .iter()
        .map(|(id, at)| (id.as_bytes().as_slice(), at.as_millis()))
        .unzip();
    let put_off = sqlx::query!(
        "UPDATE notice SET push_at = given.at FROM UNNEST($1::bytea[], $2::bigint[]) AS given (id, at)
        WHERE notice.id = given.id AND push_at IS NOT NULL",
        &ids as _,
        &moments
    );
    put_off
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

pub(super) async fn withdraw(
    connection: &mut PgConnection,
    notices: &[NoticeId],
) -> Result<(), StorageError> {
    let ids: Vec<_> = notices.iter().map(|id| id.as_bytes().as_slice()).collect();
    let owners = sqlx::query_scalar!(
        "DELETE FROM notice WHERE id = ANY($1) RETURNING member",
        &ids as _
    );
    let owners = owners
        .fetch_all(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let cancel = sqlx::query!(
        "DELETE FROM delivery WHERE delivery.notice = ANY($1) OR member = ANY($2) AND delivery.notice IS NULL
            AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.member = delivery.member AND seen_at IS NULL)",
        &ids as _,
        &owners
    );
    cancel
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

pub(super) async fn told_of(
    connection: &mut PgConnection,
    request: RequestId,
    kind: NoticeKind,
) -> Result<BTreeMap<MemberId, Timestamp>, StorageError> {
    let (subject, kind) = (request.as_bytes().as_slice(), kind.key());
    let told = sqlx::query!(
        "SELECT member, at FROM notice WHERE subject = $1 AND kind = $2",
        subject,
        kind
    );
    let told = told.fetch_all(connection).await.map_err(from_sqlx)?;
    let told = told
        .iter()
        .map(|row| Ok((id(&row.member)?, Timestamp::from_millis(row.at))));
    told.collect()
}

pub(super) async fn told_since(
    connection: &mut PgConnection,
    kind: NoticeKind,
    since: Timestamp,
) -> Result<BTreeMap<MemberId, Told>, StorageError> {
    let (kind, since) = (kind.key(), since.as_millis());
    let rows = sqlx::query!(
        r#"SELECT member, COUNT(*) AS "count!", MAX(at) AS "last_at!" FROM notice
        WHERE at >= $1 AND kind = $2 GROUP BY member"#,
        since,
        kind
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let told = rows.into_iter().map(|row| {
        let told = Told {
            count: number(row.count)?,
            last_at: Some(Timestamp::from_millis(row.last_at)),
        };
        Ok((id(&row.member)?, told))
    });
    told.collect()
}
