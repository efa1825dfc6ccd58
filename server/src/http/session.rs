//! Sessions: a device shows that it holds its key and gets a token that lasts a while.

mod challenge;
mod open;

use kruispunt_core::time::Timestamp;
use kruispunt_storage::NewSession;

use crate::clock::NoRandomness;
use crate::secret::Secret;

pub(super) use challenge::challenge;
pub(super) use open::open;

/// How long sessions last.
pub(super) struct Lifetime {
    millis: i64,
}

/// Half a day: an ambassador's round ends before it does.
pub(super) const SESSION: Lifetime = Lifetime {
    millis: 12 * 60 * 60 * 1000,
};

impl Lifetime {
    /// A token, and what is stored of it.
    pub(super) fn begin(&self, now: Timestamp) -> Result<(String, NewSession), NoRandomness> {
        let token = Secret::random()?;
        let session = NewSession {
            token: token.hash(),
            expires_at: now.plus_millis(self.millis),
        };
        Ok((token.expose().to_owned(), session))
    }
}
