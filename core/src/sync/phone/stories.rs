//! Stories of a few phones and the relay, with nothing in between: frames go over by hand.

use automerge::legacy::{OpId, OpType};
use automerge::{ActorId, Change, ExpandedChange};

use super::super::chunk;
use super::super::frame::{Changes, Failure, Frame, Hash, Push, Refusal, Reject, Welcome, failure};
use super::{Batch, Effect, Phone};
use crate::access::Rights;
use crate::command::{Author, Command};
use crate::id::RequestId;
use crate::message::Reason;
use crate::model::{Ask, FeedbackHow, Repeat, Role, Theme, Urgency};
use crate::schema::{Keep, Ledger};
use crate::time::Timestamp;
use crate::view::{Safety, Stage, Standing};

mod backup;
mod erased;
mod kit;
mod life;
mod trouble;

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
            on: None,
        })
        .unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    assert_eq!(amina.sees(request).stage, Stage::FedBack);
    assert_eq!(fatma.heads(), amina.heads());
    assert_eq!(fatma.heads(), relay.document.board().unwrap().heads());
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

    // A relay names both, the second for want of the first.
    let reasons = [Reason::NotAllowed, Reason::MissingDependency];
    let pending = &fatma.phone.streets[&BOARD].pending;
    let refused = pending.iter().zip(reasons);
    let refused = refused.map(|(pending, reason)| Refusal {
        hash: Hash::from(pending.hash),
        reason,
    });
    let refused = refused.collect();
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
fn a_request_that_was_refused_is_shown_whatever_was_done_to_it() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let request = fatma.logs_groceries();
    fatma.does(Command::WithdrawRequest { request }).unwrap();

    // She is no ambassador any more; her phone has not heard of it.
    fatma.role = Role::Volunteer;
    meets(&mut relay, &mut [&mut fatma]);
    assert_eq!(fatma.sees(request).refusal, Some("not-allowed"));
    fatma.reopens();
    assert_eq!(fatma.sees(request).refusal, Some("not-allowed"));
    assert_eq!(fatma.phone.safekeeping().refused, 1);
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

    relay.rotates(now());
    meets(&mut relay, &mut [&mut amina]);
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Matched));
    assert_eq!(amina.phone.safekeeping().unsent, 0);
    meets(&mut relay, &mut [&mut fatma]);
    assert_eq!(amina.heads(), relay.document.board().unwrap().heads());
    amina.reopens();
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Matched));

    // Fatma was connected all the while, and her phone had a push under way.
    fatma.does(Command::WithdrawRequest { request }).unwrap();
    let told = relay.rotates(now());
    fatma.hears(&told);
    meets(&mut relay, &mut [&mut fatma]);
    assert_eq!(fatma.phone.safekeeping().unsent, 0);
    assert_eq!(fatma.phone.safekeeping().refused, 0);
    assert_eq!(fatma.sees(request).stage, Stage::Withdrawn);
    assert_eq!(fatma.heads(), relay.document.board().unwrap().heads());
}

#[test]
fn a_new_epoch_leaves_behind_what_is_closed_and_nothing_else() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let closed = fatma.logs_groceries();
    fatma.reopens();
    let open = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    for request in [closed, open] {
        amina.does(Command::ClaimRequest { request }).unwrap();
    }
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.does(Command::MarkDone { request: closed }).unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    fatma
        .does(Command::GiveFeedback {
            request: closed,
            how: FeedbackHow::Letter,
            on: None,
        })
        .unwrap();
    meets(&mut relay, &mut [&mut fatma]);
    let before = relay.document.board().unwrap().request(open);

    // Closed just now, so it stays; a moment later it does not.
    relay.rotates(now());
    assert!(relay.document.board().unwrap().request(closed).is_some());
    let later = Timestamp::from_millis(now().as_millis() + 1);
    relay.rotates(later);
    let bytes = relay.document.save().unwrap();
    let board = relay.document.board().unwrap();
    assert!(board.request(closed).is_none());
    assert_eq!(board.request(open), before);
    assert_eq!(board.helper_name(amina.member()).as_deref(), Some("Amina"));
    let left_behind = closed.to_string();
    let found = |bytes: &[u8], text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(!found(&bytes, &left_behind), "history remembers it");

    // Work on what was left behind is kept and shown, not dropped.
    amina.goes_offline();
    amina
        .does(Command::ReleaseClaim { request: closed })
        .unwrap_err();
    amina.does(Command::ReleaseClaim { request: open }).unwrap();
    meets(&mut relay, &mut [&mut amina, &mut fatma]);
    assert_eq!(amina.sees(open).stage, Stage::Open);
    relay.rotates(later);
    let nobody = relay.document.board().unwrap().helper_name(amina.member());
    assert_eq!(nobody, None, "who helps with nothing is not named");
}

#[test]
fn a_rotation_gives_the_same_bytes_wherever_it_is_done() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma]);
    let keep = Keep::since(now());
    let one = relay.document.rotate(7, keep).unwrap();
    relay.restarts();
    let other = relay.document.rotate(7, keep).unwrap();
    assert_eq!(one, other);
}

#[test]
fn what_a_hostile_phone_sends_changes_nothing() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let mut piet = Person::joins("Piet", Role::Volunteer);
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina, &mut piet]);
    let before = relay.document.board().unwrap().heads();
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
    let mut forged = relay.document.board().unwrap().clone();
    forged.write_as([66; 16]);
    let ledger: Ledger = forged.changes().iter().collect();
    let confirmation = ledger
        .write(
            [66; 16].into(),
            &[crate::schema::Stroke::Hold {
                place: crate::schema::Hold::Match,
                request,
                member: amina.member(),
                holds: true,
            }],
            now(),
        )
        .unwrap();
    attempts.push(written(confirmation.clone()));
    forged.apply([Change::from(confirmation)]).unwrap();
    // Work that builds on work nobody has.
    let orphan = forged
        .claim(request, amina.member(), "Amina", now())
        .unwrap()
        .unwrap();
    attempts.push(chunk::bytes(&orphan));
    // A log entry by a volunteer, who may not.
    let mut board = relay.document.board().unwrap().clone();
    board.write_as([67; 16]);
    let logged = Command::LogRequest {
        area: STREET,
        theme: Theme::Chores,
        ask: Ask::Lamp,
        day: None,
        part: None,
        urgency: Urgency::Today,
        repeat: Repeat::Once,
        source: None,
        language: None,
    };
    let ambassador = Author {
        member: amina.member(),
        first_name: "Amina",
        rights: Rights::of([Role::Ambassador]),
    };
    let fresh = RequestId::from_bytes([99; 16]);
    let change = crate::command::perform(&mut board, &logged, ambassador, fresh, now())
        .unwrap()
        .unwrap();
    attempts.push(chunk::bytes(&change));
    // Work under the actor that founded the board, which every device can name.
    let mut board = relay.document.board().unwrap().clone();
    board.write_as(crate::schema::Board::founding_actor(BOARD, 0));
    let founding = board
        .claim(request, amina.member(), "Amina", now())
        .unwrap()
        .unwrap();
    attempts.push(chunk::bytes(&founding));
    // A compressed change, which could inflate without end.
    let mut compressed = change.clone();
    attempts.push(compressed.bytes().into_owned());

    for (number, attempt) in attempts.into_iter().enumerate() {
        let admission = pushes(&mut relay, &amina, &pushing(attempt));
        assert!(admission.rows.is_empty(), "attempt {number} was taken");
        assert!(matches!(admission.answers.as_slice(), [Frame::Reject(_)]));
    }
    assert_eq!(relay.document.board().unwrap().heads(), before);
}

#[test]
fn what_automerge_could_not_load_again_is_refused() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let mut board = relay.document.board().unwrap().clone();
    board.write_as([68; 16]);
    let claim = board.claim(request, amina.member(), "Amina", now());
    let claim = claim.unwrap().unwrap().decode();
    let ends = |change: &mut ExpandedChange, id: OpId| {
        change.operations[0].pred = [id].into_iter().collect();
    };

    let spoil: [&dyn Fn(&mut ExpandedChange); 8] = [
        &|change| ends(change, OpId(3, ActorId::from([1; 16]))),
        &|change| ends(change, OpId(1, change.actor_id.clone())),
        &|change| change.operations[0].action = OpType::Delete,
        &|change| change.operations.push(change.operations[0].clone()),
        &|change| change.message = Some("a word that stays for ever".to_owned()),
        &|change| change.time = i64::MAX,
        &|change| change.start_op = change.start_op.saturating_add(1 << 40),
        &|change| change.deps.push(change.deps[0]),
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let mut spoiled = claim.clone();
        spoil(&mut spoiled);
        let bytes = written(spoiled);
        assert_ne!(bytes, written(claim.clone()));
        let admission = pushes(&mut relay, &amina, &pushing(bytes));
        assert!(admission.rows.is_empty(), "number {number} was taken");
    }
    // The same claim, unspoiled, is taken.
    let admission = pushes(&mut relay, &amina, &pushing(written(claim)));
    assert_eq!(admission.rows.len(), 2);
    let saved = relay.document.save().unwrap();
    let loaded = crate::schema::Board::load(&saved).unwrap();
    assert_eq!(loaded.heads(), relay.document.board().unwrap().heads());
}

#[test]
fn a_full_board_takes_no_new_requests_and_lets_the_others_end() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let room = 200;
    relay.has_room(room);
    while relay.document.operations() < room {
        fatma.reopens();
        fatma.logs_groceries();
        meets(&mut relay, &mut [&mut fatma, &mut amina]);
    }
    fatma.reopens();
    let late = fatma.logs_groceries();
    amina.does(Command::ClaimRequest { request }).unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    assert_eq!(fatma.sees(late).refusal, Some("document-full"));
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Matched));
}

fn pushing(change: Vec<u8>) -> Push {
    Push {
        document: BOARD,
        epoch: 0,
        changes: vec![change.into()],
    }
}

/// The bytes of a change made by hand.
fn written(change: ExpandedChange) -> Vec<u8> {
    Change::from(change).raw_bytes().to_vec()
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

    let mut board = relay.document.board().unwrap().clone();
    board.write_as(actor.actor());
    let change = board
        .claim(request, piet.member(), "Piet", now())
        .unwrap()
        .unwrap();
    let bytes = chunk::bytes(&change);
    let admission = pushes(&mut relay, &piet, &pushing(bytes));
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
fn a_relay_that_lost_its_last_hours_is_believed_as_it_is_now() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut amina = Person::joins("Amina", Role::Volunteer);
    let first = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina
        .does(Command::ClaimRequest { request: first })
        .unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.goes_offline();

    // Somebody put last night's file back, and the street went on from there.
    relay.log.truncate(1);
    relay.restarts();
    fatma = Person::joins("Fatma", Role::Ambassador);
    fatma.reopens();
    for _ in 0..3 {
        fatma.reopens();
        fatma.logs_groceries();
        meets(&mut relay, &mut [&mut fatma]);
    }
    meets(&mut relay, &mut [&mut amina]);
    assert!(!amina.online, "what comes does not join on");
    amina.reopens();
    meets(&mut relay, &mut [&mut amina]);
    assert_eq!(amina.heads(), relay.document.board().unwrap().heads());
    amina.reopens();
    assert_eq!(amina.heads(), relay.document.board().unwrap().heads());
    assert_eq!(amina.sees(first).my_claim, None);
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
        source: None,
        language: None,
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
    for batch in batches.clone() {
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

    // A tab that was frozen, and started anew from the store, reads old mail.
    for batch in batches {
        fatma.phone.absorb(batch).unwrap();
    }
    assert_eq!(fatma.phone.safekeeping().unsent, 0);
}

#[test]
fn a_tab_that_was_frozen_never_goes_back_to_an_epoch_that_ended() {
    let mut relay = Relay::opens();
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma]);
    fatma.hears(&relay.rotates(now()));
    let is_document = |(key, _): &(&String, &Vec<u8>)| key.starts_with("d/");
    let of_this_epoch = fatma.store.iter().filter(is_document);
    let puts = of_this_epoch.map(|(key, value)| (key.clone(), value.clone()));
    let old_mail = Batch {
        number: 0,
        puts: puts.collect(),
        deletes: Vec::new(),
    };
    fatma.hears(&relay.rotates(now()));

    let mut thawed = Phone::load([77; 16], fatma.store.clone()).unwrap();
    assert!(thawed.absorb(old_mail).is_err(), "it reads the store again");
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

#[test]
fn a_line_that_died_unheard_is_found_out_within_seconds_of_somebody_looking() {
    let mut fatma = Person::joins("Fatma", Role::Ambassador);
    let mut relay = Relay::opens();
    meets(&mut relay, &mut [&mut fatma]);
    let later = |ms| Timestamp::from_millis(now().as_millis() + ms);
    let asks = Effect::Send(Frame::Ping.encode());

    // An hour in a pocket; the relay is there and answers.
    fatma.phone.wake(later(3_600_000));
    assert_eq!(fatma.phone.drain(), std::slice::from_ref(&asks));
    fatma.phone.frame(&Frame::Pong.encode(), later(3_600_100));
    fatma.phone.drain();
    fatma.phone.tick(later(3_604_000));
    assert_eq!(fatma.phone.drain(), []);

    // Looking twice does not give a dead line more time.
    fatma.phone.wake(later(3_610_000));
    fatma.phone.wake(later(3_613_000));
    assert_eq!(fatma.phone.drain(), [asks.clone(), asks]);
    fatma.phone.tick(later(3_613_999));
    assert_eq!(fatma.phone.drain(), []);
    fatma.phone.tick(later(3_614_000));
    assert_eq!(fatma.phone.drain(), [Effect::Close]);

    // While it waits for its next try, looking is a try.
    fatma.phone.disconnected(0);
    fatma.phone.drain();
    fatma.phone.wake(later(3_615_000));
    let effects = fatma.phone.drain();
    assert!(
        effects.contains(&Effect::Connect { after_ms: 0 }),
        "{effects:?}"
    );
}
