//! Reads whole screens from the streets a device has.

use super::board::{BoardView, Filter, TableView};
use super::candidates::CandidatesView;
use super::history::{HistoryLine, history};
use super::talents::TalentsView;
use super::volunteer::VolunteerView;
use super::{RequestCard, Stage, WorkView, stage};
use crate::command::Command;
use crate::id::{AreaId, MemberId, RequestId};
use crate::message::Reason;
use crate::model::{Area, AreaKind, Helper, Request, Role};
use crate::neighbourhood::Neighbourhood;
use crate::time::Timestamp;
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
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
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
    /// The board.
    Board {
        /// What of it.
        filter: Filter,
        /// How many cards of each column.
        shown: u32,
    },
    /// The board as a table.
    Table {
        /// What of it.
        filter: Filter,
        /// How many rows.
        shown: u32,
    },
    /// Who could help with a request.
    Candidates {
        /// With which.
        request: RequestId,
    },
    /// The talents that were found.
    Talents {
        /// In which area; `None` is everything this person may see.
        area: Option<AreaId>,
    },
    /// What this person did as an ambassador.
    History {},
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
#[expect(
    clippy::large_enum_variant,
    reason = "one is made for a screen and written as JSON at once"
)]
pub enum View {
    /// An ambassador's streets.
    Streets(StreetsView),
    /// One street.
    Street(StreetView),
    /// A volunteer's tasks.
    Volunteer(VolunteerView),
    /// The board.
    Board(BoardView),
    /// The board as a table.
    Table(TableView),
    /// Who could help.
    Candidates(CandidatesView),
    /// Talents.
    Talents(TalentsView),
    /// What this person did.
    History(PastView),
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
    /// Refused work, feedback to give, what is stuck and what is in a helper's way; of each kind the oldest first.
    pub waiting_for_me: Vec<RequestCard>,
    /// What else is going on, most urgent first.
    pub in_street: Vec<RequestCard>,
    /// Told about or withdrawn, newest first.
    pub past: Vec<RequestCard>,
    /// Talents that were found here, newest first.
    pub talents: Vec<RequestCard>,
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

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RequestView {
    /// `None` when this device does not have it.
    pub request: Option<RequestCard>,
    /// What happened to it, oldest first.
    pub history: Vec<HistoryLine>,
}

/// What somebody did as an ambassador.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PastView {
    /// How many requests they logged.
    pub logged: usize,
    /// How many of those they solved themselves.
    pub solved: usize,
    /// How many residents were told what became of theirs.
    pub told: usize,
    /// How many talents they found.
    pub talents: usize,
    /// The requests, newest first.
    pub requests: Vec<RequestCard>,
}

/// Reads screens for one member.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    pub(super) neighbourhood: &'a Neighbourhood,
    pub(super) streets: Vec<&'a StreetRead>,
    /// What is known of helpers, where somebody asked.
    pub(super) helpers: &'a [Helper],
    pub(super) now: Timestamp,
}

impl<'a> Reader<'a> {
    /// Reads these streets as this member, now.
    #[must_use]
    pub const fn new(
        neighbourhood: &'a Neighbourhood,
        streets: Vec<&'a StreetRead>,
        helpers: &'a [Helper],
        now: Timestamp,
    ) -> Self {
        Self {
            neighbourhood,
            streets,
            helpers,
            now,
        }
    }

    /// Reads one screen.
    #[must_use]
    pub fn read(&self, query: &Query) -> View {
        match query {
            Query::Streets {} => View::Streets(self.streets()),
            Query::Street { area } => View::Street(self.street(*area)),
            Query::Volunteer {} => View::Volunteer(self.volunteer()),
            Query::Board { filter, shown } => View::Board(self.board(filter, *shown)),
            Query::Table { filter, shown } => View::Table(self.table(filter, *shown)),
            Query::Candidates { request } => View::Candidates(self.candidates(*request)),
            Query::Talents { area } => View::Talents(self.talents(*area)),
            Query::History {} => View::History(self.history()),
            Query::Request { id } => View::Request(self.request(*id)),
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
        let (waiting_for_me, in_street): (Vec<_>, Vec<_>) = now.into_iter().partition(|card| {
            card.can.feedback || card.refusal.is_some() || !card.attention.is_empty()
        });
        StreetView {
            area,
            name: self.name(area),
            waiting_for_me: sorted(waiting_for_me, Order::Waiting),
            in_street: sorted(in_street, Order::Need),
            past: sorted(past, Order::Newest),
            talents: self.talents(Some(area)).talents,
        }
    }

    fn history(&self) -> PastView {
        let me = self.neighbourhood.member();
        let mut past = PastView {
            logged: 0,
            solved: 0,
            told: 0,
            talents: 0,
            requests: Vec::new(),
        };
        for street in &self.streets {
            for request in street.requests.iter().filter(|known| known.logged_by == me) {
                if request.is_talent {
                    past.talents += 1;
                    continue;
                }
                past.logged += 1;
                past.solved += usize::from(request.course.solved);
                past.told += usize::from(request.told.is_some());
                past.requests.push(self.card(request, street));
            }
        }
        past.requests = sorted(past.requests, Order::Newest);
        past
    }

    fn request(&self, id: RequestId) -> RequestView {
        let me = self.neighbourhood.member();
        let found = self
            .streets
            .iter()
            .find_map(|street| Some((street.request(id, me)?, street)));
        let Some((request, street)) = found else {
            return RequestView {
                request: None,
                history: Vec::new(),
            };
        };
        let mut card = self.card(&request, street);
        self.explain(&request, &mut card);
        RequestView {
            request: Some(card),
            history: history(&request, street, me),
        }
    }

    /// The areas with a readable street in or below them, depth first, by name.
    pub(super) fn areas(&self) -> Vec<AreaNode> {
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
                    .filter(|request| !request.is_talent && stage(request).is_active())
                    .count()
            })
    }

    /// The requests of a street, those that were refused among them.
    pub(super) fn cards(&self, street: &StreetRead) -> Vec<RequestCard> {
        self.all_cards(street, false)
    }

    /// What this person logged in a street and the relay would not take.
    pub(super) fn refused(&self, street: &StreetRead) -> Vec<Request> {
        let is_known = |refused: &&Refused| {
            let mut requests = street.requests.iter();
            requests.any(|request| request.id == refused.request)
        };
        let refused = street.refused.iter().filter(|refused| !is_known(refused));
        let me = self.neighbourhood.member();
        refused
            .filter_map(|refused| refused.as_request(me))
            .collect()
    }

    /// The requests, or the talents.
    pub(super) fn all_cards(&self, street: &StreetRead, talents: bool) -> Vec<RequestCard> {
        let refused = self.refused(street);
        street
            .requests
            .iter()
            .chain(&refused)
            .filter(|request| request.is_talent == talents)
            .map(|request| self.card(request, street))
            .collect()
    }

    pub(super) fn card(&self, request: &Request, street: &StreetRead) -> RequestCard {
        let mut card = RequestCard::new(request, street, self.neighbourhood);
        // What is answered together with another one is done when that is.
        let main = request.course.merged_into.and_then(|main| self.find(main));
        if let (Some(main), Stage::Merged) = (main, card.stage) {
            let is_done = matches!(stage(main), Stage::Done | Stage::FedBack | Stage::Solved);
            card.can.feedback = is_done && card.can.link;
        }
        card
    }

    pub(super) fn find(&self, id: RequestId) -> Option<&'a Request> {
        let mut streets = self.streets.iter();
        streets.find_map(|street| street.requests.iter().find(|request| request.id == id))
    }

    pub(super) fn name(&self, area: AreaId) -> String {
        self.neighbourhood
            .tree()
            .get(area)
            .map(|area| area.name.clone())
            .unwrap_or_default()
    }
}

impl StreetRead {
    /// The first name somebody shares here.
    pub(super) fn name_of(&self, member: MemberId) -> Option<String> {
        let mut names = self.names.iter();
        let (_, name) = names.find(|(known, _)| *known == member)?;
        Some(name.clone())
    }

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
pub(super) enum Order {
    /// Feedback first, then what needs a look, oldest first.
    Waiting,
    /// Most urgent first, then oldest.
    Need,
    /// Newest first.
    Newest,
}

/// One sort for every list: each kind of sort is some kilobytes on the phone.
pub(super) fn sorted(mut cards: Vec<RequestCard>, order: Order) -> Vec<RequestCard> {
    let weight = |card: &RequestCard| match order {
        Order::Need => Reverse(Some(card.urgency as u8)),
        Order::Waiting => Reverse(Some(
            2 * u8::from(card.refusal.is_some()) + u8::from(card.can.feedback),
        )),
        Order::Newest => Reverse(None),
    };
    cards.sort_unstable_by_key(|card| (weight(card), card.logged_at, card.id));
    if matches!(order, Order::Newest) {
        cards.reverse();
    }
    cards
}
