//! The peers that speak the automerge-repo protocol: two on Node.js, one in Rust. All three keep the same files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use kruispunt_server::clock::stopwatch;

use super::{Contestant, goal};
use crate::line::Address;
use crate::phone::PATIENCE;
use crate::server::{Server, pinned};
use crate::talk::Talk;
use crate::talk::repo::{Phone, Quiet, request};
use crate::town::{Person, Street, Town};

/// How long a server that can talk takes to answer the first word.
const ANSWER: Duration = Duration::from_millis(500);

/// One of the peers.
pub(crate) struct Peer {
    kind: Kind,
    /// What somebody asks who has a street already, prepared once for all of them.
    requests: RefCell<BTreeMap<usize, Rc<[u8]>>>,
}

/// Which peer, and where it is.
pub(crate) enum Kind {
    /// `@automerge/automerge-repo-sync-server`, from the folder its package is installed in.
    SyncServer(PathBuf),
    /// A small server on the current `@automerge/automerge-repo`, from the same folder.
    Repo(PathBuf),
    /// A small server on `samod`, as a program.
    Samod(PathBuf),
}

impl Peer {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            requests: RefCell::new(BTreeMap::new()),
        }
    }
}

#[async_trait(?Send)]
impl Contestant for Peer {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::SyncServer(_) => "sync-server",
            Kind::Repo(_) => "automerge-repo",
            Kind::Samod(_) => "samod",
        }
    }

    fn version(&self) -> Result<String> {
        match &self.kind {
            Kind::SyncServer(folder) => package(folder, "@automerge/automerge-repo-sync-server"),
            Kind::Repo(folder) => package(folder, "@automerge/automerge-repo"),
            Kind::Samod(_) => {
                let lock = include_str!("../../peers/samod/Cargo.lock");
                let (_, rest) = lock
                    .split_once("name = \"samod\"\nversion = \"")
                    .context("no samod")?;
                let (version, _) = rest.split_once('"').context("no version")?;
                Ok(format!("samod {version}"))
            }
        }
    }

    fn durability(&self) -> &'static str {
        "files, written some time after the answer, without fsync"
    }

    async fn settle(&self, folder: &Path, town: &Town) -> Result<()> {
        town.streets
            .iter()
            .try_for_each(|street| write(folder, street))
    }

    async fn serve(&self, folder: &Path) -> Result<Server> {
        let data = files(folder);
        let mut command = match &self.kind {
            Kind::SyncServer(packages) | Kind::Repo(packages) => {
                let mut command = pinned(Path::new("node"));
                // It would listen on every address of the machine, and does not say on which port.
                command.arg("--import").arg(packages.join("loopback.mjs"));
                command.current_dir(packages);
                command
            }
            Kind::Samod(program) => pinned(program),
        };
        match self.kind {
            Kind::SyncServer(_) => {
                command.arg("node_modules/@automerge/automerge-repo-sync-server/src/index.js");
                command.env("PORT", "0").env("DATA_DIR", &data);
            }
            Kind::Repo(_) => {
                command.arg("server.mjs").arg(&data);
            }
            Kind::Samod(_) => {
                command.arg(&data);
            }
        }
        let address = |line: &str| {
            let port = line.strip_prefix("listening on 127.0.0.1:")?;
            Some(Address {
                socket: ([127, 0, 0, 1], port.parse().ok()?).into(),
                path: "/",
                subprotocol: None,
            })
        };
        let server = Server::start(command, &folder.join("server.log"), address).await?;
        answers(&server.address).await?;
        Ok(server)
    }

    fn phone(&self, town: &Town, person: &Person, streets: &[usize]) -> Result<Box<dyn Talk>> {
        let followed = streets.iter().map(|&number| {
            let street = town.streets.get(number).context("no such street")?;
            Ok((name(street), goal(town, number)))
        });
        let followed = followed.collect::<Result<Vec<_>>>()?;
        Ok(Box::new(Phone::new(person.device.to_string(), followed)))
    }

    fn listener(&self, town: &Town, person: &Person, number: usize) -> Result<Box<dyn Talk>> {
        let at = person.street.context("nobody's street")?;
        let street = town.streets.get(at).context("no such street")?;
        let prepared = self.requests.borrow().get(&at).cloned();
        let request = match prepared {
            Some(request) => request,
            None => request(&street.saved)?,
        };
        self.requests.borrow_mut().insert(at, Rc::clone(&request));
        let me = format!("{} {number}", person.device);
        Ok(Box::new(Quiet::new(me, name(street), request)))
    }
}

/// Those on Node.js listen before they can talk, and never answer who came in between: wait until they do.
async fn answers(address: &Address) -> Result<()> {
    let begin = stopwatch();
    while begin.elapsed() < PATIENCE {
        let talk = Phone::new("first".to_owned(), []);
        let mut phone = crate::phone::Phone::new(Box::new(talk), &Rc::default());
        phone.connect(address).await?;
        if let Ok(answer) = tokio::time::timeout(ANSWER, phone.next()).await {
            answer?;
            return Ok(());
        }
    }
    bail!("a server listens and does not answer")
}

/// What these call a document. One of them answers only where the identifier is a UUID, of version 4 that is.
fn name(street: &Street) -> String {
    let mut id = *street.document.as_bytes();
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut id;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    bs58::encode(id).with_check().into_string()
}

fn files(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Writes a document as all three of them would have left it: one snapshot, named after its newest changes.
fn write(folder: &Path, street: &Street) -> Result<()> {
    let name = name(street);
    let (first, rest) = name.split_at_checked(2).context("a short name")?;
    let folder = files(folder).join(first).join(rest).join("snapshot");
    fs::create_dir_all(&folder)?;
    let mut file = String::new();
    for byte in street.heads.iter().flat_map(|head| head.0) {
        write!(file, "{byte:02x}")?;
    }
    Ok(fs::write(folder.join(file), &street.saved)?)
}

/// A package and its version, as it is installed.
fn package(folder: &Path, name: &str) -> Result<String> {
    let file = folder.join("node_modules").join(name).join("package.json");
    let about: serde_json::Value = serde_json::from_slice(&fs::read(&file)?)?;
    let version = about.get("version").and_then(serde_json::Value::as_str);
    Ok(format!(
        "{name} {}",
        version.context("a package without a version")?
    ))
}
