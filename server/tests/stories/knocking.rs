//! How often anybody may knock, and what those hear who knock more often.

use kruispunt_core::model::Role;
use kruispunt_server::{Limits, Rate, Secret};
use serde_json::json;

use crate::kit::{Answer, Key, NORTH, Town};

const FEW: Rate = Rate {
    burst: 3,
    per_second: 1,
};

async fn town(limits: Limits, is_behind_proxy: bool) -> Town {
    Town::found_with(|settings| settings.with_limits(limits).with_proxy(is_behind_proxy)).await
}

fn few_visits() -> Limits {
    Limits {
        visits: FEW,
        ..Limits::default()
    }
}

/// Somebody tries a secret; a proxy says where they come from.
async fn tries(town: &Town, from: &str) -> Answer {
    let headers = [
        ("content-type", "application/json"),
        ("x-forwarded-for", from),
    ];
    let body = Key::new().redeem(&Secret::given("a guess")).to_string();
    town.http
        .ask("POST", "/api/invitations/redeem", &headers, &body)
        .await
}

#[tokio::test]
async fn whoever_tries_secrets_is_asked_to_wait() {
    let town = town(few_visits(), false).await;
    for number in 0..3 {
        // Saying to be somebody else does not help where no proxy is believed.
        let answer = tries(&town, &format!("10.0.0.{number}")).await;
        assert_eq!(answer.problem(), (404, "invitation-unknown".to_owned()));
    }

    let answer = tries(&town, "10.0.0.99").await;

    assert_eq!(answer.problem(), (429, "too-fast".to_owned()));
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    // Every question of somebody without a session, and no others.
    let device = json!({ "device": "AAAAAAAAAAAAAAAAAAAAAA" });
    let answer = town.http.post("/api/sessions/challenge", &device).await;
    assert_eq!(answer.status, 429);
    let answer = town.http.post("/api/sessions", &json!({})).await;
    assert_eq!(answer.status, 429);
    assert_eq!(town.http.get("/healthz", &[]).await.status, 200);
    assert_eq!(town.http.get("/api/me", &[]).await.status, 401);
}

#[tokio::test]
async fn behind_a_proxy_everybody_waits_for_themselves() {
    let town = town(few_visits(), true).await;
    for _ in 0..3 {
        // What stands before the proxy's own word is anybody's.
        assert_eq!(tries(&town, "1.1.1.1, 10.0.0.7").await.status, 404);
    }
    assert_eq!(tries(&town, "2.2.2.2, 10.0.0.7").await.status, 429);

    assert_eq!(tries(&town, "10.0.0.7, 10.0.0.8").await.status, 404);
}

#[tokio::test]
async fn nobody_invites_without_end() {
    let limits = Limits {
        invitations: Rate {
            burst: 150,
            per_second: 1,
        },
        ..Limits::default()
    };
    let town = town(limits, false).await;
    let cora = town.neighbour("Cora", Role::Coordinator, NORTH).await;
    let bearer = format!("Bearer {}", cora.token);
    let names = vec!["Somebody"; 100];
    let invites = async || {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let body = json!({ "area": NORTH, "role": "volunteer", "first_names": names, "days": 7 });
        let body = body.to_string();
        town.http
            .ask("POST", "/api/invitations", &headers, &body)
            .await
    };
    assert_eq!(invites().await.status, 201);

    let answer = invites().await;

    assert_eq!(answer.problem(), (429, "too-fast".to_owned()));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(town.storage.members().await.unwrap().len(), 101);
}
