//! A case was erased: what this phone keeps of it beside the boards goes.

use super::super::record::Key;
use super::{Batch, Effect, Phone};
use crate::id::RequestId;

impl Phone {
    /// Lets go of what is kept about a request that was erased: work the relay has, and work it would not take. Work
    /// that is still to be sent stays: it will be refused, and its author is told.
    ///
    /// Answers whether no board has the request any more. Until then the new epoch is still on its way, and this phone
    /// cannot say that it holds nothing; ask again after the next change.
    pub fn forget(&mut self, request: RequestId) -> bool {
        let mut batch = Batch::default();
        let mut is_gone = true;
        for (&document, street) in self.streets.iter_mut() {
            is_gone &= street.board.request(request).is_none();
            street.kept.retain(|kept| {
                let stays = kept.outgoing.request != request;
                if !stays {
                    batch.delete(&Key::Kept(document, kept.place));
                }
                stays
            });
            let before = street.refused.len();
            street.refused.retain(|refused| refused.request != request);
            if street.refused.len() < before {
                batch.delete(&Key::Refused(document, request));
            }
            street.read = None;
        }
        if !batch.is_empty() {
            self.store(batch);
        }
        self.effects.push(Effect::Changed);
        is_gone
    }
}
