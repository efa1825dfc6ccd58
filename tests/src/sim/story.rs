//! What happens, in words, for somebody who wants to know why a schedule fails.

use std::sync::atomic::{AtomicBool, Ordering};

use kruispunt_core::sync::Admission;
use kruispunt_core::sync::frame::Frame;

static IS_TOLD: AtomicBool = AtomicBool::new(false);

/// From now on the story is told, or no longer.
pub(super) fn tell(is_told: bool) {
    IS_TOLD.store(is_told, Ordering::Relaxed);
}

/// Whether the story is told.
pub(super) fn is_told() -> bool {
    IS_TOLD.load(Ordering::Relaxed)
}

/// Tells one thing that happens.
macro_rules! tells {
    ($($words:tt)*) => {
        if crate::sim::story::is_told() {
            eprintln!($($words)*);
        }
    };
}

pub(super) use tells;

/// A change in a few characters: its hash, its actor, its first operation.
pub(super) fn change(bytes: &[u8]) -> String {
    automerge::Change::try_from(bytes).map_or_else(
        |_| "no change".to_owned(),
        |change| {
            let (hash, actor) = (change.hash().to_string(), change.actor_id().to_hex_string());
            let (hash, actor) = (short(&hash), short(&actor));
            format!("{hash} of {actor} from {}", change.start_op())
        },
    )
}

/// The beginning of an identifier.
pub(super) fn short(text: &str) -> &str {
    text.get(..6).unwrap_or(text)
}

/// What a relay made of a push.
pub(super) fn answer(admission: &Admission) -> String {
    let rows = admission.rows.iter();
    let rows: Vec<_> = rows.map(|row| (row.seq, change(&row.bytes))).collect();
    let answers: Vec<_> = admission
        .answers
        .iter()
        .map(|answer| match answer {
            Frame::Ack(ack) => format!("ack {} of {}", ack.first, ack.hashes.len()),
            Frame::Reject(reject) => {
                let refused = reject.refused.iter();
                let refused =
                    refused.map(|refusal| (refusal.hash[0], refusal.hash[1], refusal.reason));
                format!("reject {:x?}", refused.collect::<Vec<_>>())
            }
            other => format!("{other:?}"),
        })
        .collect();
    format!("rows {rows:?}, answers {answers:?}")
}
