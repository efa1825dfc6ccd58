//! Who somebody is, where.

use super::word::words;
use crate::id::AreaId;

words!(
    /// What a member is in an area and everything below it (S4).
    Role {
        /// Wijkambassadeur: logs requests and talents in their streets, feeds back to the resident.
        Ambassador = "ambassador",
        /// Vrijwilliger: accepts tasks.
        Volunteer = "volunteer",
        /// Coördinator: triage, matching, boards.
        Coordinator = "coordinator",
        /// Procesmanager: bottlenecks and decisions.
        ProcessManager = "process_manager",
        /// Beheerder: sets up areas and people; sees no case content.
        Steward = "steward",
        /// Dossierbeheerder: keeps the files of volunteers; sees no requests.
        FileManager = "file_manager",
        /// Contactpersoon: takes up a request for an organisation.
        OrganisationContact = "organisation_contact",
        /// Wijkteam: takes liveability requests.
        NeighbourhoodTeam = "neighbourhood_team",
    }
);

/// A role in an area and everything below it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
pub struct Membership {
    /// Where.
    #[n(0)]
    pub area: AreaId,
    /// As what.
    #[n(1)]
    pub role: Role,
}
