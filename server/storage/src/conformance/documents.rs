//! Logs, actors and snapshots.

use super::{
    ALICE, ALICES_PHONE, BOBS_PHONE, Backend, Bytes, DocumentId, Documents, ELM, NewChange, OAK,
    append, change, is_conflict, is_not_found, position, with_alices_phone, with_places,
};
use crate::{ActorBinding, Append, Snapshot};

fn snapshot(seq: u64, text: &'static str) -> Snapshot {
    Snapshot {
        epoch: 0,
        seq,
        bytes: Bytes::from_static(text.as_bytes()),
    }
}

/// What was appended comes back in order, with who wrote it.
pub async fn a_log_keeps_its_order(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let by_alice = NewChange {
        member: Some(ALICE),
        device: Some(ALICES_PHONE),
        ..change(1)
    };
    storage
        .append(&[Append {
            changes: vec![by_alice, change(2)],
            ..append(ELM, 1, &[])
        }])
        .await
        .unwrap();
    storage.append(&[append(ELM, 3, &[3])]).await.unwrap();

    let log = storage.changes_since(ELM, 0, 0).await.unwrap();

    let seen: Vec<_> = log
        .iter()
        .map(|change| (change.seq, change.hash[0], change.member))
        .collect();
    assert_eq!(seen, [(1, 1, Some(ALICE)), (2, 2, None), (3, 3, None)]);
    assert_eq!(log[2].bytes, [3; 10].as_slice());
    assert_eq!(storage.changes_since(ELM, 0, 2).await.unwrap(), log[2..]);
    assert_eq!(storage.changes_since(ELM, 0, 3).await.unwrap(), []);
    assert_eq!(storage.changes_since(ELM, 9, 0).await.unwrap(), []);
    assert_eq!(position(&storage, ELM).await.seq, 3);
    assert_eq!(position(&storage, OAK).await.seq, 0);
}

/// One log that does not fit, and none of the others grew.
pub async fn many_documents_are_written_whole_or_not_at_all(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage
        .append(&[append(ELM, 1, &[1]), append(OAK, 1, &[1, 2])])
        .await
        .unwrap();

    let result = storage
        .append(&[append(ELM, 2, &[3]), append(OAK, 2, &[4])])
        .await;

    assert!(is_conflict(&result));
    assert_eq!(position(&storage, ELM).await.seq, 1);
    assert_eq!(position(&storage, OAK).await.seq, 2);

    storage
        .append(&[append(ELM, 2, &[3]), append(OAK, 3, &[4])])
        .await
        .unwrap();
    assert_eq!(position(&storage, ELM).await.seq, 2);
    assert_eq!(position(&storage, OAK).await.seq, 3);
}

/// Two pieces of work on one document share a transaction, when the second begins where the first ends.
pub async fn one_document_may_be_in_a_group_twice(backend: &impl Backend) {
    let storage = with_places(backend).await;
    let twice = |again| [append(ELM, 1, &[1, 2]), append(OAK, 1, &[1]), again];

    assert!(is_conflict(
        &storage.append(&twice(append(ELM, 4, &[3]))).await
    ));
    assert_eq!(position(&storage, ELM).await.seq, 0);
    assert_eq!(position(&storage, OAK).await.seq, 0);

    storage.append(&twice(append(ELM, 3, &[3]))).await.unwrap();
    assert_eq!(position(&storage, ELM).await.seq, 3);
    assert_eq!(position(&storage, OAK).await.seq, 1);
}

/// Every byte comes back, from an empty change to a group that is larger than one would like.
pub async fn a_change_keeps_every_byte(backend: &impl Backend) {
    let storage = with_places(backend).await;
    let every = (0..=u8::MAX).collect::<Vec<_>>();
    let with = |number, bytes| NewChange {
        bytes,
        ..change(number)
    };
    let large = |number| with(number, vec![number; 3 << 20].into());
    let changes = vec![with(1, Bytes::new()), with(2, every.into())];
    let small = Append {
        changes: changes.clone(),
        ..append(ELM, 1, &[])
    };
    storage.append(&[small]).await.unwrap();
    let group = [
        Append {
            changes: vec![large(3)],
            ..append(ELM, 3, &[])
        },
        Append {
            changes: vec![large(4)],
            ..append(OAK, 1, &[])
        },
    ];
    storage.append(&group).await.unwrap();

    let elm = storage.changes_since(ELM, 0, 0).await.unwrap();
    let expected = changes.iter().chain(&group[0].changes);
    assert!(
        elm.iter()
            .map(|one| &one.bytes)
            .eq(expected.map(|one| &one.bytes))
    );
    let oak = storage.changes_since(OAK, 0, 0).await.unwrap();
    assert_eq!(oak[0].bytes, group[1].changes[0].bytes);
}

/// Whatever the caller believes, the log stays contiguous and free of repeats.
pub async fn a_log_has_no_gaps_overlaps_or_repeats(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage.append(&[append(ELM, 1, &[1, 2])]).await.unwrap();

    for (why, wrong) in [
        ("gap", append(ELM, 4, &[3])),
        ("overlap", append(ELM, 2, &[3])),
        ("from nothing", append(ELM, 0, &[3])),
        ("stored already", append(ELM, 3, &[3, 1])),
        ("twice in one", append(ELM, 3, &[3, 3])),
        (
            "another epoch",
            Append {
                epoch: 1,
                ..append(ELM, 3, &[3])
            },
        ),
    ] {
        assert!(is_conflict(&storage.append(&[wrong]).await), "{why}");
        assert_eq!(position(&storage, ELM).await.seq, 2, "{why}");
    }
    storage.append(&[append(ELM, 3, &[3])]).await.unwrap();
}

/// At first sight an actor is bound; saying the same again is fine, another device is not.
pub async fn an_actor_belongs_to_one_device(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let actor = |device| ActorBinding {
        actor: vec![7; 16],
        device,
    };
    let bind = |first_seq, number, device| Append {
        actors: vec![actor(device)],
        ..append(ELM, first_seq, &[number])
    };
    storage
        .append(&[bind(1, 1, Some(ALICES_PHONE))])
        .await
        .unwrap();

    assert!(is_conflict(&storage.append(&[bind(2, 2, None)]).await));
    assert_eq!(position(&storage, ELM).await.seq, 1);
    storage
        .append(&[bind(2, 2, Some(ALICES_PHONE))])
        .await
        .unwrap();
    assert!(is_not_found(
        &storage
            .append(&[Append {
                document: OAK,
                ..bind(1, 1, Some(BOBS_PHONE))
            }])
            .await
    ));

    assert_eq!(
        storage.load(ELM).await.unwrap().unwrap().actors,
        [actor(Some(ALICES_PHONE))]
    );
    assert_eq!(storage.load(OAK).await.unwrap().unwrap().actors, []);
}

/// A document comes to life from its snapshot and what came after; the log itself stays whole.
pub async fn a_snapshot_shortens_the_tail(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage.append(&[append(ELM, 1, &[1, 2, 3])]).await.unwrap();
    assert_eq!(storage.load(ELM).await.unwrap().unwrap().snapshot, None);

    storage
        .put_snapshot(ELM, &snapshot(2, "two"))
        .await
        .unwrap();

    let loaded = storage.load(ELM).await.unwrap().unwrap();
    assert_eq!(loaded.position, position(&storage, ELM).await);
    assert_eq!(loaded.snapshot, Some(snapshot(2, "two")));
    assert_eq!(
        loaded
            .tail
            .iter()
            .map(|change| change.seq)
            .collect::<Vec<_>>(),
        [3]
    );
    assert_eq!(storage.changes_since(ELM, 0, 0).await.unwrap().len(), 3);
}

/// Of two snapshots the newer stays, whichever was written last; none can be ahead of the log.
pub async fn a_snapshot_never_goes_back(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage.append(&[append(ELM, 1, &[1, 2, 3])]).await.unwrap();
    storage
        .put_snapshot(ELM, &snapshot(2, "two"))
        .await
        .unwrap();

    storage
        .put_snapshot(ELM, &snapshot(1, "one"))
        .await
        .unwrap();
    assert_eq!(
        storage.load(ELM).await.unwrap().unwrap().snapshot,
        Some(snapshot(2, "two"))
    );

    assert!(is_conflict(
        &storage.put_snapshot(ELM, &snapshot(4, "four")).await
    ));
    storage
        .put_snapshot(ELM, &snapshot(3, "three"))
        .await
        .unwrap();
    assert_eq!(
        storage.load(ELM).await.unwrap().unwrap().snapshot,
        Some(snapshot(3, "three"))
    );
}

/// Nobody says goodbye: the storage is dropped as it is and opened anew.
pub async fn what_was_written_survives_a_restart(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    storage
        .append(&[append(ELM, 1, &[1]), append(OAK, 1, &[2])])
        .await
        .unwrap();
    storage
        .put_snapshot(ELM, &snapshot(1, "one"))
        .await
        .unwrap();
    let before = (
        storage.load(ELM).await.unwrap(),
        storage.load(OAK).await.unwrap(),
    );
    drop(storage);

    let storage = backend.open().await;

    assert_eq!(
        (
            storage.load(ELM).await.unwrap(),
            storage.load(OAK).await.unwrap()
        ),
        before
    );
    storage.append(&[append(ELM, 2, &[3])]).await.unwrap();
}

/// Reading what is not there is empty; writing to it is an error.
pub async fn an_unknown_document_is_said_to_be_unknown(backend: &impl Backend) {
    let storage = with_places(backend).await;
    let nowhere = DocumentId::from_bytes([99; 16]);

    assert_eq!(storage.load(nowhere).await.unwrap(), None);
    assert_eq!(storage.changes_since(nowhere, 0, 0).await.unwrap(), []);
    assert!(is_not_found(
        &storage.append(&[append(nowhere, 1, &[1])]).await
    ));
    assert!(is_not_found(
        &storage.put_snapshot(nowhere, &snapshot(0, "none")).await
    ));
}
