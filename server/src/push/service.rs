//! Speaks with push services: seals a message (RFC 8291), signs for it (RFC 8292), sends it (RFC 8030), and understands
//! the answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::fmt::rfc2822;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Delivery, Subscription};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use sha2::{Digest as _, Sha256};
use web_push::{
    ContentEncoding, SubscriptionInfo, Urgency, VapidSignature, VapidSignatureBuilder,
    WebPushMessage, WebPushMessageBuilder,
};

use crate::keys::KeyRing;

/// How long a signature counts, in seconds; at most a day (RFC 8292, 2).
const SIGNED_FOR: i64 = 12 * 60 * 60;

/// A signature that counts for less than this is made anew, in seconds.
const NEARLY_OVER: i64 = 60 * 60;

/// More audiences than there are push services, and keys.
const SIGNATURES: usize = 64;

/// What a push service said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has the message.
    Taken,
    /// There is no such subscription any more (404, 410).
    Gone,
    /// The message is too large (413): a fault of ours.
    TooLarge,
    /// Not so fast (429), and how many milliseconds to wait where it says so.
    SlowDown(Option<i64>),
    /// It is in trouble (5xx), and how many milliseconds to wait where it says so.
    Trouble(Option<i64>),
    /// It does not take our signature (401, 403): a fault of ours, or a subscription made for another key.
    Refused,
    /// It does not understand us (any other answer): a fault of ours.
    Strange(u16),
    /// It did not answer in time, or could not be reached.
    Silent,
    /// The message could not be made: the subscription's keys are none.
    Unsealable,
    /// It could not be signed: the subscription is for a key that this relay does not have. Another may have it, or this
    /// one soon.
    KeyUnknown,
    /// The endpoint is at no push service that this relay knows.
    Elsewhere,
    /// It was not sent: what it says is no longer so.
    Moot,
    /// It was not sent: whoever it is for has quiet hours until then.
    Quiet(Timestamp),
}

impl Answer {
    /// The key it is counted by.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Gone => "gone",
            Self::TooLarge => "too-large",
            Self::SlowDown(_) => "slow-down",
            Self::Trouble(_) => "trouble",
            Self::Refused => "refused",
            Self::Strange(_) => "strange",
            Self::Silent => "silent",
            Self::Unsealable => "unsealable",
            Self::KeyUnknown => "key-unknown",
            Self::Elsewhere => "elsewhere",
            Self::Moot => "moot",
            Self::Quiet(_) => "quiet",
        }
    }
}

/// For whom something is signed, and the public key it is signed for.
type Audience = (String, Vec<u8>);

/// The way to push services.
pub(super) struct Services {
    client: Client,
    contact: String,
    signatures: Mutex<HashMap<Audience, (VapidSignature, i64)>>,
}

impl Services {
    /// `contact` is whom they can write to, `patience` how long one may take to answer.
    pub(super) fn new(contact: String, patience: Duration) -> Result<Self, reqwest::Error> {
        // Somebody chose one before: then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(patience)
            .connect_timeout(patience)
            // Wherever it leads, nobody looked at that.
            .redirect(Policy::none())
            .user_agent("kruispunt")
            .build()?;
        Ok(Self {
            client,
            contact,
            signatures: Mutex::default(),
        })
    }

    /// Sends a message.
    pub(super) async fn send(
        &self,
        delivery: &Delivery,
        (endpoint, content): (Url, &[u8]),
        ring: &Arc<KeyRing>,
        now: Timestamp,
    ) -> Answer {
        let Some(signature) = self.signature(&endpoint, &delivery.subscription, ring, now) else {
            return Answer::KeyUnknown;
        };
        let Some(message) = sealed(delivery, content, signature, now) else {
            return Answer::Unsealable;
        };
        let Some(payload) = message.payload else {
            return Answer::Unsealable;
        };
        let mut request = self
            .client
            .post(endpoint)
            .header("TTL", message.ttl)
            .header(CONTENT_ENCODING, payload.content_encoding.to_str());
        if let Some(urgency) = message.urgency {
            request = request.header("Urgency", urgency.to_string());
        }
        if let Some(topic) = message.topic {
            request = request.header("Topic", topic);
        }
        for (name, value) in payload.crypto_headers {
            let name = if name == "Authorization" {
                AUTHORIZATION.as_str()
            } else {
                name
            };
            request = request.header(name, value);
        }
        match request.body(payload.content).send().await {
            Ok(response) => answer(response.status(), response.headers(), now),
            // What went wrong names the endpoint, which is nobody's business.
            Err(_) => Answer::Silent,
        }
    }

    /// Whatever was signed before is signed anew: it may have been by a wrong clock.
    pub(super) fn sign_anew(&self) {
        let signatures = self.signatures.lock();
        signatures.unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Signs for an audience, or gives what was signed for it before.
    fn signature(
        &self,
        endpoint: &Url,
        subscription: &Subscription,
        ring: &Arc<KeyRing>,
        now: Timestamp,
    ) -> Option<VapidSignature> {
        // With its port, where that is not the usual one.
        let audience = endpoint.origin().ascii_serialization();
        let second = now.as_millis() / 1000;
        let known = (audience.clone(), subscription.key.clone());
        let mut signatures = self
            .signatures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((signature, until)) = signatures.get(&known)
            // A clock that was set back would leave it good for longer than any may be.
            && (second + NEARLY_OVER..=second + SIGNED_FOR).contains(until)
        {
            return Some(signature.clone());
        }
        let key = ring.push_key(&subscription.key)?;
        let until = second + SIGNED_FOR;
        let info = SubscriptionInfo::new(subscription.endpoint.as_str(), "", "");
        let mut builder = VapidSignatureBuilder::from_base64(&key.secret, &info).ok()?;
        builder.add_claim("aud", audience);
        builder.add_claim("exp", until);
        builder.add_claim("sub", self.contact.clone());
        let signature = builder.build().ok()?;
        if signatures.len() >= SIGNATURES {
            signatures.clear();
        }
        signatures.insert(known, (signature.clone(), until));
        Some(signature)
    }
}

fn sealed(
    delivery: &Delivery,
    content: &[u8],
    signature: VapidSignature,
    now: Timestamp,
) -> Option<WebPushMessage> {
    let subscription = &delivery.subscription;
    let info = SubscriptionInfo::new(
        subscription.endpoint.clone(),
        URL_SAFE_NO_PAD.encode(&subscription.p256dh),
        URL_SAFE_NO_PAD.encode(&subscription.auth),
    );
    let mut builder = WebPushMessageBuilder::new(&info);
    let left = delivery.delivery.expires_at.as_millis() - now.as_millis();
    builder.set_ttl(u32::try_from(left.max(0) / 1000).unwrap_or(u32::MAX));
    builder.set_urgency(if delivery.delivery.is_urgent {
        Urgency::High
    } else {
        Urgency::Normal
    });
    builder.set_topic(topic(delivery));
    builder.set_payload(ContentEncoding::Aes128Gcm, content);
    builder.set_vapid_signature(signature);
    builder.build().ok()
}

/// What a push service replaces one message by another by. It is another for each device, so that it does not show
/// which of them are one member's.
fn topic(delivery: &Delivery) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"kruispunt/topic-of-device/1\n");
    hasher.update(delivery.delivery.device.as_bytes());
    hasher.update(&delivery.delivery.topic);
    let hash: [u8; 32] = hasher.finalize().into();
    let mut topic = URL_SAFE_NO_PAD.encode(hash);
    topic.truncate(32);
    topic
}

fn answer(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Answer {
    match status.as_u16() {
        200..=299 => Answer::Taken,
        404 | 410 => Answer::Gone,
        413 => Answer::TooLarge,
        429 => Answer::SlowDown(retry_after(headers, now)),
        500..=599 => Answer::Trouble(retry_after(headers, now)),
        401 | 403 => Answer::Refused,
        other => Answer::Strange(other),
    }
}

/// How many milliseconds to wait, where it says so: in seconds or as a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds) * 1000);
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some((at.as_millisecond() - now.as_millis()).max(0))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn after(text: &'static str) -> Option<i64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
        retry_after(&headers, NOW)
    }

    #[test]
    fn when_to_come_again_is_said_in_seconds_or_as_a_date() {
        assert_eq!(after("120"), Some(120_000));
        assert_eq!(after("0"), Some(0));
        assert_eq!(after("Mon, 21 Sep 2026 14:15:20 GMT"), Some(120_000));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(0));
        assert_eq!(after("soon"), None);
        assert_eq!(after("-5"), None);
        assert_eq!(retry_after(&HeaderMap::new(), NOW), None);
    }

    #[test]
    fn every_answer_is_understood() {
        let none = HeaderMap::new();
        let said = |status| answer(StatusCode::from_u16(status).unwrap(), &none, NOW).key();
        for (status, key) in [
            (200, "taken"),
            (201, "taken"),
            (202, "taken"),
            (301, "strange"),
            (400, "strange"),
            (401, "refused"),
            (403, "refused"),
            (404, "gone"),
            (410, "gone"),
            (413, "too-large"),
            (429, "slow-down"),
            (500, "trouble"),
            (503, "trouble"),
        ] {
            assert_eq!(said(status), key, "{status}");
        }
    }
}
