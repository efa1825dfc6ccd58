//! Invitations: how a device comes in.

mod redeem;

pub(super) use redeem::redeem;
