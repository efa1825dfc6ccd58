//! What went wrong, in the one form of RFC 9457. The key is stable; the title is for whoever reads the answer by
//! hand. What happened inside stays inside and is logged under the trace.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kruispunt_storage::StorageError;
use serde::Serialize;

use crate::clock::NoRandomness;
use crate::erasing::ErasingError;
use crate::relay::TurnedAway;

/// A problem of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Problem {
    key: &'static str,
    status: StatusCode,
    title: &'static str,
    /// After how many seconds to ask again; 0 where that does not help.
    again_in: u64,
}

macro_rules! problems {
    ($($name:ident = $status:ident, $key:literal, $title:literal;)+) => {
        impl Problem {
            $(pub(crate) const $name: Self =
                Self { key: $key, status: StatusCode::$status, title: $title, again_in: 0 };)+
        }
    };
}

problems! {
    INVITATION_UNKNOWN = NOT_FOUND, "invitation-unknown", "No invitation has this secret";
    INVITATION_USED = GONE, "invitation-used", "The invitation was used on another device";
    INVITATION_EXPIRED = GONE, "invitation-expired", "The invitation was not used in time";
    SIGNATURE_INVALID = FORBIDDEN, "signature-invalid", "The signature does not fit the key";
    CHALLENGE_UNKNOWN = UNAUTHORIZED, "challenge-unknown", "The challenge is used, expired or not for this device";
    DEVICE_UNKNOWN = UNAUTHORIZED, "device-unknown", "There is no such device";
    DEVICE_REVOKED = FORBIDDEN, "device-revoked", "The device was taken out of use";
    SESSION_UNKNOWN = UNAUTHORIZED, "session-unknown", "The session is unknown or over";
    NOT_ALLOWED = FORBIDDEN, "not-allowed", "That may not be done, or is not there";
    PASSKEY_NEEDED = FORBIDDEN, "passkey-needed", "That may be done after signing with a passkey";
    PASSKEY_UNKNOWN = NOT_FOUND, "passkey-unknown", "The member has no passkey";
    PASSKEY_IMPOSSIBLE = NOT_FOUND, "passkey-impossible", "The relay's address has no name that a passkey could be bound to";
    LAST_STEWARD = CONFLICT, "last-steward", "Somebody else has to be steward there first";
    TOO_FAST = TOO_MANY_REQUESTS, "too-fast", "That was asked too often";
    ORIGIN_FOREIGN = FORBIDDEN, "origin-foreign", "The request comes from a page of another site";
    REQUEST_INVALID = BAD_REQUEST, "request-invalid", "The request is not as this address takes it";
    REQUEST_TOO_LARGE = PAYLOAD_TOO_LARGE, "request-too-large", "The request is too large";
    REQUEST_UNKNOWN = CONFLICT, "request-unknown", "The street's board has no such request yet";
    RECORD_KEY_UNKNOWN = GONE, "record-key-unknown", "It is sealed to a key that is no longer used";
    CARD_UNKNOWN = NOT_FOUND, "card-unknown", "The request has no card";
    NOTES_TOO_MANY = BAD_REQUEST, "notes-too-many", "There are more notes than come at once, or than a case takes";
    CONSENT_MISSING = FORBIDDEN, "consent-missing", "The resident does not consent, or no longer";
    CASE_CLOSED = GONE, "case-closed", "The case is closed";
    SEALING_KEY_UNKNOWN = CONFLICT, "sealing-key-unknown", "The device has not said to which key to seal";
    FORM_CLOSED = NOT_FOUND, "form-closed", "There is no such form, or it is switched off";
    FORM_FULL = CONFLICT, "form-full", "So much waits on this form that nobody would look at more";
    INTAKE_DECIDED = CONFLICT, "intake-decided", "Somebody decided otherwise about it";
    PUSH_ENDPOINT_NOT_ALLOWED = BAD_REQUEST, "push-endpoint-not-allowed", "The endpoint is at no push service that this relay knows";
    PUSH_KEY_UNKNOWN = CONFLICT, "push-key-unknown", "The subscription was made for a key that the relay does not use";
    MAIL_LINK_UNKNOWN = NOT_FOUND, "mail-link-unknown", "The link was used, is too old, or was replaced by another";
    MAIL_OFF = NOT_FOUND, "mail-off", "This relay sends no mail";
    MAIL_NOT_SENT = SERVICE_UNAVAILABLE, "mail-not-sent", "The mail server does not take the message now";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED, "method-not-allowed", "This address does not take this method";
    NOT_FOUND = NOT_FOUND, "not-found", "There is nothing at this address";
    BUSY = SERVICE_UNAVAILABLE, "busy", "The relay has as many connections as it can serve";
    UNAVAILABLE = SERVICE_UNAVAILABLE, "unavailable", "The relay cannot read or store now";
    INTERNAL = INTERNAL_SERVER_ERROR, "internal", "The relay made a mistake";
}

impl Problem {
    /// It was asked too often; after so many seconds it may be asked again.
    pub(super) const fn too_fast(again_in: u64) -> Self {
        Self {
            again_in,
            ..Self::TOO_FAST
        }
    }

    /// The problem of an answer that says no more than its status.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NOT_FOUND,
            StatusCode::METHOD_NOT_ALLOWED => Self::METHOD_NOT_ALLOWED,
            StatusCode::PAYLOAD_TOO_LARGE => Self::REQUEST_TOO_LARGE,
            status if status.is_client_error() => Self {
                status,
                ..Self::REQUEST_INVALID
            },
            status => Self {
                status,
                ..Self::INTERNAL
            },
        }
    }

    pub(super) fn body(&self, trace: &str) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: String,
            title: &'a str,
            status: u16,
            key: &'a str,
            trace: &'a str,
        }
        let Self {
            key, status, title, ..
        } = *self;
        let r#type = format!("urn:kruispunt:problem:{key}");
        let body = Body {
            r#type,
            title,
            status: status.as_u16(),
            key,
            trace,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    /// The body follows in [`super::trace`], which knows the trace.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.again_in > 0 {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(self.again_in));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the storage failed"
        );
        match error {
            StorageError::Full(_) | StorageError::Busy(_) | StorageError::Unavailable(_) => {
                Self::UNAVAILABLE
            }
            _ => Self::INTERNAL,
        }
    }
}

impl From<ErasingError> for Problem {
    fn from(error: ErasingError) -> Self {
        match error {
            ErasingError::Storage(error) => error.into(),
            error => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "nothing could be erased");
                Self::INTERNAL
            }
        }
    }
}

impl From<TurnedAway> for Problem {
    fn from(why: TurnedAway) -> Self {
        match why {
            TurnedAway::Full => Self::BUSY,
            TurnedAway::GoingAway => Self::UNAVAILABLE,
        }
    }
}

impl From<NoRandomness> for Problem {
    fn from(error: NoRandomness) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "no secret can be made"
        );
        Self::INTERNAL
    }
}
