//! Who is on the line, by device: so that one that is taken out of use is cut at once, and one whose member is
//! something else now comes back at once, to be greeted as that.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::model::Membership;
use kruispunt_core::sync::frame::failure;
use kruispunt_storage::Session;

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
    devices: HashMap<DeviceId, OnLine>,
}

#[derive(Debug)]
struct OnLine {
    greeted: Greeted,
    lines: VecDeque<Arc<Outbox>>,
}

/// As whom and as what a device was greeted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Greeted {
    pub(super) member: MemberId,
    pub(super) memberships: Arc<[Membership]>,
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
    pub(super) fn enter(&self, session: &Session, outbox: &Arc<Outbox>, read_at: Moment) -> bool {
        let mut known = self.lock();
        if read_at != Moment(known.looks) {
            return false;
        }
        let greeted = Greeted::from(session);
        let on_line = known
            .devices
            .entry(session.device)
            .or_insert_with(|| OnLine {
                greeted: greeted.clone(),
                lines: VecDeque::new(),
            });
        // Lines that were greeted as something else were cut when that changed.
        on_line.greeted = greeted;
        on_line.lines.push_back(Arc::clone(outbox));
        if on_line.lines.len() > self.per_device
            && let Some(oldest) = on_line.lines.pop_front()
        {
            oldest.cut(failure::TOO_MANY);
        }
        true
    }

    pub(super) fn leave(&self, device: DeviceId, outbox: &Arc<Outbox>) {
        let mut known = self.lock();
        if let Some(OnLine { lines, .. }) = known.devices.get_mut(&device) {
            lines.retain(|line| !Arc::ptr_eq(line, outbox));
            if lines.is_empty() {
                known.devices.remove(&device);
            }
        }
    }

    /// All devices on the line, and as what they were greeted. Whoever comes in with a session read before this has
    /// to read it again.
    pub(super) fn devices(&self) -> Vec<(DeviceId, Greeted)> {
        let mut known = self.lock();
        known.looks += 1;
        let devices = known.devices.iter();
        devices
            .map(|(&device, on_line)| (device, on_line.greeted.clone()))
            .collect()
    }

    pub(super) fn waiting(&self) -> Waiting {
        let known = self.lock();
        let lines = known.devices.values().flat_map(|on_line| &on_line.lines);
        let frames = lines.map(|line| line.waiting());
        let (frames, most) = frames.fold((0, 0), |(sum, most), one| (sum + one, one.max(most)));
        Waiting {
            devices: known.devices.len(),
            frames,
            most,
        }
    }

    /// Everybody is to come back, and to be greeted anew.
    pub(super) fn send_away(&self) {
        for on_line in self.lock().devices.values() {
            on_line.cut(failure::GOING_AWAY);
        }
    }

    /// A device was taken out of use.
    pub(super) fn revoke(&self, device: DeviceId) {
        let mut known = self.lock();
        known.looks += 1;
        if let Some(on_line) = known.devices.get(&device) {
            on_line.cut(failure::REVOKED);
        }
    }

    /// A member is something else now: their phones come back, to be greeted as that.
    pub(super) fn change(&self, member: MemberId) {
        let mut known = self.lock();
        known.looks += 1;
        let devices = known.devices.values();
        for on_line in devices.filter(|on_line| on_line.greeted.member == member) {
            on_line.cut(failure::CHANGED);
        }
    }
}

impl OnLine {
    fn cut(&self, key: &'static str) {
        for line in &self.lines {
            line.cut(key);
        }
    }
}

impl From<&Session> for Greeted {
    fn from(session: &Session) -> Self {
        Self {
            member: session.member.id,
            memberships: session.member.memberships.as_slice().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kruispunt_core::time::Timestamp;
    use kruispunt_storage::Member;

    use super::*;

    const PHONE: DeviceId = DeviceId::from_bytes([1; 16]);
    const ALICE: MemberId = MemberId::from_bytes([2; 16]);
    const BOB: MemberId = MemberId::from_bytes([3; 16]);

    fn outbox() -> Arc<Outbox> {
        Arc::new(Outbox::new().0)
    }

    fn session() -> Session {
        Session {
            member: Member {
                id: ALICE,
                first_name: "Alice".to_owned(),
                memberships: Vec::new(),
            },
            device: PHONE,
            expires_at: Timestamp::from_millis(1),
        }
    }

    #[tokio::test]
    async fn the_oldest_line_gives_way() {
        let lines = Lines::new(2);
        let phones: Vec<_> = (0..3).map(|_| outbox()).collect();
        for phone in &phones {
            assert!(lines.enter(&session(), phone, lines.moment()));
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
        assert!(lines.enter(&session(), &before, read_at));

        lines.revoke(PHONE);

        assert_eq!(before.is_cut().await, failure::REVOKED);
        assert!(!lines.enter(&session(), &meanwhile, read_at));
    }

    #[tokio::test]
    async fn whoever_is_something_else_now_comes_back_and_nobody_else() {
        let lines = Lines::new(2);
        let (before, meanwhile) = (outbox(), outbox());
        let read_at = lines.moment();
        assert!(lines.enter(&session(), &before, read_at));

        lines.change(BOB);
        assert!(!before.is_over());
        lines.change(ALICE);

        assert_eq!(before.is_cut().await, failure::CHANGED);
        assert!(before.is_over());
        assert!(!lines.enter(&session(), &meanwhile, read_at));
    }
}
