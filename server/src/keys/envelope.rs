//! How something is stored: sealed with a key of its own, which is wrapped by a key of the ring. Whoever destroys the
//! wrapped key has destroyed what was sealed with it.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use kruispunt_core::id::RecordKeyId;
use kruispunt_storage::{Sealed, Wrapped};
use zeroize::Zeroizing;

use super::ring::{KeyRing, RecordKey};
use crate::clock::{NoRandomness, random};

/// The length of what goes before a ciphertext so that no two are alike, in bytes.
const NONCE: usize = 12;

/// What is stored cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    /// The ring does not have this key.
    #[error("record key {0} is not in the key ring")]
    KeyUnknown(RecordKeyId),
    /// The bytes were changed, or belong to something else.
    #[error("what is stored is not what was sealed")]
    Damaged,
}

/// Something could not be sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("the cipher takes no more")]
    Cipher,
}

impl KeyRing {
    /// Seals with a fresh key, wrapped by the active one. `about` says what it belongs to: it opens for that alone.
    pub(crate) fn seal(&self, content: &[u8], about: &[u8]) -> Result<Sealed, SealError> {
        let key = Zeroizing::new(random::<32>()?);
        let sealed = encrypt(&Aes256Gcm::new(&(*key).into()), content, about)?;
        let key = self.active().wrap(&*key, about)?;
        Ok(Sealed { key, sealed })
    }

    /// Opens what [`Self::seal`] made.
    pub(crate) fn open(
        &self,
        stored: &Sealed,
        about: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let key = self.unwrap_key(&stored.key, about)?;
        let cipher = Aes256Gcm::new_from_slice(&key).map_err(|_| OpenError::Damaged)?;
        decrypt(&cipher, &stored.sealed, about)
    }

    /// The same key, wrapped by the active key of the ring.
    pub(crate) fn rewrap(&self, key: &Wrapped, about: &[u8]) -> Result<Wrapped, RewrapError> {
        let opened = self.unwrap_key(key, about)?;
        Ok(self.active().wrap(&opened, about)?)
    }

    fn unwrap_key(&self, key: &Wrapped, about: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let by = self
            .get(key.record_key)
            .ok_or(OpenError::KeyUnknown(key.record_key))?;
        decrypt(&by.wrapping, &key.bytes, about)
    }
}

/// A key could not be wrapped by another.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RewrapError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl RecordKey {
    fn wrap(&self, key: &[u8], about: &[u8]) -> Result<Wrapped, SealError> {
        Ok(Wrapped {
            record_key: self.id,
            bytes: encrypt(&self.wrapping, key, about)?,
        })
    }
}

fn encrypt(cipher: &Aes256Gcm, content: &[u8], about: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE] = random()?;
    let payload = Payload {
        msg: content,
        aad: about,
    };
    let sealed = cipher
        .encrypt(&nonce.into(), payload)
        .map_err(|_| SealError::Cipher)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn decrypt(
    cipher: &Aes256Gcm,
    stored: &[u8],
    about: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, sealed) = stored
        .split_first_chunk::<NONCE>()
        .ok_or(OpenError::Damaged)?;
    let payload = Payload {
        msg: sealed,
        aad: about,
    };
    let opened = cipher.decrypt(&(*nonce).into(), payload);
    opened.map(Zeroizing::new).map_err(|_| OpenError::Damaged)
}
