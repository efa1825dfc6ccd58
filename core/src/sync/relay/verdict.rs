//! Who may help: the relay confirms the first claims it took, one per place.

use automerge::Change;

use super::super::chunk;
use super::{Origin, RelayDocument, Row};
use crate::id::{MemberId, RequestId};
use crate::time::Timestamp;
use crate::view::stage;

/// Confirmed, and no longer confirmed.
type Verdict = (Vec<(RequestId, MemberId)>, Vec<(RequestId, MemberId)>);

impl RelayDocument {
    /// Confirms claims and lets go of matches whose helper withdrew; the row to store, if there is anything to say.
    pub(super) fn settle(
        &mut self,
        requests: impl IntoIterator<Item = RequestId>,
        now: Timestamp,
    ) -> Option<Row> {
        let (confirmed, released) = self.verdict(requests);
        let actor = self.actor.clone();
        let written = self.ledger.settle(actor, &confirmed, &released, now)?;
        let change = Change::from(written.clone());
        let bytes = chunk::bytes(&change);
        let (hash, actor) = (change.hash(), self.actor.to_bytes().to_vec());
        self.ledger.take(hash, &written);
        self.late.push(change);
        Some(self.next_row(hash, actor, bytes, Origin::Relay, now))
    }

    fn verdict(&mut self, requests: impl IntoIterator<Item = RequestId>) -> Verdict {
        let (mut confirmed, mut released) = (Vec::new(), Vec::new());
        for id in requests {
            let Some(request) = self.ledger.request(id) else {
                continue;
            };
            if !stage(&request).takes_claims() {
                continue;
            }
            let (standing, gone): (Vec<_>, Vec<_>) = request
                .matches
                .keys()
                .copied()
                .partition(|member| request.claims.contains_key(member));
            released.extend(gone.into_iter().map(|member| (id, member)));
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
                    seen.iter().position(|seen| seen == member),
                    request.claims.get(member).copied(),
                    *member,
                )
            });
            let free = request.places.saturating_sub(standing.len());
            confirmed.extend(waiting.into_iter().take(free).map(|member| (id, member)));
        }
        (confirmed, released)
    }
}
