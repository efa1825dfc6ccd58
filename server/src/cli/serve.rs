//! `serve`: the relay itself.

use std::future::IntoFuture as _;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use kruispunt_server::clock::now;
use kruispunt_server::keys::Keys;
use kruispunt_server::tls::Certificate;
use kruispunt_server::{Pace, Passkeys, Relay, Settings, demo, steward};
use tokio::net::TcpListener;

use super::database::Database;
use super::key_file::KeyFile;
use super::limits::Capacity;
use super::ringing::HowToRing;
use super::steward_link;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    #[command(flatten)]
    database: Database,
    /// Fill an empty database with a made-up neighbourhood, and print ways into it.
    #[arg(long)]
    demo: bool,
    /// The address at which residents reach this relay [default: `http://localhost:PORT`, with TLS `https`].
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where to show what is counted, at /metrics for Prometheus; nowhere unless told.
    #[arg(long, value_name = "ADDR")]
    metrics: Option<String>,
    /// Seconds between saying at /readyz that nobody should be sent here any more, and going down.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    drain: u64,
    /// Whether stewards must sign with a passkey [default: needed; in a demonstration: offered].
    #[arg(long, value_name = "WHEN")]
    passkeys: Option<WhenPasskeys>,
    /// A proxy stands in front of this relay and says who asks, in `X-Forwarded-For` or `Forwarded`. Without one
    /// anybody could say so, and be somebody else at every question.
    #[arg(long)]
    behind_proxy: bool,
    /// The relay's certificate and those it builds on, in PEM form: it then speaks TLS itself, without a proxy. Read
    /// again when it changed.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The certificate's private key, in PEM form.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    #[command(flatten)]
    keys: KeyFile,
    #[command(flatten)]
    ringing: HowToRing,
    #[command(flatten)]
    capacity: Capacity,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WhenPasskeys {
    /// Stewards must.
    Needed,
    /// Whoever wants to may.
    Offered,
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        #[cfg(unix)]
        super::files::open_many(self.capacity.connections());
        let listener = listen(&self.listen).await?;
        let port = listener
            .local_addr()
            .context("the listener has no address")?
            .port();
        let scheme = match self.tls_certificate {
            Some(_) => "https",
            None => "http",
        };
        let url = self
            .public_url
            .unwrap_or_else(|| format!("{scheme}://localhost:{port}"));
        let pace = Pace {
            drain: Duration::from_secs(self.drain),
            ..Pace::default()
        };
        let passkeys = match self.passkeys {
            Some(WhenPasskeys::Needed) => Passkeys::Needed,
            None if !self.demo => Passkeys::Needed,
            Some(WhenPasskeys::Offered) | None => Passkeys::Offered,
        };
        let settings = Settings::new(&url)?
            .with_passkeys(passkeys)
            .with_pace(pace)
            .with_limits(self.capacity.limits())
            .with_proxy(self.behind_proxy)
            .with_ringing(self.ringing.read()?);
        let certificate = match (&self.tls_certificate, &self.tls_key) {
            (Some(chain), Some(key)) => Some(Certificate::open(chain, key)?),
            _ => None,
        };
        let metrics = match &self.metrics {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let keys = self.keys.place(&self.database)?;
        let claimed = self.database.claim().await?;
        let keys = Keys::open(keys, &*claimed.storage, now()).await?;
        let storage = Arc::clone(&claimed.storage);
        let mut lines = vec![format!("Kruispunt is open at {}", settings.public_url())];
        if self.demo {
            demo::settle_in(&*storage)
                .await
                .context("the demo could not be set up")?;
            let ways = demo::ways_in(&*storage)
                .await
                .context("the demo could not be set up")?;
            lines.extend(demo::lines(&ways, settings.public_url()));
        }
        let first_steward = if self.demo {
            None
        } else {
            let first = steward::first(&*storage, now()).await;
            first.context("no way in can be made for a steward")?
        };
        let relay = Relay::start(storage, keys, settings)
            .await
            .context("the relay cannot start")?;
        if let Some(listener) = metrics {
            let address = listener
                .local_addr()
                .context("the listener has no address")?;
            lines.push(format!("Metrics are at http://{address}/metrics"));
            tokio::spawn(axum::serve(listener, relay.metrics_router()).into_future());
        }
        if let Some(secret) = first_steward {
            lines.push(steward_link::link(&url, secret.expose()));
        }
        let shutdown = asked_to_stop()?;
        say(&lines).context("standard output is closed")?;
        let served = match certificate {
            Some(certificate) => relay.serve_in_secret(listener, certificate, shutdown).await,
            None => relay.serve(listener, shutdown).await,
        };
        served.context("the relay stopped listening")?;
        drop(claimed);
        Ok(())
    }
}

async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    let found = tokio::net::lookup_host(address).await;
    let found =
        found.with_context(|| format!("\"{address}\" is not an address like 127.0.0.1:8080"))?;
    let mut found: Vec<SocketAddr> = found.collect();
    // "localhost" is both; a program that knows only the older of the two must be able to come in.
    found.sort_by_key(SocketAddr::is_ipv6);
    match TcpListener::bind(found.as_slice()).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!(
                "{address} is in use by another program; stop it, or choose another with --listen"
            )
        }
        Err(error) => Err(error).with_context(|| format!("{address} cannot be listened on")),
    }
}

/// Resolves when the operator or the system asks the relay to stop.
#[cfg(unix)]
fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be heard")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be heard")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Resolves when the operator asks the relay to stop.
#[cfg(not(unix))]
fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "signals cannot be heard");
            std::future::pending::<()>().await;
        }
    })
}

fn say(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}
