//! What volunteers say of themselves.

use super::{
    ALICE, ALICES_PHONE, Backend, HOUR, Member, MemberId, NOON, People as _, Storage, is_not_found,
    with_alices_phone,
};
use crate::{Entry, Erasure, Subject};
use kruispunt_core::id::ErasureId;
use kruispunt_core::model::{
    DayPart, Free, Language, Profile, ProfileChange, Reach, Theme, Weekday,
};

const BOB: MemberId = MemberId::from_bytes([11; 16]);

async fn profile(storage: &impl Storage, member: MemberId) -> Option<Profile> {
    storage.profiles().profile(member).await.unwrap()
}

async fn says(storage: &impl Storage, change: ProfileChange, after_ms: i64) {
    let now = NOON.plus_millis(after_ms);
    let profiles = storage.profiles();
    profiles.change_profile(ALICE, &change, now).await.unwrap();
}

/// Nobody has one before they said something, and then it is as they said it, also after a restart.
pub async fn a_profile_is_what_was_said_of_it(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    assert_eq!(profile(&storage, ALICE).await, None);
    assert!(storage.profiles().profiles().await.unwrap().is_empty());

    let everything = ProfileChange {
        talents: Some(vec![Theme::Groceries, Theme::Company]),
        free: Some(vec![Free {
            day: Weekday::Tue,
            part: DayPart::Morning,
        }]),
        reach: Some(Reach::Quarter),
        languages: Some(vec![Language::Dutch, Language::Berber]),
        preferences: Some(Vec::new()),
        home: Some(Some(super::NORTH)),
        from: Some(None),
        until: Some(Some(NOON)),
        paused_until: Some(None),
        at_most: Some(Some(2)),
    };
    says(&storage, everything.clone(), 0).await;

    let mut expected = Profile::default();
    everything.apply(&mut expected);
    assert_eq!(profile(&storage, ALICE).await, Some(expected.clone()));
    storage.close().await;
    let storage = backend.open().await;
    let all = storage.profiles().profiles().await.unwrap();
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [(ALICE, expected)]);
}

/// Two phones filled in different things, and both stand; of the same thing the last that came does.
pub async fn changes_of_different_fields_stand_together(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let one = ProfileChange {
        talents: Some(vec![Theme::Care]),
        at_most: Some(Some(3)),
        ..ProfileChange::default()
    };
    let other = ProfileChange {
        languages: Some(vec![Language::Arabic]),
        at_most: Some(None),
        ..ProfileChange::default()
    };
    says(&storage, one, 5).await;
    says(&storage, other, 1).await;

    let both = Profile {
        talents: vec![Theme::Care],
        languages: vec![Language::Arabic],
        ..Profile::default()
    };
    assert_eq!(profile(&storage, ALICE).await, Some(both));
}

/// Bob's is his own.
pub async fn a_profile_is_one_members(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let far = ProfileChange {
        reach: Some(Reach::Anywhere),
        ..ProfileChange::default()
    };
    let profiles = storage.profiles();
    assert!(is_not_found(
        &profiles.change_profile(BOB, &far, NOON).await
    ));
    let bob = Member {
        id: BOB,
        first_name: "Bob".to_owned(),
        memberships: Vec::new(),
    };
    storage.add_member(&bob).await.unwrap();

    profiles.change_profile(BOB, &far, NOON).await.unwrap();

    assert_eq!(profile(&storage, ALICE).await, None);
    assert_eq!(profile(&storage, BOB).await.unwrap().reach, Reach::Anywhere);
}

/// Nothing of it is left, and Bob's stays.
pub async fn a_profile_is_erased_with_its_member(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let pause = ProfileChange {
        paused_until: Some(Some(NOON.plus_millis(HOUR))),
        ..ProfileChange::default()
    };
    says(&storage, pause.clone(), 0).await;
    let bob = Member {
        id: BOB,
        first_name: "Bob".to_owned(),
        memberships: Vec::new(),
    };
    storage.add_member(&bob).await.unwrap();
    let profiles = storage.profiles();
    profiles.change_profile(BOB, &pause, NOON).await.unwrap();

    let erasure = Erasure {
        id: ErasureId::from_bytes([1; 16]),
        subject: Subject::Member(ALICE),
        member: Some(ALICE),
        asked_at: NOON,
        done_at: None,
        waits: vec![ALICES_PHONE],
    };
    let entry: Entry = super::audit::entry(1, NOON);
    storage.erasures().erase(&erasure, &entry).await.unwrap();

    let left = storage.profiles().profiles().await.unwrap();
    assert_eq!(left.into_keys().collect::<Vec<_>>(), [BOB]);
}
