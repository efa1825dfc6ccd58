//! What the relay counts, for whoever watches over it: numbers and durations, never who.
//!
//! Names and units are as `OpenMetrics` wants them. `serve --metrics` shows them on a listener of their own.

mod book;
mod now;

use std::fmt;
use std::time::Duration;

use kruispunt_core::message::Reason;
use kruispunt_core::model::Word as _;
use kruispunt_storage::{NewNotice, StorageError};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use book::Book;
pub(crate) use now::Now;
use now::Present;

/// What numbers are told apart by: one key of a short list, nothing that could name anybody.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

type Kinds = Family<Kind, Counter>;

/// How a device that greeted was brought up to date with one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaughtUp {
    /// It had everything.
    Level,
    /// By single changes.
    Changes,
    /// By the whole document.
    Snapshot,
}

/// Everything that is counted. What is there at the moment ([`Now`]) is asked for when somebody looks.
pub(crate) struct Metrics {
    registry: Registry,
    present: Present,
    pub(crate) connections_opened: Counter,
    pub(crate) connections_turned_away: Counter,
    connections_ended: Kinds,
    pub(crate) changes_accepted: Counter,
    pub(crate) changes_repeated: Counter,
    changes_refused: Kinds,
    commit: Histogram,
    commit_documents: Histogram,
    commit_changes: Histogram,
    told: Histogram,
    pub(crate) overtaken: Counter,
    pub(crate) looks: Counter,
    pub(crate) acts: Counter,
    catch_ups: Kinds,
    catch_up_bytes: Kinds,
    restore: Histogram,
    pub(crate) snapshots_stored: Counter,
    pub(crate) evictions: Counter,
    storage_errors: Kinds,
    notices: Kinds,
    pushes: Kinds,
    mails: Kinds,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut book = Book::open();
        let book = &mut book;
        Self {
            present: Present::new(book),
            connections_opened: book.counter("connections_opened", "Connections that were opened"),
            connections_turned_away: book.counter(
                "connections_turned_away",
                "Connections for which there was no room",
            ),
            connections_ended: book.kinds(
                "connections_ended",
                "Connections that ended, by what the device was told; gone: it left by itself",
            ),
            changes_accepted: book.counter(
                "changes_accepted",
                "Changes that were stored and acknowledged",
            ),
            changes_repeated: book
                .counter("changes_repeated", "Changes that were in the log already"),
            changes_refused: book.kinds(
                "changes_refused",
                "Changes that were not taken, by the reason given",
            ),
            commit: book.seconds(
                "commit",
                "How long the database took to store a group of changes for good",
            ),
            commit_documents: book.counts("commit_documents", "How many documents shared a commit"),
            commit_changes: book.counts("commit_changes", "How many changes shared a commit"),
            told: book.seconds(
                "told",
                "From reading a push until its author and all followers had it in their queues",
            ),
            overtaken: book.counter(
                "overtaken",
                "Times that another relay wrote into a document first",
            ),
            looks: book.counter(
                "looks",
                "Times that a document was read because others wrote into it",
            ),
            acts: book.counter(
                "acts",
                "Changes the relay wrote since the time of a request had come",
            ),
            catch_ups: book.kinds(
                "catch_ups",
                "Documents of devices that greeted, by how they were brought up to date",
            ),
            catch_up_bytes: book.bytes("catch_up", "What devices that greeted were sent"),
            restore: book.seconds("restore", "How long a document took to come to life"),
            snapshots_stored: book.counter("snapshots_stored", "Documents that were stored whole"),
            evictions: book.counter(
                "evictions",
                "Documents that left memory to make room for others",
            ),
            storage_errors: book.kinds(
                "storage_errors",
                "Times that the database did not do what was asked",
            ),
            notices: book.kinds("notices", "Notices that were put into inboxes"),
            pushes: book.kinds(
                "push_messages",
                "Tries to send a message to a phone, by what the push service answered; expired: given up",
            ),
            mails: book.kinds(
                "mails",
                "Mails, by what became of them; asked: whether they are wanted",
            ),
            registry: book.close(),
        }
    }

    /// A connection ended with this key of a failure, or `gone`.
    pub(crate) fn connection_ended(&self, kind: &'static str) {
        self.connections_ended.get_or_create(&Kind { kind }).inc();
    }

    pub(crate) fn change_refused(&self, reason: Reason) {
        let kind = reason.key();
        self.changes_refused.get_or_create(&Kind { kind }).inc();
    }

    pub(crate) fn committed(&self, took: Duration, documents: usize, changes: usize) {
        self.commit.observe(took.as_secs_f64());
        self.commit_documents.observe(float(documents));
        self.commit_changes.observe(float(changes));
    }

    pub(crate) fn told(&self, took: Duration) {
        self.told.observe(took.as_secs_f64());
    }

    pub(crate) fn restored(&self, took: Duration) {
        self.restore.observe(took.as_secs_f64());
    }

    pub(crate) fn caught_up(&self, how: CaughtUp, bytes: usize) {
        let kind = Kind {
            kind: match how {
                CaughtUp::Level => "level",
                CaughtUp::Changes => "changes",
                CaughtUp::Snapshot => "snapshot",
            },
        };
        self.catch_ups.get_or_create(&kind).inc();
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.catch_up_bytes.get_or_create(&kind).inc_by(bytes);
    }

    pub(crate) fn storage_failed(&self, error: &StorageError) {
        let kind = match error {
            StorageError::Full(_) => "full",
            StorageError::Busy(_) => "busy",
            StorageError::Unavailable(_) => "unavailable",
            StorageError::Corrupt(_) => "corrupt",
            StorageError::Newer(_) => "newer",
            StorageError::Conflict(_) => "conflict",
            StorageError::NotFound(_) => "not-found",
        };
        self.storage_errors.get_or_create(&Kind { kind }).inc();
    }

    /// These were put into inboxes.
    pub(crate) fn told_of(&self, notices: &[NewNotice]) {
        for notice in notices {
            let kind = notice.kind.key();
            self.notices.get_or_create(&Kind { kind }).inc();
        }
    }

    /// A message was sent, or not, with this answer.
    pub(crate) fn pushed(&self, kind: &'static str) {
        self.pushes.get_or_create(&Kind { kind }).inc();
    }

    /// A mail was sent, or not.
    pub(crate) fn mailed(&self, kind: &'static str) {
        self.mails.get_or_create(&Kind { kind }).inc();
    }

    /// Everything as text.
    ///
    /// # Errors
    /// Never in practice: writing to memory does not fail.
    pub(crate) fn show(&self, now: Now) -> Result<String, fmt::Error> {
        self.present.set(now);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Counts of a group are small; what does not fit is as good as infinite.
fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
