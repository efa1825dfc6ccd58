//! `GET /api/intake/{code}`: what a page needs to ask on a form. Without a session.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::id::{AreaId, FormCode};
use kruispunt_core::intake::FormKind;
use kruispunt_core::model::{Area, AreaKind};
use kruispunt_core::neighbourhood::RecordKey;
use kruispunt_storage::IntakeForm;
use serde::Serialize;

use crate::http::asked::Named;
use crate::http::crowd::Knock;
use crate::http::{App, Problem};

#[derive(Serialize)]
pub(in crate::http) struct Shown {
    kind: FormKind,
    area_name: String,
    streets: Vec<Street>,
    record_key: RecordKey,
}

#[derive(Serialize)]
struct Street {
    area: AreaId,
    name: String,
    /// Where it lies, to tell streets of one name apart.
    within: String,
}

pub(in crate::http) async fn shown(
    State(app): State<Arc<App>>,
    Knock: Knock,
    Named(code): Named<String>,
) -> Result<Json<Shown>, Problem> {
    let form = form_in_use(&app, &code).await?;
    let places = app.hub.places();
    let tree = places.tree();
    let area = tree.get(form.area).ok_or(Problem::FORM_CLOSED)?;
    let name = |area: AreaId| {
        tree.get(area)
            .map_or_else(String::new, |area| area.name.clone())
    };
    let within = places.within(form.area);
    let streets = within.iter().filter_map(|&id| tree.get(id));
    let streets = streets.filter(|area| area.kind == AreaKind::Street);
    let mut streets: Vec<_> = streets
        .map(
            |Area {
                 id,
                 name: street,
                 parent,
                 ..
             }| Street {
                area: *id,
                name: street.clone(),
                within: parent.map_or_else(String::new, name),
            },
        )
        .collect();
    streets.sort_by(|a, b| (&a.name, &a.within).cmp(&(&b.name, &b.within)));
    Ok(Json(Shown {
        kind: form.kind,
        area_name: area.name.clone(),
        streets,
        record_key: app.keys.ring().told(),
    }))
}

/// The form with this code. What is no code at all is none either: nobody has to know the difference.
pub(super) async fn form_in_use(app: &App, code: &str) -> Result<IntakeForm, Problem> {
    let code: FormCode = code.parse().map_err(|_| Problem::FORM_CLOSED)?;
    let form = app.storage.intakes().form_of(code).await?;
    form.filter(|form| form.closed_at.is_none())
        .ok_or(Problem::FORM_CLOSED)
}
