//! A new epoch of a board: what is there now, without its history, and without what is no longer to be kept.
//!
//! What a newer version of this program wrote is copied as it is. Everything is written by the founding actor of the
//! new epoch in the order of the names, so the same content becomes the same bytes wherever it is done.

use std::collections::BTreeSet;

use automerge::transaction::{CommitOptions, Transactable as _, Transaction};
use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc as _, ScalarValue, ValueRef};

use super::{Board, key};
use crate::id::{MemberId, RequestId};
use crate::model::Request;
use crate::time::Timestamp;

/// What a new epoch keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep<'a> {
    /// Requests that were closed (told about, or withdrawn) before this moment are left behind. Open ones and those
    /// nobody was told about always stay: nothing closes untold.
    pub closed_since: Timestamp,
    /// Requests that are erased, whatever became of them.
    pub without: &'a [RequestId],
    /// Members who are erased: their first names are left behind.
    pub nameless: &'a [MemberId],
}

impl Keep<'_> {
    /// What is no longer to be kept is for another time.
    pub(crate) const EVERYTHING: Self = Keep::since(Timestamp::from_millis(i64::MIN));

    /// Everything that was not closed before this moment.
    #[must_use]
    pub const fn since(closed_since: Timestamp) -> Self {
        Self {
            closed_since,
            without: &[],
            nameless: &[],
        }
    }

    /// The requests of a board that it leaves behind.
    #[must_use]
    pub fn leaves(self, board: &Board) -> Vec<RequestId> {
        let requests = board.requests().into_iter();
        let left = requests.filter(|request| !self.keeps(request));
        left.map(|request| request.id).collect()
    }

    fn keeps(self, request: &Request) -> bool {
        !self.without.contains(&request.id) && self.is_fresh(request)
    }

    fn is_fresh(self, request: &Request) -> bool {
        let told = request.told.map(|(at, _)| at);
        // By the phones' clocks; of two the later counts.
        told.max(request.withdrawn_at)
            .is_none_or(|closed| closed >= self.closed_since || !is_closed(request))
    }
}

fn is_closed(request: &Request) -> bool {
    !crate::view::stage(request).is_active()
}

pub(super) fn copy(from: &Board, to: &mut Board, keep: Keep<'_>) -> Result<(), AutomergeError> {
    let (mut left, mut helpers) = (BTreeSet::<RequestId>::new(), BTreeSet::<MemberId>::new());
    for request in from.requests() {
        if keep.keeps(&request) {
            helpers.extend(request.claims.keys().chain(request.matches.keys()));
        } else {
            left.insert(request.id);
        }
    }
    let stays = |place: &str, name: &str| match place {
        // What cannot be read as a request may be erased too.
        key::REQUESTS => name.parse().map_or(true, |id| {
            !left.contains(&id) && !keep.without.contains(&id)
        }),
        // First names of people who help with nothing any more have no reason to be here.
        key::HELPERS => name.parse().map_or(true, |member| {
            helpers.contains(&member) && !keep.nameless.contains(&member)
        }),
        _ => true,
    };
    let targets = [
        (key::REQUESTS, to.requests.clone()),
        (key::HELPERS, to.helpers.clone()),
    ];
    let mut tx = to.doc.transaction();
    for item in from.doc.map_range(&ROOT, ..) {
        let place: &str = &item.key;
        let ValueRef::Object(_) = item.value else {
            copy_value(from, &item.id(), &item.value, &mut tx, &ROOT, place)?;
            continue;
        };
        let Some((_, target)) = targets.iter().find(|(name, _)| *name == place) else {
            copy_value(from, &item.id(), &item.value, &mut tx, &ROOT, place)?;
            continue;
        };
        for child in from.doc.map_range(item.id(), ..) {
            if stays(place, &child.key) {
                copy_value(from, &child.id(), &child.value, &mut tx, target, &child.key)?;
            }
        }
    }
    tx.commit_with(CommitOptions::default().with_time(0));
    Ok(())
}

/// Copies a value and everything in it. Lists and texts are no part of any version of the schema and stay behind.
fn copy_value(
    from: &Board,
    object: &ObjId,
    value: &ValueRef<'_>,
    tx: &mut Transaction<'_>,
    target: &ObjId,
    name: &str,
) -> Result<(), AutomergeError> {
    match value {
        ValueRef::Scalar(scalar) => tx.put(target, name, ScalarValue::from(scalar.clone())),
        ValueRef::Object(ObjType::Map) => {
            let made = tx.put_object(target, name, ObjType::Map)?;
            for item in from.doc.map_range(object, ..) {
                copy_value(from, &item.id(), &item.value, tx, &made, &item.key)?;
            }
            Ok(())
        }
        ValueRef::Object(_) => Ok(()),
    }
}
