//! Everything that relays of this process log, for whoever looks through it.

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::EnvFilter;

static HEARD: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static LISTENS: Once = Once::new();

/// Begins to listen, in more detail than an operator usually does.
pub(crate) fn listen() {
    LISTENS.call_once(|| {
        let filter = EnvFilter::new("info,kruispunt_server=debug,stories=debug");
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(false)
            .with_writer(|| Ear)
            .init();
    });
}

/// What was logged until now.
pub(crate) fn heard_log() -> Vec<u8> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
