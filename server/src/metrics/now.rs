//! What is there at the moment of looking.

use prometheus_client::metrics::gauge::Gauge;

use super::book::Book;

/// What is there at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Now {
    pub(crate) connections: usize,
    pub(crate) devices: usize,
    /// Documents whose changes wait for the next commit.
    pub(crate) commits_waiting: usize,
    /// Pushes that wait for their document.
    pub(crate) pushes_waiting: usize,
    /// Frames that wait to be written, of all connections.
    pub(crate) frames_waiting: usize,
    /// The same of the one connection that has most.
    pub(crate) frames_waiting_most: usize,
    /// Documents in memory.
    pub(crate) documents: usize,
    /// What they take, by estimate.
    pub(crate) document_bytes: usize,
    /// How many operations they have.
    pub(crate) operations: usize,
    /// Messages to phones that wait to be sent, of all relays on the database.
    pub(crate) pushes_to_send: usize,
}

pub(super) struct Present {
    connections: Gauge,
    devices: Gauge,
    commits_waiting: Gauge,
    pushes_waiting: Gauge,
    frames_waiting: Gauge,
    frames_waiting_most: Gauge,
    documents: Gauge,
    document_bytes: Gauge,
    operations: Gauge,
    pushes_to_send: Gauge,
}

impl Present {
    pub(super) fn new(book: &mut Book) -> Self {
        Self {
            connections: book.gauge("connections", "Connections that are open"),
            devices: book.gauge("devices", "Devices that have greeted and are connected"),
            commits_waiting: book.gauge(
                "commits_waiting",
                "Documents whose changes wait for the next commit",
            ),
            pushes_waiting: book.gauge("pushes_waiting", "Pushes that wait for their document"),
            frames_waiting: book.gauge(
                "frames_waiting",
                "Frames that wait to be written, of all connections",
            ),
            frames_waiting_most: book.gauge(
                "frames_waiting_most",
                "Frames that wait to be written, of the connection that has most",
            ),
            documents: book.gauge("documents", "Documents in memory"),
            document_bytes: book
                .gauge_of_bytes("documents", "What documents take in memory, by estimate"),
            operations: book.gauge("operations", "Operations of the documents in memory"),
            pushes_to_send: book.gauge(
                "push_messages_waiting",
                "Messages to phones that wait to be sent, of all relays on the database",
            ),
        }
    }

    pub(super) fn set(&self, now: Now) {
        let pairs = [
            (&self.connections, now.connections),
            (&self.devices, now.devices),
            (&self.commits_waiting, now.commits_waiting),
            (&self.pushes_waiting, now.pushes_waiting),
            (&self.frames_waiting, now.frames_waiting),
            (&self.frames_waiting_most, now.frames_waiting_most),
            (&self.documents, now.documents),
            (&self.document_bytes, now.document_bytes),
            (&self.operations, now.operations),
            (&self.pushes_to_send, now.pushes_to_send),
        ];
        for (gauge, value) in pairs {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
}
