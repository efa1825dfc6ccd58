//! What every door has in common.

use serde_json::json;

use crate::kit::{Answer, Http, Key, Town};

const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types svelte-trusted-html kruispunt";

#[tokio::test]
async fn it_says_that_it_is_well() {
    let town = Town::found().await;
    for path in ["/healthz", "/readyz"] {
        let answer = town.http.get(path, &[]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let town = Town::found().await;
    for path in ["/", "/healthz", "/api/me", "/nothing"] {
        let answer = town.http.get(path, &[]).await;
        assert_eq!(
            answer.header("content-security-policy"),
            Some(POLICY),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            Some("same-origin")
        );
        assert!(answer.header("permissions-policy").is_some());
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let town = Town::found().await;
    let problem = async |method, path| town.http.ask(method, path, &[], "").await.problem();
    assert_eq!(
        problem("GET", "/nothing").await,
        (404, "not-found".to_owned())
    );
    assert_eq!(
        problem("GET", "/api/nothing").await,
        (404, "not-found".to_owned())
    );
    assert_eq!(
        problem("GET", "/api/sessions").await,
        (405, "method-not-allowed".to_owned())
    );
    assert_eq!(problem("GET", "/sync").await.1, "request-invalid");
    assert_eq!(
        problem("GET", "/api/me").await,
        (401, "session-unknown".to_owned())
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_a_problem() {
    let town = Town::found().await;
    let json = ("content-type", "application/json");
    let post = async |headers: &[_], body: &str| {
        town.http
            .ask("POST", "/api/sessions/challenge", headers, body)
            .await
            .problem()
    };
    let invalid = (400, "request-invalid".to_owned());
    assert_eq!(post(&[json], "{").await, invalid);
    assert_eq!(post(&[json], "{}").await, invalid);
    assert_eq!(post(&[json], r#"{"device":"short"}"#).await, invalid);
    assert_eq!(
        post(&[], r#"{"device":"AAAAAAAAAAAAAAAAAAAAAA"}"#).await,
        invalid
    );
    let large = format!(r#"{{"device":"{}"}}"#, "A".repeat(20_000));
    assert_eq!(
        post(&[json], &large).await,
        (413, "request-too-large".to_owned())
    );
}

#[tokio::test]
async fn a_page_of_another_site_is_turned_away() {
    let town = Town::found().await;
    let host = format!("http://{}", town.http.0);
    let body = json!({ "device": "AAAAAAAAAAAAAAAAAAAAAA" }).to_string();
    let from = async |origin: &str| {
        let headers = [("content-type", "application/json"), ("origin", origin)];
        town.http
            .ask("POST", "/api/sessions/challenge", &headers, &body)
            .await
    };
    for own in ["https://kruispunt.example", &host] {
        assert_eq!(from(own).await.status, 200, "{own}");
    }
    for foreign in ["https://evil.example", "null"] {
        assert_eq!(
            from(foreign).await.problem(),
            (403, "origin-foreign".to_owned())
        );
    }
    let upgrade = upgrade(town.http, "https://evil.example").await;
    assert_eq!(upgrade.problem(), (403, "origin-foreign".to_owned()));
}

async fn upgrade(http: Http, origin: &str) -> Answer {
    let headers = [
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "kruispunt.v1"),
        ("origin", origin),
    ];
    http.get("/sync", &headers).await
}

#[tokio::test]
async fn two_problems_have_two_traces() {
    let town = Town::found().await;
    let secret = kruispunt_server::Secret::random().unwrap();
    let redeem = Key::new().redeem(&secret);
    let first = town.http.post("/api/invitations/redeem", &redeem).await;
    let second = town.http.post("/api/invitations/redeem", &redeem).await;
    assert_ne!(first.text("trace"), second.text("trace"));
    assert!(!first.body.contains(secret.expose()));
}
