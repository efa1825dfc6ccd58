//! Stewards sign with a passkey; here a key made of software, which speaks `WebAuthn` as a browser does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_core::model::Role;
use kruispunt_server::Passkeys;
use kruispunt_server::clock::random;
use minicbor::Encoder;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::kit::{Answer, NORTH, Neighbour, TOWN, Town};

const HERE: &str = "https://kruispunt.example";

/// A key in hardware, were it not in software.
struct SoftKey {
    key: SigningKey,
    id: Vec<u8>,
    signed: u32,
}

impl SoftKey {
    fn new() -> Self {
        Self {
            key: SigningKey::from_slice(&random::<32>().unwrap()).unwrap(),
            id: random::<32>().unwrap().to_vec(),
            signed: 0,
        }
    }

    /// Present, verified, and whatever else, for this relay.
    fn data(&mut self, flags: u8, rest: &[u8]) -> Vec<u8> {
        self.signed += 1;
        let mut data = Sha256::digest(b"kruispunt.example").to_vec();
        data.push(0b101 | flags);
        data.extend(self.signed.to_be_bytes());
        data.extend(rest);
        data
    }

    /// What `navigator.credentials.create` gives.
    fn makes(&mut self, options: &Value) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        let mut cose = Encoder::new(Vec::new());
        cose.map(5).unwrap();
        cose.u8(1).unwrap().u8(2).unwrap();
        cose.u8(3).unwrap().i8(-7).unwrap();
        cose.i8(-1).unwrap().u8(1).unwrap();
        cose.i8(-2).unwrap().bytes(x).unwrap();
        cose.i8(-3).unwrap().bytes(y).unwrap();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let rest = [&[0; 16], &length[..], &self.id, &cose.into_writer()].concat();
        let data = self.data(0b100_0000, &rest);
        let mut object = Encoder::new(Vec::new());
        object.map(3).unwrap();
        object.str("fmt").unwrap().str("none").unwrap();
        object.str("attStmt").unwrap().map(0).unwrap();
        object.str("authData").unwrap().bytes(&data).unwrap();
        self.says(&json!({
            "attestationObject": text(&object.into_writer()),
            "clientDataJSON": text(&client_data("webauthn.create", options, HERE)),
        }))
    }

    /// What `navigator.credentials.get` gives to a page of this origin.
    fn signs(&mut self, options: &Value, origin: &str) -> Value {
        let data = self.data(0, &[]);
        let client = client_data("webauthn.get", options, origin);
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        self.says(&json!({
            "authenticatorData": text(&data),
            "clientDataJSON": text(&client),
            "signature": text(signature.to_der().as_bytes()),
            "userHandle": null,
        }))
    }

    fn says(&self, response: &Value) -> Value {
        json!({
            "id": text(&self.id),
            "rawId": text(&self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        })
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn client_data(what: &str, options: &Value, origin: &str) -> Vec<u8> {
    let data = json!({ "type": what, "challenge": options["challenge"], "origin": origin });
    data.to_string().into_bytes()
}

async fn asks(town: &Town, who: &Neighbour, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", who.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    town.http
        .ask(method, path, &headers, &body.to_string())
        .await
}

async fn options(town: &Town, who: &Neighbour, what: &str) -> Value {
    let path = format!("/api/passkeys/{what}");
    let answer = asks(town, who, "POST", &path, &json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Invites a coordinator, which only a steward may.
async fn invites(town: &Town, who: &Neighbour) -> Answer {
    let body = json!({ "area": NORTH, "role": "coordinator", "first_names": ["Carol"], "days": 7 });
    asks(town, who, "POST", "/api/invitations", &body).await
}

fn needed() -> (u16, String) {
    (403, "passkey-needed".to_owned())
}

#[tokio::test]
async fn a_steward_is_one_after_signing_with_a_passkey() {
    let town = Town::found_with(|settings| settings.with_passkeys(Passkeys::Needed)).await;
    let steward = town.neighbour("Alice", Role::Steward, TOWN).await;
    let me = asks(&town, &steward, "GET", "/api/me", &Value::Null)
        .await
        .json();
    assert_eq!(me["passkey"], "needed");
    assert_eq!(me["verified_until"], Value::Null);
    assert_eq!(invites(&town, &steward).await.problem(), needed());

    // She makes one, and with that she signed.
    let mut key = SoftKey::new();
    let made = key.makes(&options(&town, &steward, "registration").await);
    let answer = asks(&town, &steward, "POST", "/api/passkeys", &made).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.text("id"), text(&key.id));
    assert_eq!(invites(&town, &steward).await.status, 201);

    // On another day she signs again.
    let later = kruispunt_server::clock::now().plus_millis(crate::kit::HOUR);
    let token = town.session(steward.device, later).await;
    let again = Neighbour::new(
        steward.member,
        steward.device,
        "Alice",
        Role::Steward,
        token,
    );
    assert_eq!(invites(&town, &again).await.problem(), needed());
    // Whoever found her phone unlocked makes no key of their own, and removes none.
    let refused = asks(
        &town,
        &again,
        "POST",
        "/api/passkeys/registration",
        &json!({}),
    )
    .await;
    assert_eq!(refused.problem(), needed());
    let path = format!("/api/passkeys/{}", text(&key.id));
    let refused = asks(&town, &again, "DELETE", &path, &Value::Null).await;
    assert_eq!(refused.problem(), needed());

    let signed = key.signs(&options(&town, &again, "assertion").await, HERE);
    let answer = asks(&town, &again, "POST", "/api/passkeys/verify", &signed).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(invites(&town, &again).await.status, 201);
    let list = asks(&town, &again, "GET", "/api/passkeys", &Value::Null).await;
    assert_eq!(list.json()["passkeys"].as_array().unwrap().len(), 1);

    // Removed, it is worth nothing, not even for what was signed before.
    let removed = asks(&town, &again, "DELETE", &path, &Value::Null).await;
    assert_eq!(removed.status, 204);
    assert_eq!(invites(&town, &again).await.problem(), needed());
}

#[tokio::test]
async fn what_was_signed_elsewhere_or_twice_counts_for_nothing() {
    let town = Town::found_with(|settings| settings.with_passkeys(Passkeys::Needed)).await;
    let steward = town.neighbour("Alice", Role::Steward, TOWN).await;
    let mut key = SoftKey::new();
    let made = key.makes(&options(&town, &steward, "registration").await);
    asks(&town, &steward, "POST", "/api/passkeys", &made).await;
    let later = kruispunt_server::clock::now().plus_millis(crate::kit::HOUR);
    let token = town.session(steward.device, later).await;
    let again = Neighbour::new(
        steward.member,
        steward.device,
        "Alice",
        Role::Steward,
        token,
    );
    let verify = async |signed: &Value| {
        let answer = asks(&town, &again, "POST", "/api/passkeys/verify", signed).await;
        answer.problem().1
    };

    // To a page that only looks like ours.
    let asked = options(&town, &again, "assertion").await;
    let phished = key.signs(&asked, "https://kruispunt.example.evil.example");
    assert_eq!(verify(&phished).await, "signature-invalid");
    // A challenge counts once, for better or worse.
    let late = key.signs(&asked, HERE);
    assert_eq!(verify(&late).await, "challenge-unknown");
    // Another key that calls itself the same.
    let mut other = SoftKey::new();
    other.id.clone_from(&key.id);
    let forged = other.signs(&options(&town, &again, "assertion").await, HERE);
    assert_eq!(verify(&forged).await, "signature-invalid");
    assert_eq!(verify(&json!({ "id": "x" })).await, "request-invalid");
    assert_eq!(invites(&town, &again).await.problem(), needed());
}

#[tokio::test]
async fn nobody_else_is_asked_for_one() {
    let town = Town::found_with(|settings| settings.with_passkeys(Passkeys::Needed)).await;
    let coordinator = town.neighbour("Carol", Role::Coordinator, NORTH).await;
    let me = asks(&town, &coordinator, "GET", "/api/me", &Value::Null).await;
    assert_eq!(me.json()["passkey"], "offered");
    // What a coordinator may not do, no passkey lets them do.
    let refused = invites(&town, &coordinator).await.problem();
    assert_eq!(refused, (403, "not-allowed".to_owned()));
    let unknown = asks(
        &town,
        &coordinator,
        "POST",
        "/api/passkeys/assertion",
        &json!({}),
    )
    .await;
    assert_eq!(unknown.problem().1, "passkey-unknown");
    let volunteer = town.volunteer("Bob").await;
    let me = asks(&town, &volunteer, "GET", "/api/me", &Value::Null).await;
    assert_eq!(me.json()["passkey"], "none");
}
