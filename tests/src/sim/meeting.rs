//! Everybody finds reception, nothing goes wrong any more, and everything under way arrives.

use super::tab::State;
use super::world::World;

/// After so many rounds a neighbourhood that is not at rest never will be.
const ROUNDS: usize = 3_000;

impl World<'_> {
    pub(super) fn meets(&mut self) {
        self.is_calm = true;
        for who in 0..self.people.len() {
            for tab in 0..self.people[who].tabs.len() {
                if self.people[who].tabs[tab].state == State::Frozen {
                    self.thaws(who, tab);
                }
            }
            while self.people[who].tabs.iter().any(|tab| !tab.is_open())
                && !self.people[who].is_wiped
            {
                self.opens(who);
            }
        }
        for _ in 0..ROUNDS {
            self.minutes += 1;
            let relays_rest = self.relays_work();
            let lines_rest = self.lines_work();
            let people_rest = self.people_work();
            if relays_rest && lines_rest && people_rest {
                return;
            }
        }
        panic!("the neighbourhood never comes to rest");
    }

    fn relays_work(&mut self) -> bool {
        let mut at_rest = true;
        for number in 0..self.relays.len() {
            while let Some(news) = self.disk.hears(number, &mut self.rng) {
                at_rest = false;
                self.with_relay(number, |relay, desk| {
                    relay.hears(news, desk);
                    Ok(())
                });
            }
            self.with_relay(number, |relay, desk| {
                relay.looks_again(desk);
                Ok(())
            });
            let (to_judge, to_store) = self.relays[number].work();
            at_rest &= to_judge.is_empty() && to_store.is_empty();
            for document in to_judge {
                self.with_relay(number, |relay, desk| {
                    relay.judges(document, desk);
                    Ok(())
                });
            }
            self.stores(number);
        }
        at_rest && self.disk.is_silent()
    }

    fn lines_work(&mut self) -> bool {
        let mut at_rest = true;
        let lines: Vec<_> = self.lines.iter().map(|(id, _)| id).collect();
        for id in lines {
            let waits = |world: &Self| {
                let line = world.lines.get(id);
                line.map_or((false, false), |line| {
                    let up = line.relay_end && (!line.up.is_empty() || !line.phone);
                    let down = line.phone && (!line.down.is_empty() || !line.relay_end);
                    (up, down)
                })
            };
            let (up, down) = waits(self);
            at_rest &= !up && !down;
            if up {
                self.goes_up(id);
            }
            if down {
                self.comes_down(id);
            }
        }
        at_rest
    }

    fn people_work(&mut self) -> bool {
        let mut at_rest = true;
        for who in 0..self.people.len() {
            for tab in 0..self.people[who].tabs.len() {
                let known = &self.people[who].tabs[tab];
                if !known.is_open() {
                    continue;
                }
                at_rest &= known.is_at_rest();
                let is_alone = known.leads && known.line.is_none();
                self.mostly_works(who, tab);
                self.people[who].reads_mail(tab, &mut self.lines, &mut self.rng);
                self.mostly_works(who, tab);
                if is_alone {
                    at_rest = false;
                    self.connects(who, tab);
                    if self.people[who].tabs[tab].line.is_none() {
                        self.people[who].tabs[tab].feed(|phone| phone.network(true));
                        self.mostly_works(who, tab);
                    }
                }
            }
        }
        at_rest
    }
}
