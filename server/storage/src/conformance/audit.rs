//! What was done.

use kruispunt_core::id::AuditId;

use super::{
    ALICE, ALICES_PHONE, Backend, HOUR, MemberId, NOON, NORTH, Storage, is_conflict, with_places,
};
use crate::{Asked, Audit as _, Entry};
use kruispunt_core::id::AreaId;
use kruispunt_core::time::Timestamp;

const TOWN: AreaId = AreaId::from_bytes([1; 16]);
const BOB: MemberId = MemberId::from_bytes([11; 16]);

/// Something that Alice did to Bob in North.
pub(super) fn entry(number: u8, at: Timestamp) -> Entry {
    Entry {
        id: AuditId::from_bytes([number; 16]),
        at,
        member: Some(ALICE),
        device: Some(ALICES_PHONE),
        area: Some(NORTH),
        deed: "some-deed".to_owned(),
        subject: Some(*BOB.as_bytes()),
        detail: Some("some-way".to_owned()),
    }
}

/// Something the operator did, nowhere and to nobody.
fn operators(number: u8, at: Timestamp) -> Entry {
    Entry {
        member: None,
        device: None,
        area: None,
        subject: None,
        detail: None,
        ..entry(number, at)
    }
}

const EVERYTHING: Asked<'static> = Asked {
    areas: None,
    about: None,
    before: None,
    limit: 100,
};

async fn numbers(storage: &impl Storage, asked: Asked<'_>) -> Vec<u8> {
    let entries = storage.entries(asked).await.unwrap();
    entries.iter().map(|entry| entry.id.as_bytes()[0]).collect()
}

/// Everything, of some areas, or about somebody.
pub async fn what_was_done_is_read_the_newest_first(backend: &impl Backend) {
    let storage = with_places(backend).await;
    let in_town = Entry {
        area: Some(TOWN),
        member: Some(BOB),
        subject: None,
        ..entry(3, NOON.plus_millis(2))
    };
    storage
        .record(&entry(1, NOON.plus_millis(1)))
        .await
        .unwrap();
    storage.record(&operators(2, NOON)).await.unwrap();
    storage.record(&in_town).await.unwrap();

    assert!(is_conflict(&storage.record(&entry(1, NOON)).await));

    let entries = storage.entries(EVERYTHING).await.unwrap();
    assert_eq!(
        entries,
        [in_town, entry(1, NOON.plus_millis(1)), operators(2, NOON)]
    );
    let of = |areas| Asked {
        areas: Some(areas),
        ..EVERYTHING
    };
    assert_eq!(numbers(&storage, of(&[NORTH])).await, [1]);
    assert_eq!(numbers(&storage, of(&[NORTH, TOWN])).await, [3, 1]);
    assert_eq!(numbers(&storage, of(&[])).await, [0_u8; 0]);
    let about = |about: MemberId| Asked {
        about: Some(*about.as_bytes()),
        ..EVERYTHING
    };
    assert_eq!(numbers(&storage, about(BOB)).await, [3, 1]);
    assert_eq!(numbers(&storage, about(ALICE)).await, [1]);
}

/// Also where much was done in the same moment.
pub async fn what_was_done_is_read_page_by_page(backend: &impl Backend) {
    let storage = with_places(backend).await;
    for number in 1..=5 {
        storage.record(&entry(number, NOON)).await.unwrap();
    }
    storage
        .record(&entry(6, NOON.plus_millis(-1)))
        .await
        .unwrap();
    let page = |before: Option<u8>| Asked {
        before: before.map(|number| AuditId::from_bytes([number; 16])),
        limit: 2,
        ..EVERYTHING
    };

    assert_eq!(numbers(&storage, page(None)).await, [5, 4]);
    assert_eq!(numbers(&storage, page(Some(4))).await, [3, 2]);
    assert_eq!(numbers(&storage, page(Some(2))).await, [1, 6]);
    assert_eq!(numbers(&storage, page(Some(6))).await, [0_u8; 0]);
    // What nobody knows has nothing before it.
    assert_eq!(numbers(&storage, page(Some(99))).await, [0_u8; 0]);
}

/// And the rest is kept.
pub async fn what_was_done_long_ago_is_forgotten(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage.record(&entry(1, NOON)).await.unwrap();
    storage
        .record(&entry(2, NOON.plus_millis(HOUR)))
        .await
        .unwrap();

    let forgotten = storage
        .forget_entries(NOON.plus_millis(HOUR))
        .await
        .unwrap();

    assert_eq!(forgotten, 1);
    assert_eq!(numbers(&storage, EVERYTHING).await, [2]);
}
