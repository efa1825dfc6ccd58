//! Invitations: how a device comes in.

mod list;
mod make;
mod redeem;
mod withdraw;

pub(super) use list::list;
pub(super) use make::make;
pub(super) use redeem::redeem;
pub(super) use withdraw::withdraw;
