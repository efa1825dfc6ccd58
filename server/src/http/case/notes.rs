//! The notes of a case, between its participants. What is told to the audit afterwards is in `late_deeds.rs`.

mod read;
mod see;
mod write;

use kruispunt_core::access::{Audience, may_read_note};
use kruispunt_core::model::Word as _;

use super::{AtStreet, Now};
use crate::http::Problem;

pub(super) use read::Handed;
pub(in crate::http) use read::read;
pub(in crate::http) use see::see;
pub(in crate::http) use write::write;

/// How many notes are taken or given at once.
const AT_ONCE: u32 = 20;

impl AtStreet {
    /// For whom the notes are that the asker may read.
    fn audiences(&self, known: &Now) -> Result<Vec<Audience>, Problem> {
        let (member, case) = (self.session.member.id, known.case());
        let may = |audience| may_read_note(member, self.rights, case, audience);
        // Whoever reads any reads these.
        may(Audience::Case)?;
        let others = Audience::ALL.iter().copied();
        Ok(others.filter(|&audience| may(audience).is_ok()).collect())
    }
}
