//! Erasing a case or a member, and what has its time.

use kruispunt_core::id::RequestId;
use kruispunt_core::model::Role;
use kruispunt_server::clock::now;
use kruispunt_server::retention::sweep;
use kruispunt_storage::Retention;
use serde_json::{Value, json};

use crate::kit::{
    Answer, App, ELM, ELM_STREET, Ground, NORTH, Neighbour, PATIENCE, Sealing, TOWN, Town,
    on_every_database, settings,
};

on_every_database! {
    an_erased_case_is_gone_and_every_phone_says_so,
    an_erased_member_has_no_name_anywhere,
    what_was_closed_long_ago_is_erased,
    terms_are_set_by_a_steward,
}

const CARD: &str = r#"{"name":"A","address":"B","phone":"C","words":"D"}"#;
const DAY: i64 = 24 * 60 * 60 * 1000;

async fn erasures(town: &Town, who: &Neighbour) -> Value {
    let path = format!("/api/erasures?area={NORTH}");
    let listed: Answer = town.asks(who, "GET", &path, &Value::Null).await;
    assert_eq!(listed.status, 200, "{listed:?}");
    listed.json()["erasures"].clone()
}

/// Waits until the newest erasure is done on the relay.
pub(crate) async fn done(town: &Town, who: &Neighbour) -> Value {
    let waiting = async {
        loop {
            let all = erasures(town, who).await;
            if all[0]["done_at"].is_i64() {
                return all[0].clone();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap()
}

async fn on_the_board(town: &Town) -> Vec<RequestId> {
    use kruispunt_core::schema::Board;
    let stored = town.storage.load(ELM).await.unwrap().unwrap();
    assert_eq!(stored.tail, []);
    let board = Board::load(&stored.snapshot.unwrap().bytes).unwrap();
    board.requests().iter().map(|request| request.id).collect()
}

async fn an_erased_case_is_gone_and_every_phone_says_so(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let alice = town.ambassador("Alice").await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let mut app = App::opens(&town, &alice).await;
    let (hers, carlas) = (
        Sealing::begins(&town, &alice).await,
        Sealing::begins(&town, &carla).await,
    );
    let (stays, goes) = (app.logs().await, app.logs().await);
    app.shows(&[stays, goes]).await;
    hers.writes(goes, CARD.as_bytes()).await;
    hers.hears(goes, ("arrange", "coordinator"), true, 0).await;

    assert_eq!(
        hers.about("DELETE", goes, "", &Value::Null).await.status,
        403
    );
    let begun = carlas.about("DELETE", goes, "", &Value::Null).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let id = begun.text("erasure");

    // Whoever is connected gets the board without it.
    app.shows(&[stays]).await;
    let known = done(&town, &carla).await;
    assert_eq!((&known["id"], &known["kind"]), (&json!(id), &json!("case")));
    assert_eq!(known["subject"], goes.to_string());
    assert_eq!(known["waits"].as_array().unwrap().len(), 2, "{known}");
    assert_eq!(on_the_board(&town).await, [stays]);
    let file = town.storage.cases().case(ELM_STREET, goes).await.unwrap();
    assert!(file.is_erased && file.card.is_none() && file.said.is_empty());

    for phone in [&hers, &carlas] {
        let mine = "/api/devices/this/erasures";
        let listed = phone.asks("GET", mine, &Value::Null).await.json();
        assert_eq!(
            listed["erasures"],
            json!([{ "id": id, "kind": "case", "subject": goes }])
        );
        let receipt = phone
            .asks("POST", &format!("{mine}/{id}"), &json!({}))
            .await;
        assert_eq!(receipt.status, 204, "{receipt:?}");
        let listed = phone.asks("GET", mine, &Value::Null).await.json();
        assert_eq!(listed["erasures"], json!([]));
    }
    assert_eq!(erasures(&town, &carla).await[0]["waits"], json!([]));

    // What comes late about it is told so, and not taken.
    let late = hers.writes(goes, CARD.as_bytes()).await;
    assert_eq!(late.problem(), (410, "case-closed".to_owned()));
    let again = carlas.about("DELETE", goes, "", &Value::Null).await;
    assert_eq!(again.text("erasure"), id);
}

async fn an_erased_member_has_no_name_anywhere(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let alice = town.ambassador("Alice").await;
    let bob = town.volunteer("Bob").await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let (mut app, mut his_app) = (
        App::opens(&town, &alice).await,
        App::opens(&town, &bob).await,
    );
    let request = app.logs().await;
    app.shows(&[request]).await;
    his_app.shows(&[request]).await;
    his_app.claims(request).await;
    his_app.is_matched_with(request).await;

    let change = json!({ "languages": ["nl", "ber"] });
    let said = town.asks(&bob, "PATCH", "/api/members/me/profile", &change);
    assert_eq!(said.await.status, 204);
    let export = format!("/api/members/{}/export", bob.member);
    let held = town.asks(&bob, "GET", &export, &Value::Null).await.json();
    assert_eq!(held["profile"]["languages"], json!(["nl", "ber"]), "{held}");
    assert_eq!(held["boards"][0]["claimed"], json!([request]), "{held}");
    assert_eq!(held["member"]["first_name"], "Bob");
    let path = format!("/api/members/{}", bob.member);
    assert_eq!(
        town.asks(&alice, "DELETE", &path, &Value::Null)
            .await
            .status,
        403
    );
    assert_eq!(
        town.asks(&carla, "DELETE", &path, &Value::Null)
            .await
            .status,
        202
    );

    assert_eq!(done(&town, &carla).await["kind"], "member");
    let known = town.storage.member(bob.member).await.unwrap().unwrap();
    assert_eq!(
        (known.first_name.as_str(), known.memberships.len()),
        ("", 0)
    );
    assert_eq!(
        town.asks(&bob, "GET", "/api/me", &Value::Null).await.status,
        401
    );
    assert_eq!(
        town.storage.profiles().profile(bob.member).await.unwrap(),
        None
    );
    let stored = town.storage.load(ELM).await.unwrap().unwrap();
    assert_eq!(stored.tail, []);
    let board = kruispunt_core::schema::Board::load(&stored.snapshot.unwrap().bytes).unwrap();
    assert_eq!(board.helper_name(bob.member), None);
    assert!(
        board
            .request(request)
            .unwrap()
            .claims
            .contains_key(&bob.member)
    );
}

async fn what_was_closed_long_ago_is_erased(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let alice = town.ambassador("Alice").await;
    let mut app = App::opens(&town, &alice).await;
    let hers = Sealing::begins(&town, &alice).await;
    let (open, closed) = (app.logs().await, app.logs().await);
    app.shows(&[open, closed]).await;
    hers.writes(closed, CARD.as_bytes()).await;
    app.withdraws(closed).await;
    app.has_withdrawn(closed).await;
    let nobody = |_, _| {};

    let early = sweep(&*town.storage, &nobody, now().plus_millis(180 * DAY)).await;
    assert_eq!(early.unwrap().cases, 0);
    let late = sweep(&*town.storage, &nobody, now().plus_millis(184 * DAY))
        .await
        .unwrap();
    assert_eq!(late.cases, 1);

    assert_eq!(on_the_board(&town).await, [open]);
    let file = town.storage.cases().case(ELM_STREET, closed).await.unwrap();
    assert!(file.is_erased && file.card.is_none());
    // Alice was last here 184 days ago, and a year is too long.
    assert_eq!(late.members, 0);
    let year = sweep(&*town.storage, &nobody, now().plus_millis(366 * DAY))
        .await
        .unwrap();
    assert_eq!(year.members, 1);
    let known = town.storage.member(alice.member).await.unwrap().unwrap();
    assert_eq!(known.first_name, "");
}

async fn terms_are_set_by_a_steward(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let sofia = town.neighbour("Sofia", Role::Steward, TOWN).await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let path = "/api/retention";
    let terms = town.asks(&carla, "GET", path, &Value::Null).await.json();
    let usual = json!({
        "closed_request_days": 183, "inactive_member_days": 365, "audit_days": 730, "refused_days": 90,
    });
    assert_eq!(terms, usual);
    let mut wanted = usual.clone();
    wanted["refused_days"] = json!(30);
    assert_eq!(town.asks(&carla, "PUT", path, &wanted).await.status, 403);
    assert_eq!(town.asks(&sofia, "PUT", path, &wanted).await.status, 204);
    let set = Retention {
        refused_days: 30,
        ..Retention::default()
    };
    assert_eq!(town.storage.erasures().retention().await.unwrap(), set);
    wanted["audit_days"] = json!(0);
    assert_eq!(town.asks(&sofia, "PUT", path, &wanted).await.status, 400);
}
