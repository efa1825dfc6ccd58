//! Erasures: what is done, what waits for which device, and the receipts of the devices.

mod confirm;
mod list;
mod mine;

use kruispunt_core::id::MemberId;
use kruispunt_storage::Subject;

pub(super) use confirm::confirm;
pub(super) use list::list;
pub(super) use mine::mine;

/// The kind of an erasure, and of what.
const fn kind(subject: Subject) -> (&'static str, MemberId) {
    match subject {
        // Written as every other identifier.
        Subject::Case { request, .. } => ("case", MemberId::from_bytes(*request.as_bytes())),
        Subject::Member(member) => ("member", member),
    }
}
