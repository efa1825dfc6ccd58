//! What people hear of.

mod causes;
mod deliveries;
mod inbox;
mod subscriptions;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use kruispunt_core::id::{DeviceId, MemberId, NoticeId, RequestId};
use kruispunt_core::model::{NoticeKind, Wishes};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::number;
use kruispunt_storage::{
    Cause, Delivery, Due, NewCause, NewDelivery, NewNotice, Notice, Notices, Outcome, SaidWishes,
    StorageError, Subscription, Told,
};

use crate::SqliteStorage;
use crate::error::from_sqlx;
pub(crate) use causes::{Acted, act, add_causes, cause_rows};
pub(crate) use subscriptions::delete as unsubscribe;
pub(crate) use wishes::{put as put_wishes, stored as stored_wishes};

#[async_trait]
impl Notices for SqliteStorage {
    async fn causes(&self, now: Timestamp, most: u32) -> Result<Vec<Cause>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        causes::due(&mut connection, now, most).await
    }

    async fn settle(
        &self,
        causes: &[i64],
        notices: &[NewNotice],
        later: &[NewCause],
    ) -> Result<bool, StorageError> {
        let causes: BTreeSet<i64> = causes.iter().copied().collect();
        let all = causes.len() as u64;
        let mut transaction = self.write().await?;
        if causes::take(&mut transaction, causes).await? != all {
            return Ok(false);
        }
        inbox::put(&mut transaction, notices).await?;
        add_causes(&mut transaction, later).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(true)
    }

    async fn due_notices(&self, now: Timestamp, most: u32) -> Result<Vec<Due>, StorageError> {
        // One transaction, so that what is due and how much is not seen belong together.
        let mut transaction = self.readers.begin().await.map_err(from_sqlx)?;
        inbox::due(&mut transaction, now, most).await
    }

    async fn ring(
        &self,
        notices: &[NoticeId],
        deliveries: &[NewDelivery],
    ) -> Result<bool, StorageError> {
        let notices: BTreeSet<&NoticeId> = notices.iter().collect();
        let all = notices.len() as u64;
        let mut transaction = self.write().await?;
        if inbox::silence(&mut transaction, notices).await? != all {
            return Ok(false);
        }
        deliveries::put(&mut transaction, deliveries).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(true)
    }

    async fn put_off_notices(&self, notices: &[(NoticeId, Timestamp)]) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        inbox::put_off(&mut transaction, notices).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn withdraw_notices(&self, notices: &[NoticeId]) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        inbox::withdraw(&mut transaction, notices).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn take_deliveries(
        &self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Delivery>, StorageError> {
        // Whoever looks now and then mostly finds nothing, and keeps nobody from writing.
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        if !deliveries::is_any_due(&mut connection, now).await? {
            return Ok(Vec::new());
        }
        drop(connection);
        let mut transaction = self.write().await?;
        let taken = deliveries::take(&mut transaction, now, until, most).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(taken)
    }

    async fn finish_deliveries(&self, finished: &[(i64, Outcome)]) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        deliveries::finish(&mut transaction, finished).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn waiting_deliveries(&self) -> Result<u64, StorageError> {
        let waiting = sqlx::query_scalar!(
            r#"SELECT COUNT(*) AS "waiting!: i64" FROM delivery WHERE next_at IS NOT NULL"#
        );
        number(waiting.fetch_one(&self.readers).await.map_err(from_sqlx)?)
    }

    async fn notices(&self, member: MemberId, most: u32) -> Result<Vec<Notice>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        inbox::of(&mut connection, member, most).await
    }

    async fn see_notices(
        &self,
        member: MemberId,
        notices: &[NoticeId],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        inbox::see(&mut transaction, member, notices, now).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn told_of(
        &self,
        request: RequestId,
        kind: NoticeKind,
    ) -> Result<BTreeMap<MemberId, Timestamp>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        inbox::told_of(&mut connection, request, kind).await
    }

    async fn told_since(
        &self,
        kind: NoticeKind,
        since: Timestamp,
    ) -> Result<BTreeMap<MemberId, Told>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        inbox::told_since(&mut connection, kind, since).await
    }

    async fn wishes(&self, member: MemberId) -> Result<Option<Wishes>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        let said = stored_wishes(&mut connection, Some(member)).await?;
        said.first().map(SaidWishes::wishes).transpose()
    }

    async fn all_wishes(&self) -> Result<BTreeMap<MemberId, Wishes>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        let said = stored_wishes(&mut connection, None).await?;
        let wishes = said.iter().map(|said| Ok((said.member, said.wishes()?)));
        wishes.collect()
    }

    async fn set_wishes(&self, member: MemberId, wishes: &Wishes) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        put_wishes(&mut transaction, &SaidWishes::of(member, wishes)?).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn subscribe(&self, subscription: &Subscription) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        subscriptions::put(&mut transaction, subscription).await?;
        transaction.commit().await.map_err(from_sqlx)
    }

    async fn unsubscribe(&self, device: DeviceId) -> Result<bool, StorageError> {
        let mut transaction = self.write().await?;
        let was_known = unsubscribe(&mut transaction, device).await?;
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(was_known)
    }

    async fn subscription(&self, device: DeviceId) -> Result<Option<Subscription>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        subscriptions::of_device(&mut connection, device).await
    }

    async fn subscriptions(&self, members: &[MemberId]) -> Result<Vec<Subscription>, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        subscriptions::of(&mut connection, members).await
    }

    async fn forget_notices(&self, before: Timestamp, now: Timestamp) -> Result<u64, StorageError> {
        let (before, now) = (before.as_millis(), now.as_millis());
        let mut transaction = self.write().await?;
        let old = [
            sqlx::query!("DELETE FROM notice WHERE at < ?", before),
            sqlx::query!("DELETE FROM delivery WHERE expires_at <= ?", now),
        ];
        let mut forgotten = 0;
        for deletion in old {
            let deleted = deletion.execute(&mut *transaction).await;
            forgotten += deleted.map_err(from_sqlx)?.rows_affected();
        }
        transaction.commit().await.map_err(from_sqlx)?;
        Ok(forgotten)
    }
}
