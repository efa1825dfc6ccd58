//! What residents ask by themselves.

mod row;

use async_trait::async_trait;
use kruispunt_core::id::{FormCode, IntakeFormId, IntakeId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert;
use kruispunt_storage::news::of_intake;
use kruispunt_storage::{
    Deciding, Decision, Entry, Intake, IntakeForm, Intakes, Receiving, Sealed, StorageError,
};
use sqlx::PgConnection;

use crate::PgStorage;
use crate::audit::add_entry;
use crate::error::from_sqlx;
use crate::notices::add_causes;
pub(crate) use row::{all, decisions, forms, put_decision, put_form, put_intake};
use row::{decision, form_of, sealed};

#[async_trait]
impl Intakes for PgStorage {
    async fn make_form(&self, form: &IntakeForm, entry: &Entry) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        put_form(&mut transaction, form).await?;
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn forms(&self) -> Result<Vec<IntakeForm>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        forms(&mut connection).await
    }

    async fn form_of(&self, code: FormCode) -> Result<Option<IntakeForm>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        form_of(&mut connection, code).await
    }

    async fn close_form(
        &self,
        id: IntakeFormId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        let (id, now) = (id.as_bytes().as_slice(), now.as_millis());
        let closed = sqlx::query!(
            "UPDATE intake_form SET closed_at = $1 WHERE id = $2 AND closed_at IS NULL",
            now,
            id
        );
        let closed = closed.execute(&mut *transaction).await.map_err(from_sqlx)?;
        if closed.rows_affected() > 0 {
            add_entry(&mut transaction, entry).await?;
        }
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn receive(
        &self,
        intake: &Intake,
        sealed: &Sealed,
        most: u32,
    ) -> Result<Receiving, StorageError> {
        let mut transaction = self.write().await?;
        let (id, form) = (
            intake.id.as_bytes().as_slice(),
            intake.form.as_bytes().as_slice(),
        );
        // Whoever asks on the same form waits, so that what is counted stays true.
        sqlx::query!("SELECT id FROM intake_form WHERE id = $1 FOR UPDATE", form)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        let row = sqlx::query!(
            r#"SELECT
                EXISTS (SELECT 1 FROM intake WHERE id = $1)
                    OR EXISTS (SELECT 1 FROM intake_decision WHERE id = $1) AS "is_known!",
                EXISTS (SELECT 1 FROM intake_form WHERE id = $2 AND closed_at IS NULL) AS "is_open!",
                (SELECT COUNT(*) FROM intake WHERE form = $2) AS "waiting!",
                (SELECT area FROM intake_form WHERE id = $2) AS "area?""#,
            id,
            form
        );
        let row = row.fetch_one(&mut *transaction).await.map_err(from_sqlx)?;
        if row.is_known {
            return Ok(Receiving::Kept);
        }
        if !row.is_open {
            return Ok(Receiving::Closed);
        }
        if row.waiting >= i64::from(most) {
            return Ok(Receiving::Full);
        }
        put_intake(&mut transaction, intake, sealed).await?;
        if let Some(area) = row.area {
            let news = of_intake(intake, convert::id(&area)?);
            add_causes(&mut transaction, &[news]).await?;
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(Receiving::Kept)
    }

    async fn waiting(&self) -> Result<Vec<Intake>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        let all = all(&mut connection).await?;
        Ok(all.into_iter().map(|(intake, _)| intake).collect())
    }

    async fn decision(&self, id: IntakeId) -> Result<Option<Decision>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        decision(&mut connection, id).await
    }

    async fn open_intake(
        &self,
        id: IntakeId,
        entry: &Entry,
    ) -> Result<Option<Sealed>, StorageError> {
        let mut transaction = self.write().await?;
        let Some(sealed) = sealed(&mut transaction, id).await? else {
            return Ok(None);
        };
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(Some(sealed))
    }

    async fn decide(&self, new: &Decision, entry: &Entry) -> Result<Deciding, StorageError> {
        let mut transaction = self.write().await?;
        if delete_intake(&mut transaction, new.id).await? == 0 {
            let known = decision(&mut transaction, new.id).await?;
            return Ok(match known {
                Some(known) if known.agrees(new) => Deciding::Holds,
                Some(_) => Deciding::Otherwise,
                None => Deciding::Unknown,
            });
        }
        put_decision(&mut transaction, new).await?;
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(Deciding::Holds)
    }

    async fn forget_intakes(&self, before: Timestamp) -> Result<u64, StorageError> {
        let mut transaction = self.write().await?;
        let before = before.as_millis();
        let forgotten = sqlx::query!("DELETE FROM intake WHERE received_at < $1", before);
        let forgotten = forgotten
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        let old = [
            sqlx::query!("DELETE FROM intake_decision WHERE decided_at < $1", before),
            sqlx::query!(
                "DELETE FROM intake_form WHERE closed_at < $1
                AND NOT EXISTS (SELECT 1 FROM intake WHERE form = intake_form.id)",
                before
            ),
        ];
        for deletion in old {
            let deleted = deletion.execute(&mut *transaction).await;
            deleted.map_err(from_sqlx)?;
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(forgotten.rows_affected())
    }
}

async fn delete_intake(connection: &mut PgConnection, id: IntakeId) -> Result<u64, StorageError> {
    let id = id.as_bytes().as_slice();
    let deleted = sqlx::query!("DELETE FROM intake WHERE id = $1", id);
    let deleted = deleted.execute(connection).await.map_err(from_sqlx)?;
    Ok(deleted.rows_affected())
}
