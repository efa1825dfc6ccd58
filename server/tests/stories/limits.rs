//! How much anybody may ask, and what they are told when it is too much.

use kruispunt_core::message::Reason;
use kruispunt_core::sync::frame::Frame;
use kruispunt_server::Limits;

use crate::kit::{ELM, Line, Story, Town, board, push};

async fn town(limits: Limits) -> Town {
    Town::found_with(|settings| settings.with_limits(limits)).await
}

#[tokio::test]
async fn who_writes_faster_than_fingers_can_is_cut_and_comes_back() {
    let limits = Limits {
        burst: 10,
        per_second: 1,
        ..Limits::default()
    };
    let Story {
        town,
        alice,
        mut alices,
        mut bobs,
        ..
    } = Story::begins_in(town(limits).await).await;
    let mut board = board(ELM);
    let work: Vec<_> = (0..13).map(|_| alice.logs(&mut board).1).collect();
    alices.send(&push(ELM, &work[..8])).await;
    alices.is_acked(1, 8).await;

    alices.send(&push(ELM, &work[8..])).await;
    assert_eq!(alices.ended().await, "too-fast");

    // Nothing of the second push was taken; the next connection may go on with it.
    let mut alices = town.greeted_at(&alice, 8, false).await;
    alices.send(&push(ELM, &work[8..])).await;
    alices.is_acked(9, 5).await;
    bobs.is_told(1, 8).await;
    bobs.is_told(9, 5).await;
    // Whoever only knocks is too fast at some time, too.
    for _ in 0..10 {
        bobs.send(&Frame::Ping).await;
        assert_eq!(bobs.frame().await, Frame::Pong);
    }
    bobs.send(&Frame::Ping).await;
    assert_eq!(bobs.ended().await, "too-fast");
    let stored = town.storage.changes_since(ELM, 0, 0).await.unwrap();
    assert_eq!(stored.len(), 13);
}

#[tokio::test]
async fn the_oldest_line_of_a_phone_gives_way() {
    let limits = Limits {
        per_device: 2,
        ..Limits::default()
    };
    let Story {
        town,
        alice,
        mut alices,
        mut bobs,
        ..
    } = Story::begins_in(town(limits).await).await;
    let mut second = town.greeted(&alice).await;
    let mut third = town.greeted(&alice).await;

    assert_eq!(alices.ended().await, "too-many");
    let (_, change) = alice.logs(&mut board(ELM));
    third.send(&push(ELM, &[change])).await;
    third.is_acked(1, 1).await;
    second.is_told(1, 1).await;
    bobs.is_told(1, 1).await;
}

#[tokio::test]
async fn a_full_relay_says_so_and_has_room_again() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let Story {
        town,
        alices,
        bobs: _bobs,
        ..
    } = Story::begins_in(town(limits).await).await;
    let turned_away = Line::try_open(town.http.0).await.unwrap_err();
    assert_eq!(turned_away, (503, "busy".to_owned()));

    drop(alices);
    while Line::try_open(town.http.0).await.is_err() {}
}

#[tokio::test]
async fn a_full_board_takes_no_more_and_loses_nothing() {
    let limits = Limits {
        operations: 100,
        ..Limits::default()
    };
    let Story {
        town,
        alice,
        mut alices,
        mut bobs,
        ..
    } = Story::begins_in(town(limits).await).await;
    let mut board = board(ELM);
    let work: Vec<_> = (0..20).map(|_| alice.logs(&mut board).1).collect();

    alices.send(&push(ELM, &work)).await;
    alices.is_acked(1, 10).await;
    assert_eq!(alices.is_refused().await.len(), 10);
    let (_, more) = alice.logs(&mut board);
    alices.send(&push(ELM, &[more])).await;

    assert_eq!(
        alices.is_refused().await[0].reason,
        Reason::MissingDependency
    );
    bobs.is_told(1, 10).await;
    town.greeted_at(&alice, 10, false).await;
}
