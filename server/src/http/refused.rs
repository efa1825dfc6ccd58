//! Work that was refused: what it would have written, for the coordinators of the area.

mod list;
mod open;
mod remove;

use kruispunt_core::access::{Action, Rights};
use kruispunt_core::id::RefusedId;
use kruispunt_storage::{Refused, Session};

use super::{App, Problem};

pub(super) use list::list;
pub(super) use open::open;
pub(super) use remove::remove;

/// One that the asker may look at.
async fn must_see(app: &App, session: &Session, id: RefusedId) -> Result<Refused, Problem> {
    let places = app.hub.places();
    let known = app.storage.refused_work().refused().await?;
    let known = known.into_iter().find(|refused| refused.id == id);
    let known = known.ok_or(Problem::NOT_ALLOWED)?;
    let rights = Rights::at(known.street, &session.member.memberships, places.tree());
    if rights.allow(Action::SeeRefused) {
        return Ok(known);
    }
    Err(Problem::NOT_ALLOWED)
}
