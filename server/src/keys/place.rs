//! Where the key ring is kept: a file that only its owner may read, or a variable of the environment.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::ring::{KeyRing, RingError};

/// The place of a key ring.
#[derive(Clone)]
pub enum KeyPlace {
    /// A file, a key a line.
    File(PathBuf),
    /// The keys themselves, as they would stand in the file, also with commas or blanks between them.
    Given(Zeroizing<String>),
}

impl fmt::Debug for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Given(_) => f.write_str("Given(…)"),
        }
    }
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the key file {}", path.display()),
            Self::Given(_) => f.write_str("KRUISPUNT_KEYS"),
        }
    }
}

/// The key ring cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is no such file.
    #[error("there is no key file {}", .0.display())]
    Missing(PathBuf),
    /// Others than its owner may read it.
    #[error("others than its owner can read the key file {}: chmod 600 it, and begin a new key with `keys rotate` if somebody may have done so", .0.display())]
    Exposed(PathBuf),
    /// The system refuses.
    #[error("the key file {} cannot be used", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// It does not hold keys.
    #[error("{0} cannot be read")]
    Ring(KeyPlace, #[source] RingError),
    /// A variable cannot be written.
    #[error(
        "keys that are given in KRUISPUNT_KEYS are changed where it is set: `keys new` makes one"
    )]
    Given,
}

impl KeyPlace {
    /// Reads the ring.
    ///
    /// # Errors
    /// When it is not there, not private, or damaged.
    pub fn read(&self) -> Result<KeyRing, KeyFileError> {
        let text = match self {
            Self::File(path) => read(path)?,
            // Not every place that is set takes lines; a remark is a whole line all the same.
            Self::Given(text) => {
                let keys = text.lines().filter(|line| !line.starts_with('#'));
                let keys = Zeroizing::new(keys.collect::<Vec<_>>().join("\n"));
                Zeroizing::new(keys.replace([',', ' '], "\n"))
            }
        };
        KeyRing::parse(&text).map_err(|error| KeyFileError::Ring(self.clone(), error))
    }

    /// Writes the ring: the file is the old one or the new one, whatever happens meanwhile.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, ring: &KeyRing) -> Result<(), KeyFileError> {
        let Self::File(path) = self else {
            return Err(KeyFileError::Given);
        };
        write(path, ring.text().as_bytes()).map_err(|error| KeyFileError::File(path.clone(), error))
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let said = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
        _ => KeyFileError::File(path.to_owned(), error),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map_err(said)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Exposed(path.to_owned()));
        }
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(said)
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let partial = PathBuf::from(name);
    let written = create(&partial).and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if let Err(error) = written {
        // What is half written has no name of a key file; the error is what counts.
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

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
