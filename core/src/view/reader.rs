//! Reads whole screens from the streets a device has.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{RequestCard, Stage, Standing, stage};
use crate::access::Action;
use crate::command::Command;
use crate::id::{AreaId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::{Area, Request, Role};
use crate::neighbourhood::Neighbourhood;
use crate::time::Timestamp;

/// One street, read from its document.
#[derive(Debug, Clone)]
pub struct StreetRead {
    /// The street.
    pub area: AreaId,
    /// Its requests.
    pub requests: BTreeMap<RequestId, Request>,
    /// The first names helpers share here.
    pub names: BTreeMap<MemberId, String>,
    /// Requests with work that the relay has not confirmed.
    pub unsent: BTreeSet<RequestId>,
    /// Work the relay would not take.
    pub refused: Vec<Refused>,
}

/// A piece of work the relay would not take, kept on the phone of its author.
#[derive(Debug, Clone, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Refused {
    /// The request it was about.
    #[n(0)]
    pub request: RequestId,
    /// What was meant.
    #[n(1)]
    pub command: Command,
    /// When it was done.
    #[n(2)]
    pub at: Timestamp,
    /// Why it was refused.
    #[n(3)]
    pub reason: Reason,
}

/// Which screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(tag = "view", rename_all = "snake_case")]
pub enum Query {
    /// An ambassador's streets.
    Streets,
    /// One street.
    Street {
        /// Which.
        area: AreaId,
    },
    /// What a volunteer can do and promised to do.
    Volunteer,
    /// The board, of one area or of everything.
    Board {
        /// Which area.
        area: Option<AreaId>,
    },
    /// One request.
    Request {
        /// Which.
        id: RequestId,
    },
}

/// A screen's content.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum View {
    /// An ambassador's streets.
    Streets(StreetsView),
    /// One street.
    Street(StreetView),
    /// A volunteer's tasks.
    Volunteer(VolunteerView),
    /// The board.
    Board(BoardView),
    /// One request.
    Request(RequestView),
}

/// An ambassador's streets.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StreetsView {
    /// By name.
    pub streets: Vec<StreetLine>,
}

/// One street in a list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StreetLine {
    /// The street.
    pub area: AreaId,
    /// Its name.
    pub name: String,
    /// Requests that still wait for somebody.
    pub active: usize,
}

/// One street as its ambassador sees it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StreetView {
    /// The street.
    pub area: AreaId,
    /// Its name.
    pub name: String,
    /// Feedback to give and refused work, oldest first.
    pub waiting_for_me: Vec<RequestCard>,
    /// What else is going on, most urgent first.
    pub in_street: Vec<RequestCard>,
    /// Told about or withdrawn, newest first.
    pub past: Vec<RequestCard>,
}

/// What a volunteer can do and promised to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VolunteerView {
    /// Open tasks, most urgent first, then oldest.
    pub fits: Vec<RequestCard>,
    /// What this person said they would do.
    pub appointments: Vec<RequestCard>,
    /// What this person did.
    pub past: Vec<RequestCard>,
}

/// A column of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Waits for a helper.
    Seeking,
    /// A helper is at it.
    Busy,
    /// The resident waits to be told.
    Feedback,
    /// Told about or withdrawn.
    Closed,
}

/// One column with its cards.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BoardColumn {
    /// Which.
    pub column: Column,
    /// Its cards.
    pub cards: Vec<RequestCard>,
}

/// One area beside the board.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AreaNode {
    /// The area.
    #[serde(flatten)]
    pub area: Area,
    /// Requests here and below that still wait for somebody.
    pub active: usize,
}

/// The board.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BoardView {
    /// Of which area; `None` is everything this person may see.
    pub area: Option<AreaId>,
    /// By status.
    pub columns: Vec<BoardColumn>,
    /// The areas this person may look into, each before those below it.
    pub areas: Vec<AreaNode>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RequestView {
    /// `None` when this device does not have it.
    pub request: Option<RequestCard>,
}

/// Reads screens for one member.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    neighbourhood: &'a Neighbourhood,
    streets: &'a BTreeMap<AreaId, StreetRead>,
}

impl<'a> Reader<'a> {
    /// Reads these streets as this member.
    #[must_use]
    pub const fn new(
        neighbourhood: &'a Neighbourhood,
        streets: &'a BTreeMap<AreaId, StreetRead>,
    ) -> Self {
        Self {
            neighbourhood,
            streets,
        }
    }

    /// Reads one screen.
    #[must_use]
    pub fn read(&self, query: Query) -> View {
        match query {
            Query::Streets => View::Streets(self.streets()),
            Query::Street { area } => View::Street(self.street(area)),
            Query::Volunteer => View::Volunteer(self.volunteer()),
            Query::Board { area } => View::Board(self.board(area)),
            Query::Request { id } => View::Request(self.request(id)),
        }
    }

    fn streets(&self) -> StreetsView {
        let mut streets: Vec<_> = self
            .neighbourhood
            .documents()
            .filter(|&(_, area)| self.neighbourhood.rights(area).has(Role::Ambassador))
            .map(|(_, area)| StreetLine {
                area,
                name: self.name(area),
                active: self.active(area),
            })
            .collect();
        streets.sort_by(|a, b| a.name.cmp(&b.name).then(a.area.cmp(&b.area)));
        StreetsView { streets }
    }

    fn street(&self, area: AreaId) -> StreetView {
        let cards = self
            .streets
            .get(&area)
            .map(|street| self.cards(street))
            .unwrap_or_default();
        let (past, now): (Vec<_>, Vec<_>) =
            cards.into_iter().partition(|card| !card.stage.is_active());
        let (mut waiting_for_me, mut in_street): (Vec<_>, Vec<_>) = now
            .into_iter()
            .partition(|card| card.can.feedback || card.refusal.is_some());
        waiting_for_me.sort_by_key(|card| (card.logged_at, card.id));
        sort_by_need(&mut in_street);
        StreetView {
            area,
            name: self.name(area),
            waiting_for_me,
            in_street,
            past: newest_first(past),
        }
    }

    fn volunteer(&self) -> VolunteerView {
        let mut view = VolunteerView {
            fits: Vec::new(),
            appointments: Vec::new(),
            past: Vec::new(),
        };
        for street in self.streets.values() {
            if !self.neighbourhood.allow(street.area, Action::Claim) {
                continue;
            }
            for card in self.cards(street) {
                match (card.my_claim, card.stage) {
                    (Some(Standing::Reserve), Stage::Done | Stage::FedBack | Stage::Withdrawn) => {}
                    (Some(_), Stage::Done | Stage::FedBack | Stage::Withdrawn) => {
                        view.past.push(card);
                    }
                    (Some(_), _) => view.appointments.push(card),
                    (None, _) if card.can.claim || card.refusal.is_some() => view.fits.push(card),
                    (None, _) => {}
                }
            }
        }
        sort_by_need(&mut view.fits);
        sort_by_need(&mut view.appointments);
        view.past = newest_first(view.past);
        view
    }

    fn board(&self, area: Option<AreaId>) -> BoardView {
        let mut columns = [
            Column::Seeking,
            Column::Busy,
            Column::Feedback,
            Column::Closed,
        ]
        .map(|column| BoardColumn {
            column,
            cards: Vec::new(),
        });
        let tree = self.neighbourhood.tree();
        for street in self.streets.values() {
            if area.is_some_and(|area| !tree.lies_in(street.area, area)) {
                continue;
            }
            for card in self.cards(street) {
                let wanted = match card.stage {
                    Stage::Open | Stage::Offered => Column::Seeking,
                    Stage::Matched => Column::Busy,
                    Stage::Done => Column::Feedback,
                    Stage::FedBack | Stage::Withdrawn => Column::Closed,
                };
                if let Some(column) = columns.iter_mut().find(|column| column.column == wanted) {
                    column.cards.push(card);
                }
            }
        }
        for column in &mut columns {
            if column.column == Column::Closed {
                column
                    .cards
                    .sort_by_key(|card| Reverse((card.logged_at, card.id)));
            } else {
                sort_by_need(&mut column.cards);
            }
        }
        BoardView {
            area,
            columns: columns.into(),
            areas: self.areas(),
        }
    }

    fn request(&self, id: RequestId) -> RequestView {
        let request = self.streets.values().find_map(|street| {
            Some(self.card(&street.request(id, self.neighbourhood.member())?, street))
        });
        RequestView { request }
    }

    /// The areas with a readable street in or below them, depth first, by name.
    fn areas(&self) -> Vec<AreaNode> {
        let tree = self.neighbourhood.tree();
        let mut active: BTreeMap<AreaId, usize> = BTreeMap::new();
        for (_, street) in self.neighbourhood.documents() {
            let count = self.active(street);
            for area in tree.upward(street) {
                *active.entry(area.id).or_default() += count;
            }
        }
        let mut roots: Vec<_> = tree.iter().filter(|area| area.parent.is_none()).collect();
        roots.sort_by(|a, b| b.name.cmp(&a.name));
        let mut left: Vec<AreaId> = roots.into_iter().map(|area| area.id).collect();
        let mut nodes = Vec::new();
        while let Some(id) = left.pop() {
            let (Some(area), Some(&count)) = (tree.get(id), active.get(&id)) else {
                continue;
            };
            nodes.push(AreaNode {
                area: area.clone(),
                active: count,
            });
            left.extend(tree.below(id).iter().rev());
        }
        nodes
    }

    fn active(&self, street: AreaId) -> usize {
        self.streets.get(&street).map_or(0, |street| {
            street
                .requests
                .values()
                .filter(|request| stage(request).is_active())
                .count()
        })
    }

    fn cards(&self, street: &StreetRead) -> Vec<RequestCard> {
        let refused = street
            .refused
            .iter()
            .filter(|refused| !street.requests.contains_key(&refused.request))
            .filter_map(|refused| refused.as_request(self.neighbourhood.member()));
        let refused: Vec<_> = refused.collect();
        street
            .requests
            .values()
            .chain(&refused)
            .map(|request| self.card(request, street))
            .collect()
    }

    fn card(&self, request: &Request, street: &StreetRead) -> RequestCard {
        RequestCard::new(request, street, self.neighbourhood)
    }

    fn name(&self, area: AreaId) -> String {
        self.neighbourhood
            .tree()
            .get(area)
            .map(|area| area.name.clone())
            .unwrap_or_default()
    }
}

impl StreetRead {
    fn request(&self, id: RequestId, me: MemberId) -> Option<Request> {
        self.requests.get(&id).cloned().or_else(|| {
            self.refused
                .iter()
                .find(|refused| refused.request == id)
                .and_then(|refused| refused.as_request(me))
        })
    }
}

impl Refused {
    /// A request that never reached the board, as its author sees it.
    fn as_request(&self, me: MemberId) -> Option<Request> {
        let Command::LogRequest {
            theme,
            ask,
            day,
            part,
            urgency,
            repeat,
            ..
        } = self.command
        else {
            return None;
        };
        Some(Request {
            id: self.request,
            theme: Some(theme),
            ask: Some(ask),
            day,
            part,
            urgency,
            repeat,
            places: 1,
            logged_by: me,
            logged_at: self.at,
            claims: BTreeMap::new(),
            matches: BTreeMap::new(),
            done_at: None,
            told: None,
            withdrawn_at: None,
        })
    }
}

fn sort_by_need(cards: &mut [RequestCard]) {
    cards.sort_by_key(|card| (Reverse(card.urgency), card.logged_at, card.id));
}

fn newest_first(mut cards: Vec<RequestCard>) -> Vec<RequestCard> {
    cards.sort_by_key(|card| Reverse((card.logged_at, card.id)));
    cards
}
