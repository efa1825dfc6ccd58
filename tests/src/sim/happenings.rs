//! Everything that may happen, one thing at a time.

use kruispunt_core::command::Command;
use kruispunt_core::model::{
    Ask, EntryKind, FeedbackHow, PassReason, Repeat, Role, Theme, TroubleReason, Urgency,
};
use kruispunt_core::schema::Keep;
use kruispunt_core::sync::frame::Frame;
use kruispunt_core::view::Safety;

use super::ground::{at, must};
use super::line::{Line, LineId};
use super::tab::{State, Tab};
use super::world::World;

impl World<'_> {
    pub(super) fn somebody_acts(&mut self) {
        let Some((who, tab)) = self.any_tab() else {
            return;
        };
        if let Some(command) = self.wish(who, tab) {
            self.people[who].does(tab, command, self.minutes, &mut self.rng);
            self.mostly_works(who, tab);
        }
    }

    fn wish(&mut self, who: usize, tab: usize) -> Option<Command> {
        let cards = self.people.get_mut(who)?.cards(tab);
        let street = self.rng.choice(&self.place.streets)?.area;
        let log = Command::LogRequest {
            area: street,
            theme: Theme::Company,
            ask: *self
                .rng
                .choice(Theme::Company.asks())
                .unwrap_or(&Ask::Coffee),
            day: None,
            part: None,
            urgency: Urgency::ThisWeek,
            repeat: Repeat::Once,
            source: None,
            language: None,
        };
        let Some(card) = self.rng.choice(&cards) else {
            return Some(log);
        };
        let request = card.id;
        Some(match self.rng.u8(0..15) {
            0..3 => log,
            3..6 => Command::ClaimRequest { request },
            6 => Command::ReleaseClaim { request },
            7 => Command::MarkDone { request },
            8 => Command::GiveFeedback {
                request,
                how: FeedbackHow::InPerson,
                on: None,
            },
            9 => Command::WithdrawRequest { request },
            10 => Command::because(request, EntryKind::Passed, PassReason::NotNow),
            11 => Command::entry(request, EntryKind::Started),
            12 => Command::because(request, EntryKind::Trouble, TroubleReason::NobodyHome),
            13 => Command::entry(request, EntryKind::Solved),
            _ => {
                let into = self.rng.choice(&cards)?.id;
                Command::together(request, EntryKind::Linked, into)
            }
        })
    }

    pub(super) fn a_tab_works(&mut self) {
        if let Some((who, tab)) = self.any_tab() {
            self.mostly_works(who, tab);
        }
    }

    pub(super) fn somebody_connects(&mut self) {
        if let Some((who, tab)) = self.any_tab() {
            self.connects(who, tab);
        }
    }

    pub(super) fn connects(&mut self, who: usize, tab: usize) {
        let relay = self.rng.usize(0..self.relays.len());
        let now = self.people[who].now(self.minutes);
        let Some(phone) = self.people[who].tab(tab) else {
            return;
        };
        if phone.line.is_some() || !std::mem::take(&mut phone.dials) {
            return;
        }
        let me = self
            .rng
            .bool()
            .then(|| self.people[who].learns(&self.place));
        let Some(phone) = self.people[who].tab(tab) else {
            return;
        };
        phone.line = Some(self.lines.open(who, tab, relay));
        phone.feed(|phone| {
            if let Some(me) = me {
                must(phone.know(me));
            }
            phone.connected("token", now);
        });
        self.mostly_works(who, tab);
    }

    pub(super) fn a_frame_goes_up(&mut self) {
        let waits = |line: &Line| line.relay_end && (!line.up.is_empty() || !line.phone);
        if let Some(line) = self.lines.any(&mut self.rng, waits) {
            self.goes_up(line);
        }
    }

    /// One frame reaches a relay, or it notices that nobody is there any more.
    pub(super) fn goes_up(&mut self, id: LineId) {
        let Some(line) = self.lines.get_mut(id) else {
            return;
        };
        let number = line.relay;
        let Some(bytes) = line.up.front() else {
            self.lines.relay_leaves(id);
            self.relays[number].forgets(&self.lines);
            return;
        };
        if let Ok(Frame::Push(push)) = Frame::decode(bytes)
            && !self.relays[number].has_room(push.document)
        {
            return;
        }
        let Some(bytes) = line.up.pop_front() else {
            return;
        };
        let skew = self.relays[number].skew;
        let mut relays = std::mem::take(&mut self.relays);
        relays[number].takes(id, &bytes, &mut self.desk(skew));
        self.relays = relays;
    }

    pub(super) fn a_frame_comes_down(&mut self) {
        let people = &self.people;
        let is_awake = |line: &Line| people[line.person].tabs[line.tab].is_awake();
        let waits = |line: &Line| {
            line.phone && is_awake(line) && (!line.down.is_empty() || !line.relay_end)
        };
        if let Some(line) = self.lines.any(&mut self.rng, waits) {
            self.comes_down(line);
        }
    }

    /// One frame reaches a phone, sometimes twice; or it notices that the relay is gone. Damaged it never is, since
    /// the carrier checks that.
    pub(super) fn comes_down(&mut self, id: LineId) {
        let Some(line) = self.lines.get_mut(id) else {
            return;
        };
        let (who, tab) = (line.person, line.tab);
        let Some(bytes) = line.down.pop_front() else {
            self.people[who].loses_line(tab, &mut self.lines, &mut self.rng);
            self.mostly_works(who, tab);
            return;
        };
        let person = &mut self.people[who];
        if let Ok(Frame::Ack(ack)) = Frame::decode(&bytes) {
            let hashes = ack.hashes.iter();
            let told = hashes.map(|hash| (ack.document, ack.epoch, **hash));
            person.acknowledged.extend(told);
        }
        let times = 1 + usize::from(!self.is_calm && self.rng.u8(0..25) == 0);
        let now = person.now(self.minutes);
        for _ in 0..times {
            if let Some(tab) = person.tab(tab) {
                tab.feed(|phone| phone.frame(&bytes, now));
            }
        }
        self.mostly_works(who, tab);
    }

    pub(super) fn a_relay_judges(&mut self) {
        let number = self.rng.usize(0..self.relays.len());
        let (to_judge, _) = self.relays[number].work();
        if let Some(&document) = self.rng.choice(&to_judge) {
            self.with_relay(number, |relay, desk| {
                relay.judges(document, desk);
                Ok(())
            });
        }
    }

    pub(super) fn a_relay_stores(&mut self) {
        let number = self.rng.usize(0..self.relays.len());
        self.stores(number);
    }

    pub(super) fn stores(&mut self, number: usize) {
        let (_, mut to_store) = self.relays[number].work();
        if to_store.is_empty() {
            return;
        }
        self.rng.shuffle(&mut to_store);
        to_store.truncate(self.rng.usize(1..=to_store.len()));
        let luck = self.luck();
        self.with_relay(number, |relay, desk| relay.stores(&to_store, luck, desk));
    }

    pub(super) fn a_relay_hears(&mut self) {
        let number = self.rng.usize(0..self.relays.len());
        self.with_relay(number, |relay, desk| {
            relay.looks_again(desk);
            Ok(())
        });
        if let Some(news) = self.disk.hears(number, &mut self.rng) {
            self.with_relay(number, |relay, desk| {
                relay.hears(news, desk);
                Ok(())
            });
        }
    }

    pub(super) fn a_relay_saves_or_cools(&mut self) {
        let number = self.rng.usize(0..self.relays.len());
        let document = self.place.streets[self.rng.usize(0..self.place.streets.len())].document;
        if self.rng.bool() {
            self.relays[number].cools(document);
        } else {
            let luck = self.luck();
            self.with_relay(number, |relay, desk| relay.saves(document, luck, desk));
        }
    }

    pub(super) fn a_document_begins_anew(&mut self) {
        let number = self.rng.usize(0..self.relays.len());
        let document = self.place.streets[self.rng.usize(0..self.place.streets.len())].document;
        let keep = Keep::since(at(self.minutes - self.rng.i64(0..6_000)));
        let luck = self.luck();
        self.with_relay(number, |relay, desk| {
            relay.rotates(document, keep, luck, desk)
        });
    }

    pub(super) fn a_backup_is_made(&mut self) {
        let streets = self.place.streets.iter();
        self.backup = streets
            .map(|street| self.disk.read(street.document))
            .collect();
    }

    /// The machine is lost, with all relays and what was stored since the backup.
    pub(super) fn a_backup_is_put_back(&mut self) {
        if self.backup.is_empty() {
            return;
        }
        for number in 0..self.relays.len() {
            self.relay_dies(number);
        }
        for backup in std::mem::take(&mut self.backup) {
            self.disk.put_back(backup, at(self.minutes));
        }
        self.put_back += 1;
    }

    pub(super) fn a_phone_is_revoked(&mut self) {
        let who = self.rng.usize(0..self.people.len());
        let device = self.people[who].who.device;
        let number = self.rng.usize(0..self.relays.len());
        self.with_relay(number, |relay, desk| {
            desk.disk.revoke(relay.number, device, desk.now);
            relay.cuts(device, desk);
            Ok(())
        });
        self.people[who].is_revoked = true;
        // One lost phone is enough for one story.
        self.mood.revokes = false;
    }

    /// Somebody becomes something else in the neighbourhood. Their phone learns it some time later.
    pub(super) fn a_role_changes(&mut self) {
        let roles = [Role::Ambassador, Role::Volunteer, Role::Coordinator];
        let who = self.rng.usize(0..self.people.len());
        self.place.people[who].role = roles[self.rng.usize(0..roles.len())];
    }

    pub(super) fn a_tab_reads_mail(&mut self) {
        if let Some((who, tab)) = self.any_tab() {
            self.people[who].reads_mail(tab, &mut self.lines, &mut self.rng);
            self.mostly_works(who, tab);
        }
    }

    pub(super) fn a_tab_opens(&mut self) {
        let who = self.rng.usize(0..self.people.len());
        self.opens(who);
    }

    pub(super) fn opens(&mut self, who: usize) {
        let person = &mut self.people[who];
        let closed = person.tabs.iter().position(|tab| !tab.is_open());
        if let Some(tab) = closed.filter(|_| !person.is_wiped) {
            person.opens(tab, &mut self.rng);
            self.mostly_works(who, tab);
        }
    }

    pub(super) fn a_line_breaks(&mut self) {
        let Some(id) = self.lines.any(&mut self.rng, |line| line.phone) else {
            return;
        };
        let Some(line) = self.lines.get(id) else {
            return;
        };
        let (who, tab) = (line.person, line.tab);
        if self.people[who].tabs[tab].is_awake() {
            self.people[who].loses_line(tab, &mut self.lines, &mut self.rng);
            self.mostly_works(who, tab);
        }
    }

    pub(super) fn something_dies(&mut self) {
        self.crashes += 1;
        let who = self.rng.usize(0..self.people.len());
        let person = &mut self.people[who];
        let tab = self.rng.usize(0..person.tabs.len());
        match self.rng.u8(0..4) {
            0 => {
                let number = self.rng.usize(0..self.relays.len());
                self.relay_dies(number);
            }
            1 if !person.is_wiped => person.closes(tab, &mut self.lines, &mut self.rng),
            // The battery is empty.
            _ if !person.is_wiped => {
                for tab in 0..person.tabs.len() {
                    person.hangs_up(tab, &mut self.lines, &mut self.rng);
                    person.tabs[tab] = Tab::closed();
                }
                person.opens(0, &mut self.rng);
            }
            _ => {}
        }
    }

    pub(super) fn relay_dies(&mut self, number: usize) {
        self.crashes += 1;
        self.relays[number].dies();
        self.disk.forgets(number);
        self.lines.relay_dies(number, &mut self.rng);
    }

    pub(super) fn a_tab_freezes_or_thaws(&mut self) {
        let who = self.rng.usize(0..self.people.len());
        let tab = self.rng.usize(0..self.people[who].tabs.len());
        if self.people[who].tabs[tab].state == State::Frozen {
            self.thaws(who, tab);
        } else {
            let tab = &mut self.people[who].tabs[tab];
            if tab.is_open() {
                tab.state = State::Frozen;
            }
        }
    }

    /// A frozen page is back: time jumped, and other tabs may have written meanwhile.
    pub(super) fn thaws(&mut self, who: usize, tab: usize) {
        self.minutes += self.rng.i64(1..60);
        let person = &mut self.people[who];
        let now = person.now(self.minutes);
        person.tabs[tab].state = State::Awake;
        if person.tabs[tab].leads {
            person.tabs[tab].feed(|phone| phone.tick(now));
        } else {
            person.reads(tab, &mut self.rng);
        }
        self.mostly_works(who, tab);
    }

    pub(super) fn reception_comes_and_goes(&mut self) {
        if let Some((who, tab)) = self.any_tab() {
            let there = self.rng.bool();
            let now = self.people[who].now(self.minutes);
            self.people[who].tabs[tab].feed(|phone| {
                phone.tick(now);
                phone.network(there);
            });
            self.mostly_works(who, tab);
        }
    }

    pub(super) fn somebody_reads_a_refusal(&mut self) {
        let Some((who, tab)) = self.any_tab() else {
            return;
        };
        let person = &mut self.people[who];
        let cards = person.cards(tab);
        let refused = cards.iter().find(|card| card.safety == Safety::Refused);
        if let Some(request) = refused.map(|card| card.id) {
            person.refusals_read += 1;
            person.tabs[tab].feed(|phone| phone.dismiss(request));
            person.deeds.forget(request);
            self.mostly_works(who, tab);
        }
    }
}
