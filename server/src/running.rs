//! The running relay: its state, its address, its beginning and its end.

use std::future::{Future, IntoFuture as _};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::{Listener, ListenerExt as _, TapIo};
use kruispunt_storage::{Storage, StorageError};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::clock::{self, NoRandomness};
use crate::http::{self, App, Crowd, PublicUrl};
use crate::keys::Keys;
use crate::passkeys::{Keeper, NoName, Policy};
use crate::places::Places;
use crate::push::{Bell, Ringing};
use crate::relay::{Hub, Limits, Pace};
use crate::retention;
use crate::tls::Certificate;

/// How often sessions that are over are forgotten.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// How often to look whether the key ring has changed.
const LOOK_AT_KEYS: Duration = Duration::from_secs(2);

/// How long connections get to close when the relay goes down.
const GOODBYE: Duration = Duration::from_secs(10);

/// What differs between one relay and another.
#[derive(Debug, Clone)]
pub struct Settings {
    public_url: PublicUrl,
    pace: Pace,
    limits: Limits,
    passkeys: Policy,
    is_behind_proxy: bool,
    ringing: Ringing,
}

/// The address is none.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not an address like https://kruispunt.example")]
pub struct SettingsError(pub(crate) String);

/// The relay could not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There are no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Passkeys are asked for where they cannot be used.
    #[error(transparent)]
    Passkeys(#[from] NoName),
}

impl Settings {
    /// Settings for a relay that residents reach at this address.
    ///
    /// # Errors
    /// When it is no `http` or `https` address without a path.
    pub fn new(public_url: &str) -> Result<Self, SettingsError> {
        let url =
            PublicUrl::parse(public_url).ok_or_else(|| SettingsError(public_url.to_owned()))?;
        Ok(Self {
            public_url: url,
            pace: Pace::default(),
            limits: Limits::default(),
            passkeys: Policy::default(),
            is_behind_proxy: false,
            ringing: Ringing::default(),
        })
    }

    /// Other times to wait than the usual ones.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Other limits than the usual ones.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Whether stewards must sign with a passkey.
    #[must_use]
    pub fn with_passkeys(self, passkeys: Policy) -> Self {
        Self { passkeys, ..self }
    }

    /// Whether a proxy in front of the relay says who asks.
    #[must_use]
    pub fn with_proxy(self, is_behind_proxy: bool) -> Self {
        Self {
            is_behind_proxy,
            ..self
        }
    }

    /// How the relay rings.
    #[must_use]
    pub fn with_ringing(self, ringing: Ringing) -> Self {
        Self { ringing, ..self }
    }

    /// The address, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.public_url.as_str()
    }
}

/// A relay that is ready to serve.
#[derive(Clone)]
pub struct Relay {
    app: Arc<App>,
}

impl Relay {
    /// Reads places and positions and starts the hub. The keys are those of this database.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn start(
        storage: Arc<dyn Storage>,
        keys: Keys,
        settings: Settings,
    ) -> Result<Self, StartError> {
        // Heard from before it is read: nothing that others write falls in between.
        let watch = storage.watch().await?;
        let positions = storage.positions().await?;
        let places = Places::load(&*storage, &positions).await?;
        let Settings {
            public_url,
            pace,
            limits,
            passkeys,
            is_behind_proxy,
            ringing,
        } = settings;
        let passkeys = Keeper::new(passkeys, public_url.as_str())?;
        let keys = Arc::new(keys);
        let known = (
            positions.as_slice(),
            places,
            storage.ladder().ladder().await?,
        );
        let hub = Hub::start(
            Arc::clone(&storage),
            watch,
            Arc::clone(&keys),
            known,
            pace,
            limits,
        );
        let crowd = Crowd::new(&limits, is_behind_proxy);
        let bell = Arc::new(Bell::new(
            Arc::clone(&storage),
            Arc::clone(&hub),
            Arc::clone(&keys),
            public_url.as_str().to_owned(),
            ringing,
        ));
        let app = App::new(storage, hub, keys, crowd, public_url, passkeys, bell);
        Ok(Self { app: Arc::new(app) })
    }

    /// The whole interface.
    pub fn router(&self) -> Router {
        http::router(Arc::clone(&self.app))
    }

    /// What is counted, for a listener of the operator's own.
    pub fn metrics_router(&self) -> Router {
        http::metrics::router(Arc::clone(&self.app))
    }

    /// Serves until `shutdown` resolves, then finishes what was begun: commits, goodbyes, the database.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let prompt = listener.tap_io(|connection| is_prompt(connection));
        self.serve_on(prompt, shutdown).await
    }

    /// As [`Self::serve`], with everybody speaking TLS.
    ///
    /// # Errors
    /// When the listener fails, or the library takes no certificate of this kind.
    pub async fn serve_in_secret(
        self,
        listener: TcpListener,
        certificate: Arc<Certificate>,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let listener = certificate.listen(listener).map_err(io::Error::other)?;
        let renewing = tokio::spawn(certificate.keep_fresh());
        let prompt = listener.tap_io(|connection| is_prompt(connection.get_ref().0));
        let served = self.serve_on(prompt, shutdown).await;
        renewing.abort();
        served
    }

    async fn serve_on<L, F>(
        self,
        listener: TapIo<L, F>,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()>
    where
        L: Listener<Addr = SocketAddr>,
        F: FnMut(&mut L::Io) + Send + 'static,
    {
        let housekeeping = tokio::spawn(keep_house(Arc::clone(&self.app)));
        let archivist = tokio::spawn(retention::keep(Arc::clone(&self.app)));
        let locksmith = tokio::spawn(look_after_keys(Arc::clone(&self.app)));
        let ringing = tokio::spawn(Arc::clone(&self.app.bell).keep());
        let (down, mut is_down) = watch::channel(false);
        let app = Arc::clone(&self.app);
        let shutdown = async move {
            shutdown.await;
            tracing::info!("going down");
            app.hub.prepare_to_leave();
            tokio::time::sleep(app.hub.drain()).await;
            app.hub.say_goodbye();
            down.send_replace(true);
        };
        let router = self.router();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(shutdown);
        let served = tokio::select! {
            served = serving.into_future() => served,
            // Somebody who never finishes asking must not keep the relay from going down.
            () = async {
                let _ = is_down.wait_for(|&is_down| is_down).await;
                tokio::time::sleep(GOODBYE).await;
            } => Ok(()),
        };
        ringing.abort();
        housekeeping.abort();
        locksmith.abort();
        archivist.abort();
        if tokio::time::timeout(GOODBYE, self.app.hub.stop())
            .await
            .is_err()
        {
            tracing::warn!("some connections did not close in time");
        }
        self.app.storage.close().await;
        served
    }
}

/// A frame is small and awaited: it must not lie about until the last one was confirmed.
fn is_prompt(connection: &TcpStream) {
    if let Err(error) = connection.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays slow");
    }
}

/// Forgets, every now and then, what is over.
async fn keep_house(app: Arc<App>) {
    let mut interval = tokio::time::interval(FORGET_EVERY);
    loop {
        interval.tick().await;
        match app.storage.forget_sessions(clock::now()).await {
            Ok(0) => {}
            Ok(sessions) => tracing::info!(sessions, "forgot sessions that are over"),
            Err(error) => tracing::warn!(%error, "could not forget sessions"),
        }
    }
}

/// Notices that an operator changed the key ring.
async fn look_after_keys(app: Arc<App>) {
    let mut interval = tokio::time::interval(LOOK_AT_KEYS);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_well = true;
    loop {
        interval.tick().await;
        let looked = app.keys.look(&*app.storage, clock::now()).await;
        if let (Err(error), true) = (&looked, is_well) {
            let error = error as &dyn std::error::Error;
            tracing::error!(
                error,
                "the key ring cannot be read again; it stays as it was"
            );
        }
        is_well = looked.is_ok();
    }
}
