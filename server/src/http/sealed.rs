//! What a page sealed to the relay's record key before it sent it.

use std::str;

use kruispunt_core::id::RecordKeyId;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::bytes::Bytes;
use super::{App, Problem};
use crate::keys::SealedCard;

/// The longest card, in bytes.
const LONGEST: usize = 4 << 10;

/// The record key it was sealed to, and the two parts of HPKE.
#[derive(Deserialize)]
pub(super) struct SealedHere {
    key: RecordKeyId,
    enc: Bytes,
    sealed: Bytes,
}

impl SealedHere {
    /// What was sealed. It is looked at only as far as must be: that it is a short text.
    pub(super) async fn open(
        self,
        app: &App,
        info: &[u8],
        about: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Problem> {
        if app.keys.ring().get(self.key).is_none() {
            app.bell.look_at_keys().await;
        }
        let ring = app.keys.ring();
        let key = ring.get(self.key).ok_or(Problem::RECORD_KEY_UNKNOWN)?;
        let card = SealedCard {
            enc: self.enc.0,
            sealed: self.sealed.0,
        };
        let content = card.open(key, info, about);
        let content = content.ok_or(Problem::REQUEST_INVALID)?;
        if content.len() > LONGEST {
            return Err(Problem::REQUEST_TOO_LARGE);
        }
        if str::from_utf8(&content).is_err() {
            return Err(Problem::REQUEST_INVALID);
        }
        Ok(content)
    }
}
