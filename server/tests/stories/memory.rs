//! How much of a town is in memory.

use std::time::Duration;

use kruispunt_server::{Limits, Pace};

use crate::kit::{Town, board, push};

const STREETS: u8 = 60;

#[tokio::test]
async fn many_streets_are_visited_and_few_stay_in_memory() {
    let limits = Limits {
        memory: 100 << 10,
        ..Limits::default()
    };
    let pace = Pace {
        idle: Duration::from_millis(500),
        ..Pace::default()
    };
    let town = Town::found().await;
    let streets = town.build_streets(STREETS).await;
    let town = town
        .restart_with(|settings| settings.with_limits(limits).with_pace(pace))
        .await;
    let alice = town.ambassador("Alice").await;
    let mut line = town.greeted(&alice).await;
    let mut boards: Vec<_> = streets.iter().map(|&street| board(street)).collect();

    for seq in 1..=2 {
        for (&street, board) in streets.iter().zip(&mut boards) {
            let (_, change) = alice.logs(board);
            line.send(&push(street, &[change])).await;
            line.is_acked(seq, 1).await;
        }
        // An empty board takes some 16 kB, so that there is room for about five. When all are visited again there
        // is room for four times as many, and never for more.
        let (streets, bytes) = if seq == 1 { (10, 100) } else { (40, 400) };
        let held = town.counts("documents").await;
        assert!(held < streets, "{held} of {STREETS} streets");
        assert!(town.counts("documents_bytes").await <= bytes << 10);
    }
    assert!(town.counts("evictions_total").await > 0);

    // When nobody writes any more, all of them leave.
    while town.counts("documents").await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(town.counts("operations").await, 0);
    for &street in &streets {
        let log = town.storage.changes_since(street, 0, 0).await.unwrap();
        assert_eq!(log.len(), 2);
    }
}
