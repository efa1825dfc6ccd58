//! A neighbourhood for a browser to look at: quarters and streets as a town has them, and requests at every point of
//! their way, written through the same commands and the same gate as a phone's work.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use fastrand::Rng;
use kruispunt_core::access::Rights;
use kruispunt_core::command::{Author, Command, perform};
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, InvitationId, MemberId, RequestId};
use kruispunt_core::model::{
    AreaKind, DayPart, EntryKind, FeedbackHow, Membership, Repeat, Role, Route, RouteReason, Theme,
    Urgency, Weekday, Word as _,
};
use kruispunt_core::sync::frame::{Cursor, Push};
use kruispunt_core::sync::{Origin, RelayDocument, Row};
use kruispunt_core::time::Timestamp;
use kruispunt_server::Secret;
use kruispunt_server::clock::{now, random};
use kruispunt_server::folder::Folder;
use kruispunt_storage::{
    ActorBinding, Alarm, Append, Member, NewArea, NewChange, NewInvitation, Storage,
};

use crate::town::bytes;

const HOUR: i64 = 60 * 60 * 1000;
/// Requests are as old as this at most, in hours.
const OLDEST: u64 = 30 * 24;
/// How many streets a quarter has.
const STREETS_PER_QUARTER: usize = 20;
/// How many help; by turns.
const VOLUNTEERS: [&str; 5] = ["Amina", "Piet", "Sjoerd", "Wanda", "Youssef"];

/// What to build.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The folder.
    folder: PathBuf,
    /// How many streets.
    #[arg(long, default_value_t = 300)]
    streets: usize,
    /// How many requests stand on each street's board.
    #[arg(long, default_value_t = 40)]
    requests: usize,
    /// What everything follows from.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

/// Fills the empty folder of a relay, and gives the secret by which its coordinator comes in.
pub(crate) async fn settle(plan: &Plan) -> Result<Secret> {
    let folder = Folder::claim(&plan.folder)?;
    let storage = folder.open().await?;
    let secret = fill(&storage, plan, Rng::with_seed(plan.seed)).await?;
    storage.close().await;
    Ok(secret)
}

async fn fill(storage: &dyn Storage, plan: &Plan, mut rng: Rng) -> Result<Secret> {
    let mut areas = vec![area("town", AreaKind::Town, None, &mut rng)];
    for number in 0..plan.streets.div_ceil(STREETS_PER_QUARTER) {
        let name = format!("Wijk {}", number + 1);
        areas.push(area(&name, AreaKind::Quarter, Some("town"), &mut rng));
    }
    let town = areas.first().context("no town")?.id;
    let mut streets = Vec::new();
    for number in 0..plan.streets {
        let quarter = format!("Wijk {}", number / STREETS_PER_QUARTER + 1);
        let name = format!("Straat {}", number + 1);
        let street = area(&name, AreaKind::Street, Some(&quarter), &mut rng);
        streets.push((street.id, street.document));
        areas.push(street);
    }
    storage.import_areas(&areas).await?;
    let ambassador = person("Fatma", Role::Ambassador, town, &mut rng);
    let coordinator = person("Joke", Role::Coordinator, town, &mut rng);
    let volunteers = VOLUNTEERS.map(|name| person(name, Role::Volunteer, town, &mut rng));
    for member in [&ambassador, &coordinator].into_iter().chain(&volunteers) {
        storage.add_member(member).await?;
    }
    for (street, document) in streets {
        let mut board = StreetBoard::found(street, document)?;
        for number in 0..plan.requests {
            let volunteer = volunteers.get(number % VOLUNTEERS.len());
            let people = People {
                ambassador: &ambassador,
                coordinator: &coordinator,
                volunteer: volunteer.context("nobody helps")?,
            };
            board.live(number, people, &mut rng)?;
        }
        storage.append(&[board.into_append()]).await?;
    }
    let secret = Secret::random()?;
    let invitation = NewInvitation {
        id: InvitationId::from_bytes(random()?),
        secret: secret.hash(),
        member: coordinator.id,
        expires_at: now().plus_millis(24 * HOUR),
    };
    storage.invite(&invitation).await?;
    Ok(secret)
}

fn area(name: &str, kind: AreaKind, parent: Option<&str>, rng: &mut Rng) -> NewArea {
    NewArea {
        code: name.to_owned(),
        name: name.to_owned(),
        kind,
        parent: parent.map(str::to_owned),
        id: AreaId::from_bytes(bytes(rng)),
        document: DocumentId::from_bytes(bytes(rng)),
    }
}

fn person(first_name: &str, role: Role, area: AreaId, rng: &mut Rng) -> Member {
    Member {
        id: MemberId::from_bytes(bytes(rng)),
        first_name: first_name.to_owned(),
        memberships: vec![Membership { area, role }],
    }
}

/// Who has to do with a request.
#[derive(Clone, Copy)]
struct People<'a> {
    ambassador: &'a Member,
    coordinator: &'a Member,
    volunteer: &'a Member,
}

/// A street's board as the relay keeps it.
struct StreetBoard {
    area: AreaId,
    relay: RelayDocument,
    rows: Vec<Row>,
}

impl StreetBoard {
    fn found(area: AreaId, document: DocumentId) -> Result<Self> {
        let start = Cursor {
            document,
            epoch: 0,
            seq: 0,
        };
        Ok(Self {
            area,
            relay: RelayDocument::restore(start, None, [], [], random()?)?,
            rows: Vec::new(),
        })
    }

    /// A request is logged and goes as far on its way as its number says.
    fn live(&mut self, number: usize, people: People<'_>, rng: &mut Rng) -> Result<()> {
        let request = RequestId::from_bytes(bytes(rng));
        let hours = i64::try_from(rng.u64(2..OLDEST))?;
        let at = now().plus_millis(-hours * HOUR);
        let (ambassador, coordinator) = (people.ambassador, people.coordinator);
        self.act(ambassador, &self.anything(rng)?, request, at)?;
        let triage = Command::entry(request, EntryKind::Triaged);
        let solved = Command::entry(request, EntryKind::Solved);
        let claim = Command::ClaimRequest { request };
        let done = Command::MarkDone { request };
        let told = Command::GiveFeedback {
            request,
            how: FeedbackHow::InPerson,
            on: None,
        };
        let (to, why) = (Route::Formal.key(), RouteReason::NobodyFound.key());
        let route = Command::worded(request, EntryKind::Route, Some(to), Some(why));
        let helper = people.volunteer;
        let way: &[(&Member, &Command)] = match number % 8 {
            0 | 1 => &[],
            2 => &[(coordinator, &triage)],
            3 => &[(coordinator, &triage), (coordinator, &route)],
            4 => &[(helper, &claim)],
            5 => &[(helper, &claim), (helper, &done)],
            6 => &[(helper, &claim), (helper, &done), (ambassador, &told)],
            _ => &[(ambassador, &solved)],
        };
        for (member, command) in way {
            self.act(member, command, request, at.plus_millis(HOUR))?;
        }
        Ok(())
    }

    fn anything(&self, rng: &mut Rng) -> Result<Command> {
        let theme = rng.choice(Theme::ALL).copied().unwrap_or(Theme::Other);
        Ok(Command::LogRequest {
            area: self.area,
            theme,
            ask: rng.choice(theme.asks()).copied().context("no template")?,
            day: rng.choice(Weekday::ALL).copied().filter(|_| rng.bool()),
            part: rng.choice(DayPart::ALL).copied().filter(|_| rng.bool()),
            urgency: rng.choice(Urgency::ALL).copied().unwrap_or(Urgency::Today),
            repeat: rng.choice(Repeat::ALL).copied().unwrap_or(Repeat::Once),
            source: None,
            language: None,
        })
    }

    fn act(
        &mut self,
        member: &Member,
        command: &Command,
        request: RequestId,
        at: Timestamp,
    ) -> Result<()> {
        let author = Author {
            member: member.id,
            first_name: &member.first_name,
            rights: Rights::of(member.memberships.iter().map(|held| held.role)),
        };
        let mut board = self.relay.board()?.clone();
        board.write_as(random()?);
        let change = perform(&mut board, command, author, request, at)?;
        let change = change.context("it was done already")?;
        let cursor = self.relay.cursor();
        let push = Push {
            document: cursor.document,
            epoch: cursor.epoch,
            changes: vec![change.raw_bytes().to_vec().into()],
        };
        let device = DeviceId::from_bytes(random()?);
        let admission = self.relay.push(&push, &author, device, at);
        if admission.rows.is_empty() {
            bail!("{} was refused to {}", member.first_name, command.key());
        }
        self.rows.extend(admission.rows);
        Ok(())
    }

    /// Everything that was done, as of people without a device.
    fn into_append(self) -> Append {
        let cursor = self.relay.cursor();
        let mut actors: Vec<ActorBinding> = Vec::new();
        for row in &self.rows {
            if actors.iter().all(|binding| binding.actor != row.actor) {
                actors.push(ActorBinding {
                    actor: row.actor.clone(),
                    device: None,
                });
            }
        }
        let change = |row: Row| NewChange {
            hash: row.hash,
            bytes: row.bytes.into(),
            member: match row.origin {
                Origin::Relay => None,
                Origin::Device(member, _) => Some(member),
            },
            device: None,
            received_at: row.received_at,
        };
        Append {
            document: cursor.document,
            epoch: cursor.epoch,
            first_seq: 1,
            changes: self.rows.into_iter().map(change).collect(),
            actors,
            alarm: Alarm::KEEP,
            causes: Vec::new(),
            acted: Vec::new(),
        }
    }
}
