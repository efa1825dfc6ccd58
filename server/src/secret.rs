//! Secrets that let somebody in: of invitations, sessions and challenges.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_storage::Hash;
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};

use crate::clock::{NoRandomness, random};

/// 32 random bytes, written as 43 characters of URL-safe base64. Never logged, never stored: only its hash is.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random::<32>()?)))
    }

    /// The secret as it was typed, scanned or sent. Whether it is a good one shows when its hash is looked up.
    #[must_use]
    pub fn given(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The secret itself, for the one it is meant for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::random().unwrap();
        assert_eq!(secret.expose().len(), 43);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_ne!(secret, Secret::random().unwrap());
    }
}
