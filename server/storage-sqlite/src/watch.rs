//! Hearing that another process wrote.

use std::time::Duration;

use async_trait::async_trait;
use kruispunt_storage::{Elsewhere, StorageError, Watch};
use sqlx::sqlite::SqlitePool;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::error::from_sqlx;

/// How often to look. A file has one relay, so what is heard here is the rare work of an operator's command.
const EVERY: Duration = Duration::from_secs(1);

/// Looks at the number that SQLite raises for a connection when any other connection commits.
///
/// It looks through the one connection that writes here, so that what is written here does not raise it.
#[derive(Debug)]
pub(crate) struct SqliteWatch {
    writer: SqlitePool,
    version: i64,
    interval: Interval,
}

impl SqliteWatch {
    pub(crate) async fn begin(writer: SqlitePool) -> Result<Self, StorageError> {
        let version = version(&writer).await.map_err(from_sqlx)?;
        let mut interval = interval(EVERY);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            writer,
            version,
            interval,
        })
    }

    async fn has_changed(&mut self) -> Result<bool, sqlx::Error> {
        let version = version(&self.writer).await?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }
}

#[async_trait]
impl Watch for SqliteWatch {
    async fn next(&mut self) -> Elsewhere {
        loop {
            self.interval.tick().await;
            match self.has_changed().await {
                Ok(true) => return Elsewhere::Anything,
                Ok(false) => {}
                Err(sqlx::Error::PoolClosed) => std::future::pending().await,
                Err(error) => tracing::debug!(%error, "could not look for what others wrote"),
            }
        }
    }
}

async fn version(writer: &SqlitePool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA data_version")
        .fetch_one(writer)
        .await
}

#[cfg(test)]
mod tests {
    use kruispunt_core::id::{AreaId, DocumentId};
    use kruispunt_core::model::AreaKind;
    use kruispunt_storage::{Areas as _, NewArea};

    use super::*;
    use crate::SqliteStorage;

    fn town(name: &str) -> [NewArea; 1] {
        [NewArea {
            code: "town".to_owned(),
            name: name.to_owned(),
            kind: AreaKind::Town,
            parent: None,
            id: AreaId::from_bytes([1; 16]),
            document: DocumentId::from_bytes([1; 16]),
        }]
    }

    #[tokio::test]
    async fn only_what_others_write_is_heard_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kruispunt.sqlite");
        let here = SqliteStorage::open(&file).await.unwrap();
        let there = SqliteStorage::open(&file).await.unwrap();
        let mut watch = SqliteWatch::begin(here.writer.clone()).await.unwrap();

        here.import_areas(&town("Town")).await.unwrap();
        assert!(!watch.has_changed().await.unwrap());

        there.import_areas(&town("City")).await.unwrap();
        assert!(watch.has_changed().await.unwrap());
        assert!(!watch.has_changed().await.unwrap());
    }
}
