//! Telling by e-mail: not before whoever reads there wants it, and never after.

use kruispunt_core::model::Tongue;

use super::news::erase;
use super::notices::{BOB, MINUTE, with_both};
use super::{ALICE, Backend, HOUR, Hash, MemberId, NOON, Storage, is_conflict, is_not_found};
use crate::mails::Address;
use crate::{AskedMail, Mail, Subject};

fn asked(member: MemberId, number: u8) -> AskedMail {
    AskedMail {
        member,
        address: Address(format!("somebody-{number}@mail.example")),
        language: Tongue::English,
        confirm: Hash([number; 32]),
        stop: Hash([number + 100; 32]),
        asked_at: NOON,
    }
}

/// An address in a backup.
pub(super) fn confirmed(member: MemberId, number: u8) -> Mail {
    Mail {
        asked: asked(member, number),
        confirmed_at: Some(NOON),
        next_at: Some(NOON.plus_millis(HOUR)),
        told_until: None,
    }
}

async fn ask(storage: &impl Storage, asked: &AskedMail) {
    storage.mails().ask_mail(asked).await.unwrap();
}

/// The first message may be written in an hour.
async fn confirm(storage: &impl Storage, number: u8) -> bool {
    let (secret, first_at) = (Hash([number; 32]), NOON.plus_millis(HOUR));
    let mails = storage.mails();
    mails.confirm_mail(secret, NOON, first_at).await.unwrap()
}

async fn mail(storage: &impl Storage, member: MemberId) -> Option<Mail> {
    storage.mails().mail_of(member).await.unwrap()
}

/// Takes what is due at a moment, for a minute.
async fn take(storage: &impl Storage, after: i64) -> Vec<MemberId> {
    let (now, until) = (NOON.plus_millis(after), NOON.plus_millis(after + MINUTE));
    let taken = storage.mails().take_due_mails(now, until, 9).await.unwrap();
    taken.iter().map(|mail| mail.asked.member).collect()
}

/// Following the link twice is following it once; another address has to be confirmed anew.
pub async fn an_address_is_confirmed_first(backend: &impl Backend) {
    let storage = with_both(backend).await;
    assert_eq!(mail(&storage, ALICE).await, None);
    ask(&storage, &asked(ALICE, 1)).await;
    assert_eq!(take(&storage, 9 * HOUR).await, []);
    let kept = mail(&storage, ALICE).await.unwrap();
    assert_eq!((&kept.asked, kept.confirmed_at), (&asked(ALICE, 1), None));

    assert!(!confirm(&storage, 9).await);
    assert!(confirm(&storage, 1).await);

    assert_eq!(mail(&storage, ALICE).await, Some(confirmed(ALICE, 1)));
    let mails = storage.mails();
    mails
        .finish_mail(ALICE, NOON.plus_millis(5 * HOUR), None)
        .await
        .unwrap();
    assert!(confirm(&storage, 1).await);
    assert_eq!(take(&storage, 4 * HOUR).await, []);
    ask(&storage, &asked(ALICE, 2)).await;
    assert!(!confirm(&storage, 1).await);
    mails.finish_mail(ALICE, NOON, None).await.unwrap();
    assert_eq!(take(&storage, 9 * HOUR).await, []);
    assert!(confirm(&storage, 2).await);
    assert_eq!(mail(&storage, ALICE).await, Some(confirmed(ALICE, 2)));
}

/// By one relay at a time, and it comes back when that one died.
pub async fn a_message_is_written_by_one_relay(backend: &impl Backend) {
    let here = with_both(backend).await;
    let there = backend.open().await;
    for (member, number) in [(ALICE, 1), (BOB, 2)] {
        ask(&here, &asked(member, number)).await;
        assert!(confirm(&here, number).await);
    }
    assert_eq!(take(&here, HOUR - 1).await, []);

    let (one, other) = tokio::join!(take(&here, HOUR), take(&there, HOUR));

    let mut taken = [one, other].concat();
    taken.sort();
    assert_eq!(taken, [ALICE, BOB]);
    assert_eq!(take(&there, HOUR + MINUTE - 1).await, []);
    let tomorrow = NOON.plus_millis(24 * HOUR);
    let mails = here.mails();
    mails
        .finish_mail(ALICE, tomorrow, Some(NOON))
        .await
        .unwrap();
    assert_eq!(take(&there, HOUR + MINUTE).await, [BOB]);
    assert_eq!(take(&there, 24 * HOUR).await.len(), 2);
    // What could not be written moves nothing but the moment of the next.
    mails.finish_mail(ALICE, tomorrow, None).await.unwrap();
    let told_until = |mail: Option<Mail>| mail.unwrap().told_until;
    assert_eq!(told_until(mail(&there, ALICE).await), Some(NOON));
    assert_eq!(told_until(mail(&there, BOB).await), None);
}

/// By whoever reads there, or by the member; and what was never confirmed is forgotten after a while.
pub async fn an_address_is_forgotten(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let mails = storage.mails();
    for (member, number) in [(ALICE, 1), (BOB, 2)] {
        ask(&storage, &asked(member, number)).await;
        assert!(confirm(&storage, number).await);
    }
    let stop = Hash([101; 32]);

    assert!(mails.stop_mail(stop).await.unwrap());
    assert!(!mails.stop_mail(stop).await.unwrap());
    mails.remove_mail(BOB).await.unwrap();

    assert_eq!(
        (mail(&storage, ALICE).await, mail(&storage, BOB).await),
        (None, None)
    );
    ask(&storage, &asked(ALICE, 3)).await;
    ask(&storage, &asked(BOB, 4)).await;
    assert!(confirm(&storage, 4).await);
    assert_eq!(mails.forget_mails(NOON).await.unwrap(), 0);
    assert_eq!(mails.forget_mails(NOON.plus_millis(1)).await.unwrap(), 1);
    assert_eq!(mail(&storage, ALICE).await, None);
    assert_eq!(mail(&storage, BOB).await, Some(confirmed(BOB, 4)));
}

/// With its member, and somebody unknown has none.
pub async fn an_address_is_erased_with_its_member(backend: &impl Backend) {
    let storage = with_both(backend).await;
    ask(&storage, &asked(ALICE, 1)).await;
    ask(&storage, &asked(BOB, 2)).await;
    assert!(confirm(&storage, 2).await);

    erase(&storage, Subject::Member(BOB)).await;

    assert_eq!(mail(&storage, BOB).await, None);
    assert!(!confirm(&storage, 2).await);
    assert!(mail(&storage, ALICE).await.is_some());
    let nobody = MemberId::from_bytes([99; 16]);
    let mails = storage.mails();
    assert!(is_not_found(&mails.ask_mail(&asked(nobody, 5)).await));
    assert!(
        is_conflict(&mails.ask_mail(&asked(BOB, 1)).await),
        "it is Alice's secret"
    );
}
