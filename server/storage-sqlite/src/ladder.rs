//! The rules of the ladder.

use async_trait::async_trait;
use kruispunt_core::id::AreaId;
use kruispunt_core::model::{LadderRule, LadderRules, Word as _};
use kruispunt_storage::convert::{id, number};
use kruispunt_storage::ladder::{requests_of, theme_key};
use kruispunt_storage::{Entry, Ladder, StorageError};
use sqlx::SqliteConnection;

use crate::SqliteStorage;
use crate::audit::add_entry;
use crate::error::from_sqlx;

#[async_trait]
impl Ladder for SqliteStorage {
    async fn ladder(&self) -> Result<LadderRules, StorageError> {
        let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
        stored(&mut connection).await.map(LadderRules::new)
    }

    async fn set_ladder(
        &self,
        area: AreaId,
        rules: &[LadderRule],
        entry: &Entry,
    ) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        let key = area.as_bytes().as_slice();
        sqlx::query!("DELETE FROM ladder_rule WHERE area = ?", key)
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        for rule in rules {
            put_rule(&mut transaction, area, rule).await?;
        }
        add_entry(&mut transaction, entry).await?;
        transaction.commit().await.map_err(from_sqlx)
    }
}

/// Writes one rule of an area.
pub(crate) async fn put_rule(
    connection: &mut SqliteConnection,
    area: AreaId,
    rule: &LadderRule,
) -> Result<(), StorageError> {
    let (area, theme, urgency) = (
        area.as_bytes().as_slice(),
        theme_key(rule),
        rule.urgency.key(),
    );
    let put = sqlx::query!(
        "INSERT INTO ladder_rule (area, theme, urgency, own_network_hours, street_hours, neighbourhood_hours,
            start_hours, answer_hours)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        area,
        theme,
        urgency,
        rule.own_network_hours,
        rule.street_hours,
        rule.neighbourhood_hours,
        rule.start_hours,
        rule.answer_hours
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

/// The rules of all areas. One for requests that only a newer version knows is left aside.
pub(crate) async fn stored(
    connection: &mut SqliteConnection,
) -> Result<Vec<(AreaId, LadderRule)>, StorageError> {
    let rows = sqlx::query!(
        "SELECT area, theme, urgency, own_network_hours, street_hours, neighbourhood_hours, start_hours, answer_hours
        FROM ladder_rule ORDER BY area, theme, urgency"
    );
    let mut rules = Vec::new();
    for row in rows.fetch_all(connection).await.map_err(from_sqlx)? {
        let Some((theme, urgency)) = requests_of(&row.theme, &row.urgency) else {
            continue;
        };
        let rule = LadderRule {
            theme,
            urgency,
            own_network_hours: number(row.own_network_hours)?,
            street_hours: number(row.street_hours)?,
            neighbourhood_hours: number(row.neighbourhood_hours)?,
            start_hours: number(row.start_hours)?,
            answer_hours: number(row.answer_hours)?,
        };
        rules.push((id(&row.area)?, rule));
    }
    Ok(rules)
}
