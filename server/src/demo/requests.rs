//! What is on the boards of the demo, written through the same commands and the same gate as a phone's work.

use kruispunt_core::access::Rights;
use kruispunt_core::command::{Author, Command, perform};
use kruispunt_core::id::{DeviceId, DocumentId, RequestId};
use kruispunt_core::model::{Area, AreaTree, Ask, DayPart, Repeat, Theme, Urgency, Weekday};
use kruispunt_core::sync::frame::{Cursor, Push};
use kruispunt_core::sync::{Origin, RelayDocument, Row};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{ActorBinding, Alarm, Append, Member, NewChange, Storage};

use super::DemoError;
use crate::clock::{now, random};

/// A request on a street of the demo.
struct Logged {
    street: &'static str,
    by: &'static str,
    theme: Theme,
    ask: Ask,
    day: Option<Weekday>,
    part: Option<DayPart>,
    urgency: Urgency,
    repeat: Repeat,
    /// Who said "I will do this".
    claimed_by: Option<&'static str>,
}

const REQUESTS: [Logged; 5] = [
    Logged {
        street: "NGN-ZUID-VREESWIJK-LEKSTRAAT",
        by: "Fatma",
        theme: Theme::Company,
        ask: Ask::Coffee,
        day: Some(Weekday::Wed),
        part: Some(DayPart::Afternoon),
        urgency: Urgency::CanWait,
        repeat: Repeat::Weekly,
        claimed_by: None,
    },
    Logged {
        street: "NGN-ZUID-VREESWIJK-LEKSTRAAT",
        by: "Fatma",
        theme: Theme::Chores,
        ask: Ask::Lamp,
        day: None,
        part: None,
        urgency: Urgency::ThisWeek,
        repeat: Repeat::Once,
        claimed_by: Some("Piet"),
    },
    Logged {
        street: "NGN-ZUID-VREESWIJK-DORPSSTRAAT",
        by: "Joke",
        theme: Theme::Transport,
        ask: Ask::Doctor,
        day: Some(Weekday::Tue),
        part: Some(DayPart::Morning),
        urgency: Urgency::ThisWeek,
        repeat: Repeat::Once,
        claimed_by: None,
    },
    Logged {
        street: "NGN-ZUID-VREESWIJK-WAAGSTRAAT",
        by: "Joke",
        theme: Theme::Digital,
        ask: Ask::Phone,
        day: None,
        part: Some(DayPart::Evening),
        urgency: Urgency::CanWait,
        repeat: Repeat::Once,
        claimed_by: None,
    },
    Logged {
        street: "NGN-ZUID-HOOGZANDVELD-LUPINESTRAAT",
        by: "Joke",
        theme: Theme::Language,
        ask: Ask::Practise,
        day: Some(Weekday::Thu),
        part: Some(DayPart::Evening),
        urgency: Urgency::CanWait,
        repeat: Repeat::Weekly,
        claimed_by: None,
    },
];

pub(super) async fn write(
    storage: &dyn Storage,
    areas: &[Area],
    members: &[Member],
) -> Result<(), DemoError> {
    let tree = AreaTree::new(areas.iter().cloned()).map_err(broken)?;
    let positions = storage.positions().await?;
    let mut boards: Vec<DemoBoard<'_>> = Vec::new();
    for logged in &REQUESTS {
        let area = areas.iter().find(|area| area.code == logged.street);
        let area = area.ok_or_else(|| broken(format!("no street {}", logged.street)))?;
        let position = positions.iter().find(|position| position.area == area.id);
        let document = position
            .ok_or_else(|| broken(format!("no board for {}", area.code)))?
            .document;
        let index = boards.iter().position(|board| board.document() == document);
        if index.is_none() {
            boards.push(DemoBoard::found(document, area, &tree, members)?);
        }
        let board = match index {
            Some(index) => boards.get_mut(index),
            None => boards.last_mut(),
        };
        if let Some(board) = board {
            board.log(logged)?;
        }
    }
    let appends: Vec<Append> = boards.into_iter().map(DemoBoard::into_append).collect();
    Ok(storage.append(&appends).await?)
}

/// A street's board on which the demo's people do things.
struct DemoBoard<'a> {
    relay: RelayDocument,
    area: &'a Area,
    tree: &'a AreaTree,
    members: &'a [Member],
    rows: Vec<Row>,
}

impl<'a> DemoBoard<'a> {
    fn found(
        document: DocumentId,
        area: &'a Area,
        tree: &'a AreaTree,
        members: &'a [Member],
    ) -> Result<Self, DemoError> {
        let start = Cursor {
            document,
            epoch: 0,
            seq: 0,
        };
        let relay = RelayDocument::restore(start, None, [], [], random()?).map_err(broken)?;
        Ok(Self {
            relay,
            area,
            tree,
            members,
            rows: Vec::new(),
        })
    }

    const fn document(&self) -> DocumentId {
        self.relay.cursor().document
    }

    fn log(&mut self, logged: &Logged) -> Result<(), DemoError> {
        let &Logged {
            theme,
            ask,
            day,
            part,
            urgency,
            repeat,
            ..
        } = logged;
        let request = RequestId::from_bytes(random()?);
        let area = self.area.id;
        let command = Command::LogRequest {
            area,
            theme,
            ask,
            day,
            part,
            urgency,
            repeat,
            source: None,
            language: None,
        };
        self.act(logged.by, &command, request, now())?;
        match logged.claimed_by {
            Some(name) => self.act(name, &Command::ClaimRequest { request }, request, now()),
            None => Ok(()),
        }
    }

    fn act(
        &mut self,
        name: &str,
        command: &Command,
        request: RequestId,
        at: Timestamp,
    ) -> Result<(), DemoError> {
        let member = self.members.iter().find(|member| member.first_name == name);
        let member = member.ok_or_else(|| broken(format!("nobody is called {name}")))?;
        let rights = Rights::at(self.area.id, &member.memberships, self.tree);
        let author = Author {
            member: member.id,
            first_name: &member.first_name,
            rights,
        };
        let mut board = self.relay.board().map_err(broken)?.clone();
        board.write_as(random()?);
        let change = perform(&mut board, command, author, request, at).map_err(broken)?;
        let change = change.ok_or_else(|| broken("a deed was done already"))?;
        let changes = vec![change.raw_bytes().to_vec().into()];
        let push = Push {
            document: self.document(),
            epoch: 0,
            changes,
        };
        let admission = self
            .relay
            .push(&push, &author, DeviceId::from_bytes(random()?), at);
        if admission.rows.is_empty() {
            return Err(broken(format!("{name} was refused")));
        }
        self.rows.extend(admission.rows);
        Ok(())
    }

    /// Everything that was done, as of people without a device.
    fn into_append(self) -> Append {
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
            document: self.relay.cursor().document,
            epoch: self.relay.cursor().epoch,
            first_seq: 1,
            changes: self.rows.into_iter().map(change).collect(),
            actors,
            alarm: Alarm::KEEP,
            causes: Vec::new(),
            acted: Vec::new(),
        }
    }
}

fn broken(why: impl std::fmt::Display) -> DemoError {
    DemoError::Broken(format!("{why}"))
}
