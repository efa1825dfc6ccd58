//! Notices as they stand in inboxes.

use std::collections::BTreeMap;

use kruispunt_core::id::{MemberId, NoticeId, RequestId};
use kruispunt_core::model::{NoticeKind, Word as _};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, number, optional_id, word};
use kruispunt_storage::notices::{last_notices, request, subject};
use kruispunt_storage::{Due, NewNotice, Notice, StorageError, Told};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;
use crate::rows::{Rows, column_of};

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
    connection: &mut SqliteConnection,
    notices: &[NewNotice],
) -> Result<(), StorageError> {
    if notices.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new();
    for notice in last_notices(notices) {
        rows.begin().bytes(Some(notice.id.as_bytes()));
        rows.bytes(Some(notice.member.as_bytes()));
        rows.bytes(Some(subject(notice.request.as_ref())));
        rows.text(Some(notice.kind.key()));
        rows.bytes(notice.area.as_ref().map(|id| id.as_bytes().as_slice()));
        rows.text(notice.word.as_deref());
        rows.number(notice.at.as_millis());
        rows.maybe(notice.push_at.map(Timestamp::as_millis));
        rows.number(i64::from(notice.is_urgent));
    }
    let rows = rows.end();
    let put = sqlx::query!(
        "DELETE FROM delivery WHERE notice IN (
            SELECT notice.id FROM jsonb_each(?) AS given
            CROSS JOIN notice ON member = unhex(value ->> 1) AND subject = unhex(value ->> 2)
                AND kind = CAST(unhex(value ->> 3) AS TEXT)
        );
        INSERT INTO notice (id, member, subject, kind, area, word, at, push_at, is_urgent)
        SELECT unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), CAST(unhex(value ->> 3) AS TEXT),
            unhex(value ->> 4), CAST(unhex(value ->> 5) AS TEXT), value ->> 6, value ->> 7, value ->> 8
        FROM jsonb_each(?)
        WHERE EXISTS (SELECT 1 FROM member WHERE member.id = unhex(value ->> 1))
            AND NOT EXISTS (
                SELECT 1 FROM erasure WHERE erasure.subject = unhex(value ->> 1) AND erasure.kind = 'member'
            )
        ON CONFLICT (member, subject, kind) DO UPDATE SET id = excluded.id, area = excluded.area,
            word = excluded.word, at = excluded.at, push_at = excluded.push_at, is_urgent = excluded.is_urgent,
            seen_at = NULL",
        rows,
        rows
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// The members of the notices that wait longest, with all that is due for them.
pub(super) async fn due(
    connection: &mut SqliteConnection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Due>, StorageError> {
    let now = now.as_millis();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, member, subject, kind, area, word, at, push_at, is_urgent AS "is_urgent: bool", seen_at
        FROM notice WHERE push_at <= ? AND member IN (
            SELECT member FROM notice WHERE push_at <= ? ORDER BY push_at LIMIT ?
        ) ORDER BY push_at, at, id"#,
        now,
        now,
        most
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
    let members = column_of(places.keys().map(|id| id.as_bytes().as_slice()));
    let counts = sqlx::query!(
        r#"SELECT member, COUNT(*) AS "unseen!: i64" FROM notice
        WHERE member IN (SELECT unhex(value ->> 0) FROM jsonb_each(?)) AND seen_at IS NULL GROUP BY member"#,
        members
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
    connection: &mut SqliteConnection,
    notices: impl IntoIterator<Item = &NoticeId>,
) -> Result<u64, StorageError> {
    let ids = column_of(notices.into_iter().map(|id| id.as_bytes().as_slice()));
    let silenced = sqlx::query!(
        "UPDATE notice SET push_at = NULL
        WHERE id IN (SELECT unhex(value ->> 0) FROM jsonb_each(?)) AND push_at IS NOT NULL",
        ids
    );
    let silenced = silenced.execute(connection).await.map_err(from_sqlx)?;
    Ok(silenced.rows_affected())
}

pub(super) async fn of(
    connection: &mut SqliteConnection,
    member: MemberId,
    most: u32,
) -> Result<Vec<Notice>, StorageError> {
    let member = member.as_bytes().as_slice();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, member, subject, kind, area, word, at, push_at, is_urgent AS "is_urgent: bool", seen_at
        FROM notice WHERE member = ? ORDER BY at DESC, id DESC LIMIT ?"#,
        member,
        most
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(Row::read).collect()
}

/// A summary is cancelled when nothing is left of what it sums up.
pub(super) async fn see(
    connection: &mut SqliteConnection,
    member: MemberId,
    notices: &[NoticeId],
    now: Timestamp,
) -> Result<(), StorageError> {
    let (member, now) = (member.as_bytes().as_slice(), now.as_millis());
    let ids = column_of(notices.iter().map(|id| id.as_bytes().as_slice()));
    let see = sqlx::query!(
        "UPDATE notice SET seen_at = ?, push_at = NULL
        WHERE id IN (SELECT unhex(value ->> 0) FROM jsonb_each(?)) AND member = ? AND seen_at IS NULL;
        DELETE FROM delivery
        WHERE notice IN (SELECT unhex(value ->> 0) FROM jsonb_each(?)) AND member = ?;
        DELETE FROM delivery WHERE member = ? AND notice IS NULL
            AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.member = delivery.member AND seen_at IS NULL)",
        now,
        ids,
        member,
        ids,
        member,
        member
    );
    see.execute(connection).await.map(drop).map_err(from_sqlx)
}

pub(super) async fn put_off(
    connection: &mut SqliteConnection,
    notices: &[(NoticeId, Timestamp)],
) -> Result<(), StorageError> {
    let mut rows = Rows::new();
    for (id, at) in notices {
        rows.begin()
            .bytes(Some(id.as_bytes()))
            .number(at.as_millis());
    }
    let rows = rows.end();
    let put_off = sqlx::query!(
        "UPDATE notice SET push_at = given.at
        FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS at FROM jsonb_each(?)) AS given
        WHERE notice.id = given.id AND push_at IS NOT NULL",
        rows
    );
    put_off
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    notices: &[NoticeId],
) -> Result<(), StorageError> {
    let ids = column_of(notices.iter().map(|id| id.as_bytes().as_slice()));
    let owners = sqlx::query_scalar!(
        r#"DELETE FROM notice WHERE id IN (SELECT unhex(value ->> 0) FROM jsonb_each(?))
        RETURNING member AS "member!: Vec<u8>""#,
        ids
    );
    let owners = owners.fetch_all(&mut *connection).await;
    let owners = column_of(owners.map_err(from_sqlx)?.iter().map(Vec::as_slice));
    let cancel = sqlx::query!(
        "DELETE FROM delivery WHERE notice IN (SELECT unhex(value ->> 0) FROM jsonb_each(?));
        DELETE FROM delivery WHERE member IN (SELECT unhex(value ->> 0) FROM jsonb_each(?)) AND notice IS NULL
            AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.member = delivery.member AND seen_at IS NULL)",
        ids,
        owners
    );
    cancel
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

pub(super) async fn told_of(
    connection: &mut SqliteConnection,
    request: RequestId,
    kind: NoticeKind,
) -> Result<BTreeMap<MemberId, Timestamp>, StorageError> {
    let (subject, kind) = (request.as_bytes().as_slice(), kind.key());
    let told = sqlx::query!(
        "SELECT member, at FROM notice WHERE subject = ? AND kind = ?",
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
    connection: &mut SqliteConnection,
    kind: NoticeKind,
    since: Timestamp,
) -> Result<BTreeMap<MemberId, Told>, StorageError> {
    let (kind, since) = (kind.key(), since.as_millis());
    let rows = sqlx::query!(
        r#"SELECT member AS "member!: Vec<u8>", COUNT(*) AS "count!: i64", MAX(at) AS "last_at!: i64" FROM notice
        WHERE at >= ? AND kind = ? GROUP BY member"#,
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
