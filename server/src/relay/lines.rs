//! Who is on the line, by device: so that one that is taken out of use is cut at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kruispunt_core::id::DeviceId;
use kruispunt_core::sync::frame::failure;

use super::outbox::Outbox;

#[derive(Debug)]
pub(super) struct Lines {
    per_device: usize,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// How often it was looked up who is still in use. What was read of a device before may not hold any more.
    looks: u64,
    devices: HashMap<DeviceId, VecDeque<Arc<Outbox>>>,
}

/// A moment before a session is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(u64);

/// What waits to be written, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Waiting {
    pub(super) devices: usize,
    pub(super) frames: usize,
    /// Of the line that has most.
    pub(super) most: usize,
}

impl Lines {
    pub(super) fn new(per_device: usize) -> Self {
        Self {
            per_device,
            known: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be asked for before a session is read.
    pub(super) fn moment(&self) -> Moment {
        Moment(self.lock().looks)
    }

    /// A device is on the line; the oldest of its other lines gives way where there are too many. `false` when
    /// devices were looked up since the moment at which its session was read, which has to be read again then.
    pub(super) fn enter(&self, device: DeviceId, outbox: &Arc<Outbox>, read_at: Moment) -> bool {
        let mut known = self.lock();
        if read_at != Moment(known.looks) {
            return false;
        }
        let lines = known.devices.entry(device).or_default();
        lines.push_back(Arc::clone(outbox));
        if lines.len() > self.per_device
            && let Some(oldest) = lines.pop_front()
        {
            oldest.cut(failure::TOO_MANY);
        }
        true
    }

    pub(super) fn leave(&self, device: DeviceId, outbox: &Arc<Outbox>) {
        let mut known = self.lock();
        if let Some(lines) = known.devices.get_mut(&device) {
            lines.retain(|line| !Arc::ptr_eq(line, outbox));
            if lines.is_empty() {
                known.devices.remove(&device);
            }
        }
    }

    /// All devices on the line. Whoever comes in with a session read before this has to read it again.
    pub(super) fn devices(&self) -> Vec<DeviceId> {
        let mut known = self.lock();
        known.looks += 1;
        known.devices.keys().copied().collect()
    }

    pub(super) fn waiting(&self) -> Waiting {
        let known = self.lock();
        let frames = known.devices.values().flatten().map(|line| line.waiting());
        let (frames, most) = frames.fold((0, 0), |(sum, most), one| (sum + one, one.max(most)));
        Waiting {
            devices: known.devices.len(),
            frames,
            most,
        }
    }

    /// Everybody is to come back, and to be greeted anew.
    pub(super) fn send_away(&self) {
        for line in self.lock().devices.values().flatten() {
            line.cut(failure::GOING_AWAY);
        }
    }

    /// A device was taken out of use.
    pub(super) fn revoke(&self, device: DeviceId) {
        let mut known = self.lock();
        known.looks += 1;
        for line in known.devices.get(&device).into_iter().flatten() {
            line.cut(failure::REVOKED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: DeviceId = DeviceId::from_bytes([1; 16]);

    fn outbox() -> Arc<Outbox> {
        Arc::new(Outbox::new().0)
    }

    #[tokio::test]
    async fn the_oldest_line_gives_way() {
        let lines = Lines::new(2);
        let phones: Vec<_> = (0..3).map(|_| outbox()).collect();
        for phone in &phones {
            assert!(lines.enter(PHONE, phone, lines.moment()));
        }
        assert_eq!(phones[0].is_cut().await, failure::TOO_MANY);
        for phone in &phones {
            lines.leave(PHONE, phone);
        }
        assert!(lines.lock().devices.is_empty());
    }

    #[tokio::test]
    async fn a_revoked_device_is_cut_and_does_not_slip_in() {
        let lines = Lines::new(2);
        let (before, meanwhile) = (outbox(), outbox());
        let read_at = lines.moment();
        assert!(lines.enter(PHONE, &before, read_at));

        lines.revoke(PHONE);

        assert_eq!(before.is_cut().await, failure::REVOKED);
        assert!(!lines.enter(PHONE, &meanwhile, read_at));
    }
}
