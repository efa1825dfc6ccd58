//! What must be true: of a log at any time, of a new epoch, and of everything once everybody has met.

use std::collections::{BTreeMap, BTreeSet};

use kruispunt_core::id::{DocumentId, MemberId, RequestId};
use kruispunt_core::model::Request;
use kruispunt_core::schema::Board;
use kruispunt_core::sync::frame::{Cursor, Frame};
use kruispunt_core::view::{Safety, stage};
use kruispunt_storage::{Change, StoredDocument};

use super::ground::must;
use super::hot::{Hot, end};
use super::person::Person;
use super::world::World;

/// Reasons why work of somebody who means well may be refused: somebody else was faster.
const HONEST: [&str; 3] = ["not-allowed", "already-closed", "unknown-document"];

/// A phone keeps single changes up to this many bytes, or the size of its snapshot, and the frame that goes over it.
const SINGLE_CHANGES: usize = 2 * (16 << 10);

/// What one member did on one phone stands in the order in which they did it. Two tabs have no order.
pub(super) fn keeps_order(log: &[Change], with_tabs: &BTreeSet<MemberId>) {
    let mut last: BTreeMap<MemberId, u64> = BTreeMap::new();
    for change in log {
        let Some(member) = change.member.filter(|member| !with_tabs.contains(member)) else {
            continue;
        };
        let made = must(automerge::Change::try_from(&change.bytes[..])).start_op();
        let before = last.insert(member, made.get());
        assert!(
            before < Some(made.get()),
            "the work of {member} stands in another order than they did it: {before:?} before {made} at {}",
            change.seq
        );
    }
}

/// The requests that a new epoch leaves behind, which must be closed ones; all others must be there as they were.
pub(super) fn left_behind(before: StoredDocument, snapshot: &[u8]) -> BTreeSet<RequestId> {
    let mut hot = Hot::restore(before, [255; 16]);
    let before = must(hot.document.board()).requests();
    let after = must(Board::load(snapshot)).requests();
    let after: BTreeMap<_, _> = after
        .into_iter()
        .map(|request| (request.id, request))
        .collect();
    let mut left = BTreeSet::new();
    for request in before {
        if let Some(kept) = after.get(&request.id) {
            assert_eq!(kept, &request, "a new epoch changed a request");
        } else {
            assert!(
                !stage(&request).is_active(),
                "a new epoch lost an open request"
            );
            left.insert(request.id);
        }
    }
    left
}

/// A street's document as it is stored.
struct Truth {
    at: Cursor,
    heads: Vec<automerge::ChangeHash>,
    requests: Vec<Request>,
}

impl World<'_> {
    /// What must be true once everybody has met.
    pub(super) fn holds(&mut self) {
        let mut truths = BTreeMap::new();
        for street in self.place.streets.clone() {
            truths.insert(street.document, self.truth(street.document));
        }
        let requests = truths.values().flat_map(|truth| &truth.requests);
        let requests: BTreeMap<_, _> = requests.map(|request| (request.id, request)).collect();
        for request in requests.values() {
            let standing = request.matches.keys();
            let standing = standing.filter(|member| request.claims.contains_key(member));
            assert!(
                standing.count() <= request.places,
                "more matches than places"
            );
        }
        for person in &mut self.people {
            for (document, epoch, hash) in &person.acknowledged {
                assert!(
                    self.disk.was_written(*document, *epoch, hash),
                    "an acknowledged change is gone"
                );
            }
            if person.is_revoked {
                assert!(person.is_wiped, "a revoked phone keeps everything");
                assert_eq!(person.on_disk("", ""), (0, 0));
                continue;
            }
            for tab in 0..person.tabs.len() {
                person.sees(tab, &truths, &requests);
            }
            for (request, deed) in person.deeds.iter() {
                let member = person.who.member;
                let shows = requests.get(&request).map_or_else(
                    || self.disk.scrubbed.contains(&request),
                    |request| deed.shows(request, member),
                );
                let number = person.number;
                assert!(
                    shows || person.refused.contains(&request),
                    "what {number} did ({deed:?}, {request}) disappeared"
                );
            }
            person.keeps_little(&truths);
            // What is in memory is what is on the disk.
            person.reads(0, &mut self.rng);
            person.sees(0, &truths, &requests);
            person.is_where(&truths);
        }
    }

    fn truth(&mut self, document: DocumentId) -> Truth {
        let stored = self.disk.read(document);
        let at = end(&stored);
        let log = self.disk.changes_since(document, at.epoch, 0);
        self.disk.is_whole(document, at.epoch, &log);
        assert_eq!(at.seq, log.len() as u64, "the log ends elsewhere");
        let mut hot = Hot::restore(stored, [255; 16]);
        let board = must(hot.document.board());
        let again = must(Board::load(&board.save()));
        assert_eq!(again.heads(), board.heads(), "a saved document is another");
        Truth {
            at,
            heads: board.heads(),
            requests: board.requests(),
        }
    }
}

impl Person {
    /// Every tab has exactly the documents that are stored, and shows them.
    fn sees(
        &mut self,
        tab: usize,
        truths: &BTreeMap<DocumentId, Truth>,
        requests: &BTreeMap<RequestId, &Request>,
    ) {
        let number = self.number;
        let cards = self.cards(tab);
        let Some(open) = self.tab(tab) else {
            return;
        };
        let safekeeping = open.phone.safekeeping();
        assert_eq!(safekeeping.unsent, 0, "{number} has unsent work");
        for (document, truth) in truths {
            let board = open.phone.board(*document);
            let heads = board.map(Board::heads);
            assert_eq!(
                heads.as_ref(),
                Some(&truth.heads),
                "{number} has another document"
            );
            let known = board.map(Board::requests);
            assert_eq!(
                known.as_ref(),
                Some(&truth.requests),
                "{number} reads another document"
            );
        }
        for (id, request) in requests {
            let card = cards.iter().find(|card| card.id == *id);
            assert_eq!(
                card.map(|card| card.stage),
                Some(stage(request)),
                "{number} sees another stage"
            );
            let claims = card.map_or(0, |card| card.claims.len());
            assert_eq!(
                claims,
                request.claims.keys().count(),
                "{number} sees other claims"
            );
        }
        let refused = cards.iter().filter(|card| card.safety == Safety::Refused);
        for card in refused {
            let reason = card.refusal.unwrap_or("none");
            assert!(
                HONEST.contains(&reason),
                "honest work of {number} is refused: {reason}"
            );
            self.refused.insert(card.id);
        }
        assert!(
            cards.len() <= requests.len() + safekeeping.refused,
            "{number} sees what nobody else does"
        );
    }

    /// What a phone keeps does not grow with what happened, only with what is there.
    fn keeps_little(&self, truths: &BTreeMap<DocumentId, Truth>) {
        assert_eq!(
            self.on_disk("o/", "").0,
            0,
            "{} keeps sent work",
            self.number
        );
        for document in truths.keys() {
            let document = document.to_string();
            let (_, snapshot) = self.on_disk("d/", &format!("{document}/s"));
            let (_, single) = self.on_disk("d/", &format!("{document}/i/"));
            assert!(
                single <= snapshot.max(SINGLE_CHANGES),
                "{} keeps {single} bytes of single changes",
                self.number
            );
        }
    }

    /// The phone greets with exactly the place to which the log goes.
    fn is_where(&mut self, truths: &BTreeMap<DocumentId, Truth>) {
        let now = self.now(0);
        let Some(tab) = self.tab(0) else {
            return;
        };
        tab.effects.clear();
        tab.feed(|phone| phone.connected("token", now));
        let sent = tab.effects.iter().find_map(|effect| match effect {
            kruispunt_core::sync::Effect::Send(frame) => Some(must(Frame::decode(frame))),
            _ => None,
        });
        let Some(Frame::Hello(hello)) = sent else {
            panic!("a phone greets first");
        };
        for truth in truths
            .values()
            .filter(|truth| (truth.at.epoch, truth.at.seq) != (0, 0))
        {
            assert!(
                hello.cursors.contains(&truth.at),
                "{} is elsewhere in the log",
                self.number
            );
        }
    }
}
