//! The forms on which residents ask: made and switched off by a coordinator of the area.

mod close;
mod list;
mod make;

use kruispunt_core::id::{AreaId, FormCode, IntakeFormId};
use kruispunt_core::intake::FormKind;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::IntakeForm;
use serde::Serialize;

pub(in crate::http) use close::close;
pub(in crate::http) use list::list;
pub(in crate::http) use make::make;

/// A form as coordinators are told of it. The code is no secret among them: they hang it on the wall.
#[derive(Serialize)]
pub(in crate::http) struct Told {
    id: IntakeFormId,
    area: AreaId,
    kind: FormKind,
    code: FormCode,
    made_at: Timestamp,
}

impl From<IntakeForm> for Told {
    fn from(form: IntakeForm) -> Self {
        Self {
            id: form.id,
            area: form.area,
            kind: form.kind,
            code: form.code,
            made_at: form.made_at,
        }
    }
}
