//! Members: what they are, and with which devices.

mod devices;
mod end_role;
mod erase;
mod export;
mod give_role;
mod let_in;
mod list;
mod revoke;

pub(super) use devices::devices;
pub(super) use end_role::end_role;
pub(super) use erase::erase;
pub(super) use export::{export, told_entries};
pub(super) use give_role::give_role;
pub(super) use let_in::let_in;
pub(super) use list::list;
pub(super) use revoke::revoke;
