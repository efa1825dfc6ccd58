//! The protocol of automerge-repo and samod: automerge's own sync, a state per document and connection.

mod message;

use std::collections::VecDeque;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};
use automerge::sync::{self, SyncDoc as _};
use automerge::{Automerge, Change, ChangeHash};

use super::{Goal, Heard, News, Talk, hash};
use message::{Said, Told};

/// A phone that holds its documents and what it knows of the server's.
pub(crate) struct Phone {
    device: String,
    /// Its name on this line. An app that is started again is somebody else to these servers; to one they know they
    /// may keep silent where they should say what they have, and then nobody can tell when it is level.
    me: String,
    lines: usize,
    server: String,
    streets: Vec<Street>,
}

struct Street {
    document: String,
    doc: Automerge,
    state: sync::State,
    goal: Goal,
    /// The newest changes of the server, as it last said on this line.
    theirs: Option<Vec<ChangeHash>>,
    /// What came in for an empty document and is not built yet.
    backlog: Vec<sync::Message>,
    /// Own work the server has not confirmed, in order.
    unkept: VecDeque<ChangeHash>,
}

impl Phone {
    pub(crate) fn new(me: String, streets: impl IntoIterator<Item = (String, Goal)>) -> Self {
        let street = |(document, goal)| Street {
            document,
            doc: Automerge::new(),
            state: sync::State::new(),
            goal,
            theirs: None,
            backlog: Vec::new(),
            unkept: VecDeque::new(),
        };
        Self {
            me: me.clone(),
            device: me,
            lines: 0,
            server: String::new(),
            streets: streets.into_iter().map(street).collect(),
        }
    }

    /// The next sync message about a street, if there is one.
    fn sync(&mut self, street: usize) -> Option<Vec<u8>> {
        let Self {
            me,
            server,
            streets,
            ..
        } = self;
        let street = streets.get_mut(street)?;
        let asks = street.theirs.is_none() && street.doc.get_heads().is_empty();
        let data = street.doc.generate_sync_message(&mut street.state)?;
        let said = Said::Sync {
            me,
            server,
            document: &street.document,
            data: &data.encode(),
            asks,
        };
        Some(said.encode())
    }
}

impl Street {
    /// Takes in a sync message; says what was new in it.
    fn receive(&mut self, message: sync::Message) -> Result<Vec<News>> {
        let mut news = Vec::new();
        let mut is_plain = true;
        for chunk in message.changes.iter() {
            let Some(changes) = message::changes(chunk)? else {
                is_plain = false;
                break;
            };
            for change in changes {
                let hash = hash(change);
                if self.doc.get_change_meta_by_hash(&hash).is_none() {
                    let change = change.to_vec();
                    news.push(News { hash, change });
                }
            }
        }
        let before = self.doc.get_heads();
        self.doc.receive_sync_message(&mut self.state, message)?;
        if !is_plain {
            let changes = self.doc.get_changes(&before);
            news = changes
                .into_iter()
                .map(|change| News {
                    hash: change.hash(),
                    change: change.raw_bytes().to_vec(),
                })
                .collect();
        }
        Ok(news)
    }

    fn is_level(&self) -> bool {
        let goal = &self.goal.heads;
        self.theirs.as_ref() == Some(goal)
            && (!self.backlog.is_empty() || sorted(self.doc.get_heads()) == *goal)
    }

    /// The server has everything up to one of these.
    fn confirm(&mut self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let last = self.unkept.iter().rposition(|own| heads.contains(own));
        let count = last.map_or(0, |last| last + 1);
        self.unkept.drain(..count).collect()
    }
}

fn sorted(mut heads: Vec<ChangeHash>) -> Vec<ChangeHash> {
    heads.sort_unstable();
    heads
}

impl Talk for Phone {
    fn greet(&mut self) -> Result<Vec<Vec<u8>>> {
        Ok(vec![Said::Join { me: &self.me }.encode()])
    }

    fn hang_up(&mut self) -> Result<()> {
        self.lines += 1;
        self.me = format!("{} {}", self.device, self.lines);
        for street in &mut self.streets {
            // What a phone keeps of a connection that is over.
            street.state = sync::State::decode(&street.state.encode())?;
            street.theirs = None;
        }
        Ok(())
    }

    fn hear(&mut self, message: &[u8]) -> Result<Heard> {
        let mut heard = Heard::default();
        let told = Told::decode(message)?;
        match told.kind.as_str() {
            "peer" => {
                self.server = told.sender;
                let streets = 0..self.streets.len();
                heard.replies = streets.filter_map(|street| self.sync(street)).collect();
            }
            "sync" | "request" => {
                let at = self
                    .streets
                    .iter()
                    .position(|street| street.document == told.document);
                let at = at.context("a message about an unknown document")?;
                let street = self.streets.get_mut(at).context("no such street")?;
                let message = sync::Message::decode(&told.data)?;
                let heads = sorted(message.heads.clone());
                heard.kept = street.confirm(&heads);
                let is_whole = heads == street.goal.heads;
                street.theirs = Some(heads);
                let is_empty = street.doc.get_heads().is_empty();
                if is_empty && is_whole && !message.changes.is_empty() {
                    street.backlog.push(message);
                } else {
                    heard.news = street.receive(message)?;
                    heard.replies.extend(self.sync(at));
                }
            }
            "doc-unavailable" | "error" => bail!("the server says {}", told.kind),
            _ => {}
        }
        Ok(heard)
    }

    fn offer(&mut self, at: usize, changes: Vec<Change>) -> Result<Vec<Vec<u8>>> {
        let street = self.streets.get_mut(at).context("no such street")?;
        street.unkept.extend(changes.iter().map(Change::hash));
        street.doc.apply_changes(changes)?;
        if street.theirs.is_none() {
            return Ok(Vec::new());
        }
        Ok(self.sync(at).into_iter().collect())
    }

    fn is_level(&self) -> bool {
        self.streets.iter().all(Street::is_level)
    }

    fn has_begun(&self) -> bool {
        let has = |street: &Street| !street.backlog.is_empty() || !street.doc.is_empty();
        self.streets.iter().all(has)
    }

    fn aim(&mut self, street: usize, goal: Goal) {
        if let Some(street) = self.streets.get_mut(street) {
            street.goal = goal;
        }
    }

    fn digest(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut replies = Vec::new();
        for at in 0..self.streets.len() {
            let Some(street) = self.streets.get_mut(at) else {
                continue;
            };
            for message in std::mem::take(&mut street.backlog) {
                street.receive(message)?;
            }
            replies.extend(self.sync(at));
        }
        Ok(replies)
    }

    fn remember(&mut self) {}

    fn lacks(&self, street: usize, hashes: &[ChangeHash]) -> Result<usize> {
        let street = self.streets.get(street).context("no such street")?;
        let mut doc = street.doc.clone();
        let mut state = street.state.clone();
        for message in &street.backlog {
            doc.receive_sync_message(&mut state, message.clone())?;
        }
        let is_missing = |hash: &&ChangeHash| doc.get_change_meta_by_hash(hash).is_none();
        Ok(hashes.iter().filter(is_missing).count())
    }
}

/// The sync message of somebody who has this board already.
pub(crate) fn request(saved: &[u8]) -> Result<Rc<[u8]>> {
    let doc = Automerge::load(saved)?;
    let request = doc.generate_sync_message(&mut sync::State::new());
    Ok(request.context("nothing to say")?.encode().into())
}

/// A phone that only says hello and asks for one street, with a message that was prepared for all of them.
pub(crate) struct Quiet {
    me: String,
    document: String,
    request: Rc<[u8]>,
    is_level: bool,
}

impl Quiet {
    pub(crate) const fn new(me: String, document: String, request: Rc<[u8]>) -> Self {
        Self {
            me,
            document,
            request,
            is_level: false,
        }
    }
}

impl Talk for Quiet {
    fn greet(&mut self) -> Result<Vec<Vec<u8>>> {
        Ok(vec![Said::Join { me: &self.me }.encode()])
    }

    fn hang_up(&mut self) -> Result<()> {
        self.is_level = false;
        Ok(())
    }

    fn hear(&mut self, message: &[u8]) -> Result<Heard> {
        let mut heard = Heard::default();
        let told = Told::decode(message)?;
        match told.kind.as_str() {
            "peer" => {
                let request = Said::Sync {
                    me: &self.me,
                    server: &told.sender,
                    document: &self.document,
                    data: &self.request,
                    asks: false,
                };
                heard.replies.push(request.encode());
            }
            "sync" => self.is_level = true,
            "doc-unavailable" | "error" => bail!("the server says {}", told.kind),
            _ => {}
        }
        Ok(heard)
    }

    fn offer(&mut self, _: usize, _: Vec<Change>) -> Result<Vec<Vec<u8>>> {
        bail!("it only listens")
    }

    fn is_level(&self) -> bool {
        self.is_level
    }

    fn has_begun(&self) -> bool {
        self.is_level
    }

    fn aim(&mut self, _: usize, _: Goal) {}

    fn digest(&mut self) -> Result<Vec<Vec<u8>>> {
        Ok(Vec::new())
    }

    fn remember(&mut self) {}

    fn lacks(&self, _: usize, hashes: &[ChangeHash]) -> Result<usize> {
        Ok(hashes.len())
    }
}
