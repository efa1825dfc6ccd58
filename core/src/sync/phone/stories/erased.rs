//! A case is erased, or somebody's roles change: what the phone forgets, and how it comes back.

use super::super::super::frame::{Failure, Frame, failure};
use super::super::Effect;
use super::kit::{Person, Relay, meets, now};
use crate::command::Command;
use crate::model::Role;
use crate::time::Timestamp;

/// Whether any record of the phone's store holds these bytes.
fn holds(person: &Person, bytes: &[u8]) -> bool {
    let found = |record: &[u8]| record.windows(bytes.len()).any(|window| window == bytes);
    person
        .store
        .iter()
        .any(|(key, record)| found(key.as_bytes()) || found(record))
}

#[test]
fn an_erased_case_leaves_the_phone_once_its_new_epoch_is_there() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma]);
    fatma.does(Command::WithdrawRequest { request }).unwrap();
    meets(&mut relay, &mut [&mut fatma]);
    fatma.goes_offline();
    let name = request.to_string();
    assert!(holds(&fatma, name.as_bytes()) && holds(&fatma, request.as_bytes()));

    assert!(!fatma.phone.forget(request), "the board still has it");
    fatma.carries_out();
    assert!(holds(&fatma, name.as_bytes()));

    relay.rotates(Timestamp::from_millis(now().as_millis() + 1));
    meets(&mut relay, &mut [&mut fatma]);
    assert!(fatma.phone.forget(request));
    fatma.carries_out();
    assert!(!holds(&fatma, name.as_bytes()), "by its written name");
    assert!(!holds(&fatma, request.as_bytes()), "by its bytes");
}

#[test]
fn a_phone_whose_member_changed_asks_anew_and_comes_back_at_once() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    meets(&mut relay, &mut [&mut fatma]);
    for _ in 0..4 {
        fatma.phone.disconnected(0);
    }
    fatma.carries_out();
    let patient = *fatma.dialled.last().unwrap();

    let changed = Frame::Failure(Failure {
        key: failure::CHANGED.into(),
    });
    fatma.phone.frame(&changed.encode(), now());
    assert!(fatma.phone.drain().contains(&Effect::AskAnew));
    fatma.phone.disconnected(0);
    fatma.carries_out();
    let at_once = *fatma.dialled.last().unwrap();
    assert!(at_once < 500 && at_once < patient, "{at_once} {patient}");
}
