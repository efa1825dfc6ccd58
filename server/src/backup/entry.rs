//! What stands in a backup: CBOR with small integer keys, so that a newer version can add to it.

mod intake;
mod note;
mod wishes;

use kruispunt_core::consent::{ConsentHow, Purpose, Recipient};
use kruispunt_core::id::{
    AreaId, AuditId, ConsentId, DeviceId, DocumentId, ErasureId, InvitationId, MemberId,
    RecordKeyId, RefusedId, RequestId,
};
use kruispunt_core::model::{LadderRule, Word as _};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Erasure, Member, ProfileField, Record, Sealed, StoredDocument, Subject};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

pub(super) use intake::{DecisionEntry, IntakeEntry, IntakeFormEntry};
pub(super) use note::{NoteEntry, SeenEntry};
pub(super) use wishes::{MailEntry, WishesEntry};

/// The form that this version writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 5;

/// The first thing in it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Header {
    #[n(0)]
    pub(super) format: u32,
    #[n(1)]
    pub(super) made_at: Timestamp,
    /// The version of the program, for people.
    #[n(2)]
    pub(super) made_by: String,
}

impl Header {
    pub(super) fn new(made_at: Timestamp) -> Self {
        Self {
            format: FORMAT,
            made_at,
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Everything after it, in the order in which the database gives it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Entry {
    #[n(1)]
    Area(#[n(0)] AreaEntry),
    #[n(2)]
    Member(#[n(0)] MemberEntry),
    #[n(3)]
    Device(#[n(0)] DeviceEntry),
    #[n(4)]
    Invitation(#[n(0)] InvitationEntry),
    #[n(5)]
    Document(#[n(0)] DocumentEntry),
    #[n(6)]
    Done(#[n(0)] DoneEntry),
    /// A record key by its identifier, and since when it is known. The key itself is nowhere in it.
    #[n(7)]
    RecordKey(#[n(0)] RecordKeyId, #[n(1)] Timestamp),
    #[n(8)]
    Card(#[n(0)] CardEntry),
    #[n(9)]
    Said(#[n(0)] SaidEntry),
    #[n(10)]
    Refused(#[n(0)] RefusedEntry),
    #[n(11)]
    Erasure(#[n(0)] ErasureEntry),
    /// A term by its key, in days; one entry has all.
    #[n(12)]
    Retention(#[n(0)] Vec<(String, u32)>),
    #[n(13)]
    Note(#[n(0)] NoteEntry),
    #[n(14)]
    Seen(#[n(0)] SeenEntry),
    #[n(20)]
    Passkey(#[n(0)] PasskeyEntry),
    #[n(30)]
    IntakeForm(#[n(0)] IntakeFormEntry),
    #[n(31)]
    Intake(#[n(0)] IntakeEntry),
    #[n(32)]
    Decision(#[n(0)] DecisionEntry),
    #[n(40)]
    ProfileField(#[n(0)] ProfileFieldEntry),
    /// A rule of the ladder, and whose area it is of.
    #[n(41)]
    LadderRule(#[n(0)] AreaId, #[n(1)] LadderRule),
    #[n(42)]
    Wishes(#[n(0)] WishesEntry),
    #[n(43)]
    Mail(#[n(0)] MailEntry),
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct ProfileFieldEntry {
    #[n(0)]
    pub(super) member: MemberId,
    #[n(1)]
    pub(super) field: String,
    /// JSON.
    #[n(2)]
    pub(super) said: String,
    #[n(3)]
    pub(super) said_at: Timestamp,
}

impl From<ProfileField> for ProfileFieldEntry {
    fn from(field: ProfileField) -> Self {
        Self {
            member: field.member,
            field: field.field,
            said: field.said,
            said_at: field.said_at,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct AreaEntry {
    #[n(0)]
    pub(super) id: AreaId,
    #[n(1)]
    pub(super) code: String,
    #[n(2)]
    pub(super) name: String,
    #[n(3)]
    pub(super) kind: String,
    #[n(4)]
    pub(super) parent: Option<AreaId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct MemberEntry {
    #[n(0)]
    pub(super) id: MemberId,
    #[n(1)]
    pub(super) first_name: String,
    /// Where, and what they are there.
    #[n(2)]
    pub(super) memberships: Vec<(AreaId, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct DeviceEntry {
    #[n(0)]
    pub(super) id: DeviceId,
    #[n(1)]
    pub(super) member: MemberId,
    #[n(2)]
    pub(super) public_key: ByteVec,
    #[n(3)]
    pub(super) created_at: Timestamp,
    #[n(4)]
    pub(super) revoked_at: Option<Timestamp>,
    #[n(5)]
    pub(super) seen_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct InvitationEntry {
    #[n(0)]
    pub(super) id: InvitationId,
    #[n(1)]
    pub(super) secret: ByteArray<32>,
    #[n(2)]
    pub(super) member: MemberId,
    #[n(3)]
    pub(super) expires_at: Timestamp,
    #[n(4)]
    pub(super) redeemed: Option<(Timestamp, DeviceId)>,
    /// Where, and to be what there.
    #[n(5)]
    pub(super) membership: Option<(AreaId, String)>,
    #[n(6)]
    pub(super) made_at: Option<Timestamp>,
    #[n(7)]
    pub(super) made_by: Option<MemberId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct PasskeyEntry {
    #[n(0)]
    pub(super) id: ByteVec,
    #[n(1)]
    pub(super) member: MemberId,
    #[n(2)]
    pub(super) credential: String,
    #[n(3)]
    pub(super) created_at: Timestamp,
    #[n(4)]
    pub(super) used_at: Timestamp,
}

/// A document as it was: the newest snapshot with its place, and the changes after it. Which actor belonged to which
/// device is left out, since it ends with the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct DocumentEntry {
    #[n(0)]
    pub(super) id: DocumentId,
    #[n(1)]
    pub(super) kind: String,
    #[n(2)]
    pub(super) area: AreaId,
    #[n(3)]
    pub(super) epoch: u32,
    #[n(4)]
    pub(super) seq: u64,
    #[n(5)]
    pub(super) began_at: Timestamp,
    #[n(6)]
    pub(super) snapshot: Option<(u64, ByteVec)>,
    #[n(7)]
    pub(super) tail: Vec<ByteVec>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct DoneEntry {
    #[n(0)]
    pub(super) id: AuditId,
    #[n(1)]
    pub(super) at: Timestamp,
    #[n(2)]
    pub(super) member: Option<MemberId>,
    #[n(3)]
    pub(super) device: Option<DeviceId>,
    #[n(4)]
    pub(super) area: Option<AreaId>,
    #[n(5)]
    pub(super) deed: String,
    #[n(6)]
    pub(super) subject: Option<ByteArray<16>>,
    #[n(7)]
    pub(super) detail: Option<String>,
}

/// Something sealed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct SealedEntry {
    #[n(0)]
    pub(super) record_key: RecordKeyId,
    #[n(1)]
    pub(super) wrapped: ByteVec,
    #[n(2)]
    pub(super) sealed: ByteVec,
}

impl From<Sealed> for SealedEntry {
    fn from(sealed: Sealed) -> Self {
        Self {
            record_key: sealed.key.record_key,
            wrapped: sealed.key.bytes.into(),
            sealed: sealed.sealed.into(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct CardEntry {
    #[n(0)]
    pub(super) street: AreaId,
    #[n(1)]
    pub(super) request: RequestId,
    #[n(2)]
    pub(super) sealed: SealedEntry,
    #[n(3)]
    pub(super) member: MemberId,
    #[n(4)]
    pub(super) written_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct SaidEntry {
    #[n(0)]
    pub(super) street: AreaId,
    #[n(1)]
    pub(super) request: RequestId,
    #[n(2)]
    pub(super) id: ConsentId,
    #[n(3)]
    pub(super) n: u32,
    #[n(4)]
    pub(super) purpose: Purpose,
    #[n(5)]
    pub(super) recipient: Recipient,
    #[n(6)]
    pub(super) given: bool,
    #[n(7)]
    pub(super) how: ConsentHow,
    #[n(8)]
    pub(super) said_at: Timestamp,
    #[n(9)]
    pub(super) after: u32,
    #[n(10)]
    pub(super) member: MemberId,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct RefusedEntry {
    #[n(0)]
    pub(super) id: RefusedId,
    #[n(1)]
    pub(super) hash: ByteArray<32>,
    #[n(2)]
    pub(super) street: AreaId,
    #[n(3)]
    pub(super) member: MemberId,
    #[n(4)]
    pub(super) device: DeviceId,
    #[n(5)]
    pub(super) reason: String,
    #[n(6)]
    pub(super) refused_at: Timestamp,
    #[n(7)]
    pub(super) bytes: u32,
    #[n(8)]
    pub(super) requests: Vec<RequestId>,
    #[n(9)]
    pub(super) sealed: SealedEntry,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct ErasureEntry {
    #[n(0)]
    pub(super) id: ErasureId,
    /// Of a case in this street.
    #[n(1)]
    pub(super) case: Option<(AreaId, RequestId)>,
    /// Of this member.
    #[n(2)]
    pub(super) of_member: Option<MemberId>,
    #[n(3)]
    pub(super) member: Option<MemberId>,
    #[n(4)]
    pub(super) asked_at: Timestamp,
    #[n(5)]
    pub(super) done_at: Option<Timestamp>,
    #[n(6)]
    pub(super) waits: Vec<DeviceId>,
}

impl From<Record<StoredDocument>> for Entry {
    fn from(record: Record<StoredDocument>) -> Self {
        match record {
            Record::Area(area) => Self::Area(AreaEntry {
                id: area.id,
                code: area.code,
                name: area.name,
                kind: area.kind.key().to_owned(),
                parent: area.parent,
            }),
            Record::Member(member) => Self::Member(self::member(member)),
            Record::Device(known) => Self::Device(DeviceEntry {
                id: known.device.id,
                member: known.device.member,
                public_key: known.device.public_key.0.into(),
                created_at: known.created_at,
                revoked_at: known.device.revoked_at,
                seen_at: known.seen_at,
            }),
            Record::Invitation(invitation) => Self::Invitation(InvitationEntry {
                id: invitation.id,
                secret: invitation.secret.0.into(),
                member: invitation.member,
                expires_at: invitation.expires_at,
                redeemed: invitation.redeemed,
                membership: invitation
                    .membership
                    .map(|to| (to.area, to.role.key().to_owned())),
                made_at: invitation.made_at,
                made_by: invitation.made_by,
            }),
            Record::Passkey(passkey) => Self::Passkey(PasskeyEntry {
                id: passkey.id.into(),
                member: passkey.member,
                credential: passkey.credential,
                created_at: passkey.created_at,
                used_at: passkey.used_at,
            }),
            Record::ProfileField(field) => Self::ProfileField(field.into()),
            Record::LadderRule(area, rule) => Self::LadderRule(area, rule),
            Record::Document(stored) => Self::Document(document(stored)),
            Record::Done(entry) => Self::Done(DoneEntry {
                id: entry.id,
                at: entry.at,
                member: entry.member,
                device: entry.device,
                area: entry.area,
                deed: entry.deed,
                subject: entry.subject.map(ByteArray::from),
                detail: entry.detail,
            }),
            Record::RecordKey(key, known_at) => Self::RecordKey(key, known_at),
            Record::Card(card) => Self::Card(CardEntry {
                street: card.street,
                request: card.request,
                sealed: card.sealed.into(),
                member: card.member,
                written_at: card.written_at,
            }),
            Record::Said(street, request, said) => Self::Said(SaidEntry {
                street,
                request,
                id: said.id,
                n: said.n,
                purpose: said.purpose,
                recipient: said.recipient,
                given: said.given,
                how: said.how,
                said_at: said.said_at,
                after: said.after,
                member: said.member,
            }),
            Record::Note(street, request, note) => Self::Note((street, request, note).into()),
            Record::Seen(street, request, seen) => Self::Seen((street, request, seen).into()),
            Record::Refused(refused, requests, sealed) => Self::Refused(RefusedEntry {
                id: refused.id,
                hash: refused.hash.into(),
                street: refused.street,
                member: refused.member,
                device: refused.device,
                reason: refused.reason,
                refused_at: refused.refused_at,
                bytes: refused.bytes,
                requests,
                sealed: sealed.into(),
            }),
            Record::Erasure(erasure) => Self::Erasure(self::erasure(erasure)),
            Record::Retention(retention) => Self::Retention(
                retention
                    .terms()
                    .map(|(what, days)| (what.to_owned(), days))
                    .to_vec(),
            ),
            Record::IntakeForm(form) => Self::IntakeForm(form.into()),
            Record::Intake(intake, sealed) => Self::Intake((intake, sealed).into()),
            Record::Decision(decision) => Self::Decision(decision.into()),
            Record::Wishes(wishes) => Self::Wishes(wishes.into()),
            Record::Mail(mail) => Self::Mail(mail.into()),
        }
    }
}

fn member(member: Member) -> MemberEntry {
    let memberships = member.memberships.iter();
    MemberEntry {
        id: member.id,
        memberships: memberships
            .map(|membership| (membership.area, membership.role.key().to_owned()))
            .collect(),
        first_name: member.first_name,
    }
}

fn erasure(erasure: Erasure) -> ErasureEntry {
    let (case, of_member) = match erasure.subject {
        Subject::Case { street, request } => (Some((street, request)), None),
        Subject::Member(member) => (None, Some(member)),
    };
    ErasureEntry {
        id: erasure.id,
        case,
        of_member,
        member: erasure.member,
        asked_at: erasure.asked_at,
        done_at: erasure.done_at,
        waits: erasure.waits,
    }
}

fn document(stored: StoredDocument) -> DocumentEntry {
    let position = stored.position;
    let snapshot = stored.snapshot;
    let tail = stored.tail.into_iter();
    DocumentEntry {
        id: position.document,
        kind: position.kind.key().to_owned(),
        area: position.area,
        epoch: position.epoch,
        seq: position.seq,
        began_at: position.began_at,
        snapshot: snapshot.map(|snapshot| (snapshot.seq, snapshot.bytes.to_vec().into())),
        tail: tail.map(|change| change.bytes.to_vec().into()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use kruispunt_core::model::Urgency;
    use proptest::prelude::*;

    use super::*;

    fn passkey(member: MemberId, noon: Timestamp) -> Entry {
        Entry::Passkey(PasskeyEntry {
            id: vec![8; 32].into(),
            member,
            credential: "{}".to_owned(),
            created_at: noon,
            used_at: noon,
        })
    }

    fn profile_field(member: MemberId, said_at: Timestamp) -> Entry {
        Entry::ProfileField(ProfileFieldEntry {
            member,
            field: "reach".to_owned(),
            said: "\"street\"".to_owned(),
            said_at,
        })
    }

    fn entries() -> Vec<Entry> {
        let (area, member) = (AreaId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        let (device, noon) = (DeviceId::from_bytes([3; 16]), Timestamp::from_millis(4));
        vec![
            Entry::Area(AreaEntry {
                id: area,
                code: "elm".to_owned(),
                name: "Elm Street".to_owned(),
                kind: "street".to_owned(),
                parent: Some(area),
            }),
            Entry::Member(MemberEntry {
                id: member,
                first_name: "Alice".to_owned(),
                memberships: vec![(area, "volunteer".to_owned())],
            }),
            Entry::Device(DeviceEntry {
                id: device,
                member,
                public_key: vec![4; 65].into(),
                created_at: noon,
                revoked_at: None,
                seen_at: Some(noon),
            }),
            Entry::Invitation(InvitationEntry {
                id: InvitationId::from_bytes([5; 16]),
                secret: [6; 32].into(),
                member,
                expires_at: noon,
                redeemed: Some((noon, device)),
                membership: Some((area, "volunteer".to_owned())),
                made_at: Some(noon),
                made_by: Some(member),
            }),
            passkey(member, noon),
            profile_field(member, noon),
            Entry::LadderRule(area, LadderRule::usual(Urgency::Today)),
            Entry::Document(DocumentEntry {
                id: DocumentId::from_bytes([7; 16]),
                kind: "street".to_owned(),
                area,
                epoch: 8,
                seq: 10,
                began_at: noon,
                snapshot: Some((9, vec![1; 100].into())),
                tail: vec![vec![2; 10].into()],
            }),
            Entry::Done(DoneEntry {
                id: AuditId::from_bytes([11; 16]),
                at: noon,
                member: Some(member),
                device: Some(device),
                area: Some(area),
                deed: "some-deed".to_owned(),
                subject: Some([12; 16].into()),
                detail: Some("some-way".to_owned()),
            }),
            Entry::RecordKey(RecordKeyId::from_bytes([13; 16]), noon),
            Entry::Card(CardEntry {
                street: area,
                request: RequestId::from_bytes([14; 16]),
                sealed: sealed(),
                member,
                written_at: noon,
            }),
            Entry::Said(SaidEntry {
                street: area,
                request: RequestId::from_bytes([14; 16]),
                id: ConsentId::from_bytes([15; 16]),
                n: 1,
                purpose: Purpose::Help,
                recipient: Recipient::Volunteer,
                given: true,
                how: ConsentHow::Spoken,
                said_at: noon,
                after: 0,
                member,
            }),
            Entry::Refused(RefusedEntry {
                id: RefusedId::from_bytes([16; 16]),
                hash: [17; 32].into(),
                street: area,
                member,
                device,
                reason: "not-allowed".to_owned(),
                refused_at: noon,
                bytes: 18,
                requests: vec![RequestId::from_bytes([14; 16])],
                sealed: sealed(),
            }),
            Entry::Erasure(ErasureEntry {
                id: ErasureId::from_bytes([19; 16]),
                case: Some((area, RequestId::from_bytes([14; 16]))),
                of_member: None,
                member: Some(member),
                asked_at: noon,
                done_at: None,
                waits: vec![device],
            }),
            Entry::Retention(vec![("audit".to_owned(), 20)]),
        ]
    }

    fn everything() -> Vec<Entry> {
        [
            entries(),
            intake::tests::entries(),
            note::tests::entries(),
            wishes::tests::entries(),
        ]
        .concat()
    }

    pub(super) fn sealed() -> SealedEntry {
        SealedEntry {
            record_key: RecordKeyId::from_bytes([13; 16]),
            wrapped: vec![1; 60].into(),
            sealed: vec![2; 40].into(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for entry in everything() {
            let bytes = minicbor::to_vec(&entry).unwrap();
            assert_eq!(minicbor::decode::<Entry>(&bytes).unwrap(), entry);
        }
    }

    #[test]
    fn what_an_older_version_did_not_know_is_none() {
        // A map of the first five keys, as the first form had it.
        let older = minicbor::to_vec(DeviceEntry {
            id: DeviceId::from_bytes([3; 16]),
            member: MemberId::from_bytes([2; 16]),
            public_key: vec![4; 65].into(),
            created_at: Timestamp::from_millis(4),
            revoked_at: None,
            seen_at: None,
        })
        .unwrap();
        assert_eq!(older[0] & 0x1f, 4, "what is none is not written");
        let read: DeviceEntry = minicbor::decode(&older).unwrap();
        assert_eq!(read.seen_at, None);
    }

    #[test]
    fn what_a_newer_version_adds_is_passed_over() {
        let newer = minicbor::to_vec(Header::new(Timestamp::from_millis(1))).unwrap();
        // A fourth key, and its value.
        let newer = [&[0xa4], &newer[1..], &[0x03, 0x01]].concat();
        assert_eq!(minicbor::decode::<Header>(&newer).unwrap().format, FORMAT);
    }

    proptest! {
        #[test]
        fn noise_is_no_entry(noise: Vec<u8>) {
            let _ = minicbor::decode::<Entry>(&noise);
            let _ = minicbor::decode::<Header>(&noise);
        }

        #[test]
        fn damage_never_panics(which in 0_usize..everything().len(), at: prop::sample::Index, byte: u8) {
            let mut bytes = minicbor::to_vec(&everything()[which]).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = minicbor::decode::<Entry>(&bytes);
        }
    }
}
