//! How many there are of everything, at this moment.

use super::hub::Hub;
use super::lines::Waiting;
use super::memory::Weight;
use crate::metrics::Now;

impl Hub {
    pub(crate) fn now(&self) -> Now {
        let Waiting {
            devices,
            frames,
            most,
        } = self.lines.waiting();
        let (documents, Weight { bytes, operations }) = self.common.memory.held();
        Now {
            connections: self.connections(),
            devices,
            commits_waiting: self.common.committer.waiting(),
            pushes_waiting: self.pushes_waiting(),
            frames_waiting: frames,
            frames_waiting_most: most,
            documents,
            document_bytes: bytes,
            operations,
            // Known to the database alone.
            pushes_to_send: 0,
        }
    }
}
