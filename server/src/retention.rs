//! How long things are kept: what nobody needs any more is erased when its time has come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kruispunt_core::access::{Action, Rights};
use kruispunt_core::id::AreaId;
use kruispunt_core::model::{AreaTree, Role};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Storage, StorageError, Subject};

use crate::audit::{Told as _, by_operator, deed};
use crate::clock::now;
use crate::erasing::{self, ErasingError, Tell, closed_before, scrub};
use crate::http::App;

/// How often to look.
const EVERY: Duration = Duration::from_hours(1);

/// How long a turn lasts: of several relays one sweeps, about once a day, since it reads every board.
const TURN: i64 = 23 * 60 * 60 * 1000;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// How long what a resident asked by themselves waits for somebody to look at it, in days.
const INTAKE_DAYS: u32 = 30;

/// What was erased since its time had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Requests, with their cards.
    pub cases: u64,
    /// Members.
    pub members: u64,
    /// Entries of the audit.
    pub entries: u64,
    /// Refused changes.
    pub refused: u64,
    /// What residents asked by themselves, and nobody looked at.
    pub intakes: u64,
}

/// Looks every now and then, as long as the relay serves.
pub(crate) async fn keep(app: Arc<App>) {
    let mut interval = tokio::time::interval(EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let now = now();
        let turn = app
            .storage
            .erasures()
            .takes_turn("retention", now, now.plus_millis(TURN));
        match turn.await {
            Ok(true) => {}
            Ok(false) => {
                finish(&app).await;
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "it is not known whose turn it is");
                continue;
            }
        }
        let tell = |document, epoch| app.hub.begins(document, epoch);
        match sweep(&*app.storage, &tell, now).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(swept) => tracing::info!(?swept, "erased what had its time"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "not everything that had its time is erased");
            }
        }
    }
}

/// Finishes what was begun to be erased.
pub(crate) async fn finish(app: &App) {
    let tell = |document, epoch| app.hub.begins(document, epoch);
    if let Err(error) = erasing::finish(&*app.storage, &tell).await {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "an erasure is not done yet; it is tried again");
    }
}

/// Erases everything that is older than it may be kept.
///
/// # Errors
/// When the database or a board could not be read or written; what was done until then stays done.
pub async fn sweep(
    storage: &dyn Storage,
    tell: Tell<'_>,
    now: Timestamp,
) -> Result<Swept, ErasingError> {
    let terms = storage.erasures().retention().await?;
    let since = |days: u32| now.plus_millis(-i64::from(days) * DAY);
    let swept = Swept {
        cases: cases(storage, since(terms.closed_request_days), now).await?,
        members: members(storage, since(terms.inactive_member_days), now).await?,
        entries: storage.forget_entries(since(terms.audit_days)).await?,
        refused: {
            let before = since(terms.refused_days);
            storage.refused_work().forget_refused(before).await?
        },
        intakes: storage.intakes().forget_intakes(since(INTAKE_DAYS)).await?,
    };
    erasing::finish(storage, tell).await?;
    scrub(storage).await;
    Ok(swept)
}

async fn cases(
    storage: &dyn Storage,
    before: Timestamp,
    now: Timestamp,
) -> Result<u64, ErasingError> {
    let mut count = 0;
    for position in storage.positions().await? {
        for request in closed_before(storage, position.document, before).await? {
            let street = position.area;
            let entry = by_operator(deed::CASE_ERASED, now)?
                .in_area(Some(street))
                .to_subject(*request.as_bytes());
            let subject = Subject::Case { street, request };
            erasing::begin(storage, subject, None, &[street], &entry).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Stewards stay: somebody has to be there to let others in.
async fn members(
    storage: &dyn Storage,
    before: Timestamp,
    now: Timestamp,
) -> Result<u64, ErasingError> {
    let members = storage.members().await?.into_iter();
    let members: BTreeMap<_, _> = members.map(|member| (member.id, member)).collect();
    let mut count = 0;
    for id in storage.unseen_since(before).await? {
        let Some(member) = members
            .get(&id)
            .filter(|member| !member.first_name.is_empty())
        else {
            continue;
        };
        if member.memberships.iter().any(|is| is.role == Role::Steward) {
            continue;
        }
        // Somebody who was added a moment ago has neither yet.
        let came_in = !storage.devices_of(id).await?.is_empty();
        if !came_in && storage.ways_in(id).await?.is_empty() {
            continue;
        }
        // Whoever was let in while this looked around is no longer unseen.
        if !storage.unseen_since(before).await?.contains(&id) {
            continue;
        }
        let streets = streets_of(storage, &member.memberships).await?;
        let entry = by_operator(deed::MEMBER_ERASED, now)?
            .in_area(member.memberships.first().map(|is| is.area))
            .to_member(id);
        erasing::begin(storage, Subject::Member(id), None, &streets, &entry).await?;
        count += 1;
    }
    Ok(count)
}

/// The streets whose boards these memberships let somebody read.
async fn streets_of(
    storage: &dyn Storage,
    memberships: &[kruispunt_core::model::Membership],
) -> Result<Vec<AreaId>, StorageError> {
    let tree = AreaTree::new(storage.areas().await?);
    let tree = tree.map_err(|error| StorageError::Corrupt(error.to_string()))?;
    let streets = storage.positions().await?.into_iter();
    let streets = streets.map(|position| position.area);
    Ok(streets
        .filter(|&street| Rights::at(street, memberships, &tree).allow(Action::Read))
        .collect())
}
