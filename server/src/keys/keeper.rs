//! The ring as the relay uses it: read when it starts, and again when its file has changed.

use std::sync::{Arc, PoisonError, RwLock};

use kruispunt_core::id::RecordKeyId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{KeyOf, Rewrap, Storage, StorageError};

use super::envelope::RewrapError;
use super::place::{KeyFileError, KeyPlace};
use super::ring::KeyRing;
use crate::clock::NoRandomness;

/// How many keys are wrapped anew in one transaction.
const AT_ONCE: u32 = 256;

/// The key ring cannot be used with this database.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The ring cannot be read or written.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// What is stored was sealed under a key that is not there.
    #[error(
        "the database was used with record key {key}, which is not in {place}: put back the file that has it; nothing was changed"
    )]
    Lost {
        /// Which key.
        key: RecordKeyId,
        /// Where it should be.
        place: KeyPlace,
    },
    /// The database could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There are no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// A stored key cannot be wrapped anew.
    #[error("the key of {0:?} cannot be wrapped anew: {1}")]
    Rewrap(KeyOf, String),
}

/// A key ring in use.
pub struct Keys {
    place: KeyPlace,
    ring: RwLock<Arc<KeyRing>>,
}

impl Keys {
    /// Reads the ring, and makes one when neither it nor anything sealed is there yet.
    ///
    /// # Errors
    /// When it cannot be read, or lacks a key that this database was used with. Then nothing was changed.
    pub async fn open(
        place: KeyPlace,
        storage: &dyn Storage,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let ring = match place.read() {
            Err(KeyFileError::Missing(_)) => Self::begin(&place, storage).await?,
            read => read?,
        };
        fits(&ring, &place, storage, now).await?;
        Ok(Self {
            place,
            ring: RwLock::new(Arc::new(ring)),
        })
    }

    async fn begin(place: &KeyPlace, storage: &dyn Storage) -> Result<KeyRing, KeyError> {
        if let Some(key) = storage.keys().record_keys().await?.last() {
            let (key, place) = (key.id, place.clone());
            return Err(KeyError::Lost { key, place });
        }
        let ring = KeyRing::random()?;
        place.write(&ring)?;
        tracing::info!(key = %ring.active_id(), "a key ring was made");
        Ok(ring)
    }

    /// The ring as it is now.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the ring again, in case it was changed.
    ///
    /// # Errors
    /// As for [`Self::open`]; the ring stays as it was then.
    pub async fn look(&self, storage: &dyn Storage, now: Timestamp) -> Result<(), KeyError> {
        let read = self.place.read()?;
        if read.ids() == self.ring().ids() {
            return Ok(());
        }
        fits(&read, &self.place, storage, now).await?;
        tracing::info!(key = %read.active_id(), "the key ring has changed");
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        Ok(())
    }

    /// Adds a key, which becomes the active one, and wraps everything anew. Where the keys are given by the
    /// environment, their newest one is taken as it is. Returns how much was wrapped anew.
    ///
    /// # Errors
    /// When the ring or the database cannot be read or written. It can be called again then.
    pub async fn rotate(&self, storage: &dyn Storage, now: Timestamp) -> Result<u64, KeyError> {
        if matches!(self.place, KeyPlace::File(_)) {
            let grown = self.place.read()?.grown()?;
            self.place.write(&grown)?;
            self.look(storage, now).await?;
        }
        self.rewrap(storage).await
    }

    /// Wraps by the active key what is still wrapped by others.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn rewrap(&self, storage: &dyn Storage) -> Result<u64, KeyError> {
        let (ring, mut count) = (self.ring(), 0);
        loop {
            let stored = storage.keys();
            let wrapped = stored.wrapped_by_others(ring.active_id(), AT_ONCE).await?;
            if wrapped.is_empty() {
                return Ok(count);
            }
            let rewraps = wrapped.into_iter().map(|(of, from)| {
                let to = ring.rewrap(&from, &of.about());
                let to =
                    to.map_err(|error: RewrapError| KeyError::Rewrap(of, error.to_string()))?;
                Ok(Rewrap { of, from, to })
            });
            let rewraps = rewraps.collect::<Result<Vec<_>, KeyError>>()?;
            stored.rewrap(&rewraps).await?;
            count += rewraps.len() as u64;
        }
    }

    /// Takes every key but the active one out of the ring, once nothing is wrapped by them. Returns which.
    ///
    /// # Errors
    /// When the ring or the database cannot be read or written.
    pub async fn retire(&self, storage: &dyn Storage) -> Result<Vec<RecordKeyId>, KeyError> {
        self.rewrap(storage).await?;
        let ring = self.place.read()?;
        let active = ring.active_id();
        let mut retired = ring.ids();
        retired.retain(|&key| key != active);
        // A relay that has not noticed the new ring may still seal to an old key. Where it did, this fails, and where
        // it does so afterwards it is told that there is no such key.
        forget(storage, &retired).await?;
        if matches!(self.place, KeyPlace::File(_)) {
            self.place.write(&ring.alone())?;
        }
        // Whoever read the ring in between made them known again.
        forget(storage, &retired).await?;
        Ok(retired)
    }
}

async fn forget(storage: &dyn Storage, keys: &[RecordKeyId]) -> Result<(), StorageError> {
    for &key in keys {
        storage.keys().retire_record_key(key).await?;
    }
    Ok(())
}

/// Every key that the database was used with has to be there; new ones become known.
async fn fits(
    ring: &KeyRing,
    place: &KeyPlace,
    storage: &dyn Storage,
    now: Timestamp,
) -> Result<(), KeyError> {
    let known = storage.keys().record_keys().await?;
    for key in &known {
        if ring.get(key.id).is_none() {
            let (key, place) = (key.id, place.clone());
            return Err(KeyError::Lost { key, place });
        }
    }
    let mut new = ring.ids();
    new.retain(|id| known.iter().all(|key| key.id != *id));
    if !new.is_empty() {
        storage.keys().know_record_keys(&new, now).await?;
    }
    Ok(())
}
