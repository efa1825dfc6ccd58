//! The only place that reads the clock and the random source; everything else takes them as arguments or asks
//! here, so that a reader finds every use by one name.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use hpke::rand_core::{CryptoRng, UnwrapErr};
use kruispunt_core::time::Timestamp;

/// The operating system gave no random bytes. Nothing that must be unguessable can be made then.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness(#[from] getrandom::Error);

/// This moment, by the relay's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A beginning from which to measure how long something takes.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
pub fn stopwatch() -> Instant {
    Instant::now()
}

/// Bytes nobody can guess.
///
/// # Errors
/// When the operating system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// The operating system's random source, for a library that throws its own dice.
///
/// # Errors
/// When there is none: it is tried first, since nobody can be told later.
pub fn dice() -> Result<impl CryptoRng, NoRandomness> {
    random::<1>()?;
    Ok(UnwrapErr(getrandom::SysRng))
}
