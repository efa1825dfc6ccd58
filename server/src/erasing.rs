//! Erasing a case or a member: first what is stored beside the boards, then the boards, which begin new epochs, then
//! whatever the database still has in its files. Phones say for themselves when they hold nothing any more.

use std::collections::BTreeSet;

use kruispunt_core::access::{Action, Rights};
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, ErasureId, MemberId, RequestId};
use kruispunt_core::model::AreaTree;
use kruispunt_core::schema::Keep;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Entry, Erasure, Storage, StorageError, Subject};

use crate::clock::{NoRandomness, now, random};
use crate::relay::revive;
use crate::rotation::{RotationError, rotate};

/// Not everything was erased.
#[derive(Debug, thiserror::Error)]
pub enum ErasingError {
    /// The database could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A board could not begin a new epoch.
    #[error(transparent)]
    Rotation(#[from] RotationError),
    /// There are no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// A board cannot be read.
    #[error("document {0} cannot be read: {1}")]
    Board(DocumentId, String),
}

/// Begins to erase. What is stored beside boards is gone when this returns, and the devices of whoever may read one
/// of `streets` will be asked.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn begin(
    storage: &dyn Storage,
    subject: Subject,
    by: Option<MemberId>,
    streets: &[AreaId],
    entry: &Entry,
) -> Result<ErasureId, ErasingError> {
    let erasure = Erasure {
        id: ErasureId::from_bytes(random()?),
        subject,
        member: by,
        asked_at: entry.at,
        done_at: None,
        waits: holders(storage, streets).await?,
    };
    Ok(storage.erasures().erase(&erasure, entry).await?)
}

/// The devices in use of everybody who may read one of these streets.
async fn holders(storage: &dyn Storage, streets: &[AreaId]) -> Result<Vec<DeviceId>, StorageError> {
    let tree = AreaTree::new(storage.areas().await?);
    let tree = tree.map_err(|error| StorageError::Corrupt(error.to_string()))?;
    let members = storage.members().await?;
    let reads = |memberships: &[_]| {
        let mut streets = streets.iter();
        streets.any(|&street| Rights::at(street, memberships, &tree).allow(Action::Read))
    };
    let readers: BTreeSet<MemberId> = members
        .iter()
        .filter(|member| reads(&member.memberships))
        .map(|member| member.id)
        .collect();
    let devices = storage.devices().await?.into_iter();
    let devices = devices
        .map(|known| known.device)
        .filter(|device| device.revoked_at.is_none() && readers.contains(&device.member));
    Ok(devices.map(|device| device.id).collect())
}

/// Whom to tell that a document began an epoch: who serves from the same storage does not hear of it otherwise.
pub type Tell<'a> = &'a (dyn Fn(DocumentId, u32) + Send + Sync);

/// Goes on with everything that was begun and is not done. What fails is tried again the next time.
///
/// # Errors
/// When the database or a board could not be read or written.
pub async fn finish(storage: &dyn Storage, tell: Tell<'_>) -> Result<u64, ErasingError> {
    let all = storage.erasures().erasures().await?;
    let mut done = 0;
    for erasure in all.iter().filter(|erasure| erasure.done_at.is_none()) {
        finish_one(storage, erasure, tell).await?;
        done += 1;
    }
    if done > 0 {
        scrub(storage).await;
    }
    Ok(done)
}

async fn finish_one(
    storage: &dyn Storage,
    erasure: &Erasure,
    tell: Tell<'_>,
) -> Result<(), ErasingError> {
    match erasure.subject {
        Subject::Case { street, request } => {
            let without = [request];
            let keep = Keep {
                without: &without,
                ..keep_all()
            };
            for position in storage.positions().await? {
                if position.area == street {
                    let rotated = rotate(storage, position.document, keep, now()).await?;
                    tell(position.document, rotated.began);
                }
            }
        }
        Subject::Member(member) => {
            let nameless = [member];
            let keep = Keep {
                nameless: &nameless,
                ..keep_all()
            };
            for document in naming(storage, member).await? {
                let rotated = rotate(storage, document, keep, now()).await?;
                tell(document, rotated.began);
            }
        }
    }
    storage.erasures().finish_erasure(erasure.id, now()).await?;
    tracing::info!(erasure = %erasure.id, "erased");
    Ok(())
}

const fn keep_all() -> Keep<'static> {
    Keep::since(Timestamp::from_millis(i64::MIN))
}

/// The boards that a member wrote to, or that have their name.
async fn naming(storage: &dyn Storage, member: MemberId) -> Result<Vec<DocumentId>, ErasingError> {
    let mut naming = Vec::new();
    for position in storage.positions().await? {
        let Some(stored) = storage.load(position.document).await? else {
            continue;
        };
        let (document, actor) = (position.document, random()?);
        let wrote = stored
            .tail
            .iter()
            .any(|change| change.member == Some(member));
        let look = move || {
            let mut revived = revive(stored, actor).map_err(|error| error.to_string())?;
            let board = revived.board().map_err(|error| error.to_string())?;
            Ok::<_, String>(board.helper_name(member).is_some())
        };
        let looked = tokio::task::spawn_blocking(look).await;
        let named = looked.map_err(|error| error.to_string()).flatten();
        if wrote || named.map_err(|error| ErasingError::Board(document, error))? {
            naming.push(document);
        }
    }
    Ok(naming)
}

/// The requests of a board that were closed before this.
pub(crate) async fn closed_before(
    storage: &dyn Storage,
    document: DocumentId,
    before: Timestamp,
) -> Result<Vec<RequestId>, ErasingError> {
    let Some(stored) = storage.load(document).await? else {
        return Ok(Vec::new());
    };
    let actor = random()?;
    let look = move || {
        let mut revived = revive(stored, actor).map_err(|error| error.to_string())?;
        let board = revived.board().map_err(|error| error.to_string())?;
        Ok::<_, String>(Keep::since(before).leaves(board))
    };
    let looked = tokio::task::spawn_blocking(look).await;
    let closed = looked.map_err(|error| error.to_string()).flatten();
    closed.map_err(|error| ErasingError::Board(document, error))
}

/// What was deleted is to leave the files too. Where that fails it is done with the next erasure.
pub(crate) async fn scrub(storage: &dyn Storage) {
    if let Err(error) = storage.erasures().scrub().await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(
            error,
            "what was deleted may still be in the database's files"
        );
    }
}
