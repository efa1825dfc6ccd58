//! Where members are told by e-mail.

use async_trait::async_trait;
use kruispunt_core::id::MemberId;
use kruispunt_core::model::Word as _;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{hash, id, word};
use kruispunt_storage::mails::Address;
use kruispunt_storage::{AskedMail, Hash, Mail, Mails, StorageError};
use sqlx::SqliteConnection;

use crate::SqliteStorage;
use crate::error::from_sqlx;
use crate::rows::column_of;

#[async_trait]
impl Mails for SqliteStorage {
    async fn ask_mail(&self, asked: &AskedMail) -> Result<(), StorageError> {
        let mail = Mail {
            asked: asked.clone(),
            confirmed_at: None,
            next_at: None,
            told_until: None,
        };
        let mut transaction = self.write().await?;
        put(&mut transaction, &mail).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn confirm_mail(
        &self,
        secret: Hash,
        now: Timestamp,
        first_at: Timestamp,
    ) -> Result<bool, StorageError> {
        let (secret, now, first_at) = (secret.0.as_slice(), now.as_millis(), first_at.as_millis());
        let confirmed = sqlx::query!(
            "UPDATE mail_address SET next_at = CASE WHEN confirmed_at IS NULL THEN ? ELSE next_at END,
                confirmed_at = COALESCE(confirmed_at, ?)
            WHERE confirm_hash = ?",
            first_at,
            now,
            secret
        );
        let confirmed = confirmed.execute(&self.writer).await.map_err(from_sqlx)?;
        Ok(confirmed.rows_affected() > 0)
    }

    async fn stop_mail(&self, secret: Hash) -> Result<bool, StorageError> {
        let secret = secret.0.as_slice();
        let stopped = sqlx::query!("DELETE FROM mail_address WHERE stop_hash = ?", secret);
        let stopped = stopped.execute(&self.writer).await.map_err(from_sqlx)?;
        Ok(stopped.rows_affected() > 0)
    }

    async fn remove_mail(&self, member: MemberId) -> Result<(), StorageError> {
        let member = member.as_bytes().as_slice();
        sqlx::query!("DELETE FROM mail_address WHERE member = ?", member)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(from_sqlx)
    }

    async fn mail_of(&self, member: MemberId) -> Result<Option<Mail>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        Ok(stored(&mut connection, Some(member)).await?.pop())
    }

    async fn take_due_mails(
        &self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Mail>, StorageError> {
        // Whoever looks now and then mostly finds nothing, and keeps nobody from writing.
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        if due(&mut connection, now, 1).await?.is_empty() {
            return Ok(Vec::new());
        }
        drop(connection);
        let mut transaction = self.write().await?;
        let taken = due(&mut transaction, now, most).await?;
        let members = taken
            .iter()
            .map(|mail| mail.asked.member.as_bytes().as_slice());
        let (members, until) = (column_of(members), until.as_millis());
        sqlx::query!(
            "UPDATE mail_address SET next_at = ?
            WHERE member IN (SELECT unhex(value ->> 0) FROM jsonb_each(?))",
            until,
            members
        )
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(taken)
    }

    async fn finish_mail(
        &self,
        member: MemberId,
        next_at: Timestamp,
        told_until: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        let (member, next_at) = (member.as_bytes().as_slice(), next_at.as_millis());
        let told_until = told_until.map(Timestamp::as_millis);
        sqlx::query!(
            "UPDATE mail_address SET next_at = ?, told_until = COALESCE(?, told_until)
            WHERE member = ? AND confirmed_at IS NOT NULL",
            next_at,
            told_until,
            member
        )
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(from_sqlx)
    }

    async fn forget_mails(&self, before: Timestamp) -> Result<u64, StorageError> {
        let before = before.as_millis();
        let forgotten = sqlx::query!(
            "DELETE FROM mail_address WHERE confirmed_at IS NULL AND asked_at < ?",
            before
        );
        let forgotten = forgotten.execute(&self.writer).await.map_err(from_sqlx)?;
        Ok(forgotten.rows_affected())
    }
}

struct Row {
    member: Vec<u8>,
    address: String,
    language: String,
    confirm_hash: Vec<u8>,
    stop_hash: Vec<u8>,
    asked_at: i64,
    confirmed_at: Option<i64>,
    next_at: Option<i64>,
    told_until: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Mail, StorageError> {
        let asked = AskedMail {
            member: id(&self.member)?,
            address: Address(self.address),
            language: word(&self.language)?,
            confirm: Hash(hash(&self.confirm_hash)?),
            stop: Hash(hash(&self.stop_hash)?),
            asked_at: Timestamp::from_millis(self.asked_at),
        };
        Ok(Mail {
            asked,
            confirmed_at: self.confirmed_at.map(Timestamp::from_millis),
            next_at: self.next_at.map(Timestamp::from_millis),
            told_until: self.told_until.map(Timestamp::from_millis),
        })
    }
}

/// Keeps an address, in place of another of the same member.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    mail: &Mail,
) -> Result<(), StorageError> {
    let asked = &mail.asked;
    let (member, language) = (asked.member.as_bytes().as_slice(), asked.language.key());
    let (confirm, stop) = (asked.confirm.0.as_slice(), asked.stop.0.as_slice());
    let asked_at = asked.asked_at.as_millis();
    let confirmed_at = mail.confirmed_at.map(Timestamp::as_millis);
    let next_at = mail.next_at.map(Timestamp::as_millis);
    let told_until = mail.told_until.map(Timestamp::as_millis);
    let put = sqlx::query!(
        "INSERT INTO mail_address
            (member, address, language, confirm_hash, stop_hash, asked_at, confirmed_at, next_at, told_until)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (member) DO UPDATE SET address = excluded.address, language = excluded.language,
            confirm_hash = excluded.confirm_hash, stop_hash = excluded.stop_hash, asked_at = excluded.asked_at,
            confirmed_at = excluded.confirmed_at, next_at = excluded.next_at, told_until = excluded.told_until",
        member,
        asked.address.0,
        language,
        confirm,
        stop,
        asked_at,
        confirmed_at,
        next_at,
        told_until
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// The address of one member, or everybody's.
pub(crate) async fn stored(
    connection: &mut SqliteConnection,
    member: Option<MemberId>,
) -> Result<Vec<Mail>, StorageError> {
    let member = member.as_ref().map(|member| member.as_bytes().as_slice());
    let rows = sqlx::query_as!(
        Row,
        "SELECT member, address, language, confirm_hash, stop_hash, asked_at, confirmed_at, next_at,
            told_until
        FROM mail_address WHERE ?1 IS NULL OR member = ?1 ORDER BY member",
        member
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(Row::read).collect()
}

async fn due(
    connection: &mut SqliteConnection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Mail>, StorageError> {
    let now = now.as_millis();
    let rows = sqlx::query_as!(
        Row,
        "SELECT member, address, language, confirm_hash, stop_hash, asked_at, confirmed_at, next_at,
            told_until
        FROM mail_address WHERE next_at <= ? ORDER BY next_at LIMIT ?",
        now,
        most
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(Row::read).collect()
}
