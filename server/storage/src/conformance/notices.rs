//! What people hear of: from what happened to what waits to be sent.

use kruispunt_core::id::{NoticeId, RequestId};
use kruispunt_core::model::{NoticeKind, Tongue, Whom, Wishes};

use super::{
    ALICE, ALICES_PHONE, AreaId, BOBS_PHONE, Backend, DeviceId, Documents as _, ELM, HOUR, Hash,
    InvitationId, Member, MemberId, NOON, NewInvitation, NewSession, OAK, People as _, PublicKey,
    Redemption, Storage, append, is_conflict, is_not_found, with_alices_phone,
};
use crate::{
    Append, Cause, Delivery, Due, NewCause, NewDelivery, NewNotice, Notice, Subscription, Told,
};

pub(super) const BOB: MemberId = MemberId::from_bytes([11; 16]);
pub(super) const GROCERIES: RequestId = RequestId::from_bytes([70; 16]);
pub(super) const WALK: RequestId = RequestId::from_bytes([71; 16]);
pub(super) const LOST: NoticeKind = NoticeKind::Lost;
pub(super) const MINUTE: i64 = 60_000;

/// Alice and Bob, each with a phone that can be reached.
pub(super) async fn with_both<B: Backend>(backend: &B) -> B::Storage {
    let storage = with_alices_phone(backend).await;
    let bob = Member {
        id: BOB,
        first_name: "Bob".to_owned(),
        memberships: Vec::new(),
    };
    storage.add_member(&bob).await.unwrap();
    let way_in = NewInvitation {
        id: InvitationId::from_bytes([32; 16]),
        secret: Hash([33; 32]),
        member: BOB,
        expires_at: NOON.plus_millis(HOUR),
    };
    storage.invite(&way_in).await.unwrap();
    let redemption = Redemption {
        secret: way_in.secret,
        public_key: PublicKey(BOBS_PHONE.as_bytes().repeat(4)),
        device: BOBS_PHONE,
        session: NewSession {
            token: Hash([2; 32]),
            expires_at: NOON.plus_millis(HOUR),
        },
        now: NOON,
    };
    storage.redeem(&redemption).await.unwrap();
    for subscription in [alices(1), bobs(2)] {
        storage.notices().subscribe(&subscription).await.unwrap();
    }
    storage
}

fn subscription(device: DeviceId, member: MemberId, number: u8) -> Subscription {
    Subscription {
        device,
        member,
        endpoint: format!("https://push.example/{number}"),
        p256dh: vec![number; 65],
        auth: vec![number; 16],
        key: vec![4; 65],
        language: Tongue::Arabic,
        said_at: NOON,
        is_refused: false,
    }
}

/// How Alice's phone can be reached.
pub(super) fn alices(number: u8) -> Subscription {
    subscription(ALICES_PHONE, ALICE, number)
}

/// How Bob's phone can be reached.
pub(super) fn bobs(number: u8) -> Subscription {
    subscription(BOBS_PHONE, BOB, number)
}

pub(super) fn cause(request: RequestId, at: i64) -> NewCause {
    NewCause {
        kind: NoticeKind::Task,
        whom: Whom::Helpers,
        member: None,
        document: Some(ELM),
        area: None,
        request: Some(request),
        by: Some(BOB),
        ring: 2,
        at: NOON,
        due_at: NOON.plus_millis(at),
    }
}

/// Alice hears that there is a task.
pub(super) fn task(number: u8, request: RequestId) -> NewNotice {
    NewNotice {
        id: NoticeId::from_bytes([number; 16]),
        member: ALICE,
        kind: NoticeKind::Task,
        request: Some(request),
        area: Some(AreaId::from_bytes([3; 16])),
        word: Some("groceries".to_owned()),
        at: NOON.plus_millis(i64::from(number)),
        push_at: Some(NOON.plus_millis(MINUTE)),
        is_urgent: false,
    }
}

/// It is sent to her phone.
pub(super) fn delivery_of(notice: &NewNotice) -> NewDelivery {
    NewDelivery {
        device: ALICES_PHONE,
        member: notice.member,
        topic: notice
            .request
            .map_or("none".to_owned(), |id| id.to_string()),
        kind: Some(notice.kind),
        notice: Some(notice.id),
        request: notice.request,
        word: notice.word.clone(),
        unseen: 1,
        is_urgent: true,
        due_at: NOON.plus_millis(MINUTE),
        expires_at: NOON.plus_millis(HOUR),
    }
}

/// All that Alice has not seen, together.
pub(super) fn summary() -> NewDelivery {
    NewDelivery {
        topic: "several".to_owned(),
        kind: None,
        notice: None,
        request: None,
        word: None,
        unseen: 2,
        ..delivery_of(&task(0, WALK))
    }
}

/// What somebody should hear of.
pub(super) async fn causes(storage: &impl Storage) -> Vec<Cause> {
    let later = NOON.plus_millis(2 * HOUR);
    storage.notices().causes(later, 99).await.unwrap()
}

/// Writes notices, of no cause.
pub(super) async fn hear(storage: &impl Storage, notices: &[NewNotice]) {
    assert!(storage.notices().settle(&[], notices, &[]).await.unwrap());
}

/// Has notices ring at once, with these deliveries.
pub(super) async fn ring(
    storage: &impl Storage,
    notices: &[&NewNotice],
    deliveries: &[NewDelivery],
) {
    let ids: Vec<_> = notices.iter().map(|notice| notice.id).collect();
    assert!(storage.notices().ring(&ids, deliveries).await.unwrap());
}

pub(super) async fn inbox(storage: &impl Storage, member: MemberId) -> Vec<Notice> {
    storage.notices().notices(member, 99).await.unwrap()
}

/// Takes all that can be sent at a moment, for a minute.
pub(super) async fn take(storage: &impl Storage, after: i64) -> Vec<Delivery> {
    let (now, until) = (NOON.plus_millis(after), NOON.plus_millis(after + MINUTE));
    let taken = storage.notices().take_deliveries(now, until, 99).await;
    let mut taken = taken.unwrap();
    // The summary comes last.
    let place = |it: &Delivery| it.delivery.notice;
    taken.sort_by_key(|delivery| (place(delivery).is_none(), place(delivery)));
    taken
}

async fn due(storage: &impl Storage, after: i64) -> Vec<Due> {
    let now = NOON.plus_millis(after);
    storage.notices().due_notices(now, 99).await.unwrap()
}

/// One at a time, and many together; what is due later waits.
pub async fn a_cause_is_written_with_what_made_it_happen(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let first = Append {
        causes: vec![cause(GROCERIES, 5)],
        ..append(ELM, 1, &[1])
    };
    let second = Append {
        causes: vec![cause(WALK, 2), cause(WALK, 9)],
        ..append(ELM, 2, &[2])
    };
    let nothing_but_news = Append {
        causes: vec![cause(GROCERIES, 7)],
        ..append(OAK, 1, &[])
    };

    storage.append(&[first]).await.unwrap();
    storage.append(&[second, nothing_but_news]).await.unwrap();

    let all: Vec<_> = causes(&storage)
        .await
        .into_iter()
        .map(|it| it.cause)
        .collect();
    assert_eq!(
        all,
        [
            cause(WALK, 2),
            cause(GROCERIES, 5),
            cause(GROCERIES, 7),
            cause(WALK, 9)
        ]
    );
    let due = storage
        .notices()
        .causes(NOON.plus_millis(7), 2)
        .await
        .unwrap();
    assert_eq!(due.len(), 2);
    assert_eq!(due[1].cause, cause(GROCERIES, 5));
}

/// Nobody hears of what did not happen.
pub async fn what_is_refused_has_no_cause(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let fine = Append {
        causes: vec![cause(GROCERIES, 0)],
        acted: vec![(ALICE, GROCERIES)],
        ..append(ELM, 1, &[1])
    };
    hear(&storage, &[task(1, GROCERIES)]).await;
    let gap = append(OAK, 5, &[2]);

    assert!(is_conflict(&storage.append(&[fine.clone(), gap]).await));

    assert_eq!(causes(&storage).await, []);
    assert_eq!(inbox(&storage, ALICE).await[0].seen_at, None);
    storage.append(&[fine]).await.unwrap();
    assert_eq!(causes(&storage).await.len(), 1);
    assert_eq!(inbox(&storage, ALICE).await[0].seen_at, Some(NOON));
}

/// Of two relays one does it, and what comes of it is there once.
pub async fn a_cause_is_settled_once(backend: &impl Backend) {
    let here = with_both(backend).await;
    let there = backend.open().await;
    let news = Append {
        causes: vec![cause(GROCERIES, 0), cause(WALK, 0)],
        ..append(ELM, 1, &[1])
    };
    here.append(&[news]).await.unwrap();
    let both: Vec<_> = causes(&here).await.iter().map(|cause| cause.n).collect();
    let (ours, theirs) = ([task(1, GROCERIES)], [task(2, GROCERIES)]);
    let later = [cause(WALK, HOUR)];

    let (first, second) = tokio::join!(
        here.notices().settle(&both, &ours, &later),
        there.notices().settle(&both[..1], &theirs, &[])
    );

    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first != second);
    let notice = if first { &ours } else { &theirs };
    assert_eq!(inbox(&here, ALICE).await[0].notice, notice[0]);
    let left: Vec<_> = causes(&here).await.into_iter().map(|it| it.cause).collect();
    assert_eq!(left, [cause(WALK, if first { HOUR } else { 0 })]);
    assert!(!here.notices().settle(&both, &ours, &later).await.unwrap());
    assert_eq!(inbox(&here, ALICE).await.len(), 1);
}

/// Of each kind and request there is one, and what was to be sent of the older one is not.
pub async fn newer_news_takes_the_place_of_older(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let (old, other) = (task(1, GROCERIES), task(2, WALK));
    let joined = NewNotice {
        kind: NoticeKind::Joined,
        request: None,
        word: None,
        ..task(3, WALK)
    };
    hear(&storage, &[old.clone(), other.clone(), joined.clone()]).await;
    let sent = [delivery_of(&old), delivery_of(&other)];
    ring(&storage, &[&old, &other], &sent).await;
    let seen = [old.id, joined.id];
    let see = storage.notices().see_notices(ALICE, &seen, NOON);
    see.await.unwrap();

    let (first, newer) = (task(4, GROCERIES), task(5, GROCERIES));
    let also = NewNotice {
        id: NoticeId::from_bytes([6; 16]),
        at: NOON.plus_millis(6),
        ..joined
    };
    hear(&storage, &[first, newer.clone(), also.clone()]).await;

    let inbox = inbox(&storage, ALICE).await;
    let said: Vec<_> = inbox.iter().map(|it| (&it.notice, it.seen_at)).collect();
    let other = NewNotice {
        push_at: None,
        ..other
    };
    assert_eq!(said, [(&also, None), (&newer, None), (&other, None)]);
    let waits: Vec<_> = take(&storage, MINUTE)
        .await
        .into_iter()
        .map(|it| it.delivery)
        .collect();
    assert_eq!(waits, sent[1..]);
    let two = storage.notices().notices(ALICE, 2).await.unwrap();
    assert_eq!(two, inbox[..2]);
}

/// Those who wait longest come first, each with all that is due.
pub async fn it_is_time_to_ring_for_what_was_not_seen(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let at = |notice: NewNotice, minutes| NewNotice {
        push_at: Some(NOON.plus_millis(minutes * MINUTE)),
        ..notice
    };
    let bobs = NewNotice {
        member: BOB,
        ..at(task(1, WALK), 2)
    };
    let (first, second) = (at(task(2, GROCERIES), 1), at(task(3, WALK), 3));
    let tonight = NewNotice {
        kind: NoticeKind::Note,
        ..at(task(4, WALK), 60)
    };
    let never = NewNotice {
        kind: NoticeKind::Lost,
        push_at: None,
        ..task(5, WALK)
    };
    hear(
        &storage,
        &[second.clone(), first.clone(), bobs.clone(), tonight, never],
    )
    .await;

    assert_eq!(due(&storage, 0).await, []);
    let alice = Due {
        member: ALICE,
        notices: vec![first.clone(), second.clone()],
        unseen: 4,
    };
    let bob = Due {
        member: BOB,
        notices: vec![bobs.clone()],
        unseen: 1,
    };
    assert_eq!(
        due(&storage, 3 * MINUTE).await,
        [alice.clone(), bob.clone()]
    );
    let longest = storage
        .notices()
        .due_notices(NOON.plus_millis(3 * MINUTE), 1)
        .await;
    assert_eq!(longest.unwrap(), [alice]);

    let seen = [first.id, bobs.id];
    let see = storage.notices().see_notices(ALICE, &seen, NOON);
    see.await.unwrap();
    let alice = Due {
        member: ALICE,
        notices: vec![second],
        unseen: 3,
    };
    assert_eq!(
        due(&storage, 3 * MINUTE).await,
        [bob, alice],
        "one sees only what is one's own"
    );
}

/// What was seen, replaced or rung for meanwhile does not ring, and nothing with it.
pub async fn a_notice_rings_once(backend: &impl Backend) {
    let here = with_both(backend).await;
    let there = backend.open().await;
    let (first, second) = (task(1, GROCERIES), task(2, WALK));
    hear(&here, &[first.clone(), second.clone()]).await;
    let ids = [first.id, second.id];
    let sent = [delivery_of(&first), delivery_of(&second)];

    let (one, other) = tokio::join!(
        here.notices().ring(&ids, &sent),
        there.notices().ring(&ids, &sent)
    );

    assert!(one.unwrap() != other.unwrap());
    assert_eq!(take(&here, MINUTE).await.len(), 2);
    assert_eq!(due(&here, HOUR).await, []);
    let third = task(3, GROCERIES);
    hear(&here, std::slice::from_ref(&third)).await;
    assert!(
        !here
            .notices()
            .ring(&[second.id, third.id], &sent)
            .await
            .unwrap()
    );
    assert!(
        !here.notices().ring(&[first.id], &sent).await.unwrap(),
        "it was replaced"
    );
    assert_eq!(
        due(&here, HOUR).await[0].notices,
        std::slice::from_ref(&third)
    );
    here.notices()
        .see_notices(ALICE, &[third.id], NOON)
        .await
        .unwrap();
    assert!(
        !here.notices().ring(&[third.id], &sent).await.unwrap(),
        "it was seen"
    );
}

/// On any of one's devices; and others still hear.
pub async fn whoever_acts_need_not_hear_of_it(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let (groceries, walk) = (task(1, GROCERIES), task(2, WALK));
    let waits = NewNotice {
        kind: NoticeKind::Asked,
        ..task(3, GROCERIES)
    };
    let bobs = NewNotice {
        member: BOB,
        ..task(4, GROCERIES)
    };
    hear(
        &storage,
        &[groceries.clone(), walk.clone(), waits, bobs.clone()],
    )
    .await;
    let to_bob = NewDelivery {
        device: BOBS_PHONE,
        ..delivery_of(&bobs)
    };
    let sent = [
        delivery_of(&groceries),
        delivery_of(&walk),
        summary(),
        to_bob.clone(),
    ];
    ring(&storage, &[&groceries, &walk, &bobs], &sent).await;

    let claim = Append {
        acted: vec![(ALICE, GROCERIES)],
        ..append(ELM, 1, &[1])
    };
    storage.append(&[claim]).await.unwrap();

    let seen: Vec<_> = inbox(&storage, ALICE)
        .await
        .iter()
        .map(|it| it.seen_at)
        .collect();
    assert_eq!(seen, [Some(NOON), None, Some(NOON)]);
    assert_eq!(due(&storage, HOUR).await, []);
    let left: Vec<_> = take(&storage, MINUTE)
        .await
        .into_iter()
        .map(|it| it.delivery)
        .collect();
    assert_eq!(left.len(), 3);
    assert!(left.contains(&to_bob) && left.contains(&summary()));
    // Together with another, and with the last of it the summary goes too.
    let both = [
        Append {
            acted: vec![(ALICE, WALK)],
            ..append(ELM, 2, &[2])
        },
        append(OAK, 1, &[3]),
    ];
    storage.append(&both).await.unwrap();
    let left = take(&storage, 3 * MINUTE).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].delivery, to_bob);
}

/// What was to be sent of it is not, and a summary is while there is something to sum up.
pub async fn what_was_seen_or_withdrawn_is_not_sent(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let (groceries, walk) = (task(1, GROCERIES), task(2, WALK));
    hear(&storage, &[groceries.clone(), walk.clone()]).await;
    let sent = [delivery_of(&groceries), delivery_of(&walk), summary()];
    ring(&storage, &[&groceries, &walk], &sent).await;

    let later = NOON.plus_millis(5);
    let notices = storage.notices();
    notices
        .see_notices(BOB, &[groceries.id], later)
        .await
        .unwrap();
    assert_eq!(take(&storage, MINUTE).await.len(), 3, "it is not Bob's");
    notices
        .see_notices(ALICE, &[groceries.id], later)
        .await
        .unwrap();
    notices
        .see_notices(ALICE, &[groceries.id], later.plus_millis(9))
        .await
        .unwrap();

    let first = inbox(&storage, ALICE).await[1].clone();
    assert_eq!(
        (first.notice.id, first.seen_at),
        (groceries.id, Some(later))
    );
    let left: Vec<_> = take(&storage, 3 * MINUTE)
        .await
        .into_iter()
        .map(|it| it.delivery)
        .collect();
    assert_eq!(left, sent[1..]);
    notices.withdraw_notices(&[walk.id]).await.unwrap();
    assert_eq!(take(&storage, 6 * MINUTE).await, []);
    assert_eq!(inbox(&storage, ALICE).await, [first]);
}

/// Unless it was seen meanwhile, which does not ring at any moment.
pub async fn what_is_put_off_rings_later(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let (groceries, walk) = (task(1, GROCERIES), task(2, WALK));
    hear(&storage, &[groceries.clone(), walk.clone()]).await;
    let notices = storage.notices();
    let seen = [walk.id];
    let see = notices.see_notices(ALICE, &seen, NOON.plus_millis(5));
    see.await.unwrap();
    let morning = NOON.plus_millis(9 * HOUR);

    let both = [(groceries.id, morning), (walk.id, morning)];
    notices.put_off_notices(&both).await.unwrap();

    assert_eq!(due(&storage, 9 * HOUR - 1).await, []);
    let due = due(&storage, 9 * HOUR).await;
    let ids: Vec<_> = due[0].notices.iter().map(|one| one.id).collect();
    assert_eq!((due.len(), ids), (1, vec![groceries.id]));
}

/// So that the same few are not asked again and again.
pub async fn it_is_known_who_was_told(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let bobs = NewNotice {
        member: BOB,
        ..task(3, GROCERIES)
    };
    let asked = NewNotice {
        kind: NoticeKind::Asked,
        ..task(9, GROCERIES)
    };
    hear(&storage, &[task(1, GROCERIES), task(2, WALK), bobs, asked]).await;

    let notices = storage.notices();
    let told = notices.told_of(GROCERIES, NoticeKind::Task).await.unwrap();
    let told: Vec<_> = told.into_iter().collect();
    assert_eq!(
        told,
        [(ALICE, NOON.plus_millis(1)), (BOB, NOON.plus_millis(3))]
    );
    let asked = notices.told_of(WALK, NoticeKind::Asked).await.unwrap();
    assert!(asked.is_empty());
    let since = |after| notices.told_since(NoticeKind::Task, NOON.plus_millis(after));
    let told = |count, after| Told {
        count,
        last_at: Some(NOON.plus_millis(after)),
    };
    let all: Vec<_> = since(1).await.unwrap().into_iter().collect();
    assert_eq!(all, [(ALICE, told(2, 2)), (BOB, told(1, 3))]);
    let all: Vec<_> = since(3).await.unwrap().into_iter().collect();
    assert_eq!(all, [(BOB, told(1, 3))]);
}

/// Nobody has any before they said something, and an unknown member cannot.
pub async fn wishes_are_as_they_were_said_last(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let notices = storage.notices();
    assert_eq!(notices.wishes(ALICE).await.unwrap(), None);
    let wishes = Wishes {
        off: vec![NoticeKind::Note],
        digest: true,
        language: Tongue::Arabic,
        ..Wishes::default()
    };

    notices.set_wishes(ALICE, &Wishes::default()).await.unwrap();
    notices.set_wishes(ALICE, &wishes).await.unwrap();

    assert_eq!(notices.wishes(ALICE).await.unwrap(), Some(wishes.clone()));
    let all: Vec<_> = notices.all_wishes().await.unwrap().into_iter().collect();
    assert_eq!(all, [(ALICE, wishes.clone())]);
    let nobody = MemberId::from_bytes([99; 16]);
    assert!(is_not_found(&notices.set_wishes(nobody, &wishes).await));
}
