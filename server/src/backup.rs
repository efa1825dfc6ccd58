//! Backups: everything of one moment in one file, the same whichever the database.
//!
//! What is put back is older than what phones know. So every document begins a new epoch with what the backup had:
//! phones take it as they take any new epoch, put on top what they had not sent yet, and never mistake a number of the
//! new history for one of the lost. Sessions are not in a backup; every device opens a new one with its key.

mod entry;
mod file;
mod renew;

use std::io;
use std::path::{Path, PathBuf};

use kruispunt_core::id::DocumentId;
use kruispunt_core::schema::BoardError;
use kruispunt_core::sync::RestoreError;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{NewEpoch, Record, Storage, StorageError};
use tokio::sync::mpsc;

use crate::clock::NoRandomness;
use entry::{Entry, Header};
use file::{Reader, Writer};

/// How many records wait between the database and the file.
const WAITING: usize = 16;

/// What is in a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Places.
    pub areas: u64,
    /// People.
    pub members: u64,
    /// Phones and browsers.
    pub devices: u64,
    /// Ways in, used or not.
    pub invitations: u64,
    /// Documents.
    pub documents: u64,
    /// What was done.
    pub done: u64,
    /// Case cards, sealed.
    pub cards: u64,
    /// What was said and written about cases, what was refused and erased, and the record keys by identifier.
    pub others: u64,
    /// The size of the file.
    pub bytes: u64,
}

impl Summary {
    fn count(&mut self, entry: &Entry) {
        let of = match entry {
            Entry::Area(_) => &mut self.areas,
            Entry::Member(_) => &mut self.members,
            Entry::Device(_) => &mut self.devices,
            Entry::Invitation(_) => &mut self.invitations,
            Entry::Document(_) => &mut self.documents,
            Entry::Done(_) => &mut self.done,
            // A part of its member, or of its area.
            Entry::Passkey(_)
            | Entry::ProfileField(_)
            | Entry::LadderRule(..)
            | Entry::Wishes(_)
            | Entry::Mail(_) => return,
            Entry::Card(_) => &mut self.cards,
            Entry::RecordKey(..)
            | Entry::Said(_)
            | Entry::Note(_)
            | Entry::Seen(_)
            | Entry::Refused(_)
            | Entry::Erasure(_)
            | Entry::Retention(_)
            | Entry::IntakeForm(_)
            | Entry::Intake(_)
            | Entry::Decision(_) => &mut self.others,
        };
        *of += 1;
    }
}

/// No backup was made, or nothing was put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be read or written.
    #[error("{} cannot be read or written", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// There is something already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// It is something else.
    #[error("this is no backup of Kruispunt")]
    NoBackup,
    /// It is not what was once written.
    #[error("the backup is damaged, or a part of it is missing")]
    Damaged,
    /// A newer version made it.
    #[error("the backup was made by a newer version (its form is {0})")]
    Newer(u32),
    /// It holds a word that this version does not know.
    #[error("the backup holds {0:?}, which this version does not know")]
    Unknown(String),
    /// What it has of a document makes none.
    #[error("document {0} cannot be brought to life")]
    Document(DocumentId, #[source] Box<RestoreError>),
    /// A document cannot be written anew.
    #[error("document {0} cannot begin a new epoch")]
    Board(DocumentId, #[source] Box<BoardError>),
    /// The database could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There are no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// It was broken off.
    #[error("it was broken off")]
    Stopped,
}

/// Writes everything that is stored at one moment into a new file, while relays go on. The file is there when it is
/// whole and on disk, or not at all.
///
/// # Errors
/// When the file is there already or cannot be written, or the database cannot be read.
pub async fn backup(
    storage: &dyn Storage,
    path: &Path,
    at: Timestamp,
) -> Result<Summary, BackupError> {
    let mut writer = Writer::create(path, &Header::new(at))?;
    let (to, mut from) = mpsc::channel(WAITING);
    let writing = tokio::task::spawn_blocking(move || {
        let mut summary = Summary::default();
        while let Some(record) = from.blocking_recv() {
            let entry = Entry::from(record);
            summary.count(&entry);
            writer.write(&entry)?;
        }
        Ok::<_, BackupError>((writer, summary))
    });
    let taken = storage.take_out(to).await;
    // When the file cannot be written, that is why the database found nobody listening.
    let (writer, mut summary) = writing.await.map_err(|_| BackupError::Stopped)??;
    taken?;
    let finishing = tokio::task::spawn_blocking(move || writer.finish());
    summary.bytes = finishing.await.map_err(|_| BackupError::Stopped)??;
    Ok(summary)
}

/// Puts a backup into an empty database, all or nothing. Every document begins a new epoch.
///
/// # Errors
/// When the file is damaged or no backup, or the database is not empty or cannot be written.
pub async fn restore(
    storage: &dyn Storage,
    path: &Path,
    at: Timestamp,
) -> Result<Summary, BackupError> {
    Whole::open(path).await?.restore(storage, at).await
}

/// A backup that was looked through and found whole.
#[derive(Debug)]
pub struct Whole(Reader);

impl Whole {
    /// Looks through the whole file, before any database is asked for anything.
    ///
    /// # Errors
    /// When the file is damaged or no backup.
    pub async fn open(path: &Path) -> Result<Self, BackupError> {
        let path = path.to_owned();
        let opening = tokio::task::spawn_blocking(move || Reader::open(&path));
        let reader = opening.await.map_err(|_| BackupError::Stopped)??;
        Ok(Self(reader))
    }

    /// Puts it into an empty database, as [`restore`] does.
    ///
    /// # Errors
    /// When the database is not empty or cannot be written.
    pub async fn restore(
        self,
        storage: &dyn Storage,
        at: Timestamp,
    ) -> Result<Summary, BackupError> {
        put_back(storage, self.0, at).await
    }
}

async fn put_back(
    storage: &dyn Storage,
    reader: Reader,
    at: Timestamp,
) -> Result<Summary, BackupError> {
    let count = reader.count();
    let (to, from) = mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || read(reader, at, &to));
    let stored = storage.put_back(from, count).await;
    match reading.await.map_err(|_| BackupError::Stopped)? {
        // The database did not want the rest.
        Err(BackupError::Stopped) => {
            stored?;
            Err(BackupError::Stopped)
        }
        // What did not come is the reason why the database did not get enough.
        Err(error) => Err(error),
        Ok(summary) => {
            stored?;
            Ok(summary)
        }
    }
}

fn read(
    mut reader: Reader,
    at: Timestamp,
    to: &mpsc::Sender<Record<NewEpoch>>,
) -> Result<Summary, BackupError> {
    let mut summary = Summary {
        bytes: reader.bytes(),
        ..Summary::default()
    };
    while let Some(entry) = reader.next()? {
        summary.count(&entry);
        let record = renew::record(entry, at)?;
        to.blocking_send(record).map_err(|_| BackupError::Stopped)?;
    }
    Ok(summary)
}
