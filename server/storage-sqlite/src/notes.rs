//! Notes.

mod row;

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, MemberId, RequestId};
use kruispunt_storage::convert::number;
use kruispunt_storage::news::of_notes;
use kruispunt_storage::{AskedNotes, Entry, Note, Notebook, Notes, Seen, StorageError, Written};

use sqlx::SqliteConnection;

use crate::SqliteStorage;
use crate::audit::add_late;
use crate::cases::{not_erased, said};
use crate::error::from_sqlx;
use crate::notices::add_causes;
pub(crate) use row::{all, all_seen, put_note, put_seen};
use row::{last, read, seen, written};

#[async_trait]
impl Notes for SqliteStorage {
    async fn write_notes(
        &self,
        street: AreaId,
        request: RequestId,
        notes: &[Note],
    ) -> Result<u32, StorageError> {
        let case = (street, request);
        let mut transaction = self.write().await?;
        not_erased(&mut transaction, case).await?;
        let mut n = last(&mut transaction, case).await?;
        let mut fresh = Vec::new();
        for note in notes {
            let next = Note {
                n: n + 1,
                ..note.clone()
            };
            if put_note(&mut transaction, case, &next).await? {
                n = next.n;
                fresh.push(note);
            }
        }
        let count = fresh.len();
        add_causes(&mut transaction, &of_notes(case, fresh)).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn count_notes(&self, street: AreaId, request: RequestId) -> Result<u32, StorageError> {
        let (street, request) = (street.as_bytes().as_slice(), request.as_bytes().as_slice());
        let count = sqlx::query_scalar!(
            r#"SELECT COUNT(*) AS "count!: i64" FROM note WHERE street = ? AND request = ?"#,
            street,
            request
        );
        number(count.fetch_one(&self.readers).await.map_err(from_sqlx)?)
    }

    async fn read_notes(
        &self,
        asked: AskedNotes<'_>,
        heard: u32,
        entry: &Entry,
    ) -> Result<Option<Notebook>, StorageError> {
        // Whoever asks now and then mostly gets nothing that is to be written down, and waits for nobody.
        let mut transaction = self.readers.begin().await.map_err(from_sqlx)?;
        let taken = taken_out(&mut transaction, asked, heard).await?;
        drop(transaction);
        let is_others = |note: &Note| Some(note.member) != entry.member;
        if !taken.iter().flat_map(|book| &book.notes).any(is_others) {
            return Ok(taken);
        }
        let mut transaction = self.write().await?;
        let taken = taken_out(&mut transaction, asked, heard).await?;
        if taken.is_some() {
            add_late(&mut transaction, entry).await?;
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(taken)
    }

    async fn see_notes(
        &self,
        street: AreaId,
        request: RequestId,
        seen: &[Seen],
    ) -> Result<(), StorageError> {
        let case = (street, request);
        let mut transaction = self.write().await?;
        not_erased(&mut transaction, case).await?;
        let last = last(&mut transaction, case).await?;
        for seen in seen {
            let until = seen.until.min(last);
            if until > 0 {
                put_seen(&mut transaction, case, Seen { until, ..*seen }).await?;
            }
        }
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn notes_by(&self, member: MemberId) -> Result<Vec<Written>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        written(&mut connection, member).await
    }
}

/// `None` when more was said than `heard` words.
async fn taken_out(
    connection: &mut SqliteConnection,
    asked: AskedNotes<'_>,
    heard: u32,
) -> Result<Option<Notebook>, StorageError> {
    let case = (asked.street, asked.request);
    let said = said(connection, case).await?;
    if said.last().map_or(0, |said| said.n) != heard {
        return Ok(None);
    }
    Ok(Some(Notebook {
        notes: read(connection, asked).await?,
        seen: seen(connection, case).await?,
    }))
}
