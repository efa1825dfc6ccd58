//! Ten thousand notifications: from what happened to a push service on this machine, counted there and here. Once with a
//! push service that takes everything, once with one that is in trouble now and then, and once by two relays on a
//! PostgreSQL.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as InPath, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use fastrand::Rng;
use kruispunt_cluster::{Cluster, Database, Durability};
use kruispunt_core::id::{
    AreaId, DeviceId, DocumentId, InvitationId, MemberId, NoticeId, RequestId,
};
use kruispunt_core::model::{AreaKind, Membership, NoticeKind, Role, Tongue, Wishes};
use kruispunt_server::Secret;
use kruispunt_server::clock::{now, stopwatch};
use kruispunt_server::database::Place;
use kruispunt_server::keys::KeyRing;
use kruispunt_storage::{
    Member, NewArea, NewInvitation, NewNotice, NewSession, PublicKey, Redeemed, Redemption,
    Storage, Subscription,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::line::Address;
use crate::server::{Server, pinned};
use crate::town::bytes;

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_mins(10);

const HOUR: i64 = 60 * 60 * 1000;

/// How much of it.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// How many notifications.
    #[arg(long, default_value_t = 10_000)]
    notifications: usize,
    /// How many members hear of them, each on one phone.
    #[arg(long, default_value_t = 1_000)]
    members: usize,
    /// What everything follows from.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// The relay's program.
    #[arg(long)]
    kruispunt: PathBuf,
    /// A folder on the disk that is to be measured.
    #[arg(long)]
    scratch: PathBuf,
    /// Where the figures are kept, as JSON.
    #[arg(long)]
    out: PathBuf,
}

/// What the push service does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// It takes it.
    Well,
    /// Of a hundred it cannot take two now, and asks to come back in a second for two.
    InTrouble,
}

/// Where relays work, and how many of them.
struct Ground {
    place: Place,
    /// What a relay is told about the place.
    told: [String; 2],
    keys: String,
    relays: usize,
    /// For what the relays say.
    folder: tempfile::TempDir,
    /// For as long as it is used.
    _database: Option<Database>,
}

impl Ground {
    fn sqlite(disk: &Path) -> Result<Self> {
        let folder = tempfile::tempdir_in(disk)?;
        let path = folder.path().to_owned();
        let told = ["--data".to_owned(), path.display().to_string()];
        Self::of(folder, Place::Folder(path), told, 1)
    }

    fn postgres(disk: &Path, cluster: &Cluster, relays: usize) -> Result<Self> {
        let database = Database::in_cluster(&cluster.url())?;
        let url = database.url();
        let place = Place::Postgres(url.parse()?);
        let folder = tempfile::tempdir_in(disk)?;
        let told = ["--database".to_owned(), url];
        let ground = Self::of(folder, place, told, relays)?;
        Ok(Self {
            _database: Some(database),
            ..ground
        })
    }

    fn of(
        folder: tempfile::TempDir,
        place: Place,
        told: [String; 2],
        relays: usize,
    ) -> Result<Self> {
        Ok(Self {
            place,
            told,
            keys: KeyRing::random()?.text().to_string(),
            relays,
            folder,
            _database: None,
        })
    }
}

/// Measures, prints and keeps.
pub(crate) async fn ring(plan: &Plan) -> Result<()> {
    std::fs::create_dir_all(&plan.scratch)?;
    let disk = plan.scratch.canonicalize()?;
    let machine = crate::machine::describe(&disk)?;
    println!("{machine:#}");
    let cluster = Cluster::start(Durability::Full)?;
    let mut figures = Vec::new();
    for (name, ground, mood) in [
        ("SQLite", Ground::sqlite(&disk)?, Mood::Well),
        (
            "SQLite, a push service in trouble",
            Ground::sqlite(&disk)?,
            Mood::InTrouble,
        ),
        (
            "PostgreSQL, two relays",
            Ground::postgres(&disk, &cluster, 2)?,
            Mood::Well,
        ),
    ] {
        let found = run(plan, &ground, mood).await?;
        println!("{name}: {found:#}");
        figures.push(json!({ "run": name, "found": found }));
    }
    let kept = json!({ "machine": machine, "seed": plan.seed, "runs": figures });
    std::fs::write(&plan.out, format!("{kept:#}\n"))?;
    println!("Kept in {}", plan.out.display());
    Ok(())
}

async fn run(plan: &Plan, ground: &Ground, mood: Mood) -> Result<Value> {
    let office = Office::opens(mood).await?;
    let mut rng = Rng::with_seed(plan.seed);
    let founder = fill_founder(ground, &mut rng).await?;
    let (relay, _) = start(plan, ground, &office).await?;
    let key = push_key(&relay.address, &founder).await?;
    relay.stops().await?;

    let members = subscribe(plan, ground, &key, office.port, &mut rng).await?;
    let begin = stopwatch();
    let mut relays = Vec::new();
    for _ in 0..ground.relays {
        let (relay, metrics) = start(plan, ground, &office).await?;
        let (before, at_rest) = (relay.cpu()?, relay.memory()?);
        relay.forget_peak()?;
        relays.push((relay, metrics, before, at_rest));
    }
    office.hears(plan.notifications).await?;
    let took = begin.elapsed().as_secs_f64();
    let (mut cpu, mut at_rest, mut peak): (f64, f64, f64) = (0.0, 0.0, 0.0);
    let mut answers = BTreeMap::new();
    for (relay, metrics, before, memory) in relays {
        cpu += relay.cpu()?.since(before).total();
        at_rest = at_rest.max(memory);
        peak = peak.max(relay.peak()?);
        count(metrics, &mut answers).await?;
        relay.stops().await?;
    }

    let left = planned(ground, &members, plan.notifications).await?;
    let counts = office.counts();
    let messages = f64::from(u32::try_from(counts.taken)?);
    Ok(json!({
        "members": members.len(),
        "taken_by_the_push_service": counts.taken,
        "of_them_twice": counts.twice,
        "answers_in_trouble": counts.trouble,
        "tries_by_answer": answers,
        "waiting_at_the_end": left,
        "seconds": round(took),
        "messages_a_second": round(messages / took),
        "cpu_ms_a_message": round(cpu * 1_000.0 / messages),
        "memory_mb_before": round(at_rest / 1_000.0),
        "memory_mb_most": round(peak / 1_000.0),
    }))
}

fn round(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}

/// A relay, and the port at which it shows what it counts.
async fn start(plan: &Plan, ground: &Ground, office: &Office) -> Result<(Server, u16)> {
    // Free a moment ago.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let metrics = free.local_addr()?.port();
    drop(free);
    let mut command = pinned(&plan.kruispunt);
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    command.args(&ground.told).arg("--push-host");
    command.arg(format!("127.0.0.1:{}", office.port));
    command.arg("--metrics");
    command.arg(format!("127.0.0.1:{metrics}"));
    command.env("KRUISPUNT_KEYS", &ground.keys);
    command.env("KRUISPUNT_LOG", "error");
    // As in the units and the container it is delivered with: memory goes back to the system at once.
    command.env("MIMALLOC_PURGE_DELAY", "0");
    let log = ground.folder.path().join("log");
    let server = Server::start(command, &log, |line| {
        let port = line.strip_prefix("Kruispunt is open at http://localhost:")?;
        Some(Address {
            socket: ([127, 0, 0, 1], port.parse().ok()?).into(),
            path: "",
            subprotocol: None,
        })
    });
    Ok((server.await?, metrics))
}

/// Somebody whose session asks the relay for its key.
async fn fill_founder(ground: &Ground, rng: &mut Rng) -> Result<Secret> {
    let claimed = ground.place.claim().await?;
    let storage = &*claimed.storage;
    let town = AreaId::from_bytes([1; 16]);
    let area = NewArea {
        code: "town".to_owned(),
        name: "town".to_owned(),
        kind: AreaKind::Town,
        parent: None,
        id: town,
        document: DocumentId::from_bytes([1; 16]),
    };
    storage.import_areas(&[area]).await?;
    let (_, token) = member(storage, town, rng).await?;
    storage.close().await;
    Ok(token)
}

/// A member with a phone that is signed in.
async fn member(
    storage: &dyn Storage,
    town: AreaId,
    rng: &mut Rng,
) -> Result<((MemberId, DeviceId), Secret)> {
    let member = Member {
        id: MemberId::from_bytes(bytes(rng)),
        first_name: "Amina".to_owned(),
        memberships: vec![Membership {
            area: town,
            role: Role::Volunteer,
        }],
    };
    storage.add_member(&member).await?;
    let (secret, token) = (Secret::random()?, Secret::random()?);
    storage
        .invite(&NewInvitation {
            id: InvitationId::from_bytes(bytes(rng)),
            secret: secret.hash(),
            member: member.id,
            expires_at: now().plus_millis(HOUR),
        })
        .await?;
    let redeemed = storage
        .redeem(&Redemption {
            secret: secret.hash(),
            public_key: PublicKey(point(rng).to_vec()),
            device: DeviceId::from_bytes(bytes(rng)),
            session: NewSession {
                token: token.hash(),
                expires_at: now().plus_millis(HOUR),
            },
            now: now(),
        })
        .await?;
    let Redeemed::In { device, .. } = redeemed else {
        anyhow::bail!("nobody came in");
    };
    Ok(((member.id, device), token))
}

/// Some public key.
fn point(rng: &mut Rng) -> [u8; 65] {
    loop {
        let secret: [u8; 32] = std::array::from_fn(|_| rng.u8(..));
        if let Ok(key) = p256::ecdsa::SigningKey::from_slice(&secret) {
            let encoded = key.verifying_key().to_sec1_point(false);
            let mut point = [0; 65];
            for (to, from) in point.iter_mut().zip(encoded.as_bytes()) {
                *to = *from;
            }
            return point;
        }
    }
}

async fn push_key(address: &Address, token: &Secret) -> Result<Vec<u8>> {
    // No question here is encrypted; the client wants to know how it would be.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer = reqwest::Client::new()
        .get(format!("http://{}/api/push", address.socket))
        .bearer_auth(token.expose())
        .send()
        .await?;
    let answer: Value = serde_json::from_slice(&answer.bytes().await?)?;
    let key = answer.get("key").and_then(Value::as_str);
    let key = key.context("the relay has no key")?;
    Ok(URL_SAFE_NO_PAD.decode(key)?)
}

/// Members who are reached at the push service, and what each is to hear of now.
async fn subscribe(
    plan: &Plan,
    ground: &Ground,
    key: &[u8],
    port: u16,
    rng: &mut Rng,
) -> Result<Vec<MemberId>> {
    let claimed = ground.place.claim().await?;
    let storage = &*claimed.storage;
    let town = AreaId::from_bytes([1; 16]);
    let wishes = Wishes {
        quiet_from: 0,
        quiet_until: 0,
        ..Wishes::default()
    };
    let (notices, mut members) = (storage.notices(), Vec::new());
    let browser = point(rng);
    for number in 0..plan.members {
        let ((member, device), _) = member(storage, town, rng).await?;
        notices.set_wishes(member, &wishes).await?;
        notices
            .subscribe(&Subscription {
                device,
                member,
                endpoint: format!("http://127.0.0.1:{port}/push/{number}"),
                p256dh: browser.to_vec(),
                auth: vec![7; 16],
                key: key.to_vec(),
                language: Tongue::Dutch,
                said_at: now(),
                is_refused: false,
            })
            .await?;
        members.push(member);
    }
    let begin = now();
    let told = (0..plan.notifications).map(|number| {
        let member = members.get(number % members.len().max(1));
        Ok(NewNotice {
            id: NoticeId::from_bytes(bytes(rng)),
            member: *member.context("nobody lives here")?,
            kind: NoticeKind::Asked,
            request: Some(RequestId::from_bytes(bytes(rng))),
            area: None,
            word: Some("groceries".to_owned()),
            at: begin,
            push_at: Some(begin),
            is_urgent: true,
        })
    });
    let told = told.collect::<Result<Vec<_>>>()?;
    for some in told.chunks(500) {
        ensure!(notices.settle(&[], some, &[]).await?, "nobody was told");
    }
    storage.close().await;
    Ok(members)
}

/// What still waits once the relay is down.
async fn planned(ground: &Ground, members: &[MemberId], notifications: usize) -> Result<u64> {
    let claimed = ground.place.claim().await?;
    let storage = &*claimed.storage;
    let waiting = storage.notices().waiting_deliveries().await?;
    let first = members.first().context("nobody lives here")?;
    let inbox = storage.notices().notices(*first, 100).await?;
    let each = notifications.div_ceil(members.len());
    ensure!(inbox.len() == each.min(100), "an inbox has {}", inbox.len());
    storage.close().await;
    Ok(waiting)
}

/// Adds how often a relay tried, by what it was answered.
async fn count(port: u16, answers: &mut BTreeMap<String, u64>) -> Result<()> {
    let address = format!("http://127.0.0.1:{port}/metrics");
    let shown = reqwest::get(address).await?.bytes().await?;
    let shown = String::from_utf8_lossy(&shown).into_owned();
    let counted = shown.lines().filter_map(|line| {
        let line = line.strip_prefix("kruispunt_push_messages_total{kind=\"")?;
        let (kind, count) = line.split_once("\"} ")?;
        Some((kind.to_owned(), count.parse::<u64>().ok()?))
    });
    for (kind, count) in counted {
        *answers.entry(kind).or_default() += count;
    }
    Ok(())
}

/// What came in.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    taken: usize,
    twice: usize,
    trouble: usize,
}

struct Desk {
    mood: Mood,
    asked: AtomicUsize,
    /// How often each message was taken, by phone and topic.
    taken: Mutex<BTreeMap<(String, String), usize>>,
    counts: Mutex<Counts>,
    arrived: Notify,
}

/// The push service.
struct Office {
    desk: Arc<Desk>,
    port: u16,
}

impl Office {
    async fn opens(mood: Mood) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let desk = Arc::new(Desk {
            mood,
            asked: AtomicUsize::new(0),
            taken: Mutex::default(),
            counts: Mutex::default(),
            arrived: Notify::new(),
        });
        let router = Router::new()
            .route("/push/{token}", post(take))
            .with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { desk, port })
    }

    fn counts(&self) -> Counts {
        *lock(&self.desk.counts)
    }

    /// Until every message was taken.
    async fn hears(&self, messages: usize) -> Result<()> {
        let waiting = async {
            loop {
                let arrived = self.desk.arrived.notified();
                let counts = self.counts();
                if counts.taken >= messages {
                    return;
                }
                arrived.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.with_context(|| format!("not all of {messages} came: {:?}", self.counts()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(
    State(desk): State<Arc<Desk>>,
    InPath(token): InPath<String>,
    headers: HeaderMap,
    message: Bytes,
) -> Response {
    // Whoever answers before they have heard everything may hang up on what comes next.
    if message.is_empty() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let number = desk.asked.fetch_add(1, Ordering::Relaxed);
    let topic = headers.get("topic").and_then(|topic| topic.to_str().ok());
    let topic = topic.unwrap_or_default().to_owned();
    let answer = match (desk.mood, number % 100) {
        (Mood::InTrouble, 10 | 60) => {
            lock(&desk.counts).trouble += 1;
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        (Mood::InTrouble, 30 | 80) => {
            lock(&desk.counts).trouble += 1;
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")]).into_response()
        }
        _ => {
            let mut messages = lock(&desk.taken);
            let times = messages.entry((token, topic)).or_default();
            *times += 1;
            let mut counts = lock(&desk.counts);
            if *times == 1 {
                counts.taken += 1;
            } else {
                counts.twice += 1;
            }
            StatusCode::CREATED.into_response()
        }
    };
    desk.arrived.notify_waiters();
    answer
}
