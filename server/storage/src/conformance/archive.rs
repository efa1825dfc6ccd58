//! Taking everything out and putting it back.

use tokio::sync::mpsc;

use super::notes::{BOTH, ELM_STREET, GROCERIES, KEY, alices, asked, read};
use super::{
    ALICE, ALICES_PHONE, AreaId, Areas, Backend, Bytes, DocumentId, Documents, ELM, HOUR, Hash,
    InvitationId, Member, NOON, NORTH, OAK, People, PublicKey, Storage, StorageError,
    alice_comes_in, append, is_conflict, places, with_alices_phone,
};
use crate::{
    Archive as _, Asked, Audit as _, Decision, Device, DocumentKind, Invitation, KnownDevice, Mail,
    NewEpoch, Note, ProfileField, Record, Redeemed, SaidWishes, Seen, Snapshot, StoredDocument,
};
use kruispunt_core::access::Audience;
use kruispunt_core::id::{IntakeId, RequestId};
use kruispunt_core::model::{
    Area, AreaKind, LadderRule, Language, Membership, NoticeKind, ProfileChange, Role, Urgency,
    Wishes,
};

const ALICE_HAS_SEEN_IT: Seen = Seen {
    member: ALICE,
    audience: Audience::Case,
    until: 5,
};

type Taken = Record<StoredDocument>;

async fn put_back(
    storage: &impl Storage,
    records: Vec<Record<NewEpoch>>,
    count: u64,
) -> Result<(), StorageError> {
    let (to, from) = mpsc::channel(1);
    let send = async move {
        for record in records {
            // Who refuses the first stops listening.
            let _ = to.send(record).await;
        }
    };
    tokio::join!(storage.put_back(from, count), send).0
}

/// What is written after the first record came does not show in the later ones.
pub async fn everything_is_taken_out_as_it_was_at_one_moment(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    storage
        .append(&[append(ELM, 1, &[1, 2, 3]), append(OAK, 1, &[4])])
        .await
        .unwrap();
    let two = Snapshot {
        epoch: 0,
        seq: 2,
        bytes: Bytes::from_static(b"two"),
    };
    storage.put_snapshot(ELM, &two).await.unwrap();
    storage.record(&super::audit::entry(7, NOON)).await.unwrap();
    let change = ProfileChange {
        languages: Some(vec![Language::Dutch]),
        ..ProfileChange::default()
    };
    let profiles = storage.profiles();
    profiles.change_profile(ALICE, &change, NOON).await.unwrap();
    let wishes = Wishes {
        digest: true,
        ..Wishes::default()
    };
    storage.notices().set_wishes(ALICE, &wishes).await.unwrap();
    let mail = super::mails::confirmed(ALICE, 1);
    storage.mails().ask_mail(&mail.asked).await.unwrap();
    let rule = LadderRule::usual(Urgency::Today);
    let entry = super::audit::entry(9, NOON);
    let ladder = storage.ladder();
    ladder.set_ladder(NORTH, &[rule], &entry).await.unwrap();
    let (elm, oak) = (
        storage.load(ELM).await.unwrap().unwrap(),
        storage.load(OAK).await.unwrap().unwrap(),
    );

    let (to, mut from) = mpsc::channel(1);
    let listen = async {
        let mut taken = vec![from.recv().await.unwrap()];
        storage.append(&[append(ELM, 4, &[5])]).await.unwrap();
        let lost = super::audit::entry(8, NOON);
        storage.revoke_device(ALICES_PHONE, &lost).await.unwrap();
        while let Some(record) = from.recv().await {
            taken.push(record);
        }
        taken
    };
    let (sent, taken) = tokio::join!(storage.take_out(to), listen);

    sent.unwrap();
    let mut known = Vec::new();
    for record in &taken {
        if let Record::Area(area) = record {
            assert!(area.parent.is_none_or(|parent| known.contains(&parent)));
            known.push(area.id);
        }
    }
    assert_eq!(known.len(), 4);
    let alice = storage.member(ALICE).await.unwrap().unwrap();
    assert!(taken.contains(&Record::Member(alice)));
    assert!(taken.contains(&Taken::Device(alices_phone())));
    assert!(taken.contains(&Taken::Invitation(alices_invitation())));
    assert!(taken.contains(&Record::Document(elm)));
    assert!(taken.contains(&Record::Document(oak)));
    assert!(taken.contains(&Record::Done(super::audit::entry(7, NOON))));
    let field = ProfileField {
        said: r#"["nl"]"#.to_owned(),
        ..alices_field()
    };
    assert!(taken.contains(&Record::ProfileField(field)));
    assert!(taken.contains(&Record::LadderRule(NORTH, rule)));
    let said = SaidWishes::of(ALICE, &wishes).unwrap();
    assert!(taken.contains(&Record::Wishes(said)));
    let mail = Mail {
        confirmed_at: None,
        next_at: None,
        ..mail
    };
    assert!(taken.contains(&Record::Mail(mail)));
    // Also that she came in, and that the rule was set.
    assert_eq!(taken.len(), 4 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 2 + 3);
}

fn alices_phone() -> KnownDevice {
    KnownDevice {
        device: Device {
            id: ALICES_PHONE,
            member: ALICE,
            public_key: PublicKey(ALICES_PHONE.as_bytes().repeat(4)),
            revoked_at: None,
        },
        created_at: NOON,
        seen_at: Some(NOON),
    }
}

fn alices_invitation() -> Invitation {
    Invitation {
        id: InvitationId::from_bytes([30; 16]),
        secret: Hash([31; 32]),
        member: ALICE,
        expires_at: NOON.plus_millis(HOUR),
        redeemed: Some((NOON, ALICES_PHONE)),
        membership: None,
        made_at: None,
        made_by: None,
    }
}

fn bobs_invitation() -> Invitation {
    Invitation {
        id: InvitationId::from_bytes([40; 16]),
        secret: Hash([41; 32]),
        member: ALICE,
        expires_at: NOON.plus_millis(HOUR),
        redeemed: None,
        membership: Some(Membership {
            area: NORTH,
            role: Role::Ambassador,
        }),
        made_at: Some(NOON),
        made_by: Some(ALICE),
    }
}

/// A word and a shape that only a newer version knows: they are kept as they are.
fn alices_field() -> ProfileField {
    ProfileField {
        member: ALICE,
        field: "languages".to_owned(),
        said: r#"["nl","tlh"]"#.to_owned(),
        said_at: NOON,
    }
}

fn alices_wishes() -> SaidWishes {
    SaidWishes {
        member: ALICE,
        said: r#"{"digest":true,"off":["note","moonlight"],"more":1}"#.to_owned(),
    }
}

fn records() -> Vec<Record<NewEpoch>> {
    let area = |number, code: &str, kind, parent| Area {
        id: AreaId::from_bytes([number; 16]),
        code: code.to_owned(),
        name: code.to_owned(),
        kind,
        parent,
    };
    let street = AreaId::from_bytes([3; 16]);
    vec![
        Record::Area(area(2, "north", AreaKind::Quarter, None)),
        Record::Area(area(3, "elm", AreaKind::Street, Some(NORTH))),
        Record::Member(Member {
            id: ALICE,
            first_name: "Alice".to_owned(),
            memberships: vec![Membership {
                area: NORTH,
                role: Role::Volunteer,
            }],
        }),
        Record::Device(alices_phone()),
        Record::Invitation(alices_invitation()),
        Record::Invitation(bobs_invitation()),
        Record::ProfileField(alices_field()),
        Record::Wishes(alices_wishes()),
        Record::Mail(super::mails::confirmed(ALICE, 1)),
        Record::LadderRule(NORTH, LadderRule::usual(Urgency::Today)),
        Record::Document(NewEpoch {
            document: ELM,
            kind: DocumentKind::Street,
            area: street,
            epoch: 9,
            snapshot: Bytes::from_static(b"nine"),
            began_at: NOON,
        }),
        Record::Done(super::audit::entry(7, NOON)),
        Record::RecordKey(super::intakes::KEY, NOON),
        Record::IntakeForm(super::intakes::form(1)),
        Record::Intake(super::intakes::intake(11, 1), super::intakes::sealed(11)),
        Record::Decision(decided()),
        Record::RecordKey(KEY, NOON),
        Record::Note(ELM_STREET, GROCERIES, Note { n: 5, ..alices(1) }),
        Record::Seen(ELM_STREET, GROCERIES, ALICE_HAS_SEEN_IT),
    ]
}

fn decided() -> Decision {
    Decision {
        id: IntakeId::from_bytes([12; 16]),
        area: NORTH,
        accepted: true,
        request: Some(RequestId::from_bytes([13; 16])),
        member: ALICE,
        decided_at: NOON,
    }
}

/// People and their devices are known, and documents go on in their new epoch.
pub async fn what_is_put_back_is_there(backend: &impl Backend) {
    let storage = backend.open().await;

    put_back(&storage, records(), 19).await.unwrap();

    let areas = storage.areas().await.unwrap();
    assert_eq!(areas.len(), 2);
    assert_eq!(areas[0].parent, Some(NORTH));
    let alice = storage.member(ALICE).await.unwrap().unwrap();
    assert_eq!(alice.memberships.len(), 1);
    let phone = storage.device(ALICES_PHONE).await.unwrap().unwrap();
    assert_eq!(phone, alices_phone().device);
    assert_eq!(storage.devices_of(ALICE).await.unwrap(), [alices_phone()]);
    let open = storage.open_invitations(NOON).await.unwrap();
    assert_eq!((open.len(), open[0].by), (1, Some(ALICE)));
    // Her phone came in with this invitation; no other can.
    let other = alice_comes_in(super::BOBS_PHONE, 1);
    assert_eq!(storage.redeem(&other).await.unwrap(), Redeemed::Used);
    let profile = storage.profiles().profile(ALICE).await.unwrap().unwrap();
    assert_eq!(profile.languages, [Language::Dutch]);
    let wishes = storage.notices().wishes(ALICE).await.unwrap().unwrap();
    assert!(wishes.digest && wishes.off == [NoticeKind::Note]);
    let mail = storage.mails().mail_of(ALICE).await.unwrap();
    assert_eq!(mail, Some(super::mails::confirmed(ALICE, 1)));
    let ladder = storage.ladder().ladder().await.unwrap();
    assert_eq!(ladder.iter().count(), 1);
    let elm = storage.load(ELM).await.unwrap().unwrap();
    assert_eq!((elm.position.epoch, elm.position.seq), (9, 0));
    assert_eq!(elm.position.began_at, NOON);
    assert_eq!(elm.snapshot.unwrap().bytes, b"nine".as_slice());
    let everything = Asked {
        areas: None,
        about: None,
        before: None,
        limit: 9,
    };
    let done = storage.entries(everything).await.unwrap();
    assert_eq!(done, [super::audit::entry(7, NOON)]);
    let notebook = read(&storage, asked(0, BOTH), 8).await;
    assert_eq!(notebook.notes, [Note { n: 5, ..alices(1) }]);
    assert_eq!(notebook.seen, [ALICE_HAS_SEEN_IT]);
    let intakes = storage.intakes();
    assert_eq!(intakes.forms().await.unwrap(), [super::intakes::form(1)]);
    let (asked, sealed) = (super::intakes::intake(11, 1), super::intakes::sealed(11));
    assert_eq!(
        intakes.waiting().await.unwrap(),
        [super::intakes::intake(11, 1)]
    );
    let opened = intakes
        .open_intake(asked.id, &super::audit::entry(8, NOON))
        .await;
    assert_eq!(opened.unwrap(), Some(sealed));
    let known = intakes.decision(decided().id).await.unwrap();
    assert_eq!(known, Some(decided()));
    let mut next = append(ELM, 1, &[1]);
    next.epoch = 9;
    storage.append(&[next]).await.unwrap();
}

/// Whatever is there already stays as it is.
pub async fn a_database_that_is_not_empty_is_left_alone(backend: &impl Backend) {
    let storage = backend.open().await;
    storage.import_areas(&places()[3..]).await.unwrap();
    let before = storage.areas().await.unwrap();

    assert!(is_conflict(&put_back(&storage, records(), 19).await));

    assert_eq!(storage.areas().await.unwrap(), before);
    assert_eq!(storage.members().await.unwrap(), []);
}

/// Whoever sends may fail, or send what does not fit together.
pub async fn half_of_it_is_nothing(backend: &impl Backend) {
    let storage = backend.open().await;
    let nowhere = NewEpoch {
        document: DocumentId::from_bytes([99; 16]),
        kind: DocumentKind::Street,
        area: AreaId::from_bytes([99; 16]),
        epoch: 9,
        snapshot: Bytes::new(),
        began_at: NOON,
    };
    let mut wrong = records();
    wrong.push(Record::Document(nowhere));

    assert!(is_conflict(&put_back(&storage, records(), 20).await));
    assert!(put_back(&storage, wrong, 20).await.is_err());

    assert_eq!(storage.areas().await.unwrap(), []);
    assert_eq!(storage.positions().await.unwrap(), []);
    put_back(&storage, records(), 19).await.unwrap();
}
