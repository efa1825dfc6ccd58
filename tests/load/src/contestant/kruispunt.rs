//! This house's relay: the release build, with the storage and the settings it is delivered with.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use automerge::Change;
use kruispunt_core::id::InvitationId;
use kruispunt_core::model::{AreaKind, Membership, Role};
use kruispunt_core::sync::frame::SUBPROTOCOL;
use kruispunt_server::Secret;
use kruispunt_server::clock::{now, random};
use kruispunt_server::folder::Folder;
use kruispunt_storage::{
    ActorBinding, Alarm, Append, Member, NewArea, NewChange, NewInvitation, NewSession, PublicKey,
    Redemption, Snapshot, Storage,
};

use super::{Contestant, goal};
use crate::line::Address;
use crate::server::{Server, pinned};
use crate::talk::{Talk, kruispunt::Phone};
use crate::town::{Person, Street, Town};

/// How long everybody stays signed in.
const DAY: i64 = 24 * 60 * 60 * 1000;

pub(crate) struct Kruispunt {
    pub(crate) program: PathBuf,
}

#[async_trait(?Send)]
impl Contestant for Kruispunt {
    fn name(&self) -> &'static str {
        "kruispunt"
    }

    fn version(&self) -> Result<String> {
        Ok(concat!("kruispunt-server ", env!("CARGO_PKG_VERSION")).to_owned())
    }

    fn durability(&self) -> &'static str {
        "SQLite, WAL, synchronous=FULL: on disk (fdatasync) before the ack and before anybody else hears"
    }

    async fn settle(&self, folder: &Path, town: &Town) -> Result<()> {
        let folder = Folder::claim(folder)?;
        let storage = folder.open().await?;
        storage_of(&storage, town).await?;
        storage.close().await;
        Ok(())
    }

    async fn serve(&self, folder: &Path) -> Result<Server> {
        let mut command = pinned(&self.program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(folder);
        // As in the units and the container it is delivered with: memory goes back to the system at once.
        command.env("MIMALLOC_PURGE_DELAY", "0");
        let address = |line: &str| {
            let port = line.strip_prefix("Kruispunt is open at http://localhost:")?;
            Some(Address {
                socket: ([127, 0, 0, 1], port.parse().ok()?).into(),
                path: "/sync",
                subprotocol: Some(SUBPROTOCOL),
            })
        };
        Server::start(command, &folder.join("server.log"), address).await
    }

    fn phone(&self, town: &Town, person: &Person, streets: &[usize]) -> Result<Box<dyn Talk>> {
        Ok(Box::new(phone(town, person, streets)?))
    }

    fn listener(&self, town: &Town, person: &Person, _: usize) -> Result<Box<dyn Talk>> {
        Ok(Box::new(
            phone(town, person, &town.followed(person))?.level(),
        ))
    }
}

fn phone(town: &Town, person: &Person, streets: &[usize]) -> Result<Phone> {
    let followed = streets.iter().map(|&number| {
        let street = town.streets.get(number).context("no such street")?;
        Ok((street.document, goal(town, number)))
    });
    let followed = followed.collect::<Result<Vec<_>>>()?;
    Ok(Phone::new(person.token.expose(), followed))
}

/// Writes the town as the relay itself would have left it: logs, and a snapshot for every street.
async fn storage_of(storage: &dyn Storage, town: &Town) -> Result<()> {
    let area = |code: String, kind, parent, id, document| NewArea {
        name: code.clone(),
        code,
        kind,
        parent,
        id,
        document,
    };
    let top = town.streets.first().context("a town without streets")?;
    let mut areas = vec![area(
        "town".to_owned(),
        AreaKind::Town,
        None,
        town.id,
        top.document,
    )];
    for (number, street) in town.streets.iter().enumerate() {
        let (code, parent) = (format!("street {number}"), Some("town".to_owned()));
        areas.push(area(
            code,
            AreaKind::Street,
            parent,
            street.area,
            street.document,
        ));
    }
    storage.import_areas(&areas).await?;
    for person in &town.people {
        let street = person.street.and_then(|street| town.streets.get(street));
        let area = street.map_or(town.id, |street| street.area);
        let role = Role::Ambassador;
        sign_in(storage, person, Membership { area, role }).await?;
    }
    let (area, role) = (town.id, Role::Coordinator);
    sign_in(storage, &town.coordinator, Membership { area, role }).await?;
    let appends = town
        .streets
        .iter()
        .map(append)
        .collect::<Result<Vec<_>>>()?;
    storage.append(&appends).await?;
    for street in town
        .streets
        .iter()
        .filter(|street| !street.changes.is_empty())
    {
        let snapshot = Snapshot {
            epoch: 0,
            seq: street.changes.len() as u64,
            bytes: street.saved.clone().into(),
        };
        storage.put_snapshot(street.document, &snapshot).await?;
    }
    Ok(())
}

/// Somebody comes in by an invitation, on a phone that is then known.
async fn sign_in(storage: &dyn Storage, person: &Person, membership: Membership) -> Result<()> {
    let member = Member {
        id: person.member,
        first_name: person.first_name.clone(),
        memberships: vec![membership],
    };
    storage.add_member(&member).await?;
    let secret = Secret::random()?;
    let until = now().plus_millis(DAY);
    let invitation = NewInvitation {
        id: InvitationId::from_bytes(random()?),
        secret: secret.hash(),
        member: person.member,
        expires_at: until,
    };
    storage.invite(&invitation).await?;
    let redemption = Redemption {
        secret: secret.hash(),
        // Nobody signs in again here, so any key will do.
        public_key: PublicKey(random::<65>()?.to_vec()),
        device: person.device,
        session: NewSession {
            token: person.token.hash(),
            expires_at: until,
        },
        now: now(),
    };
    storage.redeem(&redemption).await?;
    Ok(())
}

fn append(street: &Street) -> Result<Append> {
    let change = |bytes: &Vec<u8>| {
        Ok(NewChange {
            hash: Change::from_bytes(bytes.clone())?.hash().0,
            bytes: bytes.clone().into(),
            member: None,
            device: None,
            received_at: now(),
        })
    };
    let actors = street.actors.iter().map(|actor| ActorBinding {
        actor: actor.to_vec(),
        device: None,
    });
    Ok(Append {
        document: street.document,
        epoch: 0,
        first_seq: 1,
        changes: street.changes.iter().map(change).collect::<Result<_>>()?,
        actors: actors.collect(),
        alarm: Alarm::KEEP,
        causes: Vec::new(),
        acted: Vec::new(),
    })
}
