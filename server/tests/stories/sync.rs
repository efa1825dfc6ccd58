//! Phones that follow their streets.

use std::sync::atomic::Ordering;
use std::time::Duration;

use kruispunt_core::model::Role;
use kruispunt_core::schema::Board;
use kruispunt_core::sync::frame::{Cursor, Frame};
use kruispunt_server::Pace;
use kruispunt_storage::Documents as _;

use crate::kit::{ELM, Line, NORTH, Neighbour, OAK, TOWN, Town, board, push};

const fn at(seq: u64) -> Cursor {
    Cursor {
        document: ELM,
        epoch: 0,
        seq,
    }
}

/// A line of somebody who has nothing yet, in a street where nothing is yet.
pub(crate) async fn greeted(town: &Town, neighbour: &Neighbour) -> Line {
    let mut line = town.connect().await;
    assert_eq!(line.greet(&neighbour.token, vec![]).await.following, 0);
    line
}

/// The first sequence number and the number of changes of a frame that has some.
pub(crate) fn span(frame: &Frame) -> (&'static str, u64, usize) {
    match frame {
        Frame::Ack(ack) => ("ack", ack.first, ack.hashes.len()),
        Frame::Changes(changes) => ("changes", changes.first, changes.changes.len()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn work_is_kept_acknowledged_and_passed_on() {
    let town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;
    let bob = town.neighbour("Bob", Role::Volunteer, NORTH).await;
    let (mut alices, mut bobs) = (greeted(&town, &alice).await, greeted(&town, &bob).await);
    let mut board = board(ELM);

    let (request, logged) = alice.logs(&mut board);
    alices.send(&push(ELM, std::slice::from_ref(&logged))).await;

    assert_eq!(span(&alices.frame().await), ("ack", 1, 1));
    assert_eq!(
        town.storage.changes_since(ELM, 0, 0).await.unwrap()[0].bytes,
        logged
    );
    let heard = bobs.frame().await;
    assert_eq!(span(&heard), ("changes", 1, 1));

    // Bob claims; the relay confirms him under its own name, to both.
    board.write_as([2; 16]);
    let claimed = bob.claims(&mut board, request);
    bobs.send(&push(ELM, &[claimed])).await;

    assert_eq!(span(&bobs.frame().await), ("ack", 2, 1));
    assert_eq!(span(&bobs.frame().await), ("changes", 3, 1));
    assert_eq!(span(&alices.frame().await), ("changes", 2, 1));
    assert_eq!(span(&alices.frame().await), ("changes", 3, 1));
    let log = town.storage.changes_since(ELM, 0, 0).await.unwrap();
    let members: Vec<_> = log.iter().map(|change| change.member).collect();
    assert_eq!(members, [Some(alice.member), Some(bob.member), None]);

    // The same once more does no harm.
    alices.send(&push(ELM, &[logged])).await;
    assert_eq!(span(&alices.frame().await), ("ack", 0, 1));
}

#[tokio::test]
async fn who_was_away_catches_up_and_who_was_not_gets_one_frame() {
    let town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;
    let mut line = greeted(&town, &alice).await;
    let mut board = board(ELM);
    let work: Vec<_> = (0..3).map(|_| alice.logs(&mut board).1).collect();
    line.send(&push(ELM, &work)).await;
    assert_eq!(span(&line.frame().await), ("ack", 1, 3));

    let mut new = town.connect().await;
    assert_eq!(new.greet(&alice.token, vec![]).await.following, 1);
    assert_eq!(span(&new.frame().await), ("changes", 1, 3));
    let mut behind = town.connect().await;
    assert_eq!(behind.greet(&alice.token, vec![at(2)]).await.following, 1);
    assert_eq!(span(&behind.frame().await), ("changes", 3, 1));
    let mut level = town.connect().await;
    assert_eq!(level.greet(&alice.token, vec![at(3)]).await.following, 0);
    level.send(&Frame::Ping).await;
    assert_eq!(level.frame().await, Frame::Pong);
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let mut town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;
    let mut board = board(ELM);
    for round in 0..3 {
        let mut line = town.connect().await;
        line.greet(&alice.token, vec![at(round)]).await;
        let (_, change) = alice.logs(&mut board);
        line.send(&push(ELM, &[change])).await;
        assert_eq!(span(&line.frame().await), ("ack", round + 1, 1));
        let (again, key) = tokio::join!(town.restart(), line.ended());
        assert_eq!(key, "going-away");
        town = again;
    }
    assert_eq!(
        town.storage.changes_since(ELM, 0, 0).await.unwrap().len(),
        3
    );
}

#[tokio::test]
async fn what_could_not_be_stored_is_told_to_nobody_and_sent_again() {
    let town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;
    let bob = town.neighbour("Bob", Role::Volunteer, NORTH).await;
    let (mut alices, mut bobs) = (greeted(&town, &alice).await, greeted(&town, &bob).await);
    let mut board = board(ELM);
    let work: Vec<_> = (0..3).map(|_| alice.logs(&mut board).1).collect();
    alices.send(&push(ELM, &work[..1])).await;
    assert_eq!(span(&alices.frame().await), ("ack", 1, 1));

    town.is_full.store(true, Ordering::SeqCst);
    alices.send(&push(ELM, &work[1..2])).await;
    assert_eq!(alices.ended().await, "unavailable");
    town.is_full.store(false, Ordering::SeqCst);

    // Bob heard of the first only; what failed and what comes after it arrive together.
    let mut alices = town.connect().await;
    assert_eq!(alices.greet(&alice.token, vec![at(1)]).await.following, 0);
    alices.send(&push(ELM, &work[1..])).await;
    assert_eq!(span(&alices.frame().await), ("ack", 2, 2));
    assert_eq!(span(&bobs.frame().await), ("changes", 1, 1));
    assert_eq!(span(&bobs.frame().await), ("changes", 2, 2));
}

#[tokio::test]
async fn a_long_log_is_sent_as_a_snapshot() {
    // Nothing stays in memory, so the document also comes to life again from its snapshot.
    let idle = Duration::from_millis(1);
    let town = Town::found_with(Pace {
        idle,
        ..Pace::default()
    })
    .await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;
    let mut line = greeted(&town, &alice).await;
    let mut mine = board(ELM);
    let mut seq = 0;
    for _ in 0..5 {
        let work: Vec<_> = (0..50).map(|_| alice.logs(&mut mine).1).collect();
        line.send(&push(ELM, &work)).await;
        assert_eq!(span(&line.frame().await), ("ack", seq + 1, 50));
        seq += 50;
    }

    let mut new = town.connect().await;
    assert_eq!(new.greet(&alice.token, vec![]).await.following, 1);
    let Frame::Snapshot(snapshot) = new.frame().await else {
        panic!("a snapshot was expected")
    };
    let theirs = Board::load(&snapshot.bytes).unwrap();
    if snapshot.cursor.seq == seq {
        assert_eq!(theirs.heads(), mine.heads());
    } else {
        let (kind, first, count) = span(&new.frame().await);
        assert_eq!((kind, first), ("changes", snapshot.cursor.seq + 1));
        assert_eq!(snapshot.cursor.seq + count as u64, seq);
    }
    let mut behind = town.connect().await;
    assert_eq!(
        behind
            .greet(&alice.token, vec![at(seq - 1)])
            .await
            .following,
        1
    );
    assert_eq!(span(&behind.frame().await), ("changes", seq, 1));
    // A cursor from a log that is lost.
    let mut ahead = town.connect().await;
    assert_eq!(
        ahead.greet(&alice.token, vec![at(seq + 9)]).await.following,
        1
    );
    assert!(matches!(ahead.frame().await, Frame::Snapshot(_)));
}

#[tokio::test]
async fn a_coordinator_follows_the_whole_town() {
    let town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;
    let carla = town.neighbour("Carla", Role::Coordinator, TOWN).await;
    let (mut alices, mut carlas) = (greeted(&town, &alice).await, greeted(&town, &carla).await);
    for document in [ELM, OAK] {
        let (_, change) = alice.logs(&mut board(document));
        alices.send(&push(document, &[change])).await;
        assert_eq!(span(&alices.frame().await), ("ack", 1, 1));
        let Frame::Changes(changes) = carlas.frame().await else {
            panic!("changes were expected")
        };
        assert_eq!(changes.document, document);
    }
}
