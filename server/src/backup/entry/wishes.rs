//! How members want to hear of things, in a backup.

use kruispunt_core::id::MemberId;
use kruispunt_storage::SaidWishes;
use minicbor::{Decode, Encode};

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(in crate::backup) struct WishesEntry {
    #[n(0)]
    pub(in crate::backup) member: MemberId,
    /// JSON.
    #[n(1)]
    pub(in crate::backup) said: String,
}

impl From<SaidWishes> for WishesEntry {
    fn from(SaidWishes { member, said }: SaidWishes) -> Self {
        Self { member, said }
    }
}

impl From<WishesEntry> for SaidWishes {
    fn from(WishesEntry { member, said }: WishesEntry) -> Self {
        Self { member, said }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Entry;
    use super::*;

    /// One of each, for what is true of every entry.
    pub(in super::super) fn entries() -> Vec<Entry> {
        vec![Entry::Wishes(WishesEntry {
            member: MemberId::from_bytes([2; 16]),
            said: "{}".to_owned(),
        })]
    }
}
