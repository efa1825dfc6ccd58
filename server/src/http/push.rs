//! `GET /api/push`, `PUT` and `DELETE /api/devices/this/push`, `PUT /api/members/me/wishes`: how a member wants to hear of
//! things, and how this device can be reached.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_core::model::{Tongue, Wishes};
use kruispunt_storage::Subscription;
use serde::{Deserialize, Serialize};

use super::body::Body;
use super::signed_in::SignedIn;
use super::{App, Problem};
use crate::clock::now;
use crate::push::is_time_zone;
use crate::signature::public_key;

/// How long the secret of a subscription is, in bytes (RFC 8291, 3.2).
const AUTH: usize = 16;

#[derive(Serialize)]
pub(super) struct Push {
    /// What a browser subscribes with.
    key: String,
    /// Whether this device can be reached.
    subscribed: bool,
    wishes: Wishes,
    mail: Mail,
}

#[derive(Serialize)]
struct Mail {
    /// Whether this relay sends any.
    available: bool,
    address: Option<String>,
    confirmed: bool,
}

pub(super) async fn read(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
) -> Result<Json<Push>, Problem> {
    let notices = app.storage.notices();
    let subscription = notices.subscription(session.device).await?;
    let wishes = notices.wishes(session.member.id).await?;
    let mail = app.storage.mails().mail_of(session.member.id).await?;
    let ring = app.keys.ring();
    Ok(Json(Push {
        key: URL_SAFE_NO_PAD.encode(&ring.active().push.public),
        subscribed: subscription.is_some_and(|it| !it.is_refused),
        wishes: wishes.unwrap_or_default(),
        mail: Mail {
            available: app.bell.ringing.mailer.is_some(),
            confirmed: mail
                .as_ref()
                .is_some_and(|mail| mail.confirmed_at.is_some()),
            address: mail.map(|mail| mail.asked.address.0),
        },
    }))
}

/// A subscription as a browser has it.
#[derive(Deserialize)]
pub(super) struct Subscribed {
    endpoint: String,
    p256dh: String,
    auth: String,
    /// The relay's key that the browser subscribed with.
    key: String,
    language: Tongue,
}

pub(super) async fn subscribe(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Body(subscribed): Body<Subscribed>,
) -> Result<StatusCode, Problem> {
    let hosts = &app.bell.ringing.hosts;
    let endpoint = hosts.endpoint(&subscribed.endpoint);
    if endpoint.is_none() {
        return Err(Problem::PUSH_ENDPOINT_NOT_ALLOWED);
    }
    let p256dh = public_key(&subscribed.p256dh).ok_or(Problem::REQUEST_INVALID)?;
    let auth = URL_SAFE_NO_PAD.decode(&subscribed.auth);
    let auth = auth.ok().filter(|auth| auth.len() == AUTH);
    let auth = auth.ok_or(Problem::REQUEST_INVALID)?;
    // A key that will be retired soon is no key for a subscription that is to last.
    let key = URL_SAFE_NO_PAD.decode(&subscribed.key).ok();
    let key = key.ok_or(Problem::PUSH_KEY_UNKNOWN)?;
    let is_active = || app.keys.ring().active().push.public == key;
    if !is_active() {
        // Another relay may have a new one since a moment.
        app.bell.look_at_keys().await;
        if !is_active() {
            return Err(Problem::PUSH_KEY_UNKNOWN);
        }
    }
    let subscription = Subscription {
        device: session.device,
        member: session.member.id,
        endpoint: subscribed.endpoint,
        p256dh: p256dh.0,
        auth,
        key,
        language: subscribed.language,
        said_at: now(),
        is_refused: false,
    };
    let notices = app.storage.notices();
    notices.subscribe(&subscription).await?;
    // What a push service refused once it refuses again, until the browser makes another.
    let kept = notices.subscription(session.device).await?;
    if kept.is_some_and(|kept| kept.is_refused) {
        return Err(Problem::PUSH_KEY_UNKNOWN);
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn unsubscribe(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
) -> Result<StatusCode, Problem> {
    app.storage.notices().unsubscribe(session.device).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn set_wishes(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Body(wishes): Body<Wishes>,
) -> Result<StatusCode, Problem> {
    if wishes.check().is_err() || !is_time_zone(&wishes.time_zone) {
        return Err(Problem::REQUEST_INVALID);
    }
    let notices = app.storage.notices();
    notices.set_wishes(session.member.id, &wishes).await?;
    Ok(StatusCode::NO_CONTENT)
}
