//! The relay speaks TLS itself.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use kruispunt_server::tls::{Certificate, TlsError};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::kit::{Town, settings};

/// Makes a certificate in two files and gives it.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("chain.pem"), cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

/// What somebody hears who trusts this certificate and asks whether the relay is alive.
async fn asks(town: &Town, trusts: &CertificateDer<'static>) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusts.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let line = TcpStream::connect(town.http.0).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut line = TlsConnector::from(Arc::new(config))
        .connect(name, line)
        .await?;
    let question = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    line.write_all(question).await?;
    let mut answer = String::new();
    line.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_relay_with_a_certificate_is_spoken_with_in_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (
        folder.path().join("chain.pem"),
        folder.path().join("key.pem"),
    );
    let first = certify(folder.path());
    let certificate = Certificate::open(&chain, &key).unwrap();
    let town = Town::found_in_secret(settings(), Arc::clone(&certificate)).await;

    // Somebody who says nothing, and somebody who speaks in the clear, hold nobody up.
    let silent = TcpStream::connect(town.http.0).await.unwrap();
    let mut clear = TcpStream::connect(town.http.0).await.unwrap();
    clear
        .write_all(b"GET /healthz HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    let answer = asks(&town, &first).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(silent);

    // The certificate is renewed while the relay serves.
    let second = certify(folder.path());
    certificate.reopen().unwrap();
    assert!(asks(&town, &second).await.unwrap().contains("200"));
    asks(&town, &first).await.unwrap_err();

    // Half of a renewal is no pair: the one in use stays.
    let other = tempfile::tempdir().unwrap();
    certify(other.path());
    fs::copy(other.path().join("key.pem"), &key).unwrap();
    assert!(matches!(certificate.reopen(), Err(TlsError::Pair(..))));
    assert!(asks(&town, &second).await.unwrap().contains("200"));
    fs::write(&chain, "no certificate").unwrap();
    let error = certificate.reopen().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("chain.pem holds no certificates in PEM form"),
        "{error}"
    );
}
