//! What honest phones send: there spoiling begins.

use crate::{content, street::Street};

/// Frames of a conversation, for [`crate::frame`].
#[must_use]
pub fn frames() -> Vec<Vec<u8>> {
    Street::get().frames.clone()
}

/// Changes, for [`crate::change`].
#[must_use]
pub fn changes() -> Vec<Vec<u8>> {
    let changes = Street::get().changes.iter();
    changes
        .map(|(whose, chunk)| [&[*whose], content(chunk)].concat())
        .collect()
}
