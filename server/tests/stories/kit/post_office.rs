//! A push service on this machine, and browsers that are reached through it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_server::clock::now;
use kruispunt_server::{Hosts, Pace, Ringing, Settings};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Answer, Neighbour, PATIENCE, Town};

/// A message as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) token: String,
    headers: HeaderMap,
    body: Bytes,
}

/// What the push service answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reply {
    Says(u16),
    /// With `Retry-After`, in seconds.
    SaysAfter(u16, u32),
    /// Nothing, for longer than anybody waits.
    Hangs,
}

#[derive(Default)]
struct Desk {
    heard: Mutex<Vec<Heard>>,
    replies: Mutex<VecDeque<Reply>>,
    arrived: Notify,
}

/// The push service. It answers 201, unless it was told otherwise.
pub(crate) struct PostOffice {
    address: SocketAddr,
    desk: Arc<Desk>,
}

impl PostOffice {
    pub(crate) async fn opens() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Arc::new(Desk::default());
        let router = Router::new()
            .route("/push/{token}", post(take))
            .with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, desk }
    }

    /// A relay that rings here, and tells volunteers at once.
    pub(crate) fn known_to(&self, settings: Settings) -> Settings {
        let at_once = Pace {
            rest: Duration::ZERO,
            ..Pace::default()
        };
        settings.with_pace(at_once).with_ringing(Ringing {
            hosts: Hosts::with(&[self.address.to_string()]).unwrap(),
            contact: Some("mailto:beheer@kruispunt.example".to_owned()),
            patience: Duration::from_secs(4),
            mailer: None,
        })
    }

    /// The next answers; after them it is 201 again.
    pub(crate) fn answers(&self, replies: impl IntoIterator<Item = Reply>) {
        self.desk.replies.lock().unwrap().extend(replies);
    }

    /// Everything that came in so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.desk.heard.lock().unwrap().clone()
    }

    /// Waits until so many messages came in, and gives them all.
    pub(crate) async fn hears(&self, count: usize) -> Vec<Heard> {
        let waiting = async {
            loop {
                let arrived = self.desk.arrived.notified();
                let heard = self.heard();
                if heard.len() >= count {
                    return heard;
                }
                arrived.await;
            }
        };
        let heard = tokio::time::timeout(PATIENCE, waiting).await;
        heard.unwrap_or_else(|_| panic!("only {} of {count} messages came", self.heard().len()))
    }

    /// A browser that can be reached here.
    pub(crate) fn browser(&self, token: &str) -> Browser {
        let (keys, auth) = ece::generate_keypair_and_auth_secret().unwrap();
        Browser {
            endpoint: format!("http://{}/push/{token}", self.address),
            keys: keys.raw_components().unwrap(),
            auth: auth.to_vec(),
        }
    }
}

async fn take(
    State(desk): State<Arc<Desk>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let reply = desk.replies.lock().unwrap().pop_front();
    desk.heard.lock().unwrap().push(Heard {
        token,
        headers,
        body,
    });
    desk.arrived.notify_waiters();
    let status = |status| StatusCode::from_u16(status).unwrap();
    match reply {
        None => StatusCode::CREATED.into_response(),
        Some(Reply::Says(said)) => status(said).into_response(),
        Some(Reply::SaysAfter(said, seconds)) => {
            (status(said), [("retry-after", seconds.to_string())]).into_response()
        }
        Some(Reply::Hangs) => std::future::pending().await,
    }
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) const fn length(&self) -> usize {
        self.body.len()
    }

    /// What is signed, after looking whether it is: the claims, and the key they are signed with.
    pub(crate) fn signed(&self) -> (Value, String) {
        let header = self.header("authorization");
        let parts = header.strip_prefix("vapid t=").unwrap();
        let (token, key) = parts.split_once(", k=").unwrap();
        let (text, signature) = token.rsplit_once('.').unwrap();
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let point = VerifyingKey::from_sec1_bytes(&bytes(key)).unwrap();
        let signature = Signature::from_slice(&bytes(signature)).unwrap();
        point.verify(text.as_bytes(), &signature).unwrap();
        let claims = text.split_once('.').unwrap().1;
        (
            serde_json::from_slice(&bytes(claims)).unwrap(),
            key.to_owned(),
        )
    }
}

/// A browser as far as push goes.
pub(crate) struct Browser {
    pub(crate) endpoint: String,
    keys: ece::EcKeyComponents,
    auth: Vec<u8>,
}

impl Browser {
    /// What it sends to be reached, with the relay's key.
    pub(crate) fn subscription(&self, key: &str) -> Value {
        json!({
            "endpoint": self.endpoint, "key": key, "language": "nl",
            "p256dh": URL_SAFE_NO_PAD.encode(self.keys.public_key()), "auth": URL_SAFE_NO_PAD.encode(&self.auth),
        })
    }

    /// Is reached from here on by whatever the relay has for somebody, by day and by night.
    pub(crate) async fn subscribes(&self, town: &Town, who: &Neighbour) {
        rings_always(town, who).await;
        self.subscribes_quietly(town, who).await;
    }

    /// The same, with quiet hours as they are.
    pub(crate) async fn subscribes_quietly(&self, town: &Town, who: &Neighbour) {
        let said = self.says(town, who).await;
        assert_eq!(said.status, 204, "{said:?}");
    }

    pub(crate) async fn says(&self, town: &Town, who: &Neighbour) -> Answer {
        let push = town.asks(who, "GET", "/api/push", &Value::Null).await;
        let subscription = self.subscription(&push.text("key"));
        let path = "/api/devices/this/push";
        town.asks(who, "PUT", path, &subscription).await
    }

    /// Opens a message, as only this browser can.
    pub(crate) fn reads(&self, heard: &Heard) -> Value {
        let opened = ece::decrypt(&self.keys, &self.auth, &heard.body).unwrap();
        serde_json::from_slice(&opened).unwrap()
    }
}

/// Somebody wants no quiet hours.
pub(crate) async fn rings_always(town: &Town, who: &Neighbour) {
    let wishes = json!({ "quiet_from": 0, "quiet_until": 0 });
    let path = "/api/members/me/wishes";
    let said = town.asks(who, "PUT", path, &wishes).await;
    assert_eq!(said.status, 204, "{said:?}");
}

/// Whether a device can be reached, as the relay says.
pub(crate) async fn is_reached(town: &Town, who: &Neighbour) -> bool {
    let push = town.asks(who, "GET", "/api/push", &Value::Null).await;
    push.json()["subscribed"] == true
}

/// Waits until the relay says so; asking takes its time, so nobody spins.
pub(crate) async fn until_reached(town: &Town, who: &Neighbour, wanted: bool) {
    let waiting = async {
        while is_reached(town, who).await != wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

/// Seconds since 1970.
pub(crate) fn second() -> i64 {
    now().as_millis() / 1000
}
