//! When something happens in a document by itself.

use kruispunt_core::time::Timestamp;

use super::{Backend, ELM, NOON, OAK, append, with_places};
use crate::{Alarm, Append, Documents as _, Rotation};

fn minutes(minutes: i64) -> Timestamp {
    NOON.plus_millis(minutes * 60_000)
}

fn at(minute: i64, is_exact: bool) -> Alarm {
    Alarm {
        at: Some(minutes(minute)),
        is_exact,
    }
}

/// Nobody looked at a new document yet, so it is due once, and not again before its time.
pub async fn a_new_document_is_looked_at_once(backend: &impl Backend) {
    let storage = with_places(backend).await;
    let due = storage.due(NOON, 9).await.unwrap();
    assert!(due.contains(&ELM) && due.contains(&OAK), "{due:?}");
    assert_eq!(storage.due(NOON, 1).await.unwrap().len(), 1);
    assert!(storage.set_alarm(ELM, 0, 0, None).await.unwrap());
    assert!(
        storage
            .set_alarm(OAK, 0, 0, Some(minutes(5)))
            .await
            .unwrap()
    );
    assert_eq!(storage.due(minutes(4), 9).await.unwrap(), []);
    assert_eq!(storage.due(minutes(5), 9).await.unwrap(), [OAK]);
}

/// Whoever writes knows only of what they wrote: of two moments the earlier counts, until all of it was looked at.
pub async fn an_earlier_moment_counts_until_all_was_looked_at(backend: &impl Backend) {
    let storage = with_places(backend).await;
    for document in [ELM, OAK] {
        storage.set_alarm(document, 0, 0, None).await.unwrap();
    }
    let alarms = [
        (at(30, false), 30),
        (at(10, false), 10),
        (at(20, false), 10),
        (Alarm::KEEP, 10),
        (at(40, true), 40),
    ];
    for (seq, (alarm, expected)) in (1..).zip(alarms) {
        let written = Append {
            alarm,
            ..append(ELM, seq, &[u8::try_from(seq).unwrap()])
        };
        storage.append(&[written]).await.unwrap();
        let before = storage.due(minutes(expected - 1), 9).await.unwrap();
        let then = storage.due(minutes(expected), 9).await.unwrap();
        assert_eq!((before, then), (vec![], vec![ELM]), "{alarm:?}");
    }
    let never = Append {
        alarm: Alarm {
            at: None,
            is_exact: true,
        },
        ..append(ELM, 6, &[6])
    };
    storage.append(&[never]).await.unwrap();
    assert_eq!(storage.due(minutes(9999), 9).await.unwrap(), []);
}

/// A moment that was worked out from an older state is not written down.
pub async fn an_alarm_of_an_older_state_is_not_set(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage.append(&[append(ELM, 1, &[1])]).await.unwrap();
    assert!(!storage.set_alarm(ELM, 0, 0, None).await.unwrap());
    assert!(storage.due(NOON, 9).await.unwrap().contains(&ELM));
    assert!(storage.set_alarm(ELM, 0, 1, None).await.unwrap());
    assert!(!storage.due(NOON, 9).await.unwrap().contains(&ELM));
}

/// After a new epoch, and when the rules have changed, everything is looked at again; also after a restart.
pub async fn everything_is_looked_at_again(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage.append(&[append(ELM, 1, &[1])]).await.unwrap();
    for (document, seq) in [(ELM, 1), (OAK, 0)] {
        storage.set_alarm(document, 0, seq, None).await.unwrap();
    }
    let rotation = Rotation {
        document: ELM,
        epoch: 0,
        seq: 1,
        next: 7,
        snapshot: vec![7].into(),
        at: NOON,
    };
    storage.rotate(&rotation).await.unwrap();
    assert_eq!(storage.due(NOON, 9).await.unwrap(), [ELM]);
    storage.look_at_all().await.unwrap();
    drop(storage);
    let due = backend.open().await.due(NOON, 9).await.unwrap();
    assert!(due.contains(&ELM) && due.contains(&OAK), "{due:?}");
}
