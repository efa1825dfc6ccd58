//! Notes in a backup.

use kruispunt_core::access::Audience;
use kruispunt_core::id::{AreaId, MemberId, NoteId, RequestId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Note, Seen};
use minicbor::{Decode, Encode};

use super::SealedEntry;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(in crate::backup) struct NoteEntry {
    #[n(0)]
    pub(in crate::backup) street: AreaId,
    #[n(1)]
    pub(in crate::backup) request: RequestId,
    #[n(2)]
    pub(in crate::backup) id: NoteId,
    #[n(3)]
    pub(in crate::backup) n: u32,
    #[n(4)]
    pub(in crate::backup) audience: Audience,
    #[n(5)]
    pub(in crate::backup) member: MemberId,
    #[n(6)]
    pub(in crate::backup) written_at: Timestamp,
    #[n(7)]
    pub(in crate::backup) received_at: Timestamp,
    #[n(8)]
    pub(in crate::backup) sealed: SealedEntry,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(in crate::backup) struct SeenEntry {
    #[n(0)]
    pub(in crate::backup) street: AreaId,
    #[n(1)]
    pub(in crate::backup) request: RequestId,
    #[n(2)]
    pub(in crate::backup) member: MemberId,
    #[n(3)]
    pub(in crate::backup) audience: Audience,
    #[n(4)]
    pub(in crate::backup) until: u32,
}

impl From<(AreaId, RequestId, Note)> for NoteEntry {
    fn from((street, request, note): (AreaId, RequestId, Note)) -> Self {
        Self {
            street,
            request,
            id: note.id,
            n: note.n,
            audience: note.audience,
            member: note.member,
            written_at: note.written_at,
            received_at: note.received_at,
            sealed: note.sealed.into(),
        }
    }
}

impl From<(AreaId, RequestId, Seen)> for SeenEntry {
    fn from((street, request, seen): (AreaId, RequestId, Seen)) -> Self {
        Self {
            street,
            request,
            member: seen.member,
            audience: seen.audience,
            until: seen.until,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Entry;
    use super::super::tests::sealed;
    use super::*;

    /// One of each, for what is true of every entry.
    pub(in super::super) fn entries() -> Vec<Entry> {
        let (street, member) = (AreaId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        let request = RequestId::from_bytes([14; 16]);
        vec![
            Entry::Note(NoteEntry {
                street,
                request,
                id: NoteId::from_bytes([20; 16]),
                n: 1,
                audience: Audience::Care,
                member,
                written_at: Timestamp::from_millis(4),
                received_at: Timestamp::from_millis(5),
                sealed: sealed(),
            }),
            Entry::Seen(SeenEntry {
                street,
                request,
                member,
                audience: Audience::Case,
                until: 1,
            }),
        ]
    }
}
