//! This house's own protocol: `docs/PROTOCOL.md`, frame by frame.

use anyhow::{Context as _, Result, bail};
use automerge::{Change, ChangeHash};
use kruispunt_core::id::DocumentId;
use kruispunt_core::schema::Board;
use kruispunt_core::sync::frame::{Cursor, Frame, Hello, MAX_PUSH, Push, VERSION};

use super::{Goal, Heard, News, Talk, hash};

/// A phone that remembers its cursors.
pub(crate) struct Phone {
    token: String,
    streets: Vec<Street>,
    welcomed: bool,
    /// What waits for the next welcome.
    unsent: Vec<Vec<u8>>,
    /// Whether what comes in is kept, to be looked at later.
    remembers: bool,
}

struct Street {
    cursor: Cursor,
    goal: Goal,
    snapshot: Option<Vec<u8>>,
    changes: Vec<Vec<u8>>,
}

impl Phone {
    pub(crate) fn new(token: &str, streets: impl IntoIterator<Item = (DocumentId, Goal)>) -> Self {
        let street = |(document, goal)| Street {
            cursor: Cursor {
                document,
                epoch: 0,
                seq: 0,
            },
            goal,
            snapshot: None,
            changes: Vec::new(),
        };
        Self {
            token: token.to_owned(),
            streets: streets.into_iter().map(street).collect(),
            welcomed: false,
            unsent: Vec::new(),
            remembers: false,
        }
    }

    /// As if it had been here before and had everything.
    pub(crate) fn level(mut self) -> Self {
        for street in &mut self.streets {
            street.cursor.seq = street.goal.changes;
        }
        self
    }

    /// Moves a cursor over a stretch of the log, which must join on to what is there.
    fn advance(&mut self, document: DocumentId, first: u64, count: usize) -> Result<&mut Street> {
        let street = self.street(document)?;
        let seq = street.cursor.seq;
        if first > seq + 1 {
            bail!("a gap in the log: {first} after {seq}");
        }
        street.cursor.seq = seq.max(first - 1 + count as u64);
        Ok(street)
    }

    fn street(&mut self, document: DocumentId) -> Result<&mut Street> {
        let street = self.streets.iter_mut();
        street
            .into_iter()
            .find(|street| street.cursor.document == document)
            .context("a frame about an unknown street")
    }
}

impl Talk for Phone {
    fn greet(&mut self) -> Result<Vec<Vec<u8>>> {
        let cursors = self.streets.iter().map(|street| street.cursor);
        let hello = Frame::Hello(Hello {
            versions: vec![VERSION].into(),
            token: self.token.clone(),
            cursors: cursors.filter(|cursor| cursor.seq > 0).collect(),
        });
        Ok(vec![hello.encode()])
    }

    fn hang_up(&mut self) -> Result<()> {
        self.welcomed = false;
        Ok(())
    }

    fn hear(&mut self, message: &[u8]) -> Result<Heard> {
        let mut heard = Heard::default();
        match Frame::decode(message)? {
            Frame::Welcome(_) => {
                self.welcomed = true;
                heard.replies = std::mem::take(&mut self.unsent);
            }
            Frame::Changes(frame) => {
                let remembers = self.remembers;
                let street = self.advance(frame.document, frame.first, frame.changes.len())?;
                for change in frame.changes {
                    if remembers {
                        street.changes.push(change.to_vec());
                    }
                    heard.news.push(News {
                        hash: hash(&change),
                        change: change.into(),
                    });
                }
            }
            Frame::Snapshot(frame) => {
                let remembers = self.remembers;
                let street = self.street(frame.cursor.document)?;
                street.cursor = frame.cursor;
                street.snapshot = remembers.then(|| frame.bytes.into());
            }
            Frame::Ack(frame) => {
                if frame.first > 0 {
                    self.advance(frame.document, frame.first, frame.hashes.len())?;
                }
                heard.kept = frame.hashes.iter().map(|hash| ChangeHash(**hash)).collect();
            }
            Frame::Ping => heard.replies.push(Frame::Pong.encode()),
            Frame::Pong | Frame::Unknown(_) => {}
            other => bail!("the relay says {other:?}"),
        }
        Ok(heard)
    }

    fn offer(&mut self, street: usize, changes: Vec<Change>) -> Result<Vec<Vec<u8>>> {
        let Cursor {
            document, epoch, ..
        } = self.streets.get(street).context("no such street")?.cursor;
        let push = |changes: &[Change]| {
            let changes = changes
                .iter()
                .map(|change| change.raw_bytes().to_vec().into());
            Frame::Push(Push {
                document,
                epoch,
                changes: changes.collect(),
            })
            .encode()
        };
        let pushes: Vec<_> = changes.chunks(MAX_PUSH).map(push).collect();
        if self.welcomed {
            return Ok(pushes);
        }
        self.unsent.extend(pushes);
        Ok(Vec::new())
    }

    fn is_level(&self) -> bool {
        let is_level = |street: &Street| street.cursor.seq >= street.goal.changes;
        self.welcomed && self.streets.iter().all(is_level)
    }

    fn has_begun(&self) -> bool {
        self.streets.iter().all(|street| street.cursor.seq > 0)
    }

    fn aim(&mut self, street: usize, goal: Goal) {
        if let Some(street) = self.streets.get_mut(street) {
            street.goal = goal;
        }
    }

    fn digest(&mut self) -> Result<Vec<Vec<u8>>> {
        Ok(Vec::new())
    }

    fn remember(&mut self) {
        self.remembers = true;
    }

    fn lacks(&self, street: usize, hashes: &[ChangeHash]) -> Result<usize> {
        let street = self.streets.get(street).context("no such street")?;
        let Cursor {
            document, epoch, ..
        } = street.cursor;
        let mut board = match &street.snapshot {
            Some(bytes) => Board::load(bytes)?,
            None => Board::found(document, epoch)?,
        };
        let changes = street.changes.iter().cloned().map(Change::from_bytes);
        board.apply(changes.collect::<Result<Vec<_>, _>>()?)?;
        Ok(hashes.iter().filter(|hash| !board.has(hash)).count())
    }
}
