//! What is to be sent: by one relay at a time, to where a device can be reached now.

use super::audit::entry;
use super::notices::{
    BOB, GROCERIES, LOST, MINUTE, WALK, alices, bobs, delivery_of, hear, inbox, ring, summary,
    take, task, with_both,
};
use super::{
    ALICE, ALICES_PHONE, BOBS_PHONE, Backend, DeviceId, HOUR, NOON, People as _, Storage,
    is_not_found,
};
use crate::{Delivery, NewDelivery, NewNotice, Outcome, Subscription};

/// Alice's phone is to ring for two tasks.
async fn with_two<B: Backend>(backend: &B) -> B::Storage {
    let storage = with_both(backend).await;
    let (groceries, walk) = (task(1, GROCERIES), task(2, WALK));
    hear(&storage, &[groceries.clone(), walk.clone()]).await;
    let sent = [delivery_of(&groceries), delivery_of(&walk)];
    ring(&storage, &[&groceries, &walk], &sent).await;
    storage
}

async fn finish(storage: &impl Storage, finished: &[(i64, Outcome)]) {
    storage.notices().finish_deliveries(finished).await.unwrap();
}

async fn waiting(storage: &impl Storage) -> u64 {
    storage.notices().waiting_deliveries().await.unwrap()
}

/// And comes back after its moment, should the relay have died.
pub async fn a_delivery_is_taken_by_one_relay(backend: &impl Backend) {
    let here = with_two(backend).await;
    let there = backend.open().await;
    assert_eq!(take(&here, MINUTE - 1).await, [], "nothing is due yet");

    let (one, other) = tokio::join!(take(&here, MINUTE), take(&there, MINUTE));

    let mut taken: Vec<_> = one.into_iter().chain(other).collect();
    taken.sort_by_key(|taken| taken.delivery.notice);
    assert_eq!(taken.len(), 2);
    let expected = Delivery {
        n: taken[0].n,
        delivery: delivery_of(&task(1, GROCERIES)),
        tries: 0,
        subscription: alices(1),
    };
    assert_eq!(taken[0], expected);
    assert_eq!(take(&there, 2 * MINUTE - 1).await, []);
    assert_eq!(waiting(&here).await, 2);
    let again = take(&there, 2 * MINUTE).await;
    assert_eq!(again, taken);
    let few = NOON.plus_millis(4 * MINUTE);
    let one = here.notices().take_deliveries(few, few, 1).await;
    assert_eq!(one.unwrap().len(), 1);
}

/// What is over is gone; what failed waits for its moment, and it is counted how often.
pub async fn what_could_not_be_sent_is_tried_later(backend: &impl Backend) {
    let storage = with_two(backend).await;
    let taken = take(&storage, MINUTE).await;

    let later = NOON.plus_millis(10 * MINUTE);
    let outcomes = [
        (taken[0].n, Outcome::Over),
        (taken[1].n, Outcome::Later(later)),
    ];
    finish(&storage, &outcomes).await;

    assert_eq!(waiting(&storage).await, 1);
    assert_eq!(take(&storage, 9 * MINUTE).await, []);
    let again = take(&storage, 10 * MINUTE).await;
    assert_eq!(
        again,
        [Delivery {
            tries: 1,
            ..taken[1].clone()
        }]
    );
    // Nobody tried: that is no try.
    let later = Outcome::PutOff(NOON.plus_millis(20 * MINUTE));
    finish(&storage, &[(again[0].n, later)]).await;
    assert_eq!(take(&storage, 19 * MINUTE).await, []);
    assert_eq!(take(&storage, 20 * MINUTE).await, again);
    finish(
        &storage,
        &[(again[0].n, Outcome::Over), (999_999, Outcome::Over)],
    )
    .await;
    assert_eq!(waiting(&storage).await, 0);
    finish(&storage, &[]).await;
}

/// Whoever sent the older one says nothing of the newer one.
pub async fn a_newer_delivery_takes_the_place_of_an_older(backend: &impl Backend) {
    let storage = with_two(backend).await;
    let taken = take(&storage, MINUTE).await;
    let newer = NewNotice {
        kind: LOST,
        ..task(3, GROCERIES)
    };
    hear(&storage, std::slice::from_ref(&newer)).await;
    ring(&storage, &[&newer], &[delivery_of(&newer)]).await;

    finish(
        &storage,
        &[(taken[0].n, Outcome::Over), (taken[1].n, Outcome::Over)],
    )
    .await;

    let left = take(&storage, MINUTE).await;
    assert_eq!(left.len(), 1);
    assert_eq!(
        (&left[0].delivery, left[0].tries),
        (&delivery_of(&newer), 0)
    );
    assert!(left[0].n != taken[0].n);
}

/// And everything that was to be sent there; other devices are still reached.
pub async fn a_subscription_that_is_gone_is_forgotten(backend: &impl Backend) {
    let storage = with_two(backend).await;
    let bobs_task = NewNotice {
        member: BOB,
        ..task(3, WALK)
    };
    hear(&storage, std::slice::from_ref(&bobs_task)).await;
    let to_bob = NewDelivery {
        device: BOBS_PHONE,
        ..delivery_of(&bobs_task)
    };
    ring(&storage, &[&bobs_task], std::slice::from_ref(&to_bob)).await;
    let taken = take(&storage, MINUTE).await;

    finish(&storage, &[(taken[0].n, Outcome::Gone)]).await;

    let notices = storage.notices();
    assert_eq!(notices.subscription(ALICES_PHONE).await.unwrap(), None);
    assert_eq!(
        notices.subscriptions(&[ALICE, BOB]).await.unwrap(),
        [bobs(2)]
    );
    let left = take(&storage, 2 * MINUTE).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].delivery, to_bob);
    // Nor is anything new.
    let more = task(4, GROCERIES);
    hear(&storage, std::slice::from_ref(&more)).await;
    ring(&storage, &[&more], &[delivery_of(&more)]).await;
    assert_eq!(waiting(&storage).await, 1);
}

/// Until the device has another one; the same one told again is still refused.
pub async fn nothing_is_sent_where_it_is_refused(backend: &impl Backend) {
    let storage = with_two(backend).await;
    let taken = take(&storage, MINUTE).await;
    let later = Outcome::Later(NOON.plus_millis(3 * MINUTE));
    finish(
        &storage,
        &[(taken[0].n, Outcome::Refused), (taken[1].n, later)],
    )
    .await;

    let notices = storage.notices();
    let refused = notices.subscription(ALICES_PHONE).await.unwrap();
    assert!(refused.unwrap().is_refused);
    assert_eq!(waiting(&storage).await, 0);
    notices.subscribe(&alices(1)).await.unwrap();
    assert!(notices.subscriptions(&[ALICE]).await.unwrap()[0].is_refused);
    let more = task(3, GROCERIES);
    hear(&storage, std::slice::from_ref(&more)).await;
    ring(&storage, &[&more], &[delivery_of(&more)]).await;
    assert_eq!(take(&storage, 10 * MINUTE).await, []);

    let fresh = Subscription {
        said_at: NOON.plus_millis(11 * MINUTE),
        ..alices(5)
    };
    notices.subscribe(&fresh).await.unwrap();

    let taken = take(&storage, 11 * MINUTE).await;
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].subscription, fresh);
}

/// What became of it where the device was reached before changes nothing.
pub async fn what_waits_is_sent_to_where_the_device_is_now(backend: &impl Backend) {
    let storage = with_two(backend).await;
    let taken = take(&storage, MINUTE).await;
    let notices = storage.notices();
    notices.subscribe(&alices(1)).await.unwrap();
    assert_eq!(take(&storage, MINUTE).await, [], "it is the same as before");

    notices.subscribe(&alices(5)).await.unwrap();
    finish(
        &storage,
        &[(taken[0].n, Outcome::Gone), (taken[1].n, Outcome::Refused)],
    )
    .await;

    assert_eq!(
        notices.subscription(ALICES_PHONE).await.unwrap(),
        Some(alices(5))
    );
    let again = take(&storage, MINUTE).await;
    let sent =
        |taken: &[Delivery]| -> Vec<_> { taken.iter().map(|it| it.delivery.clone()).collect() };
    assert_eq!(sent(&again), sent(&taken));
    assert_eq!(again[0].subscription, alices(5));
}

/// One browser that two people use, one after the other, rings for the second only.
pub async fn an_endpoint_is_one_devices(backend: &impl Backend) {
    let storage = with_two(backend).await;
    let notices = storage.notices();

    notices.subscribe(&bobs(1)).await.unwrap();

    let known = notices.subscriptions(&[ALICE, BOB]).await.unwrap();
    assert_eq!(known, [bobs(1)]);
    assert_eq!(waiting(&storage).await, 0);
    assert!(notices.unsubscribe(BOBS_PHONE).await.unwrap());
    assert!(!notices.unsubscribe(BOBS_PHONE).await.unwrap());
    assert_eq!(notices.subscriptions(&[ALICE, BOB]).await.unwrap(), []);
}

/// Nothing rings on a phone that was lost, and it cannot be reached any more.
pub async fn a_revoked_device_is_not_rung(backend: &impl Backend) {
    let storage = with_two(backend).await;
    let notices = storage.notices();

    let lost = entry(7, NOON);
    assert!(storage.revoke_device(ALICES_PHONE, &lost).await.unwrap());

    assert_eq!(notices.subscription(ALICES_PHONE).await.unwrap(), None);
    assert_eq!(waiting(&storage).await, 0);
    assert!(is_not_found(&notices.subscribe(&alices(1)).await));
    let nowhere = Subscription {
        device: DeviceId::from_bytes([99; 16]),
        ..bobs(9)
    };
    assert!(is_not_found(&notices.subscribe(&nowhere).await));
    let not_hers = Subscription {
        member: ALICE,
        ..bobs(9)
    };
    assert!(is_not_found(&notices.subscribe(&not_hers).await));
    assert_eq!(
        notices.subscription(BOBS_PHONE).await.unwrap(),
        Some(bobs(2))
    );
    // Her inbox is hers on her next phone.
    assert_eq!(inbox(&storage, ALICE).await.len(), 2);
}

/// Notices after their time, and deliveries that nobody has anything of.
pub async fn what_is_old_is_forgotten(backend: &impl Backend) {
    let storage = with_two(backend).await;
    let soon = NewDelivery {
        expires_at: NOON.plus_millis(2 * MINUTE),
        ..summary()
    };
    ring(&storage, &[], &[soon]).await;
    assert_eq!(
        take(&storage, 2 * MINUTE).await.len(),
        2,
        "one is of no use any more"
    );

    let notices = storage.notices();
    let (before, now) = (NOON.plus_millis(2), NOON.plus_millis(2 * MINUTE));
    assert_eq!(notices.forget_notices(before, now).await.unwrap(), 2);

    assert_eq!(inbox(&storage, ALICE).await.len(), 1);
    assert_eq!(waiting(&storage).await, 2);
    let end = NOON.plus_millis(HOUR);
    assert_eq!(notices.forget_notices(end, end).await.unwrap(), 3);
    assert_eq!(waiting(&storage).await, 0);
}
