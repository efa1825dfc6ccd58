//! What the participants of a case write to each other.

use tokio::sync::mpsc;

use super::audit::entry;
use super::{
    ALICE, AreaId, Backend, HOUR, Member, MemberId, NOON, Storage, is_conflict, is_not_found,
    with_alices_phone,
};
use crate::{
    Archive as _, Asked, AskedNotes, Entry, Erasure, KeyOf, Note, Notebook, People as _, Record,
    Rewrap, Sealed, Seen, StoredDocument, Subject, Wrapped,
};
use kruispunt_core::access::Audience;
use kruispunt_core::consent::{ConsentHow, Purpose, Recipient};
use kruispunt_core::id::{ConsentId, ErasureId, NoteId, RecordKeyId, RequestId};

pub(super) const ELM_STREET: AreaId = AreaId::from_bytes([3; 16]);
const OAK_STREET: AreaId = AreaId::from_bytes([4; 16]);
pub(super) const GROCERIES: RequestId = RequestId::from_bytes([70; 16]);
const BOB: MemberId = MemberId::from_bytes([11; 16]);
pub(super) const KEY: RecordKeyId = RecordKeyId::from_bytes([80; 16]);
const NEXT_KEY: RecordKeyId = RecordKeyId::from_bytes([81; 16]);
pub(super) const BOTH: &[Audience] = &[Audience::Case, Audience::Care];

/// Alice and Bob, and a record key.
pub(super) async fn with_both<B: Backend>(backend: &B) -> B::Storage {
    let storage = with_alices_phone(backend).await;
    let bob = Member {
        id: BOB,
        first_name: "Bob".to_owned(),
        memberships: Vec::new(),
    };
    storage.add_member(&bob).await.unwrap();
    let keys = storage.keys();
    keys.know_record_keys(&[KEY, NEXT_KEY], NOON).await.unwrap();
    storage
}

fn wrapped(record_key: RecordKeyId, number: u8) -> Wrapped {
    Wrapped {
        record_key,
        bytes: vec![number; 60],
    }
}

fn note(number: u8, member: MemberId, audience: Audience) -> Note {
    Note {
        id: NoteId::from_bytes([number; 16]),
        n: 0,
        audience,
        member,
        written_at: NOON,
        received_at: NOON.plus_millis(i64::from(number)),
        sealed: Sealed {
            key: wrapped(KEY, number),
            sealed: vec![number; 100],
        },
    }
}

/// What Alice writes to everybody.
pub(super) fn alices(number: u8) -> Note {
    note(number, ALICE, Audience::Case)
}

async fn write(storage: &impl Storage, notes: &[Note]) -> u32 {
    let written = storage.notes().write_notes(ELM_STREET, GROCERIES, notes);
    written.await.unwrap()
}

pub(super) fn asked(after: u32, audiences: &[Audience]) -> AskedNotes<'_> {
    AskedNotes {
        street: ELM_STREET,
        request: GROCERIES,
        after,
        audiences,
        limit: 100,
    }
}

/// What Alice reads. Every reading is another entry of the audit.
pub(super) async fn read(storage: &impl Storage, asked: AskedNotes<'_>, reading: u8) -> Notebook {
    let entry = entry(reading, NOON);
    let notebook = storage.notes().read_notes(asked, 0, &entry);
    notebook.await.unwrap().unwrap()
}

fn numbers(notebook: &Notebook) -> Vec<(u8, u32)> {
    let notes = notebook.notes.iter();
    notes.map(|note| (note.id.as_bytes()[0], note.n)).collect()
}

async fn readings(storage: &impl Storage) -> Vec<Entry> {
    let everything = Asked {
        areas: None,
        about: Some(*BOB.as_bytes()),
        before: None,
        limit: 100,
    };
    storage.entries(everything).await.unwrap()
}

/// A phone that did not hear the answer tells it again.
pub async fn a_note_is_counted_once(backend: &impl Backend) {
    let storage = with_both(backend).await;

    assert_eq!(write(&storage, &[alices(1), alices(2)]).await, 2);
    // The phone did not hear the answer, and has written one more.
    assert_eq!(write(&storage, &[alices(2), alices(3)]).await, 1);
    let mut forged = alices(1);
    forged.sealed.sealed = vec![9; 100];
    assert_eq!(write(&storage, &[forged]).await, 0);

    let notebook = read(&storage, asked(0, BOTH), 7).await;
    assert_eq!(numbers(&notebook), [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(notebook.notes[0], Note { n: 1, ..alices(1) });
    let count = storage.notes().count_notes(ELM_STREET, GROCERIES).await;
    assert_eq!(count.unwrap(), 3);
}

/// And page by page.
pub async fn a_note_is_read_by_whom_it_is_for(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let care = note(2, ALICE, Audience::Care);
    write(&storage, &[alices(1), care, alices(3), alices(4)]).await;

    let helper = read(&storage, asked(0, &[Audience::Case]), 7).await;
    assert_eq!(numbers(&helper), [(1, 1), (3, 3), (4, 4)]);
    let later = read(&storage, asked(1, BOTH), 8).await;
    assert_eq!(numbers(&later), [(2, 2), (3, 3), (4, 4)]);
    let mut two = asked(0, BOTH);
    two.limit = 2;
    assert_eq!(numbers(&read(&storage, two, 9).await), [(1, 1), (2, 2)]);
    assert_eq!(read(&storage, asked(0, &[]), 10).await, Notebook::default());
    let mut elsewhere = asked(0, BOTH);
    elsewhere.street = OAK_STREET;
    assert_eq!(read(&storage, elsewhere, 11).await, Notebook::default());
}

/// Reading what one wrote oneself is nothing to write down.
pub async fn reading_is_written_down_where_somebody_else_wrote(backend: &impl Backend) {
    let storage = with_both(backend).await;
    write(&storage, &[alices(1)]).await;
    read(&storage, asked(0, BOTH), 7).await;
    assert_eq!(readings(&storage).await, []);

    write(&storage, &[note(2, BOB, Audience::Case)]).await;
    read(&storage, asked(0, BOTH), 8).await;
    read(&storage, asked(2, BOTH), 9).await;

    assert_eq!(readings(&storage).await, [entry(8, NOON)]);
}

/// Whoever decided by what was said before has to decide anew.
pub async fn notes_stay_shut_when_more_was_said(backend: &impl Backend) {
    let storage = with_both(backend).await;
    write(&storage, &[note(1, BOB, Audience::Case)]).await;
    let said = crate::Said {
        id: ConsentId::from_bytes([90; 16]),
        n: 0,
        purpose: Purpose::Help,
        recipient: Recipient::Volunteer,
        given: false,
        how: ConsentHow::Spoken,
        said_at: NOON,
        after: 0,
        member: ALICE,
    };
    let cases = storage.cases();
    cases.hear(ELM_STREET, GROCERIES, &[said]).await.unwrap();

    let notes = storage.notes();
    let reading = entry(7, NOON);
    let stale = notes.read_notes(asked(0, BOTH), 0, &reading);
    assert_eq!(stale.await.unwrap(), None);
    assert_eq!(readings(&storage).await, []);
    let fresh = notes.read_notes(asked(0, BOTH), 1, &reading);
    assert_eq!(numbers(&fresh.await.unwrap().unwrap()), [(1, 1)]);
}

/// Also where phones of the same member tell it in another order.
pub async fn what_was_seen_only_grows(backend: &impl Backend) {
    let storage = with_both(backend).await;
    write(&storage, &[alices(1), alices(2)]).await;
    let sees = async |member, audience, until| {
        let seen = Seen {
            member,
            audience,
            until,
        };
        let notes = storage.notes();
        notes
            .see_notes(ELM_STREET, GROCERIES, &[seen])
            .await
            .unwrap();
        read(&storage, asked(0, BOTH), 7).await.seen
    };
    let alice = |until| Seen {
        member: ALICE,
        audience: Audience::Case,
        until,
    };

    assert_eq!(sees(ALICE, Audience::Case, 0).await, []);
    assert_eq!(sees(ALICE, Audience::Case, 1).await, [alice(1)]);
    // Nobody has seen what is not there.
    assert_eq!(sees(ALICE, Audience::Case, 9).await, [alice(2)]);
    assert_eq!(sees(ALICE, Audience::Case, 1).await, [alice(2)]);
    let bob = Seen {
        member: BOB,
        audience: Audience::Care,
        until: 1,
    };
    assert_eq!(sees(BOB, Audience::Care, 1).await, [alice(2), bob]);
}

/// And nothing is written about it any more.
pub async fn an_erased_case_has_no_notes(backend: &impl Backend) {
    let storage = with_both(backend).await;
    write(&storage, &[alices(1)]).await;
    let notes = storage.notes();
    notes
        .write_notes(OAK_STREET, GROCERIES, &[alices(2)])
        .await
        .unwrap();
    let seen = Seen {
        member: BOB,
        audience: Audience::Case,
        until: 1,
    };
    notes
        .see_notes(ELM_STREET, GROCERIES, &[seen])
        .await
        .unwrap();
    let subject = Subject::Case {
        street: ELM_STREET,
        request: GROCERIES,
    };

    storage
        .erasures()
        .erase(&erasure(subject), &entry(7, NOON))
        .await
        .unwrap();

    assert_eq!(read(&storage, asked(0, BOTH), 8).await, Notebook::default());
    let late = notes.write_notes(ELM_STREET, GROCERIES, &[alices(3)]).await;
    assert!(is_conflict(&late));
    let late = notes.see_notes(ELM_STREET, GROCERIES, &[seen]).await;
    assert!(is_conflict(&late));
    // A request of the same name in another street has nothing to do with it.
    let other = notes.count_notes(OAK_STREET, GROCERIES).await;
    assert_eq!(other.unwrap(), 1);
    assert_eq!(storage.keys().record_keys().await.unwrap()[0].wraps, 1);
}

/// Others still need what was written; by whom it was is no longer known by name.
pub async fn notes_outlive_whoever_wrote_them(backend: &impl Backend) {
    let storage = with_both(backend).await;
    write(&storage, &[note(1, BOB, Audience::Case)]).await;
    let seen = Seen {
        member: BOB,
        audience: Audience::Case,
        until: 1,
    };
    let notes = storage.notes();
    notes
        .see_notes(ELM_STREET, GROCERIES, &[seen])
        .await
        .unwrap();
    let written = notes.notes_by(BOB).await.unwrap();
    assert_eq!(written.len(), 1);
    assert_eq!(
        (written[0].street, written[0].request),
        (ELM_STREET, GROCERIES)
    );
    assert_eq!(written[0].received_at, NOON.plus_millis(1));
    assert_eq!(notes.notes_by(ALICE).await.unwrap(), []);

    storage
        .erasures()
        .erase(&erasure(Subject::Member(BOB)), &entry(7, NOON))
        .await
        .unwrap();

    let notebook = read(&storage, asked(0, BOTH), 8).await;
    assert_eq!(numbers(&notebook), [(1, 1)]);
    assert_eq!(notebook.seen, []);
    assert_eq!(storage.member(BOB).await.unwrap().unwrap().first_name, "");
}

fn erasure(subject: Subject) -> Erasure {
    Erasure {
        id: ErasureId::from_bytes([91; 16]),
        subject,
        member: Some(ALICE),
        asked_at: NOON.plus_millis(HOUR),
        done_at: None,
        waits: Vec::new(),
    }
}

/// Otherwise none of those that came together is kept.
pub async fn a_note_is_sealed_by_a_key_that_is_known(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let mut lost = alices(1);
    lost.sealed.key.record_key = RecordKeyId::from_bytes([99; 16]);
    let notes = storage.notes();

    let refused = notes
        .write_notes(ELM_STREET, GROCERIES, &[alices(2), lost])
        .await;

    assert!(is_not_found(&refused));
    let count = notes.count_notes(ELM_STREET, GROCERIES).await;
    assert_eq!(count.unwrap(), 0);
}

/// So that a record key can be retired.
pub async fn the_keys_of_notes_are_wrapped_anew(backend: &impl Backend) {
    let storage = with_both(backend).await;
    write(&storage, &[alices(1), alices(2)]).await;
    let keys = storage.keys();
    let of = |number| KeyOf::Note(ELM_STREET, GROCERIES, NoteId::from_bytes([number; 16]));
    let mut old = keys.wrapped_by_others(NEXT_KEY, 9).await.unwrap();
    old.sort_by_key(|(_, wrapped)| wrapped.bytes.clone());
    assert_eq!(old, [(of(1), wrapped(KEY, 1)), (of(2), wrapped(KEY, 2))]);
    let kept = keys.retire_record_key(KEY).await;
    assert!(is_conflict(&kept) || is_not_found(&kept));

    let rewraps: Vec<_> = old
        .into_iter()
        .map(|(of, from)| Rewrap {
            of,
            to: wrapped(NEXT_KEY, from.bytes[0] + 10),
            from,
        })
        .collect();
    keys.rewrap(&rewraps).await.unwrap();

    assert_eq!(keys.wrapped_by_others(NEXT_KEY, 9).await.unwrap(), []);
    let notebook = read(&storage, asked(0, BOTH), 7).await;
    assert_eq!(notebook.notes[0].sealed.key, wrapped(NEXT_KEY, 11));
    keys.retire_record_key(KEY).await.unwrap();
}

/// With their order, and who has seen them.
pub async fn a_backup_has_the_notes(backend: &impl Backend) {
    let storage = with_both(backend).await;
    write(&storage, &[alices(1), note(2, BOB, Audience::Care)]).await;
    let seen = Seen {
        member: BOB,
        audience: Audience::Case,
        until: 2,
    };
    let notes = storage.notes();
    notes
        .see_notes(ELM_STREET, GROCERIES, &[seen])
        .await
        .unwrap();

    let (to, mut from) = mpsc::channel(1);
    let listen = async {
        let mut taken = Vec::new();
        while let Some(record) = from.recv().await {
            if matches!(record, Record::Note(..) | Record::Seen(..)) {
                taken.push(record);
            }
        }
        taken
    };
    let (sent, taken) = tokio::join!(storage.take_out(to), listen);

    sent.unwrap();
    let expected: [Record<StoredDocument>; 3] = [
        Record::Note(ELM_STREET, GROCERIES, Note { n: 1, ..alices(1) }),
        Record::Note(
            ELM_STREET,
            GROCERIES,
            Note {
                n: 2,
                ..note(2, BOB, Audience::Care)
            },
        ),
        Record::Seen(ELM_STREET, GROCERIES, seen),
    ];
    assert_eq!(taken, expected);
}
