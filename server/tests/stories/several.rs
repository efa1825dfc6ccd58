//! Several relays on one database.

use kruispunt_core::id::{AreaId, DocumentId};
use kruispunt_core::message::Reason;
use kruispunt_core::model::AreaKind;
use kruispunt_core::schema::{Board, Keep};
use kruispunt_core::sync::frame::{Cursor, Frame};
use kruispunt_core::time::Timestamp;
use kruispunt_server::clock::{now, random};
use kruispunt_server::rotation::rotate;
use kruispunt_storage::NewArea;

use crate::kit::{ELM, Ground, Line, Story, Town, at, board, on_every_database, push, push_in};

on_every_database! {
    what_is_stored_at_one_is_told_at_the_other,
    two_write_at_once_and_both_are_kept_in_one_order,
    a_phone_that_moves_to_the_other_relay_keeps_its_place,
    a_new_epoch_reaches_everybody_and_old_work_is_refused_after_it,
    a_street_that_is_built_is_served_at_once,
}

/// Ends the epoch of Elm Street, as an operator's command does; everything in it is kept. Returns the next.
async fn begin_epoch(town: &Town) -> u32 {
    let keep_all = Timestamp::from_millis(0);
    let rotated = rotate(&*town.storage, ELM, Keep::since(keep_all), now())
        .await
        .unwrap();
    rotated.began
}

/// Reads what is told until this many changes are known, in order and without a gap or a repetition.
async fn follows(line: &mut Line, document: DocumentId, from: u64, to: u64) {
    let mut next = from + 1;
    while next <= to {
        match line.frame().await {
            Frame::Changes(changes) => {
                assert_eq!((changes.document, changes.first), (document, next));
                next += changes.changes.len() as u64;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(next, to + 1);
}

async fn what_is_stored_at_one_is_told_at_the_other(ground: Ground) {
    let Story {
        town,
        alice,
        mut alices,
        bob,
        bobs: _,
    } = Story::begins_on(ground).await;
    let other = town.twin().await;
    let mut bobs = other.greeted(&bob).await;
    let mut board = board(ELM);
    let (request, logged) = alice.logs(&mut board);
    alices.send(&push(ELM, &[logged])).await;
    alices.is_acked(1, 1).await;
    bobs.is_told(1, 1).await;

    // The other relay has the document in memory from here on, and its own confirmation of Bob in it.
    board.write_as([2; 16]);
    let claimed = bob.claims(&mut board, request);
    bobs.send(&push(ELM, &[claimed])).await;
    bobs.is_acked(2, 1).await;
    bobs.is_told(3, 1).await;
    follows(&mut alices, ELM, 1, 3).await;

    board.write_as([3; 16]);
    let (_, logged) = alice.logs(&mut board);
    alices.send(&push(ELM, &[logged])).await;
    alices.is_acked(4, 1).await;
    bobs.is_told(4, 1).await;
    board.write_as([4; 16]);
    let released = bob.releases(&mut board, request);
    bobs.send(&push(ELM, &[released])).await;
    bobs.is_acked(5, 1).await;
    follows(&mut bobs, ELM, 5, 6).await;
    follows(&mut alices, ELM, 4, 6).await;
}

async fn two_write_at_once_and_both_are_kept_in_one_order(ground: Ground) {
    const ROUNDS: u64 = 20;
    let Story {
        town,
        alice,
        mut alices,
        bobs: _,
        ..
    } = Story::begins_on(ground).await;
    let other = town.twin().await;
    let cora = town.ambassador("Cora").await;
    let mut coras = other.greeted(&cora).await;
    let dirk = town.volunteer("Dirk").await;
    let (mut here, mut there) = (town.greeted(&dirk).await, other.greeted(&dirk).await);
    let (mut alices_board, mut coras_board) = (board(ELM), board(ELM));
    for _ in 0..ROUNDS {
        let (_, alices_change) = alice.logs(&mut alices_board);
        let (_, coras_change) = cora.logs(&mut coras_board);
        alices.send(&push(ELM, &[alices_change])).await;
        coras.send(&push(ELM, &[coras_change])).await;
    }

    // Each hears of the other's work and gets an ack for their own, which together are the whole log.
    for line in [&mut alices, &mut coras] {
        let (mut seqs, mut acked) = (Vec::new(), 0);
        while (seqs.len() as u64) < 2 * ROUNDS {
            match line.frame().await {
                Frame::Ack(ack) => {
                    acked += ack.hashes.len() as u64;
                    seqs.extend(ack.first..ack.first + ack.hashes.len() as u64);
                }
                Frame::Changes(changes) => {
                    seqs.extend(changes.first..changes.first + changes.changes.len() as u64);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(acked, ROUNDS);
        assert_eq!(seqs, (1..=2 * ROUNDS).collect::<Vec<_>>());
    }
    follows(&mut here, ELM, 0, 2 * ROUNDS).await;
    follows(&mut there, ELM, 0, 2 * ROUNDS).await;
    let log = town.storage.changes_since(ELM, 0, 0).await.unwrap();
    assert_eq!(log.len() as u64, 2 * ROUNDS);
}

async fn a_phone_that_moves_to_the_other_relay_keeps_its_place(ground: Ground) {
    let Story {
        town,
        alice,
        mut alices,
        bobs: _,
        ..
    } = Story::begins_on(ground).await;
    let other = town.twin().await;
    let mut board = board(ELM);
    for seq in 1..=3 {
        let (_, change) = alice.logs(&mut board);
        alices.send(&push(ELM, &[change])).await;
        alices.is_acked(seq, 1).await;
        // At once: the other relay may not have heard of it yet.
        other.greeted_at(&alice, seq, false).await;
    }
    other.greeted_at(&alice, 1, true).await.is_told(2, 2).await;
}

async fn a_new_epoch_reaches_everybody_and_old_work_is_refused_after_it(ground: Ground) {
    let Story {
        town,
        alice,
        mut alices,
        bob,
        mut bobs,
    } = Story::begins_on(ground).await;
    let other = town.twin().await;
    let mut there = other.greeted(&bob).await;
    let mut old = board(ELM);
    let (_, first) = alice.logs(&mut old);
    alices.send(&push(ELM, &[first])).await;
    alices.is_acked(1, 1).await;
    for line in [&mut bobs, &mut there] {
        line.is_told(1, 1).await;
    }

    let epoch = begin_epoch(&town.twin().await).await;
    let (request, late) = alice.logs(&mut old);
    alices.send(&push(ELM, &[late])).await;

    let begin = Cursor {
        document: ELM,
        epoch,
        seq: 0,
    };
    let mut new = None;
    for line in [&mut alices, &mut bobs, &mut there] {
        let snapshot = line.is_replaced().await;
        assert_eq!(snapshot.cursor, begin);
        new = Some(Board::load(&snapshot.bytes).unwrap());
    }
    assert_eq!(
        alices.is_refused().await[0].reason,
        Reason::MissingDependency
    );

    // What was refused is made anew on the new epoch, at either relay.
    let mut new = new.unwrap();
    assert_eq!(new.requests().len(), 1);
    new.write_as(random().unwrap());
    let again = alice.logs_as(&mut new, request);
    alices.send(&push_in(epoch, ELM, &[again])).await;
    alices.is_acked(1, 1).await;
    for line in [&mut bobs, &mut there] {
        assert_eq!(line.is_told(1, 1).await.epoch, epoch);
    }
    // A cursor of the old epoch, and none at all, lead to the new one.
    for cursors in [vec![at(1)], vec![]] {
        let mut line = other.connect().await;
        assert_eq!(line.greet(&bob.token, cursors).await.following, 1);
        assert_eq!(line.is_replaced().await.cursor, begin);
        line.is_told(1, 1).await;
    }
}

/// An operator imports places while a relay serves.
async fn a_street_that_is_built_is_served_at_once(ground: Ground) {
    let Story {
        town,
        alice,
        mut alices,
        bob,
        bobs: _,
    } = Story::begins_on(ground).await;
    let street = DocumentId::from_bytes([77; 16]);
    let area = AreaId::from_bytes([77; 16]);
    let new = NewArea {
        code: "ash".to_owned(),
        name: "Ash Street".to_owned(),
        kind: AreaKind::Street,
        parent: Some("north".to_owned()),
        id: area,
        document: street,
    };

    let operator = town.ground.open().await;
    operator.import_areas(&[new]).await.unwrap();

    // Everybody is sent back once, and finds the new street.
    assert_eq!(alices.ended().await, "going-away");
    let bearer = format!("Bearer {}", alice.token);
    let me = town
        .http
        .get("/api/me", &[("authorization", &bearer)])
        .await;
    assert!(me.body.contains(&street.to_string()), "{me:?}");
    let (mut alices, mut bobs) = (town.greeted(&alice).await, town.greeted(&bob).await);
    let (_, change) = alice.logs(&mut board(street));
    alices.send(&push(street, &[change])).await;
    alices.is_acked(1, 1).await;
    follows(&mut bobs, street, 0, 1).await;
}
