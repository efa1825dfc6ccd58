//! Challenges that wait for their signature. They live in memory only: after a restart a device asks for another.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use kruispunt_core::id::DeviceId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::Hash;

use crate::clock::NoRandomness;
use crate::secret::Secret;

/// How long a device has to sign: two minutes.
const LIFETIME: i64 = 2 * 60 * 1000;

/// How many may wait at once, so that a flood of questions costs a few megabytes and no more.
const MOST: usize = 1 << 15;

#[derive(Debug, Default)]
pub(super) struct Challenges(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    posed: HashMap<Hash, (DeviceId, Timestamp)>,
    /// Oldest first; all live equally long, so they also expire in this order.
    order: VecDeque<(Hash, Timestamp)>,
}

impl Challenges {
    /// Poses a new challenge to a device.
    pub(super) fn pose(
        &self,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<(Secret, Timestamp), NoRandomness> {
        let challenge = Secret::random()?;
        let expires_at = now.plus_millis(LIFETIME);
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.make_room(now);
        waiting.posed.insert(challenge.hash(), (device, expires_at));
        waiting.order.push_back((challenge.hash(), expires_at));
        Ok((challenge, expires_at))
    }

    /// Whether this was posed to this device and still waits. It waits no longer afterwards.
    pub(super) fn answer(&self, challenge: &Secret, device: DeviceId, now: Timestamp) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let posed = waiting.posed.remove(&challenge.hash());
        posed.is_some_and(|(posed_to, expires_at)| posed_to == device && now < expires_at)
    }
}

impl Waiting {
    fn make_room(&mut self, now: Timestamp) {
        while let Some(&(hash, expires_at)) = self.order.front() {
            if expires_at > now && self.order.len() < MOST {
                break;
            }
            self.order.pop_front();
            self.posed.remove(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: DeviceId = DeviceId::from_bytes([1; 16]);
    const OTHER: DeviceId = DeviceId::from_bytes([2; 16]);
    const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn a_challenge_is_answered_once_by_whom_it_was_posed_to() {
        let challenges = Challenges::default();
        let (challenge, expires_at) = challenges.pose(PHONE, NOON).unwrap();
        assert_eq!(expires_at, NOON.plus_millis(LIFETIME));
        assert!(challenges.answer(&challenge, PHONE, NOON));
        assert!(!challenges.answer(&challenge, PHONE, NOON));
        let (challenge, _) = challenges.pose(PHONE, NOON).unwrap();
        assert!(!challenges.answer(&challenge, OTHER, NOON));
        let (challenge, expires_at) = challenges.pose(PHONE, NOON).unwrap();
        assert!(!challenges.answer(&challenge, PHONE, expires_at));
    }

    #[test]
    fn a_flood_is_bounded() {
        let challenges = Challenges::default();
        for _ in 0..MOST + 10 {
            challenges.pose(PHONE, NOON).unwrap();
        }
        assert_eq!(challenges.0.lock().unwrap().posed.len(), MOST);
        challenges.pose(PHONE, NOON.plus_millis(LIFETIME)).unwrap();
        assert_eq!(challenges.0.lock().unwrap().posed.len(), 1);
    }
}
