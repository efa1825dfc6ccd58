//! A phone whose store has no room, a street that is taken away: nothing a person did disappears without being shown.

use super::super::super::frame::{Changes, Frame, Purge, Welcome};
use super::super::super::unsent;
use super::kit::{BOARD, Person, Relay, meets, now};
use crate::command::Command;
use crate::message::Reason;
use crate::model::Role;
use crate::neighbourhood::Me;
use crate::time::Timestamp;
use crate::view::{RefusedWork, Safety, Standing};

#[test]
fn a_full_store_loses_nothing_and_keeps_the_line_as_it_is() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let dialled = fatma.dialled.len();

    fatma.fills_up();
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.does(Command::ClaimRequest { request }).unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    assert_eq!(fatma.sees(request).safety, Safety::Sent);
    assert_eq!(fatma.sees(request).claims[0].standing, Standing::Matched);
    assert_eq!((fatma.dialled.len(), fatma.online), (dialled, true));

    // The window is closed before there is room: what was held is gone, and the relay has all of it.
    fatma.held = Some(Vec::new());
    fatma.reopens();
    meets(&mut relay, &mut [&mut fatma]);
    assert_eq!(fatma.sees(request).safety, Safety::Sent);
    assert_eq!(fatma.heads(), amina.heads());
}

#[test]
fn what_ends_every_connection_is_met_further_and_further_apart() {
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    fatma.phone.lead();
    fatma.phone.network(true);
    let welcome = Frame::Welcome(Welcome {
        version: 1,
        now: 0,
        following: 1,
    });
    let gap = Frame::Changes(Changes {
        document: BOARD,
        epoch: 0,
        first: 7,
        changes: vec![vec![1].into()],
    });
    for _ in 0..8 {
        fatma.phone.connected("token", now());
        fatma.hears(&welcome);
        fatma.hears(&gap);
        fatma.phone.disconnected(0);
        fatma.carries_out();
    }
    assert_eq!(
        fatma.dialled,
        [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]
    );

    // One that lasts is another matter.
    fatma.phone.connected("token", now());
    fatma.hears(&welcome);
    let later = Timestamp::from_millis(now().as_millis() + 10_000);
    fatma.phone.tick(later);
    fatma.phone.disconnected(0);
    fatma.carries_out();
    assert_eq!(fatma.dialled.last(), Some(&250));
}

#[test]
fn what_a_full_store_did_not_take_is_there_once_it_has_room() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    fatma.fills_up();
    let request = fatma.logs_groceries();
    assert_eq!(fatma.phone.safekeeping().unsent, 1);
    assert_eq!(fatma.store.len(), 1, "only who she is");

    fatma.makes_room();
    fatma.reopens();
    assert_eq!(fatma.sees(request).safety, Safety::Here);
    assert_eq!(fatma.work()[0].unsent, 1);
    assert_eq!(fatma.street().unsent, 1);
    meets(&mut relay, &mut [&mut fatma]);
    assert_eq!(fatma.sees(request).safety, Safety::Sent);
    assert_eq!(fatma.work(), []);
    assert_eq!(fatma.street().unsent, 0);
}

#[test]
fn what_was_done_in_a_street_that_was_taken_away_is_shown_until_it_was_read() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let first = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma]);
    fatma.goes_offline();
    fatma
        .does(Command::WithdrawRequest { request: first })
        .unwrap();

    fatma.hears(&Frame::Purge(Purge { document: BOARD }));
    let nowhere = Me {
        memberships: Vec::new(),
        areas: Vec::new(),
        streets: Vec::new(),
        ..fatma.me()
    };
    fatma.phone.know(nowhere).unwrap();
    fatma.carries_out();
    let shown = |fatma: &mut Person| {
        assert_eq!(fatma.phone.safekeeping().refused, 1);
        let [street] = fatma.work().try_into().unwrap();
        assert_eq!((street.name.as_str(), street.unsent), ("", 0));
        let [work] = <[RefusedWork; 1]>::try_from(street.refused).unwrap();
        assert_eq!((work.request, work.deed), (first, "withdraw_request"));
        assert_eq!(work.reason, Reason::UnknownDocument.key());
        // What others did there went with the street.
        assert_eq!(work.ask, None);
    };
    shown(&mut fatma);
    fatma.reopens();
    shown(&mut fatma);

    // It can be taken along as a file.
    let records = fatma.store.iter();
    let file = unsent(records.map(|(key, bytes)| (key.as_str(), bytes.as_slice())));
    assert_eq!(file.len(), 1);
    assert_eq!(file[0].command, Command::WithdrawRequest { request: first });
    assert_eq!(file[0].reason, Some("unknown-document"));

    fatma.phone.dismiss(first);
    fatma.carries_out();
    fatma.reopens();
    assert_eq!(fatma.work(), []);
}
