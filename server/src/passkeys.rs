//! Passkeys (WebAuthn): a second key of whoever may do much. The library checks everything about them; what is begun
//! waits here for its end.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::model::{Membership, Role};
use kruispunt_core::neighbourhood::Passkey as Need;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::Passkey;
use webauthn_rs::prelude::{
    CreationChallengeResponse, CredentialID, Passkey as Key, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, Url, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// How long somebody has to find their key, in milliseconds.
const PATIENCE: i64 = 5 * 60 * 1000;

/// How many may be looking for theirs at once.
const MOST: usize = 4096;

/// Whether stewards must have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// What only a steward may do waits until they signed with one.
    #[default]
    Needed,
    /// Whoever wants one may make one: for a demonstration.
    Offered,
}

/// Passkeys cannot be used under this address.
#[derive(Debug, thiserror::Error)]
#[error("passkeys need an address with a name, like https://kruispunt.example; \"{0}\" has none")]
pub struct NoName(String);

/// What went wrong with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There are none under this address.
    Impossible,
    /// Nothing was begun, or too long ago.
    NotBegun,
    /// The key did not sign what it should have.
    Invalid,
}

/// Makes and checks passkeys.
pub(crate) struct Keeper {
    policy: Policy,
    webauthn: Option<Webauthn>,
    begun: Mutex<HashMap<DeviceId, (Begun, Timestamp)>>,
}

enum Begun {
    Making(PasskeyRegistration),
    Signing(PasskeyAuthentication),
}

impl Keeper {
    /// For a relay at this address.
    pub(crate) fn new(policy: Policy, public_url: &str) -> Result<Self, NoName> {
        let webauthn = library(public_url);
        if webauthn.is_none() && policy == Policy::Needed {
            return Err(NoName(public_url.to_owned()));
        }
        Ok(Self {
            policy,
            webauthn,
            begun: Mutex::default(),
        })
    }

    /// Whether a member with these roles is asked for one.
    pub(crate) fn need(&self, memberships: &[Membership]) -> Need {
        let is = |role| memberships.iter().any(|held| held.role == role);
        if self.webauthn.is_none() {
            Need::None
        } else if is(Role::Steward) && self.policy == Policy::Needed {
            Need::Needed
        } else if is(Role::Steward) || is(Role::Coordinator) {
            Need::Offered
        } else {
            Need::None
        }
    }

    /// What a browser needs to make one. Those the member has are named, so that none is made twice on one key.
    pub(crate) fn begin_making(
        &self,
        device: DeviceId,
        (member, first_name): (MemberId, &str),
        known: &[Passkey],
        now: Timestamp,
    ) -> Result<CreationChallengeResponse, Refused> {
        let known = known
            .iter()
            .map(|key| CredentialID::from(key.id.clone()))
            .collect();
        let (options, state) = self
            .library()?
            .start_passkey_registration(
                Uuid::from_bytes(*member.as_bytes()),
                first_name,
                first_name,
                Some(known),
            )
            .map_err(invalid)?;
        self.begins(device, Begun::Making(state), now);
        Ok(options)
    }

    /// The passkey that a browser made.
    pub(crate) fn make(
        &self,
        device: DeviceId,
        member: MemberId,
        made: &RegisterPublicKeyCredential,
        now: Timestamp,
    ) -> Result<Passkey, Refused> {
        let Some(Begun::Making(state)) = self.take(device, now) else {
            return Err(Refused::NotBegun);
        };
        let key = self
            .library()?
            .finish_passkey_registration(made, &state)
            .map_err(invalid)?;
        Ok(Passkey {
            id: key.cred_id().as_slice().to_vec(),
            member,
            credential: written(&key)?,
            created_at: now,
            used_at: now,
        })
    }

    /// What a browser needs to sign with one of these.
    pub(crate) fn begin_signing(
        &self,
        device: DeviceId,
        known: &[Passkey],
        now: Timestamp,
    ) -> Result<RequestChallengeResponse, Refused> {
        let keys = known.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let (options, state) = self
            .library()?
            .start_passkey_authentication(&keys)
            .map_err(invalid)?;
        self.begins(device, Begun::Signing(state), now);
        Ok(options)
    }

    /// The passkey that signed, as it is now: it counts how often it did, where it can.
    pub(crate) fn sign(
        &self,
        device: DeviceId,
        signed: &PublicKeyCredential,
        known: Vec<Passkey>,
        now: Timestamp,
    ) -> Result<Passkey, Refused> {
        let Some(Begun::Signing(state)) = self.take(device, now) else {
            return Err(Refused::NotBegun);
        };
        let signed = self
            .library()?
            .finish_passkey_authentication(signed, &state)
            .map_err(invalid)?;
        let is_it = |key: &Passkey| key.id == signed.cred_id().as_slice();
        // Another session may have removed it meanwhile.
        let mut passkey = known.into_iter().find(is_it).ok_or(Refused::Invalid)?;
        let mut key = read(&passkey)?;
        key.update_credential(&signed);
        passkey.credential = written(&key)?;
        passkey.used_at = now;
        Ok(passkey)
    }

    fn library(&self) -> Result<&Webauthn, Refused> {
        self.webauthn.as_ref().ok_or(Refused::Impossible)
    }

    fn begins(&self, device: DeviceId, what: Begun, now: Timestamp) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() >= MOST {
            begun.retain(|_, (_, until)| *until > now);
        }
        if begun.len() < MOST {
            begun.insert(device, (what, now.plus_millis(PATIENCE)));
        }
    }

    /// What was begun counts once.
    fn take(&self, device: DeviceId, now: Timestamp) -> Option<Begun> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let (what, until) = begun.remove(&device)?;
        (now < until).then_some(what)
    }
}

fn library(public_url: &str) -> Option<Webauthn> {
    let url = Url::parse(public_url).ok()?;
    // An address without a name has none to bind a key to.
    let name = url.domain()?.to_owned();
    let library = WebauthnBuilder::new(&name, &url).ok()?;
    library.rp_name("Kruispunt").build().ok()
}

fn read(passkey: &Passkey) -> Result<Key, Refused> {
    serde_json::from_str(&passkey.credential).map_err(|error| {
        tracing::error!(%error, "a stored passkey is unreadable");
        Refused::Invalid
    })
}

fn written(key: &Key) -> Result<String, Refused> {
    serde_json::to_string(key).map_err(|_| Refused::Invalid)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn invalid(error: webauthn_rs::prelude::WebauthnError) -> Refused {
    tracing::debug!(%error, "a passkey was not taken");
    Refused::Invalid
}
