//! What an operator sees.

use std::sync::atomic::Ordering;
use std::time::Duration;

use kruispunt_core::sync::frame::Frame;
use kruispunt_server::Pace;

use crate::kit::{ELM, Story, Town, at, board, push};

async fn ready(town: &Town) -> u16 {
    town.http.get("/readyz", &[]).await.status
}

#[tokio::test]
async fn a_relay_that_cannot_store_is_not_ready() {
    let Story {
        town,
        alice,
        mut alices,
        ..
    } = Story::begins().await;
    let mut board = board(ELM);
    let (_, first) = alice.logs(&mut board);
    town.is_full.store(true, Ordering::SeqCst);
    alices.send(&push(ELM, std::slice::from_ref(&first))).await;
    assert_eq!(alices.ended().await, "unavailable");

    assert_eq!(ready(&town).await, 503);
    assert_eq!(town.http.get("/healthz", &[]).await.status, 200);
    let full = r#"storage_errors_total{kind="full"}"#;
    assert_eq!(town.counts(full).await, 1);

    town.is_full.store(false, Ordering::SeqCst);
    let mut alices = town.greeted(&alice).await;
    alices.send(&push(ELM, &[first])).await;
    alices.is_acked(1, 1).await;
    assert_eq!(ready(&town).await, 200);
}

#[tokio::test]
async fn before_it_goes_down_it_says_so_and_still_serves() {
    let pace = Pace {
        drain: Duration::from_hours(1),
        ..Pace::default()
    };
    let mut town = Town::found_with(|settings| settings.with_pace(pace)).await;
    let alice = town.ambassador("Alice").await;
    assert_eq!(ready(&town).await, 200);

    town.ends();

    while ready(&town).await == 200 {}
    assert_eq!(ready(&town).await, 503);
    assert_eq!(town.http.get("/healthz", &[]).await.status, 200);
    let mut line = town.greeted(&alice).await;
    let (_, change) = alice.logs(&mut board(ELM));
    line.send(&push(ELM, &[change])).await;
    line.is_acked(1, 1).await;
}

#[tokio::test]
async fn what_happens_is_counted_and_nobody_is_named() {
    let Story {
        town,
        alice,
        mut alices,
        bob,
        mut bobs,
    } = Story::begins().await;
    let mut board = board(ELM);
    let (request, logged) = alice.logs(&mut board);
    let mut foreign = board.clone();
    alices.send(&push(ELM, std::slice::from_ref(&logged))).await;
    alices.is_acked(1, 1).await;
    alices.send(&push(ELM, &[logged])).await;
    alices.is_acked(0, 1).await;
    bobs.is_told(1, 1).await;
    // Bob writes as Alice's phone.
    let forged = bob.claims(&mut foreign, request);
    bobs.send(&push(ELM, &[forged])).await;
    bobs.is_refused().await;
    town.greeted_at(&alice, 0, true).await.is_told(1, 1).await;
    bobs.send_bytes(vec![0]).await;
    assert_eq!(bobs.ended().await, "frame-malformed");
    // Whoever has an answer to this came after everything else.
    let mut level = town.connect().await;
    level.greet(&alice.token, vec![at(1)]).await;
    level.send(&Frame::Ping).await;
    assert_eq!(level.frame().await, Frame::Pong);

    for (name, value) in [
        ("changes_accepted_total", 1),
        ("changes_repeated_total", 1),
        (r#"changes_refused_total{kind="not-allowed"}"#, 1),
        ("connections_opened_total", 4),
        (r#"connections_ended_total{kind="frame-malformed"}"#, 1),
        ("devices", 1),
        ("commit_seconds_count", 1),
        ("commit_changes_sum", 1),
        ("told_seconds_count", 3),
        (r#"catch_ups_total{kind="changes"}"#, 1),
        ("documents", 1),
        ("evictions_total", 0),
        (r#"build_info{version="0.1.0"}"#, 1),
    ] {
        assert_eq!(town.counts(name).await, value, "{name}");
    }
    let shown = town.shows().await;
    for named in [alice.member.to_string(), bob.device.to_string()] {
        assert!(!shown.contains(&named), "{shown}");
    }
    // It is for the operator, not for who comes along.
    assert_eq!(town.http.get("/metrics", &[]).await.status, 404);
}
