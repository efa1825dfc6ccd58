//! Epochs that end, and what is gone with them.

use super::{
    ALICES_PHONE, Backend, Bytes, DocumentId, Documents, ELM, HOUR, NOON, OAK, StorageError,
    append, is_conflict, is_not_found, position, with_alices_phone, with_places,
};
use crate::{ActorBinding, Append, Rotation, Snapshot};

/// The end of the first epoch of Elm Street at this sequence number.
fn rotation(seq: u64) -> Rotation {
    Rotation {
        document: ELM,
        epoch: 0,
        seq,
        next: 7,
        snapshot: Bytes::from_static(b"seven"),
        at: NOON.plus_millis(HOUR),
    }
}

/// A new board's epoch begins with the first change that is received, and with no later one.
pub async fn an_epoch_begins_with_its_first_change(backend: &impl Backend) {
    let storage = with_places(backend).await;
    assert_eq!(position(&storage, ELM).await.began_at.as_millis(), 0);

    storage.append(&[append(ELM, 1, &[1])]).await.unwrap();
    let mut later = append(ELM, 2, &[2]);
    later.changes[0].received_at = NOON.plus_millis(HOUR);
    storage.append(&[later]).await.unwrap();

    assert_eq!(position(&storage, ELM).await.began_at, NOON);
    assert_eq!(position(&storage, OAK).await.began_at.as_millis(), 0);
    let loaded = storage.load(ELM).await.unwrap().unwrap();
    assert_eq!(loaded.position, position(&storage, ELM).await);
}

/// Changes, actors and the older snapshot are gone; the next epoch begins with its own snapshot and an empty log.
pub async fn a_rotation_leaves_nothing_behind(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let actor = ActorBinding {
        actor: vec![7; 16],
        device: Some(ALICES_PHONE),
    };
    storage
        .append(&[
            Append {
                actors: vec![actor.clone()],
                ..append(ELM, 1, &[1, 2, 3])
            },
            append(OAK, 1, &[4]),
        ])
        .await
        .unwrap();
    let two = Snapshot {
        epoch: 0,
        seq: 2,
        bytes: Bytes::from_static(b"two"),
    };
    storage.put_snapshot(ELM, &two).await.unwrap();

    storage.rotate(&rotation(3)).await.unwrap();

    let elm = storage.load(ELM).await.unwrap().unwrap();
    assert_eq!((elm.position.epoch, elm.position.seq), (7, 0));
    assert_eq!(elm.position.began_at, NOON.plus_millis(HOUR));
    let seven = Snapshot {
        epoch: 7,
        seq: 0,
        bytes: Bytes::from_static(b"seven"),
    };
    assert_eq!(elm.snapshot, Some(seven.clone()));
    assert_eq!((elm.tail, elm.actors), (vec![], vec![]));
    assert_eq!(storage.changes_since(ELM, 0, 0).await.unwrap(), []);
    assert_eq!(storage.changes_since(OAK, 0, 0).await.unwrap().len(), 1);

    // The old epoch takes nothing any more, neither work nor a snapshot that was long in the making.
    assert!(is_conflict(&storage.append(&[append(ELM, 4, &[5])]).await));
    storage.put_snapshot(ELM, &two).await.unwrap();
    assert_eq!(
        storage.load(ELM).await.unwrap().unwrap().snapshot,
        Some(seven)
    );

    // The new one begins at 1, with what was said before and by whom.
    storage
        .append(&[Append {
            epoch: 7,
            actors: vec![ActorBinding {
                device: None,
                ..actor
            }],
            ..append(ELM, 1, &[1])
        }])
        .await
        .unwrap();
    let elm = storage.load(ELM).await.unwrap().unwrap();
    assert_eq!(elm.position.began_at, NOON.plus_millis(HOUR));
    assert_eq!(elm.tail.len(), 1);
}

/// Whoever did not see the last change may not end its epoch, and an epoch never comes back.
pub async fn a_rotation_has_seen_everything(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage.append(&[append(ELM, 1, &[1, 2])]).await.unwrap();
    let before = storage.load(ELM).await.unwrap();

    let right = rotation(2);
    for (why, wrong) in [
        ("a change was missed", rotation(1)),
        ("a change was made up", rotation(3)),
        (
            "another epoch",
            Rotation {
                epoch: 1,
                ..right.clone()
            },
        ),
        (
            "the same epoch again",
            Rotation {
                next: 0,
                ..right.clone()
            },
        ),
    ] {
        let refused: Result<(), StorageError> = storage.rotate(&wrong).await;
        assert!(is_conflict(&refused), "{why}");
        assert_eq!(storage.load(ELM).await.unwrap(), before, "{why}");
    }
    let nowhere = Rotation {
        document: DocumentId::from_bytes([99; 16]),
        ..right.clone()
    };
    assert!(is_not_found(&storage.rotate(&nowhere).await));

    storage.rotate(&right).await.unwrap();
    assert!(is_conflict(&storage.rotate(&right).await));
}

/// A board on which nothing was ever written can begin anew, and so can one that just did.
pub async fn an_empty_epoch_can_end(backend: &impl Backend) {
    let storage = with_places(backend).await;

    storage.rotate(&rotation(0)).await.unwrap();
    storage
        .rotate(&Rotation {
            epoch: 7,
            next: 8,
            ..rotation(0)
        })
        .await
        .unwrap();
    drop(storage);

    let storage = backend.open().await;
    assert_eq!(position(&storage, ELM).await.epoch, 8);
    assert_eq!(
        storage
            .load(ELM)
            .await
            .unwrap()
            .unwrap()
            .snapshot
            .unwrap()
            .epoch,
        8
    );
}
