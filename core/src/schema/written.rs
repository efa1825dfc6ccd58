//! What a change that was refused would have written, in words that somebody can read. It may hold anything.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::{Change, ObjType};

use super::key;
use super::ledger::{Ledger, Place};
use crate::id::RequestId;
use crate::model::EntryKey;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Where, as names with slashes between them.
    pub path: String,
    /// What: a text or a number as it is, `{}` for an object, nothing for what is deleted.
    pub value: Option<String>,
}

/// What the change would write.
pub(crate) fn written(ledger: &Ledger, change: &Change) -> Vec<Written> {
    let expanded = change.decode();
    let mut made: BTreeMap<OpId, String> = BTreeMap::new();
    let mut all = Vec::new();
    for (number, operation) in (expanded.start_op.get()..).zip(&expanded.operations) {
        let parent = match &operation.obj {
            ObjectId::Root => String::new(),
            ObjectId::Id(id) => match made.get(id) {
                Some(path) => format!("{path}/"),
                None => ledger
                    .place(&operation.obj)
                    .map_or_else(|| "?/".to_owned(), path),
            },
        };
        let name = match &operation.key {
            Key::Map(name) => name.to_string(),
            Key::Seq(_) => "[]".to_owned(),
        };
        let path = format!("{parent}{name}");
        let value = match &operation.action {
            OpType::Put(value) => Some(value.to_string()),
            OpType::Make(ObjType::Map | ObjType::Table) => Some("{}".to_owned()),
            OpType::Make(_) => Some("[]".to_owned()),
            OpType::Delete => None,
            _ => Some("?".to_owned()),
        };
        if matches!(operation.action, OpType::Make(_)) {
            made.insert(OpId::new(number, &expanded.actor_id), path.clone());
        }
        all.push(Written { path, value });
    }
    all
}

/// The requests a change is about: those it writes in, and those it would make.
pub(crate) fn requests_of(ledger: &Ledger, change: &Change) -> Vec<RequestId> {
    let mut requests = BTreeSet::new();
    for operation in &change.decode().operations {
        match ledger.place(&operation.obj) {
            Some(
                Place::Request(id) | Place::Claims(id) | Place::Matches(id) | Place::Entry(id),
            ) => {
                requests.insert(id);
            }
            Some(Place::Requests) => {
                if let Key::Map(name) = &operation.key {
                    requests.extend(name.parse::<RequestId>());
                }
            }
            _ => {}
        }
    }
    requests.into_iter().collect()
}

fn path(place: Place) -> String {
    match place {
        Place::Root => String::new(),
        Place::Requests => format!("{}/", key::REQUESTS),
        Place::Request(id) => format!("{}/{id}/", key::REQUESTS),
        Place::Claims(id) => format!("{}/{id}/{}/", key::REQUESTS, key::CLAIMS),
        Place::Matches(id) => format!("{}/{id}/{}/", key::REQUESTS, key::MATCHES),
        Place::Entry(id) => format!("{}/{id}/{}/", key::REQUESTS, EntryKey::MARK),
        Place::Helpers => format!("{}/", key::HELPERS),
        Place::Helper(id) => format!("{}/{id}/", key::HELPERS),
        Place::Elsewhere => "?/".to_owned(),
    }
}
