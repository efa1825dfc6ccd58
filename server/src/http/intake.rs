//! Self-entry: what residents ask by themselves, on a screen of the Startpunt or on a public form, without an account.
//! It waits here, sealed, until a coordinator looked at it; only then it reaches a board.

mod ask;
mod decide;
mod form;
mod list;
mod open;
mod shown;

use kruispunt_core::access::{Action, Rights};
use kruispunt_core::id::{AreaId, IntakeFormId, IntakeId};
use kruispunt_storage::{Intake, IntakeForm, Session};

use super::{App, Problem};
use crate::places::Places;

pub(super) use ask::ask;
pub(super) use decide::decide;
pub(super) use form::{close as close_form, list as forms, make as make_form};
pub(super) use list::list;
pub(super) use open::open;
pub(super) use shown::shown;

/// Where a question counts: in its street, or in the area of its form.
fn place_of(intake: &Intake, forms: &[IntakeForm]) -> Option<AreaId> {
    let of_form = |id: IntakeFormId| forms.iter().find(|form| form.id == id);
    intake
        .street
        .or_else(|| of_form(intake.form).map(|form| form.area))
}

fn may_review(places: &Places, session: &Session, area: AreaId) -> Result<(), Problem> {
    let rights = Rights::at(area, &session.member.memberships, places.tree());
    if rights.allow(Action::ReviewIntake) {
        return Ok(());
    }
    Err(Problem::NOT_ALLOWED)
}

/// One that waits and that the asker may review, with the place where it counts.
async fn waiting(
    app: &App,
    session: &Session,
    id: IntakeId,
) -> Result<Option<(Intake, AreaId)>, Problem> {
    let intakes = app.storage.intakes();
    let waiting = intakes.waiting().await?.into_iter();
    let Some(intake) = waiting.into_iter().find(|intake| intake.id == id) else {
        return Ok(None);
    };
    let area = place_of(&intake, &intakes.forms().await?).ok_or(Problem::NOT_ALLOWED)?;
    may_review(&app.hub.places(), session, area)?;
    Ok(Some((intake, area)))
}
