//! Reading and writing the rows of cases, inside somebody's transaction.

use kruispunt_core::id::{AreaId, RequestId};
use kruispunt_core::model::Word as _;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{id, number, word};
use kruispunt_storage::{Card, Said, Sealed, StorageError, Wrapped};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;

/// A request by its street and its identifier.
pub(crate) type Case = (AreaId, RequestId);

struct CardRow {
    request: Vec<u8>,
    street: Vec<u8>,
    sealed: Vec<u8>,
    member: Vec<u8>,
    written_at: i64,
    record_key: Vec<u8>,
    wrapped: Vec<u8>,
}

impl CardRow {
    fn read(self) -> Result<Card, StorageError> {
        let key = Wrapped {
            record_key: id(&self.record_key)?,
            bytes: self.wrapped,
        };
        Ok(Card {
            request: id(&self.request)?,
            street: id(&self.street)?,
            sealed: Sealed {
                key,
                sealed: self.sealed,
            },
            member: id(&self.member)?,
            written_at: Timestamp::from_millis(self.written_at),
        })
    }
}

pub(crate) async fn card(
    connection: &mut SqliteConnection,
    (street, request): Case,
) -> Result<Option<Card>, StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let row = sqlx::query_as!(
        CardRow,
        "SELECT card.request, card.street, sealed, member, written_at, record_key, wrapped
        FROM card JOIN card_key ON card_key.street = card.street AND card_key.request = card.request
        WHERE card.street = ? AND card.request = ?",
        street,
        request
    );
    let row = row.fetch_optional(connection).await.map_err(from_sqlx)?;
    row.map(CardRow::read).transpose()
}

/// Every card, for backups.
pub(crate) async fn cards(connection: &mut SqliteConnection) -> Result<Vec<Card>, StorageError> {
    let rows = sqlx::query_as!(
        CardRow,
        "SELECT card.request, card.street, sealed, member, written_at, record_key, wrapped
        FROM card JOIN card_key ON card_key.street = card.street AND card_key.request = card.request
        ORDER BY card.street, card.request"
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(CardRow::read).collect()
}

pub(crate) async fn put_card(
    connection: &mut SqliteConnection,
    card: &Card,
) -> Result<(), StorageError> {
    let (request, street) = (
        card.request.as_bytes().as_slice(),
        card.street.as_bytes().as_slice(),
    );
    let (member, written_at) = (
        card.member.as_bytes().as_slice(),
        card.written_at.as_millis(),
    );
    let sealed = card.sealed.sealed.as_slice();
    sqlx::query!(
        "INSERT INTO card (request, street, sealed, member, written_at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (street, request) DO UPDATE SET
            sealed = excluded.sealed, member = excluded.member, written_at = excluded.written_at",
        request,
        street,
        sealed,
        member,
        written_at
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    let Wrapped { record_key, bytes } = &card.sealed.key;
    let (record_key, wrapped) = (record_key.as_bytes().as_slice(), bytes.as_slice());
    sqlx::query!(
        "INSERT INTO card_key (street, request, record_key, wrapped) VALUES (?, ?, ?, ?)
        ON CONFLICT (street, request) DO UPDATE SET record_key = excluded.record_key, wrapped = excluded.wrapped",
        street,
        request,
        record_key,
        wrapped
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(from_sqlx)
}

struct SaidRow {
    request: Vec<u8>,
    street: Vec<u8>,
    id: Vec<u8>,
    n: i64,
    purpose: String,
    recipient: String,
    given: bool,
    how: String,
    said_at: i64,
    after: i64,
    member: Vec<u8>,
}

impl SaidRow {
    fn read(self) -> Result<(Case, Said), StorageError> {
        let said = Said {
            id: id(&self.id)?,
            n: number(self.n)?,
            purpose: word(&self.purpose)?,
            recipient: word(&self.recipient)?,
            given: self.given,
            how: word(&self.how)?,
            said_at: Timestamp::from_millis(self.said_at),
            after: number(self.after)?,
            member: id(&self.member)?,
        };
        Ok(((id(&self.street)?, id(&self.request)?), said))
    }
}

/// What was said about a case, in order.
pub(crate) async fn said(
    connection: &mut SqliteConnection,
    (street, request): Case,
) -> Result<Vec<Said>, StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let rows = sqlx::query_as!(
        SaidRow,
        r#"SELECT request, street, id, n, purpose, recipient, given AS "given!: bool", how, said_at, after, member
        FROM consent WHERE street = ? AND request = ? ORDER BY n"#,
        street,
        request
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    let said = rows.into_iter().map(|row| Ok(row.read()?.1));
    said.collect()
}

/// Everything that was said about every case, for backups.
pub(crate) async fn consents(
    connection: &mut SqliteConnection,
) -> Result<Vec<(Case, Said)>, StorageError> {
    let rows = sqlx::query_as!(
        SaidRow,
        r#"SELECT request, street, id, n, purpose, recipient, given AS "given!: bool", how, said_at, after, member
        FROM consent ORDER BY street, request, n"#
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(SaidRow::read).collect()
}

pub(crate) async fn put_said(
    connection: &mut SqliteConnection,
    (street, request): Case,
    said: &Said,
) -> Result<(), StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let (id, member) = (
        said.id.as_bytes().as_slice(),
        said.member.as_bytes().as_slice(),
    );
    let (purpose, recipient, how) = (said.purpose.key(), said.recipient.key(), said.how.key());
    let (n, after) = (i64::from(said.n), i64::from(said.after));
    let said_at = said.said_at.as_millis();
    let put = sqlx::query!(
        "INSERT INTO consent (street, request, n, id, purpose, recipient, given, how, said_at, after, member)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        street,
        request,
        n,
        id,
        purpose,
        recipient,
        said.given,
        how,
        said_at,
        after,
        member
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

pub(super) async fn is_erased(
    connection: &mut SqliteConnection,
    (street, request): Case,
) -> Result<bool, StorageError> {
    let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
    let erased = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM erasure WHERE area = ? AND subject = ?) AS "erased!: bool""#,
        street,
        request
    );
    erased.fetch_one(connection).await.map_err(from_sqlx)
}

pub(crate) async fn not_erased(
    connection: &mut SqliteConnection,
    case: Case,
) -> Result<(), StorageError> {
    if is_erased(connection, case).await? {
        return Err(StorageError::Conflict(format!("case {} is erased", case.1)));
    }
    Ok(())
}
