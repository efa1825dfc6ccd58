//! A small town with a relay of its own, and people who talk with it over real sockets.

mod app;
mod ground;
mod http;
mod inbox;
mod intake;
mod line;
mod log;
mod moody;
mod person;
mod post_office;
mod program;
mod sealing;
pub(crate) mod settle;
mod story;

pub(crate) use app::App;
pub(crate) use ground::{Ground, on_every_database};
pub(crate) use http::{Answer, Http};
pub(crate) use inbox::{inbox, inbox_has};
pub(crate) use intake::{Page, consent};
pub(crate) use line::Line;
pub(crate) use log::heard_log;
pub(crate) use person::{Key, Neighbour, board, push, push_in};
pub(crate) use post_office::{
    Browser, Heard, PostOffice, Reply, is_reached, rings_always, second, until_reached,
};
pub(crate) use program::{Program, run, run_on};
pub(crate) use sealing::{Sealing, sealed_to};
pub(crate) use story::Story;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use kruispunt_core::command::Command;
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, InvitationId, MemberId};
use kruispunt_core::model::{AreaKind, Ask, Repeat, Role, Theme, Urgency};
use kruispunt_core::sync::frame::Cursor;
use kruispunt_core::time::Timestamp;
use kruispunt_server::audit::{by_operator, deed};
use kruispunt_server::clock::{now, random};
use kruispunt_server::keys::Keys;
use kruispunt_server::tls::Certificate;
use kruispunt_server::{Passkeys, Relay, Secret, Settings};
use kruispunt_storage::{NewArea, NewInvitation, NewSession, Storage};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const TOWN: AreaId = AreaId::from_bytes([1; 16]);
pub(crate) const NORTH: AreaId = AreaId::from_bytes([2; 16]);
pub(crate) const ELM_STREET: AreaId = AreaId::from_bytes([3; 16]);
pub(crate) const ELM: DocumentId = DocumentId::from_bytes([3; 16]);
pub(crate) const OAK: DocumentId = DocumentId::from_bytes([4; 16]);
pub(crate) const HOUR: i64 = 60 * 60 * 1000;

/// Longer than anything takes: whoever waits for this waits in vain, and the test says so.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody in Elm Street would like company over coffee.
pub(crate) const COFFEE: Command = Command::LogRequest {
    area: ELM_STREET,
    theme: Theme::Company,
    ask: Ask::Coffee,
    day: None,
    part: None,
    urgency: Urgency::CanWait,
    repeat: Repeat::Once,
    source: None,
    language: None,
};

/// Somebody in Elm Street needs the shopping done today.
pub(crate) const TODAY: Command = Command::LogRequest {
    area: ELM_STREET,
    theme: Theme::Groceries,
    ask: Ask::ShopForMe,
    day: None,
    part: None,
    urgency: Urgency::Today,
    repeat: Repeat::Once,
    source: None,
    language: None,
};

/// A town with two streets in its north, and one in its south where nobody of these stories lives.
pub(crate) struct Town {
    pub(crate) ground: Arc<Ground>,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) http: Http,
    /// Where it shows what it counts.
    metrics: Http,
    /// Whether its disk is full.
    pub(crate) is_full: Arc<AtomicBool>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Town {
    pub(crate) async fn found() -> Self {
        Self::found_with(|settings| settings).await
    }

    /// With other settings than the usual ones.
    pub(crate) async fn found_with(change: impl FnOnce(Settings) -> Settings) -> Self {
        Self::found_on(Ground::sqlite(), change(settings())).await
    }

    /// On this database.
    pub(crate) async fn found_on(ground: Ground, settings: Settings) -> Self {
        settle::found(&*ground.open().await).await;
        Self::serve(Arc::new(ground), settings).await
    }

    /// On a database that has a town already.
    pub(crate) async fn opens_on(ground: Ground, settings: Settings) -> Self {
        Self::serve(Arc::new(ground), settings).await
    }

    /// One that speaks TLS.
    pub(crate) async fn found_in_secret(settings: Settings, certificate: Arc<Certificate>) -> Self {
        let ground = Ground::sqlite();
        settle::found(&*ground.open().await).await;
        Self::serve_with(Arc::new(ground), settings, Some(certificate)).await
    }

    async fn serve(ground: Arc<Ground>, settings: Settings) -> Self {
        log::listen();
        Self::serve_with(ground, settings, None).await
    }

    async fn serve_with(
        ground: Arc<Ground>,
        settings: Settings,
        certificate: Option<Arc<Certificate>>,
    ) -> Self {
        let storage = ground.open().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let is_full = Arc::new(AtomicBool::new(false));
        let moody = moody::Moody {
            storage: Arc::clone(&storage),
            is_full: Arc::clone(&is_full),
        };
        let keys = ground.keys();
        let keys = Keys::open(keys, &*storage, now()).await.unwrap();
        let relay = Relay::start(Arc::new(moody), keys, settings).await.unwrap();
        let counted = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let metrics = Http(counted.local_addr().unwrap());
        let router = relay.metrics_router();
        tokio::spawn(async move { axum::serve(counted, router).await });
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(async move {
            let served = match certificate {
                Some(own) => relay.serve_in_secret(listener, own, shutdown).await,
                None => relay.serve(listener, shutdown).await,
            };
            served.unwrap();
        });
        let stop = Some(stop);
        Self {
            ground,
            storage,
            http: Http(address),
            metrics,
            is_full,
            stop,
            serving,
        }
    }

    /// Builds more streets in the north.
    pub(crate) async fn build_streets(&self, count: u8) -> Vec<DocumentId> {
        let street = |number: u8| {
            let mut id = [number; 16];
            id[0] = 255;
            NewArea {
                code: format!("street {number}"),
                name: format!("street {number}"),
                kind: AreaKind::Street,
                parent: Some("north".to_owned()),
                id: AreaId::from_bytes(id),
                document: DocumentId::from_bytes(id),
            }
        };
        let streets: Vec<_> = (0..count).map(street).collect();
        self.storage.import_areas(&streets).await.unwrap();
        streets.iter().map(|street| street.document).collect()
    }

    /// What the relay counts under this name, labels included: a whole number.
    pub(crate) async fn counts(&self, name: &str) -> u64 {
        let shown = self.shows().await;
        let prefix = format!("kruispunt_{name} ");
        let found = shown.lines().find_map(|line| line.strip_prefix(&prefix));
        found.map_or(0, |value| value.trim_end_matches(".0").parse().unwrap())
    }

    /// Everything the relay shows its operator.
    pub(crate) async fn shows(&self) -> String {
        self.metrics.get("/metrics", &[]).await.body
    }

    /// Another relay on the same database.
    pub(crate) async fn twin(&self) -> Self {
        self.twin_with(settings()).await
    }

    pub(crate) async fn twin_with(&self, settings: Settings) -> Self {
        Self::serve(Arc::clone(&self.ground), settings).await
    }

    /// Asks the relay to go down.
    pub(crate) fn ends(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// The relay goes down in order and comes back on the same database.
    pub(crate) async fn restart(self) -> Self {
        self.restart_with(|settings| settings).await
    }

    pub(crate) async fn restart_with(mut self, change: impl FnOnce(Settings) -> Settings) -> Self {
        self.ends();
        tokio::time::timeout(PATIENCE, self.serving)
            .await
            .unwrap()
            .unwrap();
        Self::serve(self.ground, change(settings())).await
    }

    /// Somebody with one role.
    pub(crate) async fn member(&self, first_name: &str, role: Role, area: AreaId) -> MemberId {
        settle::member(&*self.storage, first_name, role, area).await
    }

    /// A link for somebody, valid until then.
    pub(crate) async fn invite(&self, member: MemberId, expires_at: Timestamp) -> Secret {
        let secret = Secret::random().unwrap();
        let id = InvitationId::from_bytes(random().unwrap());
        let invitation = NewInvitation {
            id,
            secret: secret.hash(),
            member,
            expires_at,
        };
        self.storage.invite(&invitation).await.unwrap();
        secret
    }

    /// Somebody with one role and a phone that is signed in.
    pub(crate) async fn neighbour(&self, first_name: &str, role: Role, area: AreaId) -> Neighbour {
        let member = self.member(first_name, role, area).await;
        let secret = self.invite(member, now().plus_millis(HOUR)).await;
        let key = Key::new();
        let answer = self
            .http
            .post("/api/invitations/redeem", &key.redeem(&secret))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let device: DeviceId = answer.text("device").parse().unwrap();
        Neighbour::new(member, device, first_name, role, answer.text("token")).with(key)
    }

    /// Somebody who logs requests in the north.
    pub(crate) async fn ambassador(&self, first_name: &str) -> Neighbour {
        self.neighbour(first_name, Role::Ambassador, NORTH).await
    }

    /// Somebody who helps in the north.
    pub(crate) async fn volunteer(&self, first_name: &str) -> Neighbour {
        self.neighbour(first_name, Role::Volunteer, NORTH).await
    }

    /// An operator takes a device out of use, through this relay's storage.
    pub(crate) async fn revoke(&self, device: DeviceId) -> bool {
        let entry = by_operator(deed::DEVICE_REVOKED, now()).unwrap();
        self.storage.revoke_device(device, &entry).await.unwrap()
    }

    /// A neighbour's second phone: the same device, since these stories only look at the line.
    pub(crate) async fn session(&self, device: DeviceId, expires_at: Timestamp) -> String {
        let token = Secret::random().unwrap();
        let session = NewSession {
            token: token.hash(),
            expires_at,
        };
        self.storage
            .open_session(device, &session, now())
            .await
            .unwrap();
        token.expose().to_owned()
    }

    /// Asks the relay something as somebody who is signed in.
    pub(crate) async fn asks(
        &self,
        who: &Neighbour,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let bearer = format!("Bearer {}", who.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.http.ask(method, path, &headers, &body).await
    }

    pub(crate) async fn connect(&self) -> Line {
        Line::open(self.http.0).await
    }

    /// A line of somebody who has nothing yet, in streets where nothing is yet.
    pub(crate) async fn greeted(&self, neighbour: &Neighbour) -> Line {
        let mut line = self.connect().await;
        assert_eq!(line.greet(&neighbour.token, vec![]).await.following, 0);
        line
    }

    /// A line of somebody who has one street up to `seq` and lacks something, or not.
    pub(crate) async fn greeted_at(&self, neighbour: &Neighbour, seq: u64, lacks: bool) -> Line {
        let mut line = self.connect().await;
        let cursors = vec![at(seq)];
        let following = line.greet(&neighbour.token, cursors).await.following;
        assert_eq!(following, u32::from(lacks));
        line
    }
}

/// So far in Elm Street.
pub(crate) const fn at(seq: u64) -> Cursor {
    Cursor {
        document: ELM,
        epoch: 0,
        seq,
    }
}

pub(crate) fn settings() -> Settings {
    let settings = Settings::new("https://kruispunt.example").unwrap();
    settings.with_passkeys(Passkeys::Offered)
}
