//! Case cards: who may read them, when, and what is written down about it.

use kruispunt_core::id::{AreaId, RequestId};
use kruispunt_core::model::Role;
use kruispunt_server::clock::random;
use kruispunt_storage::Asked;
use serde_json::{Value, json};

use crate::kit::{App, ELM_STREET, Ground, NORTH, Sealing, Town, on_every_database, settings};

on_every_database! {
    whoever_logged_a_request_writes_its_card_and_reads_it,
    a_coordinator_reads_with_consent_and_not_without,
    a_helper_reads_from_the_match_until_it_is_done,
    a_withdrawal_wins_over_whoever_did_not_know_of_it,
    in_danger_a_coordinator_reads_and_it_is_written_down,
    what_was_done_offline_is_written_down_once,
    a_rotated_key_opens_what_is_old,
}

const CARD: &str = r#"{"name":"A","address":"B","phone":"C","words":"D"}"#;
const ARRANGE: (&str, &str) = ("arrange", "coordinator");
const HELP: (&str, &str) = ("help", "volunteer");

fn problem(status: u16, key: &str) -> (u16, String) {
    (status, key.to_owned())
}

async fn town(ground: Ground) -> Town {
    Town::found_on(ground, settings()).await
}

/// The deeds in the audit about a request, oldest first.
async fn deeds(town: &Town, request: RequestId) -> Vec<(String, Option<String>)> {
    let asked = Asked {
        areas: None,
        about: Some(*request.as_bytes()),
        before: None,
        limit: 100,
    };
    let entries = town.storage.entries(asked).await.unwrap();
    let deeds = entries.into_iter().map(|entry| (entry.deed, entry.detail));
    let mut deeds: Vec<_> = deeds.collect();
    deeds.reverse();
    deeds
}

async fn whoever_logged_a_request_writes_its_card_and_reads_it(ground: Ground) {
    let town = town(ground).await;
    let (alice, other) = (
        town.ambassador("Alice").await,
        town.ambassador("Otto").await,
    );
    let mut app = App::opens(&town, &alice).await;
    let (hers, his) = (
        Sealing::begins(&town, &alice).await,
        Sealing::begins(&town, &other).await,
    );
    let nowhere = RequestId::from_bytes(random().unwrap());
    assert_eq!(
        hers.writes(nowhere, CARD.as_bytes()).await.problem(),
        problem(409, "request-unknown")
    );
    let request = app.logs().await;
    app.shows(&[request]).await;

    assert_eq!(
        hers.opens(request).await.problem(),
        problem(404, "card-unknown")
    );
    assert_eq!(hers.writes(request, CARD.as_bytes()).await.status, 204);

    assert_eq!(hers.card(request).await, CARD);
    assert_eq!(
        deeds(&town, request).await,
        [("card-opened".to_owned(), None)]
    );
    // Another ambassador of the street neither writes nor reads it.
    assert_eq!(
        his.opens(request).await.problem(),
        problem(403, "not-allowed")
    );
    assert_eq!(
        his.writes(request, b"{}").await.problem(),
        problem(403, "not-allowed")
    );
    assert_eq!(hers.card(request).await, CARD);
}

async fn a_coordinator_reads_with_consent_and_not_without(ground: Ground) {
    let town = town(ground).await;
    let alice = town.ambassador("Alice").await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let mut app = App::opens(&town, &alice).await;
    let (hers, carlas) = (
        Sealing::begins(&town, &alice).await,
        Sealing::begins(&town, &carla).await,
    );
    let request = app.logs().await;
    app.shows(&[request]).await;
    hers.writes(request, CARD.as_bytes()).await;

    assert_eq!(
        carlas.opens(request).await.problem(),
        problem(403, "consent-missing")
    );
    let heard = hers.hears(request, ARRANGE, true, 0).await;
    assert_eq!(heard.json()["words"][0]["n"], 1, "{heard:?}");
    assert_eq!(carlas.card(request).await, CARD);

    hers.hears(request, ARRANGE, false, 1).await;
    assert_eq!(
        carlas.opens(request).await.problem(),
        problem(403, "consent-missing")
    );
    let heard = carlas
        .about("GET", request, "/consents", &Value::Null)
        .await
        .json();
    assert_eq!(heard["words"].as_array().unwrap().len(), 2);
    assert_eq!(heard["words"][1]["by"], alice.member.to_string());
}

async fn a_helper_reads_from_the_match_until_it_is_done(ground: Ground) {
    let town = town(ground).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let (mut app, mut his_app) = (
        App::opens(&town, &alice).await,
        App::opens(&town, &bob).await,
    );
    let (hers, his) = (
        Sealing::begins(&town, &alice).await,
        Sealing::begins(&town, &bob).await,
    );
    let request = app.logs().await;
    app.shows(&[request]).await;
    hers.writes(request, CARD.as_bytes()).await;
    hers.hears(request, HELP, true, 0).await;
    his_app.shows(&[request]).await;

    assert_eq!(
        his.opens(request).await.problem(),
        problem(403, "not-allowed")
    );
    his_app.claims(request).await;
    his_app.is_matched_with(request).await;
    assert_eq!(his.card(request).await, CARD);

    his_app.finishes(request).await;
    his_app.has_finished(request).await;
    assert_eq!(
        his.opens(request).await.problem(),
        problem(410, "case-closed")
    );
}

async fn a_withdrawal_wins_over_whoever_did_not_know_of_it(ground: Ground) {
    let town = town(ground).await;
    let alice = town.ambassador("Alice").await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let mut app = App::opens(&town, &alice).await;
    let (hers, carlas) = (
        Sealing::begins(&town, &alice).await,
        Sealing::begins(&town, &carla).await,
    );
    let request = app.logs().await;
    app.shows(&[request]).await;
    hers.writes(request, CARD.as_bytes()).await;

    hers.hears(request, ARRANGE, false, 0).await;
    // Carla's phone had not heard of it.
    carlas.hears(request, ARRANGE, true, 0).await;
    assert_eq!(
        carlas.opens(request).await.problem(),
        problem(403, "consent-missing")
    );
    carlas.hears(request, ARRANGE, true, 2).await;
    assert_eq!(carlas.card(request).await, CARD);
    // What makes no sense is not heard.
    let odd = carlas
        .hears(request, ("help", "coordinator"), true, 3)
        .await;
    assert_eq!(odd.problem(), problem(400, "request-invalid"));
}

async fn in_danger_a_coordinator_reads_and_it_is_written_down(ground: Ground) {
    let town = town(ground).await;
    let alice = town.ambassador("Alice").await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let mut app = App::opens(&town, &alice).await;
    let (hers, carlas) = (
        Sealing::begins(&town, &alice).await,
        Sealing::begins(&town, &carla).await,
    );
    let request = app.logs().await;
    app.shows(&[request]).await;
    hers.writes(request, CARD.as_bytes()).await;

    let id = RequestId::from_bytes(random().unwrap());
    let danger = json!({ "danger": { "id": id, "reason": "fire" } });
    for _ in 0..2 {
        let opened = carlas.about("POST", request, "/open", &danger).await;
        assert_eq!(carlas.reads(request, &opened.json()), CARD);
    }
    let nonsense = json!({ "danger": { "id": id, "reason": "curiosity" } });
    assert_eq!(
        carlas
            .about("POST", request, "/open", &nonsense)
            .await
            .status,
        400
    );

    let fire = |deed: &str| (deed.to_owned(), Some("fire".to_owned()));
    let mut written = deeds(&town, request).await;
    written.sort();
    // Each opening, and the danger once.
    assert_eq!(
        written,
        [fire("card-opened"), fire("card-opened"), fire("danger")]
    );
}

async fn what_was_done_offline_is_written_down_once(ground: Ground) {
    let town = town(ground).await;
    let alice = town.ambassador("Alice").await;
    let mut app = App::opens(&town, &alice).await;
    let hers = Sealing::begins(&town, &alice).await;
    let request = app.logs().await;
    app.shows(&[request]).await;
    let id = RequestId::from_bytes(random().unwrap());
    let notes = json!({ "notes": [
        { "id": id, "deed": "opened-offline", "reason": null, "at": 1_790_000_000_000_i64 },
    ] });

    for _ in 0..2 {
        let told = hers.about("POST", request, "/notes-to-audit", &notes).await;
        assert_eq!(told.status, 204, "{told:?}");
    }

    assert_eq!(
        deeds(&town, request).await,
        [("card-opened-offline".to_owned(), None)]
    );
}

async fn a_rotated_key_opens_what_is_old(ground: Ground) {
    let town = town(ground).await;
    let alice = town.ambassador("Alice").await;
    let mut app = App::opens(&town, &alice).await;
    let hers = Sealing::begins(&town, &alice).await;
    let request = app.logs().await;
    app.shows(&[request]).await;
    let sealed = hers.seals(request, CARD.as_bytes()).await;
    hers.writes(request, b"{}").await;

    let before = town.storage.keys().record_keys().await.unwrap();
    assert_eq!(before[0].wraps, 1);
    if let Ground::Folder(folder) = &*town.ground {
        let data = folder.path().to_str().unwrap();
        let said = crate::kit::run(&["keys", "rotate", "--data", data]).await;
        assert!(said.out.contains("wrapped anew: 1"), "{said:?}");
        let after = town.storage.keys().record_keys().await.unwrap();
        assert_eq!(after.iter().map(|key| key.wraps).max(), Some(1));
        assert_eq!(
            after
                .iter()
                .find(|key| key.id == before[0].id)
                .unwrap()
                .wraps,
            0
        );
        // The relay needs no time to notice: it looks when it meets a key that it does not know.
        let opened = hers.opens(request).await;
        assert_eq!(hers.reads(request, &opened.json()), "{}");
    }

    // What the phone had sealed before comes through all the same.
    assert_eq!(
        hers.about("PUT", request, "/card", &sealed).await.status,
        204
    );
    assert_eq!(hers.card(request).await, CARD);
}

#[tokio::test]
async fn what_is_no_card_is_not_taken() {
    let town = town(Ground::sqlite()).await;
    let alice = town.ambassador("Alice").await;
    let mut app = App::opens(&town, &alice).await;
    let hers = Sealing::begins(&town, &alice).await;
    let request = app.logs().await;
    app.shows(&[request]).await;
    assert_eq!(hers.writes(request, &[b'a'; 4096]).await.status, 204);
    let long = hers.writes(request, &[b'a'; 4097]).await;
    assert_eq!(long.problem(), problem(413, "request-too-large"));
    let noise = hers.writes(request, &[0xff; 16]).await;
    assert_eq!(noise.problem(), problem(400, "request-invalid"));
    let mut bent = hers.seals(request, b"{}").await;
    bent["key"] = json!(RequestId::from_bytes([9; 16]));
    let bent = hers.about("PUT", request, "/card", &bent).await;
    assert_eq!(bent.problem(), problem(410, "record-key-unknown"));
    // Sealed for another request.
    let other = hers.seals(RequestId::from_bytes([9; 16]), b"{}").await;
    let other = hers.about("PUT", request, "/card", &other).await;
    assert_eq!(other.problem(), problem(400, "request-invalid"));
}

#[tokio::test]
async fn a_request_of_the_same_name_in_another_street_opens_nothing() {
    let town = town(Ground::sqlite()).await;
    let alice = town.ambassador("Alice").await;
    let mut app = App::opens(&town, &alice).await;
    let hers = Sealing::begins(&town, &alice).await;
    let request = app.logs().await;
    app.shows(&[request]).await;
    hers.writes(request, CARD.as_bytes()).await;
    let oak = AreaId::from_bytes([4; 16]);
    let path = format!("/api/cases/{request}/open?street={oak}");
    let there = hers.asks("POST", &path, &json!({ "danger": null })).await;
    assert_eq!(there.problem(), problem(409, "request-unknown"));
    let south = AreaId::from_bytes([9; 16]);
    let path = format!("/api/cases/{request}/open?street={south}");
    let there = hers.asks("POST", &path, &json!({ "danger": null })).await;
    assert_eq!(there.problem(), problem(403, "not-allowed"));
    assert_eq!(
        town.storage
            .cases()
            .case(ELM_STREET, request)
            .await
            .unwrap()
            .said,
        []
    );
}
