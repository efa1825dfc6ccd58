//! The town every contestant serves: streets full of requests, and people who follow them.

use anyhow::{Context as _, Result};
use automerge::{Change, ChangeHash};
use fastrand::Rng;
use kruispunt_core::access::Rights;
use kruispunt_core::command::{Author, Command, perform};
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, MemberId, RequestId};
use kruispunt_core::model::{DayPart, Repeat, Role, Theme, Urgency, Weekday, Word as _};
use kruispunt_core::schema::Board;
use kruispunt_core::time::Timestamp;
use kruispunt_server::Secret;

/// When it all began; every deed is a minute after the one before.
const BEGINNING: i64 = 1_790_000_000_000;

/// What to build.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) streets: usize,
    /// How many requests stand on each street's board.
    pub(crate) requests: usize,
    /// How many people live in each street.
    pub(crate) people: usize,
}

/// Streets and people, the same for every contestant.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) id: AreaId,
    pub(crate) streets: Vec<Street>,
    /// In order of their streets.
    pub(crate) people: Vec<Person>,
    /// Follows every street.
    pub(crate) coordinator: Person,
}

/// A street and its board.
#[derive(Debug)]
pub(crate) struct Street {
    pub(crate) area: AreaId,
    pub(crate) document: DocumentId,
    /// Everything written so far, in order, without the founding change.
    pub(crate) changes: Vec<Vec<u8>>,
    /// The actors that wrote them.
    pub(crate) actors: Vec<[u8; 16]>,
    /// The whole board, saved.
    pub(crate) saved: Vec<u8>,
    pub(crate) heads: Vec<ChangeHash>,
}

/// Somebody with a phone.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) member: MemberId,
    pub(crate) device: DeviceId,
    pub(crate) first_name: String,
    /// Lets them in where one signs in.
    pub(crate) token: Secret,
    /// The street they live in; `None` is all of them.
    pub(crate) street: Option<usize>,
    /// What their deeds follow from.
    seed: u64,
}

impl Town {
    pub(crate) fn build(plan: Plan) -> Result<Self> {
        let mut rng = Rng::with_seed(plan.seed);
        let streets = (0..plan.streets)
            .map(|_| Street::write(plan.requests, &mut rng))
            .collect::<Result<Vec<_>>>()?;
        let mut people = Vec::new();
        for street in 0..plan.streets {
            for _ in 0..plan.people {
                people.push(Person::new(people.len(), Some(street), &mut rng)?);
            }
        }
        Ok(Self {
            id: AreaId::from_bytes(bytes(&mut rng)),
            streets,
            coordinator: Person::new(people.len(), None, &mut rng)?,
            people,
        })
    }

    /// The streets somebody follows.
    pub(crate) fn followed(&self, person: &Person) -> Vec<usize> {
        match person.street {
            Some(street) => vec![street],
            None => (0..self.streets.len()).collect(),
        }
    }
}

impl Street {
    fn write(requests: usize, rng: &mut Rng) -> Result<Self> {
        const AUTHORS: usize = 4;
        let document = DocumentId::from_bytes(bytes(rng));
        let writer = MemberId::from_bytes(bytes(rng));
        let mut pen = Pen::new(Board::found(document, 0)?, writer, rng.u64(..));
        let authors: Vec<_> = (0..AUTHORS).map(|_| bytes::<16>(rng)).collect();
        let mut changes = Vec::with_capacity(requests);
        for number in 0..requests {
            if let Some(author) = authors.get(number % AUTHORS) {
                pen.board.write_as(*author);
            }
            changes.push(pen.log()?.raw_bytes().to_vec());
        }
        Ok(Self {
            area: AreaId::from_bytes(bytes(rng)),
            document,
            changes,
            actors: authors.into_iter().take(requests).collect(),
            saved: pen.board.save(),
            heads: pen.board.heads(),
        })
    }

    /// A copy of the board as it was built, for somebody who will write on it for the `time`th time.
    pub(crate) fn pen(&self, person: &Person, time: u64) -> Result<Pen> {
        let seed = person.seed.wrapping_add(time);
        let mut pen = Pen::new(Board::load(&self.saved)?, person.member, seed);
        pen.board.write_as(bytes(&mut pen.rng));
        Ok(pen)
    }
}

impl Person {
    fn new(number: usize, street: Option<usize>, rng: &mut Rng) -> Result<Self> {
        Ok(Self {
            member: MemberId::from_bytes(bytes(rng)),
            device: DeviceId::from_bytes(bytes(rng)),
            first_name: format!("buur {number}"),
            token: Secret::random()?,
            street,
            seed: rng.u64(..),
        })
    }
}

/// Somebody's own copy of a board, on which they write through the same commands as the app.
pub(crate) struct Pen {
    board: Board,
    rng: Rng,
    member: MemberId,
    deeds: i64,
    /// What was logged last, while it is not withdrawn.
    open: Option<RequestId>,
    /// What others wrote, not yet on the board: taken in when it is needed, as one.
    unread: Vec<Vec<u8>>,
}

impl Pen {
    fn new(board: Board, member: MemberId, seed: u64) -> Self {
        Self {
            board,
            member,
            rng: Rng::with_seed(seed),
            deeds: 0,
            open: None,
            unread: Vec::new(),
        }
    }

    /// Others wrote this.
    pub(crate) fn learn(&mut self, changes: impl IntoIterator<Item = Vec<u8>>) {
        self.unread.extend(changes);
    }

    /// The next deed: by turns a request is logged, and withdrawn again.
    pub(crate) fn write(&mut self) -> Result<Change> {
        let unread = std::mem::take(&mut self.unread);
        let unread = unread.into_iter().map(Change::from_bytes);
        self.board.apply(unread.collect::<Result<Vec<_>, _>>()?)?;
        match self.open.take() {
            Some(request) => self.perform(&Command::WithdrawRequest { request }, request),
            None => self.log(),
        }
    }

    fn log(&mut self) -> Result<Change> {
        let request = RequestId::from_bytes(bytes(&mut self.rng));
        let rng = &mut self.rng;
        let theme = rng.choice(Theme::ALL).copied().unwrap_or(Theme::Other);
        let ask = rng.choice(theme.asks()).copied().context("no template")?;
        let command = Command::LogRequest {
            area: AreaId::from_bytes([0; 16]),
            theme,
            ask,
            day: rng.choice(Weekday::ALL).copied().filter(|_| rng.bool()),
            part: rng.choice(DayPart::ALL).copied().filter(|_| rng.bool()),
            urgency: rng.choice(Urgency::ALL).copied().unwrap_or(Urgency::Today),
            repeat: rng.choice(Repeat::ALL).copied().unwrap_or(Repeat::Once),
            source: None,
            language: None,
        };
        self.open = Some(request);
        self.perform(&command, request)
    }

    fn perform(&mut self, command: &Command, request: RequestId) -> Result<Change> {
        self.deeds += 1;
        let author = Author {
            member: self.member,
            first_name: "buur",
            rights: Rights::of([Role::Ambassador]),
        };
        let now = Timestamp::from_millis(BEGINNING + self.deeds * 60_000);
        perform(&mut self.board, command, author, request, now)?.context("it was done already")
    }
}

/// Bytes that follow from the seed.
pub(crate) fn bytes<const N: usize>(rng: &mut Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}
