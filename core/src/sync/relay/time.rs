//! What the relay does by itself when the time of a request has come ([`crate::clocks`]).

use super::{Frame, RelayDocument, Row, changes_frame};
use crate::clocks::{Act, next};
use crate::id::RequestId;
use crate::model::{EntryKey, LadderRule, Request};
use crate::notices::{Cause, causes};
use crate::schema::{Hold, Stroke, next_number};
use crate::time::Timestamp;

/// A request does no more than this at once: each thing happens once, and there are fewer kinds of things.
const MOST_ACTS: usize = 16;

/// What the relay did because time went by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rung {
    /// To be stored.
    pub rows: Vec<Row>,
    /// For every subscriber, once the rows are stored.
    pub news: Option<Frame>,
    /// When something happens next, if nobody does anything.
    pub next: Option<Timestamp>,
    /// What of it is news to somebody.
    pub causes: Vec<Cause>,
}

impl RelayDocument {
    /// Does what is due now, and says when to come again. `rule` gives the rule for a request.
    pub fn ring(&mut self, rule: &dyn Fn(&Request) -> LadderRule, now: Timestamp) -> Rung {
        let mut rung = Rung::default();
        for request in self.ledger.requests() {
            let (id, rule) = (request.id, rule(&request));
            let was = rung.rows.len();
            let before = request.clone();
            let mut current = Some(request);
            for _ in 0..MOST_ACTS {
                let Some(request) = current.take() else { break };
                let Some(due) = next(&request, &rule, now) else {
                    break;
                };
                if due.at > now {
                    rung.next = Some(rung.next.map_or(due.at, |next| next.min(due.at)));
                    break;
                }
                rung.rows.extend(self.act(&request, due.act, now));
                current = self.ledger.request(id);
            }
            if let (true, Some(after)) = (rung.rows.len() > was, self.ledger.request(id)) {
                rung.causes.extend(causes(Some(&before), &after, None, now));
            }
        }
        if !rung.rows.is_empty() {
            rung.news = Some(changes_frame(&rung.rows));
        }
        rung
    }

    /// When something happens next to one of these requests, if nobody does anything.
    pub fn due<'a>(
        &self,
        requests: impl IntoIterator<Item = &'a RequestId>,
        rule: &dyn Fn(&Request) -> LadderRule,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let requests = requests.into_iter();
        let requests = requests.filter_map(|&id| self.ledger.request(id));
        let dues = requests.filter_map(|request| next(&request, &rule(&request), now));
        dues.map(|due| due.at).min()
    }

    fn act(&mut self, request: &Request, act: Act, now: Timestamp) -> Vec<Row> {
        let id = request.id;
        let (kind, name, text) = act.entry();
        let mut strokes = vec![Stroke::Entry {
            request: id,
            key: EntryKey::new(next_number(request), now, None),
            kind,
            fields: vec![(name, text)],
        }];
        if let Act::Expire(member) = act {
            strokes.extend([Hold::Claim, Hold::Match].map(|place| Stroke::Hold {
                place,
                request: id,
                member,
                holds: false,
            }));
        }
        let mut rows: Vec<Row> = self.write(&strokes, now).into_iter().collect();
        if matches!(act, Act::Expire(_)) {
            // Whoever is in reserve takes the place.
            rows.extend(self.settle([id], &[], now));
        }
        rows
    }
}
