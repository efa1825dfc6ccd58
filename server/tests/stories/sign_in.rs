//! Coming in with a link, coming back with a key.

use kruispunt_core::model::Role;
use kruispunt_server::clock::now;
use serde_json::json;

use crate::kit::{HOUR, Key, NORTH, Town};

const REDEEM: &str = "/api/invitations/redeem";

async fn with_alice(role: Role) -> (Town, kruispunt_server::Secret) {
    let town = Town::found().await;
    let alice = town.member("Alice", role, NORTH).await;
    let secret = town.invite(alice, now().plus_millis(HOUR)).await;
    (town, secret)
}

#[tokio::test]
async fn a_link_lets_one_phone_in_and_shows_it_around() {
    let (town, secret) = with_alice(Role::Volunteer).await;

    let answer = town.http.post(REDEEM, &Key::new().redeem(&secret)).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(
        answer.json()["expires_at"].as_i64().unwrap() > now().plus_millis(11 * HOUR).as_millis()
    );
    let bearer = format!("Bearer {}", answer.text("token"));
    let me = town
        .http
        .get("/api/me", &[("authorization", &bearer)])
        .await
        .json();
    assert_eq!(me["member"]["first_name"], "Alice");
    assert_eq!(me["member"]["id"], answer.text("member"));
    assert_eq!(me["device"], answer.text("device"));
    assert_eq!(
        me["memberships"],
        json!([{ "area": NORTH, "role": "volunteer" }])
    );
    let names = |list: &str, key: &str| {
        let list = me[list].as_array().unwrap().iter();
        list.map(|one| one[key].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("areas", "code"),
        ["town", "north", "elm street", "oak street"]
    );
    assert_eq!(names("streets", "area"), names("areas", "id")[2..]);

    let other = town.http.post(REDEEM, &Key::new().redeem(&secret)).await;
    assert_eq!(other.problem(), (410, "invitation-used".to_owned()));
}

#[tokio::test]
async fn who_may_not_read_a_board_is_not_told_of_it() {
    let town = Town::found().await;
    let steward = town.neighbour("Saskia", Role::Steward, NORTH).await;
    let bearer = format!("Bearer {}", steward.token);
    let me = town
        .http
        .get("/api/me", &[("authorization", &bearer)])
        .await
        .json();
    assert_eq!(me["areas"].as_array().unwrap().len(), 4);
    assert_eq!(me["streets"], json!([]));
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let (town, secret) = with_alice(Role::Volunteer).await;
    let key = Key::new();

    let lost = town.http.post(REDEEM, &key.redeem(&secret)).await;
    let again = town.http.post(REDEEM, &key.redeem(&secret)).await;

    assert_eq!(again.status, 200);
    assert_eq!(again.text("device"), lost.text("device"));
    assert_ne!(again.text("token"), lost.text("token"));
}

#[tokio::test]
async fn a_link_has_its_day() {
    let town = Town::found().await;
    let alice = town.member("Alice", Role::Volunteer, NORTH).await;
    let secret = town.invite(alice, now().plus_millis(-1)).await;
    let late = town.http.post(REDEEM, &Key::new().redeem(&secret)).await;
    assert_eq!(late.problem(), (410, "invitation-expired".to_owned()));
    let made_up = kruispunt_server::Secret::given("made up");
    let answer = town.http.post(REDEEM, &Key::new().redeem(&made_up)).await;
    assert_eq!(answer.problem(), (404, "invitation-unknown".to_owned()));
}

#[tokio::test]
async fn a_key_must_be_held_to_be_used() {
    let (town, secret) = with_alice(Role::Volunteer).await;
    let (key, other) = (Key::new(), Key::new());
    let mut stolen = key.redeem(&secret);
    stolen["signature"] = other.redeem(&secret)["signature"].clone();
    let answer = town.http.post(REDEEM, &stolen).await;
    assert_eq!(answer.problem(), (403, "signature-invalid".to_owned()));
    let mut no_key = key.redeem(&secret);
    no_key["public_key"] = json!("AAAA");
    let answer = town.http.post(REDEEM, &no_key).await;
    assert_eq!(answer.problem(), (400, "request-invalid".to_owned()));
    // Nothing was used up.
    assert_eq!(
        town.http.post(REDEEM, &key.redeem(&secret)).await.status,
        200
    );
}

#[tokio::test]
async fn a_phone_comes_back_with_its_key() {
    let (town, secret) = with_alice(Role::Volunteer).await;
    let key = Key::new();
    let device = town
        .http
        .post(REDEEM, &key.redeem(&secret))
        .await
        .text("device");
    let challenge = async |device: &str| {
        let answer = town
            .http
            .post("/api/sessions/challenge", &json!({ "device": device }))
            .await;
        assert_eq!(answer.status, 200);
        answer.text("challenge")
    };
    let open = async |device: &str, challenge: &str, key: &Key| {
        let signature = key.sign(&format!("kruispunt/session/1\n{challenge}"));
        let body = json!({ "device": device, "challenge": challenge, "signature": signature });
        town.http.post("/api/sessions", &body).await
    };

    let posed = challenge(&device).await;
    let answer = open(&device, &posed, &key).await;
    let bearer = format!("Bearer {}", answer.text("token"));
    assert_eq!(
        town.http
            .get("/api/me", &[("authorization", &bearer)])
            .await
            .status,
        200
    );

    // A challenge is for once, for one device, and for the holder of its key.
    assert_eq!(
        open(&device, &posed, &key).await.problem(),
        (401, "challenge-unknown".to_owned())
    );
    let posed = challenge(&device).await;
    let answer = open(&device, &posed, &Key::new()).await;
    assert_eq!(answer.problem(), (403, "signature-invalid".to_owned()));
    let nobody = "AAAAAAAAAAAAAAAAAAAAAA";
    let posed = challenge(nobody).await;
    assert_eq!(
        open(&device, &posed, &key).await.problem(),
        (401, "challenge-unknown".to_owned())
    );
    let posed = challenge(nobody).await;
    assert_eq!(
        open(nobody, &posed, &key).await.problem(),
        (401, "device-unknown".to_owned())
    );

    // Revoked: the old session is over and no new one begins.
    assert!(town.revoke(device.parse().unwrap()).await);
    let answer = town
        .http
        .get("/api/me", &[("authorization", &bearer)])
        .await;
    assert_eq!(answer.problem(), (401, "session-unknown".to_owned()));
    let posed = challenge(&device).await;
    assert_eq!(
        open(&device, &posed, &key).await.problem(),
        (403, "device-revoked".to_owned())
    );
}
