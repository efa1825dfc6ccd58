//! Stories of a few phones and the relay, with nothing in between: frames go over by hand.

use super::super::frame::{
    Changes, Cursor, Failure, Frame, Hash, Push, Refusal, Reject, Snapshot, Welcome, failure,
};
use super::super::relay::uncompressed;
use super::{Batch, Effect, Phone};
use crate::access::Rights;
use crate::command::{Author, Command};
use crate::id::RequestId;
use crate::message::Reason;
use crate::model::{Ask, Repeat, Role, Theme, Urgency};
use crate::view::{Safety, Stage, Standing};

mod kit;

use kit::{BOARD, Person, Relay, STREET, meets, now, pushes};

#[test]
fn a_request_logged_without_reception_reaches_a_volunteer_and_comes_back() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    meets(&mut relay, &mut [&mut amina]);

    let request = fatma.logs_groceries();
    fatma.reopens();
    assert_eq!(fatma.sees(request).safety, Safety::Here);
    assert_eq!(fatma.phone.safekeeping().unsent, 1);

    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    assert_eq!(fatma.sees(request).safety, Safety::Sent);
    assert_eq!(amina.sees(request).stage, Stage::Open);

    amina.reopens();
    amina.does(Command::ClaimRequest { request }).unwrap();
    amina.reopens();
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Waiting));
    meets(&mut relay, &mut [&mut amina, &mut fatma]);
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Matched));
    assert_eq!(fatma.sees(request).claims[0].name.as_deref(), Some("Amina"));

    amina.does(Command::MarkDone { request }).unwrap();
    meets(&mut relay, &mut [&mut amina, &mut fatma]);
    assert!(fatma.sees(request).can.feedback);
    fatma
        .does(Command::GiveFeedback {
            request,
            how: crate::model::FeedbackHow::InPerson,
        })
        .unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    assert_eq!(amina.sees(request).stage, Stage::FedBack);
    assert_eq!(fatma.heads(), amina.heads());
    assert_eq!(fatma.heads(), relay.document.board().heads());
}

#[test]
fn two_volunteers_accept_offline_and_both_hear_the_truth() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let mut piet = Person::joins("Piet", Role::Volunteer);
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina, &mut piet]);

    amina.goes_offline();
    piet.goes_offline();
    amina.does(Command::ClaimRequest { request }).unwrap();
    piet.does(Command::ClaimRequest { request }).unwrap();
    meets(&mut relay, &mut [&mut piet]);
    meets(&mut relay, &mut [&mut amina, &mut piet, &mut fatma]);
    assert_eq!(piet.sees(request).my_claim, Some(Standing::Matched));
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Reserve));

    // The winner cannot after all, and the relay restarted in between: the reserve takes over.
    relay.restarts();
    piet.does(Command::ReleaseClaim { request }).unwrap();
    meets(&mut relay, &mut [&mut piet, &mut amina, &mut fatma]);
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Matched));
    assert_eq!(fatma.sees(request).claims.len(), 1);
}

#[test]
fn a_lost_ack_makes_no_second_request() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let request = fatma.logs_groceries();
    let push = fatma.phone.streets[&BOARD].pending[0]
        .outgoing
        .change
        .clone();
    pushes(
        &mut relay,
        &fatma,
        &Push {
            document: BOARD,
            epoch: 0,
            changes: vec![push.into()],
        },
    );

    meets(&mut relay, &mut [&mut fatma]);
    assert_eq!(fatma.sees(request).safety, Safety::Sent);
    assert_eq!(relay.log.len(), 1);
    assert!(fatma.store.keys().all(|key| !key.starts_with("o/")));
}

#[test]
fn a_double_tap_is_one_deed() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let request = fatma.logs_groceries();
    assert_eq!(fatma.logs_groceries(), request);
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.does(Command::ClaimRequest { request }).unwrap();
    amina.does(Command::ClaimRequest { request }).unwrap();
    assert_eq!(amina.phone.safekeeping().unsent, 1);
}

#[test]
fn refused_work_is_shown_and_what_was_built_on_it_is_made_anew() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let first = fatma.logs_groceries();
    fatma.reopens();
    let second = fatma.logs_groceries();
    assert_ne!(first, second);
    fatma.online = true;
    fatma.phone.lead();
    fatma.phone.network(true);
    fatma.phone.connected("token", now());
    fatma.carries_out();
    fatma.outbox.clear();
    fatma.hears(&Frame::Welcome(Welcome {
        version: 1,
        now: 0,
        following: 0,
    }));
    fatma.outbox.clear();

    let hash = Hash::from(fatma.phone.streets[&BOARD].pending[0].hash);
    let refused = vec![Refusal {
        hash,
        reason: Reason::NotAllowed,
    }];
    fatma.hears(&Frame::Reject(Reject {
        document: BOARD,
        refused,
    }));
    assert_eq!(fatma.sees(first).safety, Safety::Refused);
    assert_eq!(fatma.sees(first).refusal, Some("not-allowed"));
    assert_eq!(fatma.sees(second).safety, Safety::Here);

    fatma.reopens();
    assert_eq!(fatma.sees(first).safety, Safety::Refused);
    meets(&mut relay, &mut [&mut fatma]);
    assert_eq!(fatma.sees(second).safety, Safety::Sent);
    fatma.phone.dismiss(first);
    fatma.carries_out();
    assert_eq!(fatma.phone.safekeeping().refused, 0);
}

#[test]
fn a_new_epoch_replays_what_was_meant() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.reopens();
    amina.does(Command::ClaimRequest { request }).unwrap();

    // The relay began a new epoch: the same content, another history.
    let mut scrubbed = crate::schema::Board::found(BOARD, 1).unwrap();
    let author = Author {
        member: fatma.member(),
        first_name: "Fatma",
        rights: Rights::of([Role::Ambassador]),
    };
    let groceries = fatma.phone.streets[&BOARD].board.request(request).unwrap();
    let command = Command::LogRequest {
        area: STREET,
        theme: groceries.theme.unwrap(),
        ask: groceries.ask.unwrap(),
        day: None,
        part: None,
        urgency: groceries.urgency,
        repeat: groceries.repeat,
    };
    crate::command::perform(&mut scrubbed, &command, author, request, now()).unwrap();
    let bytes = scrubbed.save();
    amina.phone.lead();
    amina.phone.network(true);
    amina.phone.connected("token", now());
    amina.carries_out();
    let cursor = Cursor {
        document: BOARD,
        epoch: 1,
        seq: 0,
    };
    amina.hears(&Frame::Snapshot(Snapshot {
        cursor,
        bytes: bytes.into(),
    }));
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Waiting));
    assert_eq!(amina.phone.safekeeping().unsent, 1);
    amina.reopens();
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Waiting));
}

#[test]
fn what_a_hostile_phone_sends_changes_nothing() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let mut piet = Person::joins("Piet", Role::Volunteer);
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina, &mut piet]);
    let before = relay.document.board().heads();
    let mut attempts: Vec<Vec<u8>> = vec![b"no change at all".to_vec(), vec![], vec![0; 17 << 10]];

    // A claim in somebody else's name: Piet's own work, sent by Amina.
    piet.does(Command::ClaimRequest { request }).unwrap();
    attempts.push(
        piet.phone.streets[&BOARD].pending[0]
            .outgoing
            .change
            .clone(),
    );
    // A forged confirmation.
    let mut forged = relay.document.board().clone();
    forged.write_as([66; 16]);
    let mut change = forged
        .settle(&[(request, amina.member())], &[], now())
        .unwrap()
        .unwrap();
    attempts.push(uncompressed(&mut change));
    // Work that builds on work nobody has.
    let mut orphan = forged
        .claim(request, amina.member(), "Amina", now())
        .unwrap()
        .unwrap();
    attempts.push(uncompressed(&mut orphan));
    // A log entry by a volunteer, who may not.
    let mut board = relay.document.board().clone();
    board.write_as([67; 16]);
    let logged = Command::LogRequest {
        area: STREET,
        theme: Theme::Chores,
        ask: Ask::Lamp,
        day: None,
        part: None,
        urgency: Urgency::Today,
        repeat: Repeat::Once,
    };
    let ambassador = Author {
        member: amina.member(),
        first_name: "Amina",
        rights: Rights::of([Role::Ambassador]),
    };
    let fresh = RequestId::from_bytes([99; 16]);
    let mut change = crate::command::perform(&mut board, &logged, ambassador, fresh, now())
        .unwrap()
        .unwrap();
    attempts.push(uncompressed(&mut change));
    // Work under the actor that founded the board, which every device can name.
    let mut board = relay.document.board().clone();
    board.write_as(crate::schema::Board::founding_actor(BOARD, 0));
    let mut founding = board
        .claim(request, amina.member(), "Amina", now())
        .unwrap()
        .unwrap();
    attempts.push(uncompressed(&mut founding));
    // A compressed change, which could inflate without end.
    let mut compressed = change.clone();
    attempts.push(compressed.bytes().into_owned());

    for attempt in attempts {
        let push = Push {
            document: BOARD,
            epoch: 0,
            changes: vec![attempt.clone().into()],
        };
        let admission = pushes(&mut relay, &amina, &push);
        assert!(
            admission.rows.is_empty(),
            "{} bytes were taken",
            attempt.len()
        );
        assert!(matches!(admission.answers.as_slice(), [Frame::Reject(_)]));
    }
    assert_eq!(relay.document.board().heads(), before);
}

#[test]
fn another_phones_actor_cannot_be_used() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let mut piet = Person::joins("Piet", Role::Volunteer);
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina, &mut piet]);
    amina.does(Command::ClaimRequest { request }).unwrap();
    let actor = amina.phone.streets[&BOARD].board.clone();
    meets(&mut relay, &mut [&mut amina]);

    let mut board = relay.document.board().clone();
    board.write_as(actor.actor());
    let mut change = board
        .claim(request, piet.member(), "Piet", now())
        .unwrap()
        .unwrap();
    let bytes = uncompressed(&mut change);
    let push = Push {
        document: BOARD,
        epoch: 0,
        changes: vec![bytes.into()],
    };
    let admission = pushes(&mut relay, &piet, &push);
    assert!(admission.rows.is_empty());
}

#[test]
fn a_gap_or_rubbish_ends_the_connection_and_loses_nothing() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let request = fatma.logs_groceries();
    for bad in [
        Frame::Changes(Changes {
            document: BOARD,
            epoch: 0,
            first: 9,
            changes: vec![vec![1].into()],
        })
        .encode(),
        Frame::Changes(Changes {
            document: BOARD,
            epoch: 0,
            first: 1,
            changes: vec![vec![1].into()],
        })
        .encode(),
        Frame::Changes(Changes {
            document: BOARD,
            epoch: 4,
            first: 1,
            changes: vec![],
        })
        .encode(),
        vec![0xff, 0x00],
    ] {
        fatma.online = true;
        fatma.phone.frame(&bad, now());
        fatma.carries_out();
        assert!(!fatma.online);
    }
    fatma.hears(&Frame::Failure(Failure {
        key: failure::UNAVAILABLE.into(),
    }));
    fatma.phone.disconnected(7);
    meets(&mut relay, &mut [&mut fatma]);
    assert_eq!(fatma.sees(request).safety, Safety::Sent);
}

#[test]
fn two_tabs_of_one_phone_stay_equal() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut other = Phone::load([77; 16], fatma.store.clone()).unwrap();

    // The second tab logs; the first, which leads, sends it.
    let fresh = RequestId::from_bytes([42; 16]);
    let command = Command::LogRequest {
        area: STREET,
        theme: Theme::Company,
        ask: Ask::Coffee,
        day: None,
        part: None,
        urgency: Urgency::CanWait,
        repeat: Repeat::Weekly,
    };
    other.command(command, fresh, now()).unwrap();
    let batches: Vec<_> = other
        .drain()
        .into_iter()
        .filter_map(|effect| {
            if let Effect::Store(batch) = effect {
                Some(batch)
            } else {
                None
            }
        })
        .collect();
    for batch in batches {
        fatma.store.extend(batch.puts.clone());
        other.stored(batch.number);
        fatma.phone.absorb(batch).unwrap();
    }
    assert_eq!(fatma.sees(fresh).safety, Safety::Here);
    fatma.phone.lead();
    fatma.phone.network(true);
    fatma.phone.connected("token", now());
    let before = fatma.store.clone();
    fatma.online = true;
    fatma.carries_out();
    meets(&mut relay, &mut [&mut fatma]);
    assert_eq!(fatma.sees(fresh).safety, Safety::Sent);

    // What the first stored in the meantime reaches the second.
    let puts = fatma
        .store
        .iter()
        .filter(|&(key, value)| before.get(key) != Some(value));
    let puts = puts
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let deletes = before
        .keys()
        .filter(|key| !fatma.store.contains_key(*key))
        .cloned()
        .collect();
    other
        .absorb(Batch {
            number: 0,
            puts,
            deletes,
        })
        .unwrap();
    assert_eq!(other.safekeeping().unsent, 0);
    assert_eq!(other.streets[&BOARD].board.heads(), fatma.heads());
}

#[test]
fn reception_that_comes_back_while_the_phone_waits_is_used_at_once() {
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    fatma.phone.lead();
    fatma.phone.network(true);
    fatma.phone.drain();
    // The line broke, and the phone waits for its next try when the device says that the network is gone.
    fatma.phone.disconnected(0);
    let waits = |effect: &Effect| matches!(effect, Effect::Connect { after_ms: 1.. });
    assert!(fatma.phone.drain().iter().any(waits));
    fatma.phone.network(false);
    assert!(fatma.phone.drain().contains(&Effect::Close));
    fatma.phone.network(true);
    assert!(
        fatma
            .phone
            .drain()
            .contains(&Effect::Connect { after_ms: 0 })
    );
}
