//! The relay's machine is lost, and another goes on from a backup: what was done after it is on the phones.

use super::kit::{Person, Relay, meets, now};
use crate::command::Command;
use crate::message::Reason;
use crate::model::{FeedbackHow, Role};
use crate::time::Timestamp;
use crate::view::{Safety, Stage, Standing};

fn two() -> (Person, Person) {
    let fatma = Person::joins("Fatma", Role::Ambassador);
    (fatma, Person::joins("Amina", Role::Volunteer))
}

fn is_all_sent(person: &Person) -> bool {
    let safekeeping = person.phone.safekeeping();
    (safekeeping.unsent, safekeeping.refused) == (0, 0)
}

#[test]
fn what_was_safe_after_the_backup_is_done_again() {
    let (mut relay, (mut fatma, mut amina)) = (Relay::opens(), two());
    let kept = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let backup = relay.document.cursor().seq;
    fatma.reopens();
    let late = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let claim = Command::ClaimRequest { request: late };
    amina.does(claim).unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.does(Command::MarkDone { request: late }).unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    assert_eq!(fatma.sees(late).stage, Stage::Done);

    relay.is_put_back(backup);
    assert!(relay.document.board().unwrap().request(late).is_none());
    // Amina helped with what only Fatma's phone still knows: it waits, and nothing says that it is safe.
    amina.reopens();
    meets(&mut relay, &mut [&mut amina]);
    assert_eq!(amina.phone.safekeeping().unsent, 2);
    // Fatma's phone was started anew in between, and so was Amina's.
    fatma.reopens();
    amina.reopens();
    meets(&mut relay, &mut [&mut amina, &mut fatma]);

    assert!(is_all_sent(&fatma) && is_all_sent(&amina));
    for person in [&mut fatma, &mut amina] {
        assert_eq!(person.sees(late).stage, Stage::Done);
        assert_eq!(person.sees(late).safety, Safety::Sent);
        assert_eq!(person.sees(kept).stage, Stage::Open);
    }
    assert_eq!(fatma.heads(), relay.document.board().unwrap().heads());
    assert_eq!(amina.heads(), fatma.heads());
    fatma.reopens();
    assert_eq!(fatma.heads(), amina.heads());
}

#[test]
fn what_was_in_the_backup_is_not_done_twice() {
    let (mut relay, (mut fatma, mut amina)) = (Relay::opens(), two());
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.does(Command::ClaimRequest { request }).unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.does(Command::ReleaseClaim { request }).unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);

    let seq = relay.document.cursor().seq;
    relay.is_put_back(seq);
    fatma.reopens();
    amina.reopens();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);

    assert_eq!(relay.log, [], "nobody had anything to add");
    assert_eq!(amina.sees(request).my_claim, None);
}

#[test]
fn work_that_was_not_sent_goes_on_from_what_is_done_again() {
    let (mut relay, (mut fatma, mut amina)) = (Relay::opens(), two());
    let request = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let backup = relay.document.cursor().seq;
    amina.does(Command::ClaimRequest { request }).unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.goes_offline();
    amina.does(Command::MarkDone { request }).unwrap();

    relay.is_put_back(backup);
    amina.reopens();
    fatma.reopens();
    meets(&mut relay, &mut [&mut amina, &mut fatma]);

    assert!(is_all_sent(&amina));
    assert_eq!(amina.sees(request).my_claim, Some(Standing::Matched));
    assert_eq!(fatma.sees(request).stage, Stage::Done);
}

/// The machine is lost twice, and one phone hears of it only then.
#[test]
fn two_losses_are_both_made_good() {
    let (mut relay, (mut fatma, mut amina)) = (Relay::opens(), two());
    let first = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    fatma.goes_offline();
    relay.is_put_back(0);
    amina.reopens();
    meets(&mut relay, &mut [&mut amina]);

    relay.is_put_back(0);
    fatma.reopens();
    amina.reopens();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);

    assert!(is_all_sent(&fatma) && is_all_sent(&amina));
    assert_eq!(amina.sees(first).stage, Stage::Open);
}

/// The street began a new epoch after the backup, and begins another before the phone comes back.
#[test]
fn epochs_before_and_after_change_nothing_in_that() {
    let (mut relay, (mut fatma, mut amina)) = (Relay::opens(), two());
    let first = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let backup = relay.document.cursor().seq;
    let before = (relay.log.clone(), relay.document.cursor());
    amina
        .does(Command::ClaimRequest { request: first })
        .unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let told = relay.rotates(now());
    fatma.hears(&told);
    amina.hears(&told);
    fatma.reopens();
    let second = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);

    relay = Relay::opens();
    relay.log = before.0;
    relay.restarts();
    assert_eq!(relay.document.cursor(), before.1);
    relay.is_put_back(backup);
    relay.rotates(now());
    fatma.reopens();
    amina.reopens();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);

    assert!(is_all_sent(&fatma) && is_all_sent(&amina));
    assert_eq!(amina.sees(first).my_claim, Some(Standing::Matched));
    assert_eq!(amina.sees(second).stage, Stage::Open);
    // What is done after that is not lost, and not done again when another epoch begins.
    fatma
        .does(Command::WithdrawRequest { request: second })
        .unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let told = relay.rotates(now());
    fatma.hears(&told);
    amina.hears(&told);
    assert!(is_all_sent(&fatma) && is_all_sent(&amina));
    assert_eq!(relay.log, []);
}

/// Nobody's phone has it any more: after some days its author is told.
#[test]
fn what_waits_in_vain_is_shown_in_the_end() {
    let (mut relay, (mut fatma, mut amina)) = (Relay::opens(), two());
    let kept = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    let backup = relay.document.cursor().seq;
    fatma.reopens();
    let gone = fatma.logs_groceries();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);
    amina.does(Command::ClaimRequest { request: gone }).unwrap();
    meets(&mut relay, &mut [&mut fatma, &mut amina]);

    relay.is_put_back(backup);
    amina.reopens();
    meets(&mut relay, &mut [&mut amina]);
    assert_eq!(amina.phone.safekeeping().unsent, 1);
    let much_later = Timestamp::from_millis(now().as_millis() + 15 * 24 * 60 * 60 * 1000);
    amina.does_at(Command::ClaimRequest { request: kept }, much_later);
    meets(&mut relay, &mut [&mut amina]);

    assert_eq!(amina.phone.safekeeping().unsent, 0);
    assert_eq!(amina.phone.safekeeping().refused, 1);
    assert!(
        amina
            .store
            .keys()
            .all(|key| !key.starts_with("k/") || key.ends_with("01"))
    );
    let told = fatma.does(Command::GiveFeedback {
        request: gone,
        how: FeedbackHow::Letter,
        on: None,
    });
    assert_eq!(told, Err(Reason::NotAllowed));
}

/// Two ambassadors and a volunteer do this and that; the machine is lost at some moment, the backup is of an earlier one,
/// and the three come back in any order, after a restart or not.
#[test]
fn whatever_was_done_is_there_again_when_everybody_is_back() {
    for seed in 0..60 {
        let mut rng = Dice(seed);
        let mut relay = Relay::opens();
        let mut people = [
            Person::joins("Fatma", Role::Ambassador),
            Person::joins("Karim", Role::Ambassador),
            Person::joins("Amina", Role::Volunteer),
        ];
        let mut requests = Vec::new();
        let mut backup = 0;
        for _ in 0..30 {
            let [fatma, karim, amina] = &mut people;
            let ambassador = if rng.throws(2) == 0 { fatma } else { karim };
            let chosen = rng.throws(requests.len().max(1));
            let request = requests.get(chosen).copied();
            // What the rules forbid at this moment is not done.
            match (rng.throws(8), request) {
                (0 | 1, _) | (_, None) => {
                    ambassador.reopens();
                    requests.push(ambassador.logs_groceries());
                }
                (2 | 3, Some(request)) => {
                    let _ = amina.does(Command::ClaimRequest { request });
                }
                (4, Some(request)) => {
                    let _ = amina.does(Command::ReleaseClaim { request });
                }
                (5, Some(request)) => {
                    let _ = amina.does(Command::MarkDone { request });
                }
                (6, Some(request)) => {
                    let how = FeedbackHow::Letter;
                    let _ = ambassador.does(Command::GiveFeedback {
                        request,
                        how,
                        on: None,
                    });
                }
                (_, Some(request)) => {
                    let _ = ambassador.does(Command::WithdrawRequest { request });
                }
            }
            meets(&mut relay, &mut people.each_mut());
            if rng.throws(12) == 0 {
                backup = relay.document.cursor().seq;
            }
        }
        let stages = |relay: &mut Relay| {
            let board = relay.document.board().unwrap();
            let stage = |&id| crate::view::stage(&board.request(id).unwrap());
            requests.iter().map(stage).collect::<Vec<_>>()
        };
        let before = stages(&mut relay);

        relay.is_put_back(backup);
        for person in &mut people {
            person.goes_offline();
            if rng.throws(2) == 0 {
                person.reopens();
            }
        }
        let first = rng.throws(3);
        meets(&mut relay, &mut [&mut people[first]]);
        people[first].goes_offline();
        let second = (first + 1 + rng.throws(2)) % 3;
        meets(&mut relay, &mut [&mut people[second]]);
        people[second].goes_offline();
        meets(&mut relay, &mut people.each_mut());

        assert_eq!(stages(&mut relay), before, "seed {seed}");
        let heads = relay.document.board().unwrap().heads();
        for person in &mut people {
            assert_eq!(person.phone.safekeeping().unsent, 0, "seed {seed}");
            assert_eq!(person.heads(), heads, "seed {seed}");
            person.reopens();
            assert_eq!(person.heads(), heads, "seed {seed}");
        }
    }
}

/// The same numbers every time.
struct Dice(u64);

impl Dice {
    fn throws(&mut self, sides: usize) -> usize {
        self.0 = (self.0 ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        self.0 ^= self.0 >> 31;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}
