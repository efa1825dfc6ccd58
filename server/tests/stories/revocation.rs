//! A phone that was lost.

use kruispunt_core::sync::frame::{Failure, Frame, failure};
use kruispunt_core::sync::{Effect, Phone};
use kruispunt_server::clock::now;

use crate::kit::{ELM, Ground, Story, board, on_every_database, push};

on_every_database! {
    a_lost_phone_is_cut_while_it_is_connected,
}

async fn a_lost_phone_is_cut_while_it_is_connected(ground: Ground) {
    let Story {
        town,
        alice,
        mut alices,
        bob,
        mut bobs,
    } = Story::begins_on(ground).await;
    let mut again = town.greeted(&bob).await;
    // As an operator's command does it: through a storage of its own.
    let desk = town.twin().await;

    assert!(desk.revoke(bob.device).await);

    for line in [&mut bobs, &mut again] {
        let told = line.frame().await;
        let Frame::Failure(Failure { key }) = &told else {
            panic!("{told:?}")
        };
        assert_eq!(key, failure::REVOKED);
        let mut phone = Phone::new([1; 16]);
        phone.frame(&told.encode(), now());
        assert!(phone.drain().contains(&Effect::Revoked));
        assert_eq!(line.next().await, None);
    }
    // It does not come in again, and nobody else notices.
    let mut bobs = town.connect().await;
    bobs.hails(&bob.token, vec![]).await;
    assert_eq!(bobs.ended().await, failure::SESSION);
    let (_, change) = alice.logs(&mut board(ELM));
    alices.send(&push(ELM, &[change])).await;
    alices.is_acked(1, 1).await;
}
