//! Two relays on one database: what one does, the other hears.

use std::time::Duration;

use super::{
    ALICE, ALICES_PHONE, Backend, Bytes, Documents, ELM, Membership, NOON, NORTH, OAK, People,
    Role, Storage, append, places, with_alices_phone,
};
use crate::{Areas as _, Elsewhere, RoleEnded, Rotation, Watch};

/// Longer than any database takes to say something.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for the news, however precise this database can be about it.
async fn hears(watch: &mut Box<dyn Watch>, news: Elsewhere) {
    let heard = tokio::time::timeout(PATIENCE, watch.next()).await;
    let heard = heard.expect("nothing was heard");
    assert!(
        heard == news || heard == Elsewhere::Anything,
        "heard {heard:?} instead of {news:?}"
    );
}

/// Work, rotations, lost phones and new streets are heard on the other side.
pub async fn what_one_writes_the_other_hears(backend: &impl Backend) {
    let here = with_alices_phone(backend).await;
    let there = backend.open().await;
    let mut watch = there.watch().await.unwrap();
    let elm = |epoch, seq| Elsewhere::Document {
        document: ELM,
        epoch,
        seq,
    };

    here.append(&[append(ELM, 1, &[1, 2])]).await.unwrap();
    hears(&mut watch, elm(0, 2)).await;

    here.rotate(&Rotation {
        document: ELM,
        epoch: 0,
        seq: 2,
        next: 1,
        snapshot: Bytes::from_static(b"one"),
        at: NOON,
    })
    .await
    .unwrap();
    hears(&mut watch, elm(1, 0)).await;

    let lost = super::audit::entry(1, NOON);
    assert!(here.revoke_device(ALICES_PHONE, &lost).await.unwrap());
    hears(&mut watch, Elsewhere::Device(ALICES_PHONE)).await;

    let changed = Elsewhere::Member(ALICE);
    let coordinator = Membership {
        area: NORTH,
        role: Role::Coordinator,
    };
    let given = super::audit::entry(2, NOON);
    assert!(
        here.give_role(ALICE, coordinator, &[], &given)
            .await
            .unwrap()
    );
    hears(&mut watch, changed).await;
    let ended = super::audit::entry(3, NOON);
    let ended = here.end_role(ALICE, coordinator, &[], &ended).await;
    assert_eq!(ended.unwrap(), RoleEnded::Done);
    hears(&mut watch, changed).await;

    let mut areas = places();
    areas[0].name = "Elm Lane".to_owned();
    here.import_areas(&areas).await.unwrap();
    hears(&mut watch, Elsewhere::Anything).await;
}

/// A relay does not wake itself, and what was refused is no news.
pub async fn nobody_hears_themselves(backend: &impl Backend) {
    let here = with_alices_phone(backend).await;
    let there = backend.open().await;
    let mut watch = here.watch().await.unwrap();

    here.append(&[append(ELM, 1, &[1])]).await.unwrap();
    assert!(there.append(&[append(ELM, 9, &[2])]).await.is_err());
    there.append(&[append(OAK, 1, &[3])]).await.unwrap();

    // Whatever was written on this side would be heard first.
    let oak = Elsewhere::Document {
        document: OAK,
        epoch: 0,
        seq: 1,
    };
    hears(&mut watch, oak).await;
}

/// Of two that write the same place in a log one is told so, and can go on once it has read what it missed.
pub async fn of_two_relays_one_is_first(backend: &impl Backend) {
    let here = with_alices_phone(backend).await;
    let there = backend.open().await;
    let (ours, theirs) = ([append(ELM, 1, &[1])], [append(ELM, 1, &[2])]);
    let (first, second) = tokio::join!(here.append(&ours), there.append(&theirs));

    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let (slower, number) = if first.is_ok() {
        (&there, 2)
    } else {
        (&here, 1)
    };
    assert!(super::is_conflict(&first) || super::is_conflict(&second));
    let missed = slower.changes_since(ELM, 0, 0).await.unwrap();
    assert_eq!(missed.len(), 1);
    slower.append(&[append(ELM, 2, &[number])]).await.unwrap();
    assert_eq!(here.changes_since(ELM, 0, 0).await.unwrap().len(), 2);
}
