//! Phones that follow their streets.

use std::sync::atomic::Ordering;
use std::time::Duration;

use kruispunt_core::model::Role;
use kruispunt_core::schema::Board;
use kruispunt_core::sync::frame::Frame;
use kruispunt_server::Pace;

use crate::kit::{ELM, OAK, Story, TOWN, Town, at, board, push};

#[tokio::test]
async fn work_is_kept_acknowledged_and_passed_on() {
    let Story {
        town,
        alice,
        mut alices,
        bob,
        mut bobs,
    } = Story::begins().await;
    let mut board = board(ELM);

    let (request, logged) = alice.logs(&mut board);
    alices.send(&push(ELM, std::slice::from_ref(&logged))).await;

    alices.is_acked(1, 1).await;
    assert_eq!(
        town.storage.changes_since(ELM, 0, 0).await.unwrap()[0].bytes,
        logged
    );
    bobs.is_told(1, 1).await;

    // Bob claims; the relay confirms him under its own name, to both.
    board.write_as([2; 16]);
    let claimed = bob.claims(&mut board, request);
    bobs.send(&push(ELM, &[claimed])).await;

    bobs.is_acked(2, 1).await;
    bobs.is_told(3, 1).await;
    alices.is_told(2, 1).await;
    alices.is_told(3, 1).await;
    let log = town.storage.changes_since(ELM, 0, 0).await.unwrap();
    let members: Vec<_> = log.iter().map(|change| change.member).collect();
    assert_eq!(members, [Some(alice.member), Some(bob.member), None]);

    // The same once more does no harm.
    alices.send(&push(ELM, &[logged])).await;
    alices.is_acked(0, 1).await;
}

#[tokio::test]
async fn who_was_away_catches_up_and_who_was_not_gets_one_frame() {
    let Story {
        town,
        alice,
        mut alices,
        ..
    } = Story::begins().await;
    let mut board = board(ELM);
    let work: Vec<_> = (0..3).map(|_| alice.logs(&mut board).1).collect();
    alices.send(&push(ELM, &work)).await;
    alices.is_acked(1, 3).await;

    town.greeted_at(&alice, 0, true).await.is_told(1, 3).await;
    town.greeted_at(&alice, 2, true).await.is_told(3, 1).await;
    let mut level = town.greeted_at(&alice, 3, false).await;
    level.send(&Frame::Ping).await;
    assert_eq!(level.frame().await, Frame::Pong);
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let mut town = Town::found().await;
    let alice = town.ambassador("Alice").await;
    let mut board = board(ELM);
    for round in 0..3 {
        let mut line = town.connect().await;
        line.greet(&alice.token, vec![at(round)]).await;
        let (_, change) = alice.logs(&mut board);
        line.send(&push(ELM, &[change])).await;
        line.is_acked(round + 1, 1).await;
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
    let Story {
        town,
        alice,
        mut alices,
        mut bobs,
        ..
    } = Story::begins().await;
    let mut board = board(ELM);
    let work: Vec<_> = (0..3).map(|_| alice.logs(&mut board).1).collect();
    alices.send(&push(ELM, &work[..1])).await;
    alices.is_acked(1, 1).await;

    town.is_full.store(true, Ordering::SeqCst);
    alices.send(&push(ELM, &work[1..2])).await;
    assert_eq!(alices.ended().await, "unavailable");
    town.is_full.store(false, Ordering::SeqCst);

    // Bob heard of the first only; what failed and what comes after it arrive together.
    let mut alices = town.greeted_at(&alice, 1, false).await;
    alices.send(&push(ELM, &work[1..])).await;
    alices.is_acked(2, 2).await;
    bobs.is_told(1, 1).await;
    bobs.is_told(2, 2).await;
}

#[tokio::test]
async fn a_long_log_is_sent_as_a_snapshot() {
    // Nothing stays in memory, so the document also comes to life again from its snapshot.
    let pace = Pace {
        idle: Duration::from_millis(1),
        ..Pace::default()
    };
    let town = Town::found_with(|settings| settings.with_pace(pace)).await;
    let alice = town.ambassador("Alice").await;
    let mut line = town.greeted(&alice).await;
    let mut mine = board(ELM);
    let mut seq = 0;
    for _ in 0..5 {
        let work: Vec<_> = (0..50).map(|_| alice.logs(&mut mine).1).collect();
        line.send(&push(ELM, &work)).await;
        line.is_acked(seq + 1, 50).await;
        seq += 50;
    }

    let mut new = town.greeted_at(&alice, 0, true).await;
    let snapshot = new.is_replaced().await;
    let theirs = Board::load(&snapshot.bytes).unwrap();
    if snapshot.cursor.seq == seq {
        assert_eq!(theirs.heads(), mine.heads());
    } else {
        let missing = usize::try_from(seq - snapshot.cursor.seq).unwrap();
        new.is_told(snapshot.cursor.seq + 1, missing).await;
    }
    let mut behind = town.greeted_at(&alice, seq - 1, true).await;
    behind.is_told(seq, 1).await;
    // A cursor from a log that is lost.
    let mut ahead = town.greeted_at(&alice, seq + 9, true).await;
    ahead.is_replaced().await;
}

#[tokio::test]
async fn a_coordinator_follows_the_whole_town() {
    let Story {
        town,
        alice,
        mut alices,
        ..
    } = Story::begins().await;
    let carla = town.neighbour("Carla", Role::Coordinator, TOWN).await;
    let mut carlas = town.greeted(&carla).await;
    for document in [ELM, OAK] {
        let (_, change) = alice.logs(&mut board(document));
        alices.send(&push(document, &[change])).await;
        alices.is_acked(1, 1).await;
        assert_eq!(carlas.is_told(1, 1).await.document, document);
    }
}
