//! Reads whole screens from the streets a device has.

use super::{RequestCard, Stage, Standing, WorkView, stage};
use crate::access::Action;
use crate::command::Command;
use crate::id::{AreaId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::{Area, AreaKind, Request, Role};
use crate::neighbourhood::Neighbourhood;
use crate::time::Timestamp;
use crate::vec_map::VecMap;
use std::cmp::Reverse;

/// One street, read from its document.
#[derive(Debug, Clone)]
pub struct StreetRead {
    /// The street.
    pub area: AreaId,
    /// Its requests.
    pub requests: Vec<Request>,
    /// The first names helpers share here.
    pub names: Vec<(MemberId, String)>,
    /// Requests with work that the relay has not confirmed.
    pub unsent: Vec<RequestId>,
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
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// An ambassador's streets.
    Streets {},
    /// One street.
    Street {
        /// Which.
        area: AreaId,
    },
    /// What a volunteer can do and promised to do.
    Volunteer {},
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
    /// This phone's own work that is not safe at the relay.
    Work {},
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
    /// What is not safe at the relay.
    Work(WorkView),
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
    /// Pieces of this phone's work there that the relay has not confirmed.
    pub unsent: usize,
    /// Pieces of it that the relay would not take.
    pub refused: usize,
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
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    neighbourhood: &'a Neighbourhood,
    streets: Vec<&'a StreetRead>,
}

impl<'a> Reader<'a> {
    /// Reads these streets as this member.
    #[must_use]
    pub const fn new(neighbourhood: &'a Neighbourhood, streets: Vec<&'a StreetRead>) -> Self {
        Self {
            neighbourhood,
            streets,
        }
    }

    /// Reads one screen.
    #[must_use]
    pub fn read(&self, query: Query) -> View {
        match query {
            Query::Streets {} => View::Streets(self.streets()),
            Query::Street { area } => View::Street(self.street(area)),
            Query::Volunteer {} => View::Volunteer(self.volunteer()),
            Query::Board { area } => View::Board(self.board(area)),
            Query::Request { id } => View::Request(self.request(id)),
            Query::Work {} => View::Work(WorkView::read(self.neighbourhood, &self.streets)),
        }
    }

    fn streets(&self) -> StreetsView {
        // In the order of the areas beside the board: by name.
        let streets = self
            .areas()
            .into_iter()
            .filter(|node| {
                node.area.kind == AreaKind::Street
                    && self
                        .neighbourhood
                        .rights(node.area.id)
                        .has(Role::Ambassador)
            })
            .map(|node| {
                let street = self.streets.iter().find(|read| read.area == node.area.id);
                StreetLine {
                    area: node.area.id,
                    name: node.area.name,
                    active: node.active,
                    unsent: street.map_or(0, |street| street.unsent.len()),
                    refused: street.map_or(0, |street| street.refused.len()),
                }
            })
            .collect();
        StreetsView { streets }
    }

    fn street(&self, area: AreaId) -> StreetView {
        let street = self.streets.iter().find(|street| street.area == area);
        let cards = street.map(|street| self.cards(street)).unwrap_or_default();
        let (past, now): (Vec<_>, Vec<_>) =
            cards.into_iter().partition(|card| !card.stage.is_active());
        let (waiting_for_me, in_street): (Vec<_>, Vec<_>) = now
            .into_iter()
            .partition(|card| card.can.feedback || card.refusal.is_some());
        StreetView {
            area,
            name: self.name(area),
            waiting_for_me: sorted(waiting_for_me, Order::Oldest),
            in_street: sorted(in_street, Order::Need),
            past: sorted(past, Order::Newest),
        }
    }

    fn volunteer(&self) -> VolunteerView {
        let (mut fits, mut appointments, mut past) = (Vec::new(), Vec::new(), Vec::new());
        for street in &self.streets {
            if !self.neighbourhood.allow(street.area, Action::Claim) {
                continue;
            }
            for card in self.cards(street) {
                match (card.my_claim, card.stage) {
                    (Some(Standing::Reserve), Stage::Done | Stage::FedBack | Stage::Withdrawn) => {}
                    (Some(_), Stage::Done | Stage::FedBack | Stage::Withdrawn) => past.push(card),
                    (Some(_), _) => appointments.push(card),
                    (None, _) if card.can.claim || card.refusal.is_some() => fits.push(card),
                    (None, _) => {}
                }
            }
        }
        VolunteerView {
            fits: sorted(fits, Order::Need),
            appointments: sorted(appointments, Order::Need),
            past: sorted(past, Order::Newest),
        }
    }

    fn board(&self, area: Option<AreaId>) -> BoardView {
        let (mut seeking, mut busy, mut feedback, mut closed) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let tree = self.neighbourhood.tree();
        for street in &self.streets {
            if area.is_some_and(|area| !tree.lies_in(street.area, area)) {
                continue;
            }
            for card in self.cards(street) {
                match card.stage {
                    Stage::Open | Stage::Offered => seeking.push(card),
                    Stage::Matched => busy.push(card),
                    Stage::Done => feedback.push(card),
                    Stage::FedBack | Stage::Withdrawn => closed.push(card),
                }
            }
        }
        let column = |column, cards, order| BoardColumn {
            column,
            cards: sorted(cards, order),
        };
        let columns = vec![
            column(Column::Seeking, seeking, Order::Need),
            column(Column::Busy, busy, Order::Need),
            column(Column::Feedback, feedback, Order::Oldest),
            column(Column::Closed, closed, Order::Newest),
        ];
        BoardView {
            area,
            columns,
            areas: self.areas(),
        }
    }

    fn request(&self, id: RequestId) -> RequestView {
        let me = self.neighbourhood.member();
        let request = self
            .streets
            .iter()
            .find_map(|street| Some(self.card(&street.request(id, me)?, street)));
        RequestView { request }
    }

    /// The areas with a readable street in or below them, depth first, by name.
    fn areas(&self) -> Vec<AreaNode> {
        let tree = self.neighbourhood.tree();
        let mut nodes = Vec::new();
        for area in tree.iter().filter(|area| area.parent.is_none()) {
            self.gather(area, &mut nodes);
        }
        nodes
    }

    /// Adds the area and what lies in it, unless no street of it can be read; counts upward.
    fn gather(&self, area: &Area, nodes: &mut Vec<AreaNode>) -> usize {
        let at = nodes.len();
        nodes.push(AreaNode {
            area: area.clone(),
            active: 0,
        });
        let mut active = self.active(area.id);
        let tree = self.neighbourhood.tree();
        for below in tree.below(area.id).iter().filter_map(|&id| tree.get(id)) {
            active += self.gather(below, nodes);
        }
        let readable = nodes.len() > at + 1 || self.neighbourhood.document(area.id).is_some();
        match nodes.get_mut(at) {
            Some(node) if readable => node.active = active,
            _ => nodes.truncate(at),
        }
        active
    }

    fn active(&self, street: AreaId) -> usize {
        self.streets
            .iter()
            .find(|read| read.area == street)
            .map_or(0, |read| {
                read.requests
                    .iter()
                    .filter(|request| stage(request).is_active())
                    .count()
            })
    }

    fn cards(&self, street: &StreetRead) -> Vec<RequestCard> {
        let refused = street
            .refused
            .iter()
            .filter(|refused| {
                street
                    .requests
                    .iter()
                    .all(|request| request.id != refused.request)
            })
            .filter_map(|refused| refused.as_request(self.neighbourhood.member()));
        let refused: Vec<_> = refused.collect();
        street
            .requests
            .iter()
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
        let known = self.requests.iter().find(|request| request.id == id);
        let refused = || {
            self.refused
                .iter()
                .find(|refused| refused.request == id)?
                .as_request(me)
        };
        known.cloned().or_else(refused)
    }
}

impl Refused {
    /// A request that never reached the board, as its author sees it.
    fn as_request(&self, me: MemberId) -> Option<Request> {
        self.command.as_logged(self.request, me, self.at)
    }
}

/// In what order cards stand.
#[derive(Clone, Copy)]
enum Order {
    /// Most urgent first, then oldest.
    Need,
    /// Oldest first.
    Oldest,
    /// Newest first.
    Newest,
}

/// One sort for every list: each kind of sort is some kilobytes on the phone.
fn sorted(mut cards: Vec<RequestCard>, order: Order) -> Vec<RequestCard> {
    let urgency = |card: &RequestCard| match order {
        Order::Need => Reverse(Some(card.urgency)),
        Order::Oldest | Order::Newest => Reverse(None),
    };
    cards.sort_unstable_by_key(|card| (urgency(card), card.logged_at, card.id));
    if matches!(order, Order::Newest) {
        cards.reverse();
    }
    cards
}
