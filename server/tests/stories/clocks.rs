//! What happens to requests by themselves: on either database, and also when the relay was away.

use kruispunt_core::command::Command;
use kruispunt_core::model::{Attention, EntryKind, LadderRule, Role, Step, Urgency};
use kruispunt_core::view::{RequestCard, Stage};
use serde_json::json;

use crate::kit::{
    App, ELM, ELM_STREET, Ground, Neighbour, TOWN, Town, on_every_database, settings,
};

on_every_database!(
    help_is_looked_for_further_by_itself,
    a_helper_who_does_not_begin_is_let_go,
    what_was_due_while_the_relay_was_away_is_done_when_it_is_back,
);

/// The rule for requests that can wait, as the coffee of these stories can.
fn rule(street: u16, neighbourhood: u16, start: u16) -> LadderRule {
    LadderRule {
        street_hours: street,
        neighbourhood_hours: neighbourhood,
        start_hours: start,
        ..LadderRule::usual(Urgency::CanWait)
    }
}

async fn sets(town: &Town, coordinator: &Neighbour, rule: LadderRule) {
    let rules = json!({ "rules": [rule] });
    let path = format!("/api/ladder?area={TOWN}");
    let answer = town.asks(coordinator, "PUT", &path, &rules).await;
    assert_eq!(answer.status, 204, "{answer:?}");
}

fn is_flagged(card: &RequestCard) -> bool {
    card.step == Step::Further && card.attention == [Attention::Nobody]
}

/// Nobody in the street, nobody in the neighbourhood: in the end a person is asked to look.
async fn help_is_looked_for_further_by_itself(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let joke = town.neighbour("Joke", Role::Coordinator, TOWN).await;
    let alice = town.ambassador("Alice").await;
    let mut app = App::opens(&town, &alice).await;
    let request = app.logs().await;
    app.shows(&[request]).await;
    assert_eq!(app.card(request).step, Step::Street);

    sets(&town, &joke, rule(0, 0, 240)).await;

    app.hears_that(request, is_flagged).await;
    // It happened once: whoever comes anew sees the same.
    let mut other = App::opens(&town, &joke).await;
    other.hears_that(request, is_flagged).await;
    assert_eq!(town.counts("acts_total").await, 3);
}

/// Work that does not begin is offered to others again.
async fn a_helper_who_does_not_begin_is_let_go(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let joke = town.neighbour("Joke", Role::Coordinator, TOWN).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let mut app = App::opens(&town, &alice).await;
    let mut bobs = App::opens(&town, &bob).await;
    let (kept, left) = (app.logs().await, app.logs().await);
    app.shows(&[kept, left]).await;
    bobs.shows(&[kept, left]).await;
    for request in [kept, left] {
        bobs.claims(request).await;
        bobs.is_matched_with(request).await;
    }
    bobs.adds(Command::entry(kept, EntryKind::Started)).await;
    app.hears_that(kept, |card| card.started_at.is_some()).await;

    sets(&town, &joke, rule(72, 168, 0)).await;

    bobs.hears_that(left, |card| card.my_claim.is_none()).await;
    app.hears_that(left, |card| card.stage == Stage::Open).await;
    assert_eq!(app.card(kept).stage, Stage::Matched);
}

/// The moment is in the database and not in anybody's memory.
async fn what_was_due_while_the_relay_was_away_is_done_when_it_is_back(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let alice = town.ambassador("Alice").await;
    let mut app = App::opens(&town, &alice).await;
    let request = app.logs().await;
    app.shows(&[request]).await;
    // The relay has looked at it, and means to come back in three days.
    let is_set = async || {
        town.storage
            .due(kruispunt_server::clock::now(), 99)
            .await
            .unwrap()
    };
    while is_set().await.contains(&ELM) {
        tokio::task::yield_now().await;
    }
    app.goes_offline().await;

    // Three days later.
    let later = town.storage.clone();
    let seq = later.load(ELM).await.unwrap().unwrap().position.seq;
    let past = kruispunt_server::clock::now().plus_millis(-1);
    let entry = kruispunt_server::audit::by_operator("ladder-set", past).unwrap();
    later
        .ladder()
        .set_ladder(ELM_STREET, &[rule(0, 500, 240)], &entry)
        .await
        .unwrap();
    assert!(later.set_alarm(ELM, 0, seq, Some(past)).await.unwrap());
    let town = town.restart().await;

    app.comes_back(&town, &alice).await;
    app.hears_that(request, |card| card.step == Step::Neighbourhood)
        .await;
}
