//! `PUT` and `DELETE /api/members/me/mail`, `POST /api/mail/confirm` and `/api/mail/stop`: whoever wants to hear by mail
//! says so, shows that the mailbox is theirs, and stops it again from any mail. `/api/mail/stop/{secret}` is for the
//! button of a mail program (RFC 8058).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use kruispunt_core::model::Tongue;
use kruispunt_storage::AskedMail;
use kruispunt_storage::mails::Address;
use serde::Deserialize;

use super::body::Body;
use super::crowd::{Knock, Visitor};
use super::signed_in::SignedIn;
use super::{App, Problem};
use crate::clock::now;
use crate::push::mail_address;
use crate::secret::Secret;

/// What asking for a mail takes of what one address may invite.
const PRICE: usize = 5;

#[derive(Deserialize)]
pub(super) struct Asked {
    address: String,
    language: Tongue,
}

pub(super) async fn ask(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    visitor: Visitor,
    Body(Asked { address, language }): Body<Asked>,
) -> Result<StatusCode, Problem> {
    if app.bell.ringing.mailer.is_none() {
        return Err(Problem::MAIL_OFF);
    }
    let mailbox = mail_address(&address).ok_or(Problem::REQUEST_INVALID)?;
    app.crowd.invites(&visitor, PRICE)?;
    let (member, confirm, now) = (session.member.id, Secret::random()?, now());
    let stops = app.keys.ring().mail_stops(member, now);
    let asked = AskedMail {
        member,
        address: Address(address),
        language,
        confirm: confirm.hash(),
        stop: stops.last().ok_or(Problem::INTERNAL)?.hash(),
        asked_at: now,
    };
    // To its end, also when whoever asked hangs up: what is sent must be known.
    let asking = tokio::spawn(async move {
        // Sent first: where that does not work, an address that was confirmed before stays as it is.
        if !app.bell.ask_mail(mailbox, language, &confirm).await {
            return Err(Problem::MAIL_NOT_SENT);
        }
        app.storage.mails().ask_mail(&asked).await?;
        Ok(StatusCode::NO_CONTENT)
    });
    asking.await.map_err(|_| Problem::INTERNAL)?
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
) -> Result<StatusCode, Problem> {
    app.storage.mails().remove_mail(session.member.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(super) struct Link {
    secret: Secret,
}

pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    _: Knock,
    Body(Link { secret }): Body<Link>,
) -> Result<StatusCode, Problem> {
    let (mails, now) = (app.storage.mails(), now());
    // The first mail comes at once, where there is news: whoever is here sees that it works.
    if mails.confirm_mail(secret.hash(), now, now).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::MAIL_LINK_UNKNOWN)
    }
}

pub(super) async fn stop(
    State(app): State<Arc<App>>,
    _: Knock,
    Body(Link { secret }): Body<Link>,
) -> Result<StatusCode, Problem> {
    // Stopped twice is stopped.
    app.storage.mails().stop_mail(secret.hash()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A mail program whose button was pressed. It has no words of ours to show, so whatever it asks for is over.
pub(super) async fn stop_at_once(
    State(app): State<Arc<App>>,
    _: Knock,
    Path(secret): Path<Secret>,
) -> Result<StatusCode, Problem> {
    app.storage.mails().stop_mail(secret.hash()).await?;
    Ok(StatusCode::OK)
}

/// A mail program that knows no such button opens the link, and so may whatever looks through mail for its reader: nothing
/// happens before somebody says so on a screen.
pub(super) async fn asks_first(_: Knock, Path(secret): Path<Secret>) -> Result<Redirect, Problem> {
    let secret = secret.expose();
    if !secret
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    {
        return Err(Problem::MAIL_LINK_UNKNOWN);
    }
    Ok(Redirect::to(&format!("/#/mail/stop/{secret}")))
}
