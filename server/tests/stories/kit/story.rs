//! How most stories begin.

use super::{Ground, Line, Neighbour, Town, settings};

/// Alice, an ambassador, and Bob, a volunteer, both on the line in streets where nothing is yet.
pub(crate) struct Story {
    pub(crate) town: Town,
    pub(crate) alice: Neighbour,
    pub(crate) alices: Line,
    pub(crate) bob: Neighbour,
    pub(crate) bobs: Line,
}

impl Story {
    pub(crate) async fn begins() -> Self {
        Self::begins_in(Town::found().await).await
    }

    pub(crate) async fn begins_on(ground: Ground) -> Self {
        Self::begins_in(Town::found_on(ground, settings()).await).await
    }

    pub(crate) async fn begins_in(town: Town) -> Self {
        let alice = town.ambassador("Alice").await;
        let bob = town.volunteer("Bob").await;
        Self {
            alices: town.greeted(&alice).await,
            bobs: town.greeted(&bob).await,
            town,
            alice,
            bob,
        }
    }
}
