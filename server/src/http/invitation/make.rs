//! `POST /api/invitations`: one new member for every name, each with a link that lets one device in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::{AreaId, InvitationId, MemberId};
use kruispunt_core::model::{Membership, Role, Word as _};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Member, NewInvitation, Newcomer};
use serde::{Deserialize, Serialize};

use crate::audit::{Told as _, by, deed};
use crate::clock::{now, random};
use crate::http::body::Body;
use crate::http::crowd::Visitor;
use crate::http::people::must_give;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};
use crate::secret::Secret;

/// How many may be invited at once.
const MOST: usize = 100;

/// How long a first name may be, in bytes.
const LONGEST: usize = 64;

const DAY: i64 = 24 * 60 * 60 * 1000;

#[derive(Deserialize)]
pub(in crate::http) struct Make {
    area: AreaId,
    role: Role,
    first_names: Vec<String>,
    days: u8,
}

#[derive(Serialize)]
pub(in crate::http) struct Made {
    invitations: Vec<MadeOne>,
}

#[derive(Serialize)]
struct MadeOne {
    id: InvitationId,
    member: MemberId,
    first_name: String,
    secret: String,
    expires_at: Timestamp,
}

pub(in crate::http) async fn make(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    SignedIn(session): SignedIn,
    Body(asked): Body<Make>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let names: Option<Vec<_>> = asked
        .first_names
        .iter()
        .map(|name| readable(name))
        .collect();
    let names = names.filter(|names| (1..=MOST).contains(&names.len()));
    let (Some(names), 1..=30) = (names, asked.days) else {
        return Err(Problem::REQUEST_INVALID);
    };
    let membership = Membership {
        area: asked.area,
        role: asked.role,
    };
    must_give(&app.hub.places(), &session, membership)?;
    app.crowd.invites(&visitor, names.len())?;
    let now = now();
    let expires_at = now.plus_millis(i64::from(asked.days) * DAY);
    let mut newcomers = Vec::with_capacity(names.len());
    let mut invitations = Vec::with_capacity(names.len());
    for first_name in names {
        let (member, secret) = (MemberId::from_bytes(random()?), Secret::random()?);
        let invitation = NewInvitation {
            id: InvitationId::from_bytes(random()?),
            secret: secret.hash(),
            member,
            expires_at,
        };
        invitations.push(MadeOne {
            id: invitation.id,
            member,
            first_name: first_name.clone(),
            secret: secret.expose().to_owned(),
            expires_at,
        });
        newcomers.push(Newcomer {
            member: Member {
                id: member,
                first_name,
                memberships: vec![membership],
            },
            invitation,
            entry: by(&session, deed::INVITED, now)?
                .in_area(Some(membership.area))
                .to_member(member)
                .as_key(membership.role.key()),
        });
    }
    app.storage.invite_newcomers(&newcomers).await?;
    Ok((StatusCode::CREATED, Json(Made { invitations })))
}

/// A name that can be shown in one line, without what is around it.
fn readable(name: &str) -> Option<String> {
    let name = name.trim();
    let fits = (1..=LONGEST).contains(&name.len()) && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_something() {
        assert_eq!(readable(" Aïsha ").as_deref(), Some("Aïsha"));
        assert_eq!(readable(&"a".repeat(64)).map(|name| name.len()), Some(64));
        for wrong in ["", "  ", "A\nB", "A\u{0}", &"a".repeat(65)] {
            assert_eq!(readable(wrong), None, "{wrong:?}");
        }
    }
}
