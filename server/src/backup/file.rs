//! The file of a backup.
//!
//! ```text
//! "kruispunt backup"                           16 bytes
//! header                                       length as 4 bytes, big-endian; CBOR
//! entries                                      each a length as 4 bytes, big-endian; CBOR
//! number of entries                            8 bytes, big-endian
//! SHA-256 of everything before                 32 bytes
//! ```
//!
//! It is written under another name and gets its own when it is whole and on disk: a file of this name is a backup.

use std::fs::{self, File, OpenOptions};
use std::io::{
    self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _,
};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::BackupError;
use super::entry::{Entry, FORMAT, Header};

const MAGIC: &[u8; 16] = b"kruispunt backup";

/// How much is read from the disk at once.
const BUFFER: usize = 1 << 16;

/// The number of entries and the SHA-256.
const TRAILER: u64 = 8 + 32;

/// Writes a backup; one that is not finished leaves nothing behind.
pub(super) struct Writer {
    path: PathBuf,
    partial: PathBuf,
    file: Option<BufWriter<File>>,
    hash: Sha256,
    count: u64,
    bytes: u64,
}

impl Writer {
    pub(super) fn create(path: &Path, header: &Header) -> Result<Self, BackupError> {
        if path.exists() {
            return Err(BackupError::Exists(path.to_owned()));
        }
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        let partial = PathBuf::from(name);
        let file = create(&partial).map_err(|error| BackupError::File(partial.clone(), error))?;
        let mut writer = Self {
            path: path.to_owned(),
            partial,
            file: Some(BufWriter::new(file)),
            hash: Sha256::new(),
            count: 0,
            bytes: 0,
        };
        writer.put(MAGIC)?;
        writer.put_framed(header)?;
        Ok(writer)
    }

    pub(super) fn write(&mut self, entry: &Entry) -> Result<(), BackupError> {
        self.count += 1;
        self.put_framed(entry)
    }

    /// Returns the size of the file.
    pub(super) fn finish(mut self) -> Result<u64, BackupError> {
        self.put(&self.count.to_be_bytes())?;
        let hash: [u8; 32] = self.hash.clone().finalize().into();
        self.put(&hash)?;
        if self.path.exists() {
            return Err(BackupError::Exists(self.path.clone()));
        }
        let finished = self.settle();
        self.said(finished)?;
        Ok(self.bytes)
    }

    /// Whoever finds the file under its own name finds all of it, also after the power went.
    fn settle(&mut self) -> io::Result<()> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&self.partial, &self.path)?;
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            _ => File::open(".")?.sync_all(),
        }
    }

    fn put_framed(&mut self, what: &impl minicbor::Encode<()>) -> Result<(), BackupError> {
        // Writing into memory does not fail.
        let bytes = minicbor::to_vec(what).map_err(|_| BackupError::Stopped)?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other);
        let length = self.said(length)?;
        self.put(&length.to_be_bytes())?;
        self.put(&bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        let written = match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        };
        self.said(written)
    }

    fn said<T>(&self, result: io::Result<T>) -> Result<T, BackupError> {
        result.map_err(|error| BackupError::File(self.partial.clone(), error))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.partial.exists() {
            // Nobody is left to tell, and it has no name of a backup.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// A file that only its owner can read: the names of a whole town are in it.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Reads a backup that was found whole.
#[derive(Debug)]
pub(super) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    /// How much of the entries is left, in bytes.
    left: u64,
    count: u64,
    bytes: u64,
}

impl Reader {
    /// Looks through the whole file before anything in it is believed.
    pub(super) fn open(path: &Path) -> Result<Self, BackupError> {
        let said = |error| BackupError::File(path.to_owned(), error);
        let mut file = File::open(path).map_err(said)?;
        let bytes = file.metadata().map_err(said)?.len();
        let mut magic = [0; MAGIC.len()];
        let begins = file.read_exact(&mut magic);
        if begins.is_err() || magic != *MAGIC {
            return Err(BackupError::NoBackup);
        }
        let body = bytes.checked_sub(TRAILER).ok_or(BackupError::Damaged)?;
        let count = checked(&mut file, body).map_err(said)?;
        let count = count.ok_or(BackupError::Damaged)?;
        let begin = MAGIC.len() as u64;
        file.seek(SeekFrom::Start(begin)).map_err(said)?;
        let mut reader = Self {
            path: path.to_owned(),
            file: BufReader::new(file),
            left: body.checked_sub(begin).ok_or(BackupError::Damaged)?,
            count,
            bytes,
        };
        let header = reader.frame()?.ok_or(BackupError::Damaged)?;
        let header: Header = minicbor::decode(&header).map_err(|_| BackupError::Damaged)?;
        if header.format > FORMAT {
            return Err(BackupError::Newer(header.format));
        }
        Ok(reader)
    }

    /// How many entries there are.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// The size of the file.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next entry; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, BackupError> {
        let Some(bytes) = self.frame()? else {
            return Ok(None);
        };
        let entry = minicbor::decode(&bytes).map_err(|_| BackupError::Damaged)?;
        Ok(Some(entry))
    }

    fn frame(&mut self) -> Result<Option<Vec<u8>>, BackupError> {
        if self.left == 0 {
            return Ok(None);
        }
        let said = |error| BackupError::File(self.path.clone(), error);
        let mut length = [0; 4];
        self.file.read_exact(&mut length).map_err(said)?;
        let length = u64::from(u32::from_be_bytes(length));
        let left = self.left.checked_sub(4 + length);
        self.left = left.ok_or(BackupError::Damaged)?;
        let mut bytes = Vec::new();
        let mut frame = (&mut self.file).take(length);
        frame.read_to_end(&mut bytes).map_err(said)?;
        Ok(Some(bytes))
    }
}

/// The number of entries, when the SHA-256 at the end is that of everything before.
fn checked(file: &mut File, body: u64) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(BUFFER, &*file);
    let mut hash = Sha256::new();
    let mut left = body;
    while left > 0 {
        let piece = reader.fill_buf()?;
        let take = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        let Some(part) = piece.get(..take).filter(|part| !part.is_empty()) else {
            // It became shorter while it was read.
            return Ok(None);
        };
        hash.update(part);
        reader.consume(take);
        left -= take as u64;
    }
    let (mut count, mut given) = ([0; 8], [0; 32]);
    reader.read_exact(&mut count)?;
    reader.read_exact(&mut given)?;
    hash.update(count);
    let found: [u8; 32] = hash.finalize().into();
    Ok((found == given).then(|| u64::from_be_bytes(count)))
}

#[cfg(test)]
mod tests {
    use kruispunt_core::time::Timestamp;

    use super::*;

    fn header(format: u32) -> Header {
        Header {
            format,
            ..Header::new(Timestamp::from_millis(1))
        }
    }

    #[test]
    fn a_newer_form_is_told_apart_from_a_damaged_one() {
        let shelf = tempfile::tempdir().unwrap();
        let path = shelf.path().join("newer");
        let writer = Writer::create(&path, &header(FORMAT + 1)).unwrap();
        writer.finish().unwrap();

        let error = Reader::open(&path).unwrap_err();

        assert!(
            matches!(error, BackupError::Newer(format) if format == FORMAT + 1),
            "{error:?}"
        );
    }

    #[test]
    fn what_is_not_finished_leaves_nothing_behind() {
        let shelf = tempfile::tempdir().unwrap();
        let path = shelf.path().join("half");
        drop(Writer::create(&path, &header(FORMAT)).unwrap());
        assert_eq!(fs::read_dir(shelf.path()).unwrap().count(), 0);
    }

    /// Somebody else made one of this name meanwhile.
    #[test]
    fn what_is_there_is_never_written_over() {
        let shelf = tempfile::tempdir().unwrap();
        let path = shelf.path().join("kept");
        let writer = Writer::create(&path, &header(FORMAT)).unwrap();
        fs::write(&path, "theirs").unwrap();

        let error = writer.finish().unwrap_err();

        assert!(matches!(error, BackupError::Exists(_)), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(shelf.path()).unwrap().count(), 1);
    }
}
