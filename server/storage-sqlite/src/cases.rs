//! Cases.

mod row;

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DeviceId, RequestId};
use kruispunt_storage::{Card, CaseFile, Cases, Entry, PublicKey, Said, StorageError};

use crate::SqliteStorage;
use crate::audit::add_late;
use crate::error::from_sqlx;
use row::card;
use row::is_erased;
pub(crate) use row::{Case, cards, consents, not_erased, put_card, put_said, said};

#[async_trait]
impl Cases for SqliteStorage {
    async fn put_sealing_key(&self, device: DeviceId, key: &PublicKey) -> Result<(), StorageError> {
        let (id, key) = (device.as_bytes().as_slice(), key.0.as_slice());
        let put = sqlx::query!(
            "UPDATE device SET sealing_key = ? WHERE id = ? AND revoked_at IS NULL",
            key,
            id
        );
        let put = put.execute(&self.writer).await.map_err(from_sqlx)?;
        if put.rows_affected() == 0 {
            return Err(StorageError::NotFound(format!("device {device}")));
        }
        Ok(())
    }

    async fn sealing_key(&self, device: DeviceId) -> Result<Option<PublicKey>, StorageError> {
        let device = device.as_bytes().as_slice();
        let key = sqlx::query_scalar!("SELECT sealing_key FROM device WHERE id = ?", device);
        let key = key.fetch_optional(&self.readers).await.map_err(from_sqlx)?;
        Ok(key.flatten().map(PublicKey))
    }

    async fn put_card(&self, card: &Card) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        not_erased(&mut transaction, (card.street, card.request)).await?;
        put_card(&mut transaction, card).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn case(&self, street: AreaId, request: RequestId) -> Result<CaseFile, StorageError> {
        let case = (street, request);
        let mut transaction = self.readers.begin().await.map_err(from_sqlx)?;
        Ok(CaseFile {
            card: card(&mut transaction, case).await?,
            said: said(&mut transaction, case).await?,
            is_erased: is_erased(&mut transaction, case).await?,
        })
    }

    async fn open_card(
        &self,
        street: AreaId,
        request: RequestId,
        heard: u32,
        entries: &[Entry],
    ) -> Result<Option<Card>, StorageError> {
        let case = (street, request);
        let mut transaction = self.write().await?;
        let said = said(&mut transaction, case).await?;
        let Some(card) = card(&mut transaction, case).await? else {
            return Ok(None);
        };
        if said.last().map_or(0, |said| said.n) != heard {
            return Ok(None);
        }
        for entry in entries {
            add_late(&mut transaction, entry).await?;
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(Some(card))
    }

    async fn hear(
        &self,
        street: AreaId,
        request: RequestId,
        words: &[Said],
    ) -> Result<Vec<Said>, StorageError> {
        let case = (street, request);
        let mut transaction = self.write().await?;
        not_erased(&mut transaction, case).await?;
        let mut all = said(&mut transaction, case).await?;
        for &word in words {
            if all.iter().any(|known| known.id == word.id) {
                continue;
            }
            let n = all.last().map_or(0, |last| last.n) + 1;
            let word = Said { n, ..word };
            put_said(&mut transaction, case, &word).await?;
            all.push(word);
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(all)
    }

    async fn record_late(&self, entries: &[Entry]) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        for entry in entries {
            add_late(&mut transaction, entry).await?;
        }
        transaction.commit().await.map_err(from_sqlx)
    }
}
