//! The board: every request of an area by where it stands, as columns or as a table, as far as somebody wants to see.
//!
//! A town has ten thousand requests and a screen shows a hundred. All are weighed here, which is cheap; only those
//! that are shown become cards.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::card::attention;
use super::reader::{AreaNode, Reader, StreetRead};
use super::{RequestCard, Stage, stage};
use crate::id::{AreaId, MemberId, RequestId};
use crate::model::{Request, Route, Theme, Urgency, Word};
use crate::time::Timestamp;

/// A column of the board.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// No coordinator looked at it, and nobody offered.
    New,
    /// Waits for a helper.
    Seeking,
    /// A helper is at it.
    Busy,
    /// The resident waits to be told.
    Feedback,
    /// Told about, withdrawn or otherwise ended.
    Closed,
}

impl Column {
    const ALL: [Self; 5] = [
        Self::New,
        Self::Seeking,
        Self::Busy,
        Self::Feedback,
        Self::Closed,
    ];

    const fn of(request: &Request, stage: Stage) -> Self {
        match stage {
            Stage::Open if !request.course.triaged => Self::New,
            Stage::Open | Stage::Offered => Self::Seeking,
            Stage::Matched | Stage::Merged => Self::Busy,
            Stage::Done => Self::Feedback,
            Stage::FedBack | Stage::Solved | Stage::Closed | Stage::Withdrawn => Self::Closed,
        }
    }
}

/// What of the board somebody wants to see. Empty lists mean everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Of which area.
    pub area: Option<AreaId>,
    /// About what.
    pub themes: Vec<Theme>,
    /// Answered how.
    pub routes: Vec<Route>,
    /// How urgent.
    pub urgencies: Vec<Urgency>,
    /// In which columns.
    pub columns: Vec<Column>,
    /// Only what somebody should look at.
    pub attention: bool,
    /// Only what was logged before this moment.
    pub before: Option<Timestamp>,
    /// What somebody typed, looked up among the words of the screen.
    pub search: Option<Search>,
    /// In which order the table stands.
    pub sort: Sort,
}

/// What the words that somebody typed could mean: one of these is enough. No words are known here.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(default)]
pub struct Search {
    /// The keys of asks.
    pub asks: Vec<String>,
    /// The keys of themes.
    pub themes: Vec<String>,
    /// Streets.
    pub areas: Vec<AreaId>,
    /// Members who help.
    pub members: Vec<MemberId>,
    /// Helpers whose first name begins like this, in small letters as typed.
    pub name: Option<String>,
    /// One request.
    pub request: Option<RequestId>,
}

/// In which order a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// What needs a look first, then most urgent, then oldest.
    #[default]
    Need,
    /// Oldest first.
    Oldest,
    /// Newest first.
    Newest,
    /// By street, in the order of the areas.
    Street,
    /// By theme.
    Theme,
    /// By where it stands.
    Column,
}

/// One column with its cards.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BoardColumn {
    /// Which.
    pub column: Column,
    /// How many there are.
    pub total: usize,
    /// The first of them.
    pub cards: Vec<RequestCard>,
}

/// The board.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BoardView {
    /// Of which area; `None` is everything this person may see.
    pub area: Option<AreaId>,
    /// By status.
    pub columns: Vec<BoardColumn>,
    /// How many of those shown and not shown somebody should look at.
    pub attention: usize,
    /// The areas this person may look into, each before those below it.
    pub areas: Vec<AreaNode>,
}

/// The board as a table.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TableView {
    /// How many rows there are.
    pub total: usize,
    /// The first of them.
    pub rows: Vec<RequestCard>,
}

/// A request that passed the filter.
struct Found<'a> {
    street: &'a StreetRead,
    /// The street's place in the order of the areas.
    place: usize,
    /// One that never reached the board is only on this phone, and made up from what was meant.
    request: Cow<'a, Request>,
    column: Column,
    needs_look: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn board(&self, filter: &Filter, shown: u32) -> BoardView {
        let shown = usize::try_from(shown).unwrap_or(usize::MAX);
        let mut found = self.found(filter);
        sort(&mut found, Sort::Need);
        let columns = Column::ALL.map(|column| {
            let mut of_column: Vec<&Found<'_>> =
                found.iter().filter(|one| one.column == column).collect();
            if column == Column::Closed {
                of_column.reverse();
            }
            let cards = of_column.iter().take(shown);
            BoardColumn {
                column,
                total: of_column.len(),
                cards: cards
                    .map(|one| self.card(&one.request, one.street))
                    .collect(),
            }
        });
        BoardView {
            area: filter.area,
            columns: columns.into(),
            attention: found.iter().filter(|one| one.needs_look).count(),
            areas: self.areas(),
        }
    }

    pub(super) fn table(&self, filter: &Filter, shown: u32) -> TableView {
        let shown = usize::try_from(shown).unwrap_or(usize::MAX);
        let mut found = self.found(filter);
        sort(&mut found, filter.sort);
        let rows = found.iter().take(shown);
        TableView {
            total: found.len(),
            rows: rows
                .map(|one| self.card(&one.request, one.street))
                .collect(),
        }
    }

    /// The streets in an area.
    pub(super) fn streets_in(&self, area: Option<AreaId>) -> impl Iterator<Item = &'a StreetRead> {
        let tree = self.neighbourhood.tree();
        let streets = self.streets.iter().copied();
        streets.filter(move |street| area.is_none_or(|area| tree.lies_in(street.area, area)))
    }

    fn found(&self, filter: &Filter) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        for street in self.streets_in(filter.area) {
            let place = self.place(street.area);
            let known = street.requests.iter().map(Cow::Borrowed);
            let refused = self.refused(street).into_iter().map(Cow::Owned);
            for request in known.chain(refused) {
                let stage = stage(&request);
                let one = Found {
                    street,
                    place,
                    column: Column::of(&request, stage),
                    needs_look: !attention(&request, stage).is_empty(),
                    request,
                };
                if !one.request.is_talent && one.passes(filter) {
                    found.push(one);
                }
            }
        }
        found
    }

    fn place(&self, street: AreaId) -> usize {
        let mut areas = self.neighbourhood.tree().iter();
        areas.position(|area| area.id == street).unwrap_or(0)
    }
}

impl Found<'_> {
    fn passes(&self, filter: &Filter) -> bool {
        let request = &*self.request;
        let is_theme = |theme: &Theme| Some(*theme) == request.theme;
        (filter.themes.is_empty() || filter.themes.iter().any(is_theme))
            && (filter.routes.is_empty() || filter.routes.contains(&request.course.route))
            && (filter.urgencies.is_empty() || filter.urgencies.contains(&request.urgency))
            && (filter.columns.is_empty() || filter.columns.contains(&self.column))
            && (!filter.attention || self.needs_look)
            && filter
                .before
                .is_none_or(|before| request.logged_at < before)
            && filter.search.as_ref().is_none_or(|search| self.is(search))
    }

    fn is(&self, search: &Search) -> bool {
        let request = &*self.request;
        let ask = request.ask.map(Word::key);
        let theme = request.theme.map(Word::key);
        let helps = |member: &MemberId| request.claims.contains_key(member);
        let named = |name: &String| {
            let mut names = self.street.names.iter();
            names.any(|(member, known)| helps(member) && begins_with(known, name))
        };
        search.asks.iter().any(|known| Some(known.as_str()) == ask)
            || search
                .themes
                .iter()
                .any(|known| Some(known.as_str()) == theme)
            || search.areas.contains(&self.street.area)
            || search.members.iter().any(helps)
            || search.name.as_ref().is_some_and(named)
            || search.request == Some(request.id)
    }
}

/// Whether a name begins with what was typed, letter by letter in small ones.
fn begins_with(name: &str, typed: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    typed.chars().all(|letter| letters.next() == Some(letter))
}

fn sort(found: &mut [Found<'_>], sort: Sort) {
    let theme = |one: &Found<'_>| one.request.theme.map_or(u8::MAX, |theme| theme as u8);
    let group = |one: &Found<'_>| match sort {
        Sort::Street => one.place,
        Sort::Theme => usize::from(theme(one)),
        Sort::Column => one.column as usize,
        Sort::Need => usize::from(!one.needs_look),
        Sort::Oldest | Sort::Newest => 0,
    };
    let urgency = |one: &Found<'_>| match sort {
        Sort::Need => Reverse(one.request.urgency as u8),
        _ => Reverse(0),
    };
    found.sort_unstable_by_key(|one| {
        (
            group(one),
            urgency(one),
            one.request.logged_at,
            one.request.id,
        )
    });
    if sort == Sort::Newest {
        found.reverse();
    }
}
