//! What residents ask by themselves: it waits once, and nothing of it is left when somebody decided.

use kruispunt_core::consent::{Purpose, Recipient};
use kruispunt_core::id::{FormCode, IntakeFormId, IntakeId, RecordKeyId, RequestId};
use kruispunt_core::intake::FormKind;
use kruispunt_core::model::{Ask, DayPart, Repeat, Theme, Urgency, Weekday};

use super::{ALICE, Backend, HOUR, NOON, NORTH, is_conflict, is_not_found, with_alice};
use crate::{
    Audit as _, Deciding, Decision, Intake, IntakeForm, KeyOf, Receiving, Rewrap, Sealed, Storage,
    Wrapped,
};

pub(super) const KEY: RecordKeyId = RecordKeyId::from_bytes([60; 16]);
const OTHER_KEY: RecordKeyId = RecordKeyId::from_bytes([61; 16]);
const MOST: u32 = 3;

pub(super) fn form(number: u8) -> IntakeForm {
    IntakeForm {
        id: IntakeFormId::from_bytes([number; 16]),
        code: FormCode::from_bytes([number + 100; 16]),
        area: NORTH,
        kind: FormKind::Public,
        made_by: ALICE,
        made_at: NOON.plus_millis(i64::from(number)),
        closed_at: None,
    }
}

pub(super) fn intake(number: u8, form: u8) -> Intake {
    Intake {
        id: IntakeId::from_bytes([number; 16]),
        form: IntakeFormId::from_bytes([form; 16]),
        street: None,
        theme: Theme::Company,
        ask: Ask::Coffee,
        day: Some(Weekday::Tue),
        part: Some(DayPart::Afternoon),
        urgency: Urgency::ThisWeek,
        repeat: Repeat::Weekly,
        consents: vec![
            (Purpose::Arrange, Recipient::Coordinator),
            (Purpose::Help, Recipient::NeighbourhoodTeam),
        ],
        received_at: NOON.plus_millis(i64::from(number)),
    }
}

pub(super) fn sealed(number: u8) -> Sealed {
    let key = Wrapped {
        record_key: KEY,
        bytes: vec![number; 60],
    };
    Sealed {
        key,
        sealed: vec![number; 40],
    }
}

fn decision(number: u8, request: Option<RequestId>) -> Decision {
    Decision {
        id: IntakeId::from_bytes([number; 16]),
        area: NORTH,
        accepted: request.is_some(),
        request,
        member: ALICE,
        decided_at: NOON,
    }
}

const REQUEST: RequestId = RequestId::from_bytes([70; 16]);

/// A place with two forms, where something can be sealed.
pub(super) async fn with_forms<B: Backend>(backend: &B) -> B::Storage {
    let storage = with_alice(backend).await;
    let keys = storage.keys();
    keys.know_record_keys(&[KEY, OTHER_KEY], NOON)
        .await
        .unwrap();
    for number in [1, 2] {
        let entry = super::audit::entry(number, NOON);
        let made = storage.intakes().make_form(&form(number), &entry).await;
        made.unwrap();
    }
    storage
}

async fn receive(storage: &impl Storage, number: u8, form: u8) -> Receiving {
    let intakes = storage.intakes();
    let (asked, sealed) = (intake(number, form), sealed(number));
    intakes.receive(&asked, &sealed, MOST).await.unwrap()
}

/// It is found by what stands in its link, and by nothing else.
pub async fn a_form_is_known_by_its_code(backend: &impl Backend) {
    let storage = with_forms(backend).await;
    let intakes = storage.intakes();

    assert_eq!(intakes.forms().await.unwrap(), [form(2), form(1)]);
    let known = intakes.form_of(form(1).code).await.unwrap();
    assert_eq!(known, Some(form(1)));
    let unknown = intakes.form_of(FormCode::from_bytes([9; 16])).await;
    assert_eq!(unknown.unwrap(), None);
    let entry = super::audit::entry(9, NOON);
    assert!(is_conflict(&intakes.make_form(&form(1), &entry).await));
}

/// Nobody asks on it any more, and what waited goes on waiting.
pub async fn a_form_is_switched_off_once(backend: &impl Backend) {
    let storage = with_forms(backend).await;
    let intakes = storage.intakes();
    assert_eq!(receive(&storage, 11, 1).await, Receiving::Kept);

    for entry in [7, 8] {
        let (entry, later) = (
            super::audit::entry(entry, NOON),
            NOON.plus_millis(HOUR * i64::from(entry)),
        );
        let closed = intakes.close_form(form(1).id, later, &entry).await;
        closed.unwrap();
    }

    let known = intakes.form_of(form(1).code).await.unwrap().unwrap();
    assert_eq!(known.closed_at, Some(NOON.plus_millis(HOUR * 7)));
    assert_eq!(receive(&storage, 12, 1).await, Receiving::Closed);
    assert_eq!(receive(&storage, 12, 2).await, Receiving::Kept);
    // Told again, it is still there.
    assert_eq!(receive(&storage, 11, 1).await, Receiving::Kept);
    let waiting = intakes.waiting().await.unwrap();
    assert_eq!(waiting, [intake(11, 1), intake(12, 2)]);
}

/// Told twice it stands once, and only so many wait on one form.
pub async fn what_is_asked_waits_once_and_within_bounds(backend: &impl Backend) {
    let storage = with_forms(backend).await;
    for number in [11, 12, 13, 11] {
        assert_eq!(receive(&storage, number, 1).await, Receiving::Kept);
    }

    assert_eq!(receive(&storage, 14, 1).await, Receiving::Full);

    assert_eq!(receive(&storage, 12, 1).await, Receiving::Kept);
    assert_eq!(receive(&storage, 14, 2).await, Receiving::Kept);
    assert_eq!(storage.intakes().waiting().await.unwrap().len(), 4);
    let nowhere = Sealed {
        key: Wrapped {
            record_key: RecordKeyId::from_bytes([99; 16]),
            bytes: vec![1],
        },
        sealed: vec![1],
    };
    let intakes = storage.intakes();
    let lost = intakes.receive(&intake(15, 2), &nowhere, MOST).await;
    assert!(is_not_found(&lost), "{lost:?}");
}

/// Nothing of what was asked is left, and the same decision may be told again.
pub async fn a_decision_is_made_once(backend: &impl Backend) {
    let storage = with_forms(backend).await;
    let intakes = storage.intakes();
    assert_eq!(receive(&storage, 11, 1).await, Receiving::Kept);
    let entry = super::audit::entry(5, NOON);
    let opened = intakes.open_intake(intake(11, 1).id, &entry).await.unwrap();
    assert_eq!(opened, Some(sealed(11)));
    let decide = async |decision: Decision, entry: u8| {
        let entry = super::audit::entry(entry, NOON);
        intakes.decide(&decision, &entry).await.unwrap()
    };

    let yes = decision(11, Some(REQUEST));
    assert_eq!(decide(yes, 6).await, Deciding::Holds);

    assert_eq!(decide(yes, 7).await, Deciding::Holds);
    assert_eq!(decide(decision(11, None), 8).await, Deciding::Otherwise);
    let other = Some(RequestId::from_bytes([71; 16]));
    assert_eq!(decide(decision(11, other), 8).await, Deciding::Otherwise);
    assert_eq!(decide(decision(12, None), 8).await, Deciding::Unknown);
    assert_eq!(intakes.decision(yes.id).await.unwrap(), Some(yes));
    assert_eq!(intakes.waiting().await.unwrap(), []);
    let entry = super::audit::entry(9, NOON);
    assert_eq!(intakes.open_intake(yes.id, &entry).await.unwrap(), None);
    // A page that did not hear the answer sends it once more.
    assert_eq!(receive(&storage, 11, 1).await, Receiving::Kept);
    assert_eq!(intakes.waiting().await.unwrap(), []);
    let all = crate::Asked {
        areas: None,
        about: None,
        before: None,
        limit: 20,
    };
    // Two forms, one look, one decision.
    assert_eq!(storage.entries(all).await.unwrap().len(), 4);
}

/// What nobody looked at does not stay, nor what was decided, nor a form without use.
pub async fn what_waited_too_long_is_forgotten(backend: &impl Backend) {
    let storage = with_forms(backend).await;
    let intakes = storage.intakes();
    for number in [11, 12, 13] {
        assert_eq!(receive(&storage, number, 1).await, Receiving::Kept);
    }
    let entry = super::audit::entry(6, NOON);
    let decided = intakes.decide(&decision(11, None), &entry).await.unwrap();
    assert_eq!(decided, Deciding::Holds);
    for number in [1, 2] {
        let entry = super::audit::entry(20 + number, NOON);
        let closed = intakes.close_form(form(number).id, NOON, &entry).await;
        closed.unwrap();
    }

    let forgotten = intakes.forget_intakes(NOON.plus_millis(13)).await.unwrap();

    assert_eq!(forgotten, 1);
    assert_eq!(intakes.waiting().await.unwrap(), [intake(13, 1)]);
    assert_eq!(intakes.decision(intake(11, 1).id).await.unwrap(), None);
    assert_eq!(
        intakes
            .forms()
            .await
            .unwrap()
            .iter()
            .map(|form| form.id)
            .collect::<Vec<_>>(),
        [form(1).id]
    );
    assert_eq!(
        intakes
            .forget_intakes(NOON.plus_millis(HOUR))
            .await
            .unwrap(),
        1
    );
    assert_eq!(intakes.forms().await.unwrap(), []);
}

/// Its key is wrapped anew like any other, and keeps the old record key while it is not.
pub async fn its_key_is_wrapped_anew(backend: &impl Backend) {
    let storage = with_forms(backend).await;
    assert_eq!(receive(&storage, 11, 1).await, Receiving::Kept);
    let keys = storage.keys();
    assert_eq!(keys.record_keys().await.unwrap()[0].wraps, 1);
    assert!(keys.retire_record_key(KEY).await.is_err());
    let wrapped = keys.wrapped_by_others(OTHER_KEY, 9).await.unwrap();
    let of = KeyOf::Intake(intake(11, 1).id);
    assert_eq!(wrapped, [(of, sealed(11).key)]);

    let to = Wrapped {
        record_key: OTHER_KEY,
        bytes: vec![9; 60],
    };
    let rewrap = Rewrap {
        of,
        from: sealed(11).key,
        to: to.clone(),
    };
    keys.rewrap(&[rewrap]).await.unwrap();

    keys.retire_record_key(KEY).await.unwrap();
    let intakes = storage.intakes();
    let entry = super::audit::entry(5, NOON);
    let opened = intakes.open_intake(intake(11, 1).id, &entry).await.unwrap();
    assert_eq!(opened.unwrap().key, to);
}
