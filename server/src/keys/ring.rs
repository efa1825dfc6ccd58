//! The entries, and what is made of each.

use std::fmt;

use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use hpke::{Kem as _, Serializable as _};
use kruispunt_core::id::{MemberId, RecordKeyId};
use kruispunt_core::neighbourhood;
use kruispunt_core::time::Timestamp;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::hpke::{Kem, PrivateKey};
use crate::clock::{NoRandomness, random};
use crate::secret::Secret;

/// How long an entry is, in bytes.
const LENGTH: usize = 32;

/// One entry of the ring.
pub(crate) struct RecordKey {
    pub(crate) id: RecordKeyId,
    secret: Zeroizing<[u8; LENGTH]>,
    /// What phones seal to: an uncompressed point.
    pub(crate) public_key: Vec<u8>,
    pub(super) private_key: PrivateKey,
    /// Wraps the keys of single cases.
    pub(super) wrapping: Aes256Gcm,
    /// What the relay signs with for push services.
    pub(crate) push: PushKey,
}

/// A key pair of the relay for push services (VAPID, RFC 8292). A browser's subscription is bound to the public half.
pub(crate) struct PushKey {
    /// The private scalar in URL-safe base64.
    pub(crate) secret: Zeroizing<String>,
    /// An uncompressed point.
    pub(crate) public: Vec<u8>,
}

impl PushKey {
    fn new(seed: &[u8; LENGTH]) -> Self {
        let (secret, public) = Kem::derive_keypair(seed);
        let bytes = Zeroizing::new(secret.to_bytes());
        Self {
            secret: Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)),
            public: public.to_bytes().to_vec(),
        }
    }
}

impl RecordKey {
    fn new(secret: Zeroizing<[u8; LENGTH]>) -> Self {
        // The identifier comes from the entry itself, so that a wrong one is never taken for the right one.
        let id = RecordKeyId::from_bytes(*derive::<16>(&secret, b"kruispunt/record-key/1/id"));
        let seed = derive::<32>(&secret, b"kruispunt/record-key/1/hpke");
        let (private_key, public_key) = Kem::derive_keypair(&*seed);
        let wrapping = derive::<32>(&secret, b"kruispunt/record-key/1/wrap");
        Self {
            id,
            public_key: public_key.to_bytes().to_vec(),
            private_key,
            wrapping: Aes256Gcm::new(&(*wrapping).into()),
            push: PushKey::new(&derive(&secret, b"kruispunt/record-key/1/push")),
            secret,
        }
    }
}

/// HKDF-SHA256 of the entry. The purpose keeps what is made for one thing from being used for another.
fn derive<const N: usize>(secret: &[u8; LENGTH], purpose: &[u8]) -> Zeroizing<[u8; N]> {
    let mut derived = Zeroizing::new([0; N]);
    // It fails for more than 8,160 bytes, which nobody asks for.
    let _ = Hkdf::<Sha256>::new(None, secret).expand(purpose, &mut *derived);
    derived
}

/// The text holds no key ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// There is not a single key.
    #[error("there is no key in it")]
    Empty,
    /// A line is neither a key nor a remark.
    #[error("line {0} is no key: 43 characters of URL-safe base64 expected")]
    Line(usize),
    /// A key stands there twice.
    #[error("the key in line {0} stands there twice")]
    Twice(usize),
}

/// All entries, the active one last.
pub struct KeyRing {
    older: Vec<RecordKey>,
    active: RecordKey,
}

impl KeyRing {
    /// Reads a ring: a key a line, the newest last; lines that begin with `#` are remarks.
    ///
    /// # Errors
    /// When a line is something else, or there is no key.
    pub fn parse(text: &str) -> Result<Self, RingError> {
        let mut keys: Vec<RecordKey> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut secret = Zeroizing::new([0; LENGTH]);
            let length = URL_SAFE_NO_PAD.decode_slice(line, &mut *secret);
            if length != Ok(LENGTH) {
                return Err(RingError::Line(number));
            }
            let key = RecordKey::new(secret);
            if keys.iter().any(|known| known.id == key.id) {
                return Err(RingError::Twice(number));
            }
            keys.push(key);
        }
        let active = keys.pop().ok_or(RingError::Empty)?;
        Ok(Self {
            older: keys,
            active,
        })
    }

    /// A ring with one new key.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self {
            older: Vec::new(),
            active: RecordKey::new(Zeroizing::new(random()?)),
        })
    }

    /// This ring with a new active key.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn grown(mut self) -> Result<Self, NoRandomness> {
        let next = RecordKey::new(Zeroizing::new(random()?));
        self.older.push(std::mem::replace(&mut self.active, next));
        Ok(self)
    }

    /// This ring with only its active key.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.older.clear();
        self
    }

    /// The ring as a text, for its file.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(REMARK.to_owned());
        for key in self.keys() {
            let line = Zeroizing::new(URL_SAFE_NO_PAD.encode(*key.secret));
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    pub(crate) const fn active(&self) -> &RecordKey {
        &self.active
    }

    /// The active key, as phones are told of it.
    pub(crate) fn told(&self) -> neighbourhood::RecordKey {
        neighbourhood::RecordKey {
            id: self.active.id,
            public_key: URL_SAFE_NO_PAD.encode(&self.active.public_key),
        }
    }

    /// The active key's identifier.
    #[must_use]
    pub const fn active_id(&self) -> RecordKeyId {
        self.active.id
    }

    pub(crate) fn get(&self, id: RecordKeyId) -> Option<&RecordKey> {
        self.keys().find(|key| key.id == id)
    }

    /// The key pair whose public half a subscription was made for.
    pub(crate) fn push_key(&self, public: &[u8]) -> Option<&PushKey> {
        self.keys()
            .map(|key| &key.push)
            .find(|key| key.public == public)
    }

    /// The secrets with which a member stops the mail they asked for then, one from each key, the active one's last. They
    /// stand in every mail and nowhere else.
    pub(crate) fn mail_stops(&self, member: MemberId, asked_at: Timestamp) -> Vec<Secret> {
        let stop = |key: &RecordKey| {
            let purpose = format!(
                "kruispunt/record-key/1/mail-stop {member} {}",
                asked_at.as_millis()
            );
            let stop = derive::<LENGTH>(&key.secret, purpose.as_bytes());
            Secret::given(&URL_SAFE_NO_PAD.encode(*stop))
        };
        self.keys().map(stop).collect()
    }

    fn keys(&self) -> impl Iterator<Item = &RecordKey> {
        self.older.iter().chain([&self.active])
    }

    /// All keys by their identifiers, the active one last.
    #[must_use]
    pub fn ids(&self) -> Vec<RecordKeyId> {
        self.keys().map(|key| key.id).collect()
    }
}

/// What an operator reads who finds the file.
const REMARK: &str = "\
# The record keys of Kruispunt, the newest last. Without this file no case card can be opened, ever: keep a copy
# of it elsewhere, and not beside the backups, since both together open everything.
";

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.ids()).finish()
    }
}
