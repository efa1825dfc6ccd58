//! Passkeys: make one, sign with one, see them, remove one.

mod assertion;
mod list;
mod registration;
mod remove;

pub(super) use assertion::{begin as assertion, verify};
pub(super) use list::list;
pub(super) use registration::{begin as registration, make};
pub(super) use remove::remove;

use super::Problem;
use crate::passkeys::Refused;

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Impossible => Self::PASSKEY_IMPOSSIBLE,
            Refused::NotBegun => Self::CHALLENGE_UNKNOWN,
            Refused::Invalid => Self::SIGNATURE_INVALID,
        }
    }
}
