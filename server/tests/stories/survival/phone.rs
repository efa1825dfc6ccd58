//! A phone that works as fast as it is answered, whatever happens to the relay.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use fastrand::Rng;
use kruispunt_core::id::DocumentId;
use kruispunt_core::schema::Board;
use kruispunt_core::sync::frame::{Cursor, Frame, failure};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::book::{Book, Log};
use crate::kit::{Line, Neighbour, board, push};

/// How many changes it has under way at most.
const UNDER_WAY: usize = 4;

/// What every phone is told by the story.
#[derive(Debug, Clone, Default)]
pub(super) struct Stage {
    /// Where relays serve.
    pub(super) relays: Vec<SocketAddr>,
    /// Nothing new is to be made.
    pub(super) is_over: bool,
    /// The end of every log: who has heard so much may go.
    pub(super) until: Option<Log>,
}

pub(super) struct Phone {
    who: Neighbour,
    street: Option<DocumentId>,
    board: Board,
    /// What is not safe yet, in the order in which it was made.
    pending: VecDeque<Vec<u8>>,
    places: BTreeMap<DocumentId, u64>,
    book: Arc<Book>,
    rng: Rng,
}

fn hash(change: &[u8]) -> [u8; 32] {
    Sha256::digest(&change[8..]).into()
}

impl Phone {
    pub(super) fn new(
        who: Neighbour,
        street: Option<DocumentId>,
        book: Arc<Book>,
        rng: Rng,
    ) -> Self {
        Self {
            who,
            street,
            board: board(street.unwrap_or(DocumentId::from_bytes([0; 16]))),
            pending: VecDeque::new(),
            places: BTreeMap::new(),
            book,
            rng,
        }
    }

    /// Goes from relay to relay until it has heard everything.
    pub(super) async fn lives(mut self, mut stage: watch::Receiver<Stage>) {
        loop {
            let open = stage.wait_for(|stage| !stage.relays.is_empty()).await;
            let relays = open.unwrap().relays.clone();
            let relay = relays[self.rng.usize(..relays.len())];
            let Some(mut line) = Line::reach(relay).await else {
                tokio::task::yield_now().await;
                continue;
            };
            if self.talks(&mut line, &mut stage).await {
                return;
            }
            self.book.line_was_cut();
        }
    }

    /// Whether there is nothing more to hear; otherwise the line was cut.
    async fn talks(&mut self, line: &mut Line, stage: &mut watch::Receiver<Stage>) -> bool {
        let cursor = |(&document, &seq)| Cursor {
            document,
            epoch: 0,
            seq,
        };
        let cursors = self.places.iter().map(cursor).collect();
        if !line.tries_to_greet(&self.who.token, cursors).await {
            return false;
        }
        let Some(Frame::Welcome(_)) = line.next().await else {
            return false;
        };
        let work: Vec<_> = self.pending.iter().cloned().collect();
        if !work.is_empty() && !line.try_send(&push(self.street.unwrap(), &work)).await {
            return false;
        }
        loop {
            let (is_over, until) = {
                let now = stage.borrow_and_update();
                (now.is_over, now.until.clone())
            };
            if until.is_some_and(|until| self.has_heard(&until)) {
                return true;
            }
            while !is_over && self.pending.len() < UNDER_WAY {
                let Some(street) = self.street else { break };
                let (_, change) = self.who.logs(&mut self.board);
                self.book.is_made(street, hash(&change));
                self.pending.push_back(change.clone());
                if !line.try_send(&push(street, &[change])).await {
                    return false;
                }
            }
            tokio::select! {
                frame = line.next() => match frame {
                    Some(frame) => self.hears(frame),
                    None => return false,
                },
                _ = stage.changed() => {}
            }
        }
    }

    fn has_heard(&self, until: &Log) -> bool {
        until.iter().all(|(document, &seq)| {
            let place = self.places.get(document).copied().unwrap_or_default();
            assert!(place <= seq, "told of what is not stored");
            place == seq
        })
    }

    /// Everything comes in the order of the log, without a gap and without a repetition.
    fn hears(&mut self, frame: Frame) {
        match frame {
            Frame::Ack(ack) => {
                for hash in &ack.hashes {
                    let first = self.pending.pop_front().expect("an ack for nothing");
                    assert_eq!(self::hash(&first), **hash);
                    self.book.is_safe(**hash);
                }
                if ack.first > 0 {
                    let hashes = ack.hashes.iter().map(|hash| **hash);
                    self.goes_on(ack.document, ack.first, hashes);
                }
            }
            Frame::Changes(changes) => {
                let hashes = changes.changes.iter().map(|change| hash(change));
                self.goes_on(changes.document, changes.first, hashes);
            }
            Frame::Snapshot(snapshot) => {
                let Cursor { document, seq, .. } = snapshot.cursor;
                self.places.insert(document, seq);
            }
            Frame::Failure(failure) => assert_eq!(failure.key, failure::GOING_AWAY),
            other => panic!("{other:?}"),
        }
    }

    fn goes_on(
        &mut self,
        document: DocumentId,
        first: u64,
        hashes: impl Iterator<Item = [u8; 32]>,
    ) {
        let place = self.places.entry(document).or_default();
        assert_eq!(first, *place + 1, "a gap, or a repetition");
        for hash in hashes {
            *place += 1;
            self.book.stands(document, *place, hash);
        }
    }
}
