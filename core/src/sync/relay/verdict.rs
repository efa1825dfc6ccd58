//! Who may help: the relay confirms the first claims it took, one per place.

use automerge::Change;

use super::super::chunk;
use super::{Origin, RelayDocument, Row};
use crate::id::{MemberId, RequestId};
use crate::schema::{Hold, Order, Stroke};
use crate::time::Timestamp;
use crate::view::stage;

impl RelayDocument {
    /// Confirms claims, lets go of matches whose helper withdrew, and does what coordinators decided about helpers;
    /// the row to store, if there is anything to say.
    pub(super) fn settle(
        &mut self,
        requests: impl IntoIterator<Item = RequestId>,
        orders: &[Order],
        now: Timestamp,
    ) -> Option<Row> {
        let strokes = self.verdict(requests, orders);
        self.write(&strokes, now)
    }

    /// Writes as the relay itself.
    pub(super) fn write(&mut self, strokes: &[Stroke], now: Timestamp) -> Option<Row> {
        let actor = self.actor.clone();
        let written = self.ledger.write(actor, strokes, now)?;
        let change = Change::from(written.clone());
        let bytes = chunk::bytes(&change);
        let (hash, actor) = (change.hash(), self.actor.to_bytes().to_vec());
        self.ledger.take(hash, &written);
        self.late.push(change);
        Some(self.next_row(hash, actor, bytes, Origin::Relay, now))
    }

    fn verdict(
        &mut self,
        requests: impl IntoIterator<Item = RequestId>,
        orders: &[Order],
    ) -> Vec<Stroke> {
        let mut strokes = Vec::new();
        for id in requests {
            let Some(mut request) = self.ledger.request(id) else {
                continue;
            };
            if !stage(&request).takes_claims() {
                continue;
            }
            let mut hold = |place, member, holds| {
                strokes.push(Stroke::Hold {
                    place,
                    request: id,
                    member,
                    holds,
                });
            };
            let mut assigned: Vec<MemberId> = Vec::new();
            for order in orders.iter().filter(|order| order.request == id) {
                assigned.retain(|&member| member != order.member);
                if order.helps {
                    assigned.push(order.member);
                } else if request.claims.remove(&order.member).is_some() {
                    hold(Hold::Claim, order.member, false);
                }
            }
            for &member in &assigned {
                if !request.claims.contains_key(&member) {
                    hold(Hold::Claim, member, true);
                    request.claims.insert(member, request.logged_at);
                }
            }
            let (standing, gone): (Vec<_>, Vec<_>) = request
                .matches
                .keys()
                .copied()
                .partition(|member| request.claims.contains_key(member));
            for member in gone {
                hold(Hold::Match, member, false);
            }
            if !request.course.route.asks_neighbours() {
                continue;
            }
            let seen = self.waiting.entry(id).or_default();
            let mut waiting: Vec<MemberId> = request
                .claims
                .keys()
                .copied()
                .filter(|member| !standing.contains(member))
                .collect();
            // Claims from before this process began are older than any it saw come in.
            waiting.sort_by_key(|member| {
                (
                    // Whom a coordinator chose goes first.
                    !assigned.contains(member),
                    seen.iter().position(|seen| seen == member),
                    request.claims.get(member).copied(),
                    *member,
                )
            });
            let free = request.places.saturating_sub(standing.len());
            for member in waiting.into_iter().take(free) {
                hold(Hold::Match, member, true);
            }
        }
        strokes
    }
}
