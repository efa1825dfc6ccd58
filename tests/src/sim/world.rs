//! The world: who is connected to what, and what happens next.

use fastrand::Rng;
use kruispunt_storage::StoredDocument;

use super::disk::{Disk, Luck, Trouble};
use super::ground::{Ground, Neighbourhood, at};
use super::line::Lines;
use super::person::Person;
use super::relay::{Desk, Relay};

/// What one schedule came to, so that a run can say how much it tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Pieces of work people were told are kept.
    pub deeds: usize,
    /// Rows in the relays' logs, of all epochs.
    pub rows: usize,
    /// Times a phone, a tab or a relay died.
    pub crashes: usize,
    /// Epochs that were begun.
    pub rotations: usize,
    /// Times a backup was put back.
    pub put_back: usize,
    /// Writes that another relay was faster with.
    pub conflicts: usize,
    /// Pieces of work that were refused, and shown so.
    pub refusals: usize,
    /// The most pieces of work that waited on one phone.
    pub most_unsent: usize,
    /// The most frames that waited for one phone.
    pub longest_line: usize,
    /// The most pushes that waited for one document.
    pub longest_inbox: usize,
}

/// How much of what goes wrong in a schedule. Each schedule has its own mixture, so that what only happens without
/// some trouble is tried too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mood {
    cuts: u32,
    deaths: u32,
    storage: u32,
    phone_disks: u32,
    rotations: u32,
    pub(super) revokes: bool,
    freezes: u32,
    loses_reception: u32,
    roles: u32,
    /// How often a backup is made, and now and then put back.
    backups: u32,
}

impl Mood {
    fn new(rng: &mut Rng) -> Self {
        let mut some = |weights: [u32; 3]| weights[rng.usize(0..3)];
        let mut mood = Self {
            cuts: some([0, 20, 60]),
            deaths: some([0, 8, 30]),
            storage: some([0, 20, 80]),
            phone_disks: some([0, 4, 12]),
            rotations: some([0, 5, 25]),
            freezes: some([0, 10, 40]),
            loses_reception: some([0, 5, 20]),
            roles: some([0, 0, 30]),
            revokes: some([0, 0, 1]) == 1,
            backups: 0,
        };
        // What was lost with the machine is on the phones: on all of them, and everybody may still do it.
        if !mood.revokes && mood.roles == 0 {
            mood.backups = [0, 10, 25][rng.usize(0..3)];
        }
        mood
    }
}

type Happening<'a> = fn(&mut World<'a>);

/// Phones, relays, a database and everything between them.
pub struct World<'a> {
    pub(super) rng: Rng,
    pub(super) place: Neighbourhood,
    pub(super) people: Vec<Person>,
    pub(super) relays: Vec<Relay>,
    pub(super) lines: Lines,
    pub(super) disk: Disk<'a>,
    pub(super) minutes: i64,
    /// The newest backup, of all streets at one moment.
    pub(super) backup: Vec<StoredDocument>,
    pub(super) put_back: usize,
    pub(super) crashes: usize,
    pub(super) mood: Mood,
    /// Whether nothing goes wrong any more.
    pub(super) is_calm: bool,
}

impl<'a> World<'a> {
    /// A neighbourhood of two streets, five people and a few relays.
    #[must_use]
    pub fn new(ground: &'a Ground, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let place = ground.settle(&mut rng);
        let relays: Vec<_> = (0..rng.usize(1..=3))
            .map(|number| Relay::new(number, rng.i64(-30..30)))
            .collect();
        let has_tabs = rng.bool();
        let mut disk = Disk::new(ground, relays.len());
        let people = (0..place.people.len())
            .map(|number| {
                let has_tabs = has_tabs && number % 2 == 0;
                let person = Person::new(number, &place, 1 + usize::from(has_tabs), &mut rng);
                disk.with_tabs.extend(has_tabs.then_some(person.who.member));
                person
            })
            .collect();
        Self {
            disk,
            mood: Mood::new(&mut rng),
            place,
            people,
            relays,
            lines: Lines::default(),
            rng,
            minutes: 0,
            backup: Vec::new(),
            put_back: 0,
            crashes: 0,
            is_calm: false,
        }
    }

    /// Lets so many things happen, then lets everybody meet, and checks what must be true.
    ///
    /// # Panics
    /// When a property does not hold; the seed and the number of steps are all that is needed to see it again.
    pub fn run(&mut self, steps: usize) -> Outcome {
        for _ in 0..steps {
            self.step();
        }
        self.meets();
        self.holds();
        Outcome {
            deeds: self.people.iter().map(|person| person.deeds.count).sum(),
            rows: self.disk.rows(),
            crashes: self.crashes,
            rotations: self.disk.rotations,
            put_back: self.put_back,
            conflicts: self.disk.conflicts,
            refusals: self
                .people
                .iter()
                .map(|person| person.refused.len() + person.refusals_read)
                .sum(),
            most_unsent: self
                .people
                .iter()
                .map(|person| person.most_unsent)
                .max()
                .unwrap_or(0),
            longest_line: self.lines.longest,
            longest_inbox: self
                .relays
                .iter()
                .map(|relay| relay.longest)
                .max()
                .unwrap_or(0),
        }
    }

    fn step(&mut self) {
        self.minutes += 1;
        let Mood {
            cuts,
            deaths,
            rotations,
            freezes,
            loses_reception,
            roles,
            backups,
            ..
        } = self.mood;
        let weights: [(u32, Happening<'a>); 21] = [
            (220, Self::somebody_acts),
            (120, Self::somebody_connects),
            (200, Self::a_tab_works),
            (150, Self::a_frame_goes_up),
            (220, Self::a_frame_comes_down),
            (100, Self::a_relay_judges),
            (100, Self::a_relay_stores),
            (60, Self::a_relay_hears),
            (60, Self::a_tab_reads_mail),
            (30, Self::a_tab_opens),
            (15, Self::a_relay_saves_or_cools),
            (10, Self::somebody_reads_a_refusal),
            (cuts, Self::a_line_breaks),
            (deaths, Self::something_dies),
            (rotations, Self::a_document_begins_anew),
            (freezes, Self::a_tab_freezes_or_thaws),
            (loses_reception, Self::reception_comes_and_goes),
            (roles, Self::a_role_changes),
            (u32::from(self.mood.revokes), Self::a_phone_is_revoked),
            (backups, Self::a_backup_is_made),
            (backups / 2, Self::a_backup_is_put_back),
        ];
        let all: u32 = weights.iter().map(|(weight, _)| weight).sum();
        let mut dice = self.rng.u32(0..all);
        for (weight, happens) in weights {
            if dice < weight {
                return happens(self);
            }
            dice -= weight;
        }
    }

    pub(super) fn desk(&mut self, skew: i64) -> Desk<'_, 'a> {
        Desk {
            disk: &mut self.disk,
            lines: &mut self.lines,
            place: &self.place,
            rng: &mut self.rng,
            now: at(self.minutes + skew),
        }
    }

    /// Somebody's tab that can do something.
    pub(super) fn any_tab(&mut self) -> Option<(usize, usize)> {
        let who = self.rng.usize(0..self.people.len());
        let tabs = &self.people.get(who)?.tabs;
        let awake = tabs.iter().enumerate().filter(|(_, tab)| tab.is_awake());
        let awake: Vec<_> = awake.map(|(tab, _)| tab).collect();
        Some((who, *self.rng.choice(&awake)?))
    }

    /// Mostly a tab gets the time to do everything it has to; sometimes something else comes in between.
    pub(super) fn mostly_works(&mut self, who: usize, tab: usize) {
        let mut left = if self.is_calm || self.rng.u8(0..5) != 0 {
            usize::MAX
        } else {
            self.rng.usize(0..3)
        };
        while left > 0 && self.has_effects(who, tab) {
            let disk_works = self.is_calm || self.rng.u32(0..256) >= self.mood.phone_disks;
            self.people[who].works(tab, disk_works, &mut self.lines, &mut self.rng);
            left -= 1;
        }
    }

    fn has_effects(&self, who: usize, tab: usize) -> bool {
        let tab = self.people.get(who).and_then(|person| person.tabs.get(tab));
        tab.is_some_and(|tab| tab.is_awake() && !tab.effects.is_empty())
    }

    pub(super) fn luck(&mut self) -> Luck {
        if self.is_calm || self.rng.u32(0..256) >= self.mood.storage {
            return Luck::Works;
        }
        let lucks = [Luck::Full, Luck::Lies, Luck::DiesBefore, Luck::DiesAfter];
        lucks[self.rng.usize(0..lucks.len())]
    }

    /// Lets a relay do something; it may die of it.
    pub(super) fn with_relay(
        &mut self,
        number: usize,
        does: impl FnOnce(&mut Relay, &mut Desk<'_, 'a>) -> Result<(), Trouble>,
    ) {
        let mut relays = std::mem::take(&mut self.relays);
        let skew = relays[number].skew;
        let done = does(&mut relays[number], &mut self.desk(skew));
        relays[number].forgets(&self.lines);
        self.relays = relays;
        if done.is_err() {
            self.relay_dies(number);
        }
    }
}
