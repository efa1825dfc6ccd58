//! Where members are told by e-mail.

use async_trait::async_trait;
use kruispunt_core::id::MemberId;
use kruispunt_core::model::Word as _;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{hash, id, word};
use kruispunt_storage::mails::Address;
use kruispunt_storage::{AskedMail, Hash, Mail, Mails, StorageError};
use sqlx::PgConnection;

use crate::PgStorage;
use crate::error::from_sqlx;

#[async_trait]
impl Mails for PgStorage {
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
            "UPDATE mail_address SET next_at = CASE WHEN confirmed_at IS NULL THEN $1 ELSE next_at END,
                confirmed_at = COALESCE(confirmed_at, $2)
            WHERE confirm_hash = $3",
            first_at,
            now,
            secret
        );
        let confirmed = confirmed.execute(&self.writers).await.map_err(from_sqlx)?;
        Ok(confirmed.rows_affected() > 0)
    }

    async fn stop_mail(&self, secret: Hash) -> Result<bool, StorageError> {
        let secret = secret.0.as_slice();
        let stopped = sqlx::query!("DELETE FROM mail_address WHERE stop_hash = $1", secret);
        let stopped = stopped.execute(&self.writers).await.map_err(from_sqlx)?;
        Ok(stopped.rows_affected() > 0)
    }

    async fn remove_mail(&self, member: MemberId) -> Result<(), StorageError> {
        let member = member.as_bytes().as_slice();
        sqlx::query!("DELETE FROM mail_address WHERE member = $1", member)
            .execute(&self.writers)
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
        // What another relay takes at this moment is left to it.
        let rows = sqlx::query_as!(
            Row,
            "WITH taken AS MATERIALIZED (
                SELECT member FROM mail_address WHERE next_at <= $1
                ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED
            )
            UPDATE mail_address SET next_at = $2 FROM taken WHERE mail_address.member = taken.member
            RETURNING mail_address.member, address, language, confirm_hash, stop_hash, asked_at, confirmed_at,
                next_at, told_until",
            now.as_millis(),
            until.as_millis(),
            i64::from(most)
        );
        let rows = rows.fetch_all(&self.writers).await.map_err(from_sqlx)?;
        rows.into_iter().map(Row::read).collect()
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
            "UPDATE mail_address SET next_at = $1, told_until = COALESCE($2, told_until)
            WHERE member = $3 AND confirmed_at IS NOT NULL",
            next_at,
            told_until,
            member
        )
        .execute(&self.writers)
        .await
        .map(drop)
        .map_err(from_sqlx)
    }

    async fn forget_mails(&self, before: Timestamp) -> Result<u64, StorageError> {
        let before = before.as_millis();
        let forgotten = sqlx::query!(
            "DELETE FROM mail_address WHERE confirmed_at IS NULL AND asked_at < $1",
            before
        );
        let forgotten = forgotten.execute(&self.writers).await.map_err(from_sqlx)?;
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
pub(crate) async fn put(connection: &mut PgConnection, mail: &Mail) -> Result<(), StorageError> {
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
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
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
    connection: &mut PgConnection,
    member: Option<MemberId>,
) -> Result<Vec<Mail>, StorageError> {
    let member = member.as_ref().map(|member| member.as_bytes().as_slice());
    let rows = sqlx::query_as!(
        Row,
        "SELECT member, address, language, confirm_hash, stop_hash, asked_at, confirmed_at, next_at,
            told_until
        FROM mail_address WHERE $1::bytea IS NULL OR member = $1 ORDER BY member",
        member
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(Row::read).collect()
}
