//! TLS by the relay itself, where no proxy does it: by rustls, with a certificate from files, which are read again when
//! they changed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use tls_listener::TlsListener;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// How long somebody has for the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How often the files are looked at: whoever renews certificates does it weeks before they end.
const LOOK_EVERY: Duration = Duration::from_hours(1);

/// The certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds no PEM of what it should.
    #[error("{} holds no {what} in PEM form", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// Why not.
        #[source]
        source: pem::Error,
    },
    /// Certificate and key do not belong together, or are of a kind that is not known.
    #[error("the certificate in {} cannot be used with its key", .0.display())]
    Pair(PathBuf, #[source] rustls::Error),
}

/// A certificate with its key, as the files have it.
#[derive(Debug)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    now: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads the chain, the relay's own certificate first, and its private key.
    ///
    /// # Errors
    /// When a file cannot be read or they do not belong together.
    pub fn open(chain: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let now = RwLock::new(Arc::new(read(chain, key)?));
        Ok(Arc::new(Self {
            chain: chain.to_owned(),
            key: key.to_owned(),
            now,
        }))
    }

    /// Reads the files again. What is no pair leaves the one that is in use.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn reopen(&self) -> Result<(), TlsError> {
        let read = Arc::new(read(&self.chain, &self.key)?);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// Reads the files again every now and then, as long as somebody waits.
    pub(crate) async fn keep_fresh(self: Arc<Self>) {
        let mut interval = tokio::time::interval(LOOK_EVERY);
        loop {
            interval.tick().await;
            if let Err(error) = self.reopen() {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the certificate could not be read again");
            }
        }
    }

    /// Whoever connects shakes hands before anything is said, each for themselves.
    pub(crate) fn listen(
        self: &Arc<Self>,
        listener: TcpListener,
    ) -> Result<TlsListener<TcpListener, TlsAcceptor>, rustls::Error> {
        let versions = [&version::TLS13, &version::TLS12];
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&versions)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        // WebSockets are upgraded from HTTP/1.1.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(tls_listener::builder(acceptor)
            .handshake_timeout(HANDSHAKE)
            .listen(listener))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&now))
    }
}

fn read(chain: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let none = |file: &Path, what| {
        let file = file.to_owned();
        move |source| TlsError::File { file, what, source }
    };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .map_err(none(chain, "certificates"))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(none(key, "private key"))?;
    if certificates.is_empty() {
        return Err(none(chain, "certificates")(pem::Error::NoItemsFound));
    }
    CertifiedKey::from_der(certificates, private, &ring::default_provider())
        .map_err(|error| TlsError::Pair(chain.to_owned(), error))
}
