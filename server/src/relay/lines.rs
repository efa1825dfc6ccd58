//! Who is on the line, by device.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kruispunt_core::id::DeviceId;
use kruispunt_core::sync::frame::failure;

use super::outbox::Outbox;

#[derive(Debug)]
pub(super) struct Lines {
    per_device: usize,
    devices: Mutex<Devices>,
}

type Devices = HashMap<DeviceId, VecDeque<Arc<Outbox>>>;

impl Lines {
    pub(super) fn new(per_device: usize) -> Self {
        Self {
            per_device,
            devices: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Devices> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A device is on the line; the oldest of its other lines gives way where there are too many.
    pub(super) fn enter(&self, device: DeviceId, outbox: &Arc<Outbox>) {
        let mut devices = self.lock();
        let lines = devices.entry(device).or_default();
        lines.push_back(Arc::clone(outbox));
        if lines.len() > self.per_device
            && let Some(oldest) = lines.pop_front()
        {
            oldest.cut(failure::TOO_MANY);
        }
    }

    pub(super) fn leave(&self, device: DeviceId, outbox: &Arc<Outbox>) {
        let mut devices = self.lock();
        if let Some(lines) = devices.get_mut(&device) {
            lines.retain(|line| !Arc::ptr_eq(line, outbox));
            if lines.is_empty() {
                devices.remove(&device);
            }
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
            lines.enter(PHONE, phone);
        }
        assert_eq!(phones[0].is_cut().await, failure::TOO_MANY);
        for phone in &phones {
            lines.leave(PHONE, phone);
        }
        assert!(lines.lock().is_empty());
    }
}
