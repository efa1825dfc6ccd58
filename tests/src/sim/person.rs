//! One person with a phone: its disk, its tabs, and what the person was told is kept.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use kruispunt_core::command::{Command, CommandError};
use kruispunt_core::id::{DocumentId, RequestId};
use kruispunt_core::model::{Area, AreaKind, Membership};
use kruispunt_core::neighbourhood::{Me, MeMember, StreetDocument};
use kruispunt_core::sync::{Effect, Phone};
use kruispunt_core::time::Timestamp;
use kruispunt_core::view::{Filter, Query, RequestCard, View};

use super::deeds::{Deed, Deeds};
use super::ground::{Neighbour, Neighbourhood, at, bytes, must};
use super::line::Lines;
use super::story::tells;
use super::tab::{State, Tab};

#[derive(Debug)]
pub(super) struct Person {
    pub(super) who: Neighbour,
    pub(super) number: usize,
    disk: BTreeMap<String, Vec<u8>>,
    pub(super) tabs: Vec<Tab>,
    /// Minutes by which this phone's clock is wrong.
    skew: i64,
    pub(super) deeds: Deeds,
    /// Changes this phone was told are on the relay's disk, with their epoch.
    pub(super) acknowledged: Vec<(DocumentId, u32, [u8; 32])>,
    /// Whether everything on the phone was removed because the relay no longer knows it.
    pub(super) is_wiped: bool,
    /// Whether it was said to be lost.
    pub(super) is_revoked: bool,
    /// Requests whose refusal the person sees.
    pub(super) refused: BTreeSet<RequestId>,
    /// How many refusals they read and put away.
    pub(super) refusals_read: usize,
    /// The most pieces of work that ever waited on this phone.
    pub(super) most_unsent: usize,
}

impl Person {
    pub(super) fn new(number: usize, place: &Neighbourhood, tabs: usize, rng: &mut Rng) -> Self {
        let who = must(
            place
                .people
                .get(number)
                .cloned()
                .ok_or("nobody has this number"),
        );
        let mut person = Self {
            number,
            disk: BTreeMap::new(),
            tabs: (0..tabs).map(|_| Tab::closed()).collect(),
            skew: rng.i64(-3_000..3_000),
            deeds: Deeds::default(),
            acknowledged: Vec::new(),
            is_wiped: false,
            is_revoked: false,
            refused: BTreeSet::new(),
            refusals_read: 0,
            most_unsent: 0,
            who,
        };
        // Signing in comes before the story: the answer about the member is on the disk.
        let mut phone = Phone::new([0; 16]);
        must(phone.know(person.me(place)));
        for effect in phone.drain() {
            if let Effect::Store(batch) = effect {
                person.disk.extend(batch.puts);
            }
        }
        person.opens(0, rng);
        person
    }

    fn me(&self, place: &Neighbourhood) -> Me {
        let area = |id, kind, parent| Area {
            id,
            code: format!("{id}"),
            name: format!("{id}"),
            kind,
            parent,
        };
        let quarter = place.quarter;
        let streets = place.streets.iter();
        let streets = streets.map(|street| area(street.area, AreaKind::Street, Some(quarter)));
        Me {
            record_key: None,
            passkey: None,
            verified_until: None,
            profile: None,
            member: MeMember {
                id: self.who.member,
                first_name: self.who.name.clone(),
            },
            device: self.who.device,
            memberships: vec![Membership {
                area: quarter,
                role: self.who.role,
            }],
            areas: streets
                .chain([area(quarter, AreaKind::Quarter, None)])
                .collect(),
            streets: place
                .streets
                .iter()
                .map(|street| StreetDocument {
                    area: street.area,
                    document: street.document,
                })
                .collect(),
        }
    }

    /// The relay's answer about this member as it is now.
    pub(super) fn learns(&mut self, place: &Neighbourhood) -> Me {
        if let Some(who) = place.people.get(self.number) {
            self.who.role = who.role;
        }
        self.me(place)
    }

    pub(super) fn now(&self, minutes: i64) -> Timestamp {
        at(minutes + self.skew)
    }

    pub(super) fn tab(&mut self, tab: usize) -> Option<&mut Tab> {
        self.tabs.get_mut(tab)
    }

    /// A tab is opened. The first one leads.
    pub(super) fn opens(&mut self, tab: usize, rng: &mut Rng) {
        let nobody_leads = self.tabs.iter().all(|tab| !tab.leads);
        if let Some(tab) = self.tabs.get_mut(tab) {
            tab.state = State::Awake;
            tab.leads = nobody_leads;
        }
        self.reads(tab, rng);
    }

    /// A tab reads everything from the disk; what was only in memory is gone.
    pub(super) fn reads(&mut self, tab: usize, rng: &mut Rng) {
        tells!("{} reads the disk in tab {tab}", self.who.name);
        let phone = Phone::load(bytes(rng), self.disk.clone());
        let phone = phone.unwrap_or_else(|error| panic!("a phone reads its own records: {error}"));
        let Some(tab) = self.tabs.get_mut(tab) else {
            return;
        };
        *tab = Tab {
            phone,
            mail: std::mem::take(&mut tab.mail),
            state: State::Awake,
            leads: tab.leads,
            ..Tab::closed()
        };
        let leads = tab.leads;
        tab.feed(|phone| {
            if leads {
                phone.lead();
            }
            phone.network(true);
        });
    }

    /// A tab is closed, or its browser killed it. Where it led, another takes over.
    pub(super) fn closes(&mut self, tab: usize, lines: &mut Lines, rng: &mut Rng) {
        self.hangs_up(tab, lines, rng);
        let Some(closed) = self.tabs.get_mut(tab) else {
            return;
        };
        let led = closed.leads;
        *closed = Tab::closed();
        if led && let Some(next) = self.tabs.iter().position(Tab::is_open) {
            self.tabs[next].leads = true;
            self.reads(next, rng);
        }
    }

    /// The connection of a tab ends, from this side.
    pub(super) fn hangs_up(&mut self, tab: usize, lines: &mut Lines, rng: &mut Rng) {
        if let Some(line) = self.tabs.get_mut(tab).and_then(|tab| tab.line.take()) {
            lines.phone_leaves(line, rng);
        }
    }

    /// The connection of a tab ended, and it hears so.
    pub(super) fn loses_line(&mut self, tab: usize, lines: &mut Lines, rng: &mut Rng) {
        self.hangs_up(tab, lines, rng);
        let dice = rng.u32(..);
        if let Some(tab) = self.tabs.get_mut(tab) {
            tab.feed(|phone| phone.disconnected(dice));
        }
    }

    /// Does something in a tab. The person is told that it is kept when it is.
    pub(super) fn does(&mut self, tab: usize, command: Command, minutes: i64, rng: &mut Rng) {
        let now = self.now(minutes);
        let mut others = self.tabs.iter().enumerate();
        let is_behind = others
            .any(|(other, known)| !known.mail.is_empty() || (other != tab && !known.is_at_rest()));
        let Some(tab) = self.tabs.get_mut(tab) else {
            return;
        };
        let deed = Deed::of(&command);
        let fresh = RequestId::from_bytes(bytes(rng));
        match tab.feed(|phone| phone.command(command, fresh, now)) {
            Ok((request, Some(batch))) => {
                tells!(
                    "{} does {deed:?} to {request} in batch {batch}",
                    self.who.name
                );
                // Where a tab did not know what another one did, neither that nor this is the last word on a claim.
                if is_behind {
                    self.deeds.muddle(request);
                }
                if !is_behind || !deed.is_about_a_claim() {
                    tab.waiting.insert(batch, (request, deed));
                }
            }
            Ok((_, None)) | Err(CommandError::Refused(_)) => {}
            Err(CommandError::Board(error)) => panic!("a board is always readable: {error}"),
        }
    }

    /// Carries out the next thing a tab's phone asks for. A disk that does not work takes the tab down, as the worker
    /// does: what is in memory must never run ahead of what is kept.
    pub(super) fn works(&mut self, tab: usize, disk_works: bool, lines: &mut Lines, rng: &mut Rng) {
        let Some(effect) = self.tab(tab).and_then(|tab| tab.effects.pop_front()) else {
            return;
        };
        match effect {
            Effect::Store(_) if !disk_works => {
                self.hangs_up(tab, lines, rng);
                self.reads(tab, rng);
            }
            Effect::Store(batch) => {
                let puts: Vec<_> = batch.puts.iter().map(|(key, _)| key).collect();
                let (name, deletes) = (&self.who.name, &batch.deletes);
                tells!("{name} stores {puts:?} and removes {deletes:?} in tab {tab}");
                self.disk.extend(batch.puts.iter().cloned());
                for key in &batch.deletes {
                    self.disk.remove(key);
                }
                let others = self.tabs.iter_mut().enumerate();
                for (_, other) in others.filter(|(other, open)| *other != tab && open.is_open()) {
                    other.mail.push_back(batch.clone());
                }
                let Some(tab) = self.tabs.get_mut(tab) else {
                    return;
                };
                tab.feed(|phone| phone.stored(batch.number));
                self.most_unsent = self.most_unsent.max(tab.phone.safekeeping().unsent);
                if let Some((request, deed)) = tab.waiting.remove(&batch.number) {
                    self.deeds.add(request, deed);
                }
            }
            Effect::Send(frame) => {
                if let Some(line) = self.tab(tab).and_then(|tab| tab.line) {
                    lines.up(line, frame);
                }
            }
            Effect::Connect { .. } => {
                if let Some(tab) = self.tab(tab) {
                    tab.dials = true;
                }
            }
            Effect::Close => {
                let known = self.tab(tab);
                let was_open = known.is_some_and(|tab| {
                    tab.dials = false;
                    tab.line.is_some()
                });
                if was_open {
                    self.loses_line(tab, lines, rng);
                }
            }
            Effect::Revoked => self.is_wiped(lines, rng),
            Effect::SignIn | Effect::AskAnew | Effect::Changed => {}
        }
    }

    /// The relay no longer knows this phone.
    fn is_wiped(&mut self, lines: &mut Lines, rng: &mut Rng) {
        self.is_wiped = true;
        self.disk.clear();
        for tab in 0..self.tabs.len() {
            self.hangs_up(tab, lines, rng);
            self.tabs[tab] = Tab::closed();
        }
    }

    /// A tab reads what another stored.
    pub(super) fn reads_mail(&mut self, tab: usize, lines: &mut Lines, rng: &mut Rng) {
        let Some(known) = self.tabs.get_mut(tab) else {
            return;
        };
        let Some(batch) = known.mail.pop_front() else {
            return;
        };
        if known.feed(|phone| phone.absorb(batch)).is_err() {
            self.hangs_up(tab, lines, rng);
            self.reads(tab, rng);
        }
    }

    pub(super) fn cards(&mut self, tab: usize) -> Vec<RequestCard> {
        let view = self.tab(tab).and_then(|tab| {
            tab.phone.view(
                &Query::Board {
                    filter: Filter::default(),
                    shown: u32::MAX,
                },
                Timestamp::default(),
            )
        });
        match view {
            Some(View::Board(board)) => board
                .columns
                .into_iter()
                .flat_map(|column| column.cards)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// How many records there are on the disk whose key begins so, and how large they are together.
    pub(super) fn on_disk(&self, prefix: &str, holds: &str) -> (usize, usize) {
        let records = self.disk.iter();
        let records = records.filter(|(key, _)| key.starts_with(prefix) && key.contains(holds));
        records.fold((0, 0), |(count, size), (_, bytes)| {
            (count + 1, size + bytes.len())
        })
    }
}
