//! What happened to a request, line by line: who handed it to whom, and why.

use super::StreetRead;
use crate::id::{MemberId, RequestId};
use crate::model::{Request, Word as _};
use crate::time::Timestamp;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HistoryLine {
    /// When, by the clock of whoever did it.
    pub at: Timestamp,
    /// What: the key of an entry, or `logged`, `offered`, `matched`, `done`, `told`, `withdrawn`.
    pub kind: &'static str,
    /// Who did it; `None` is the relay, or not known.
    pub by: Option<MemberId>,
    /// Their first name, where the board has it.
    pub name: Option<String>,
    /// Whether that is the person holding this device.
    pub mine: bool,
    /// Where to, as a word.
    pub to: Option<String>,
    /// Why or how, as a word.
    pub why: Option<String>,
    /// About whom.
    pub who: Option<MemberId>,
    /// The first name of whom it is about.
    pub who_name: Option<String>,
    /// About which other request.
    pub into: Option<RequestId>,
    /// How many, in minutes.
    pub n: Option<i64>,
}

/// Everything that happened, oldest first.
pub(super) fn history(request: &Request, street: &StreetRead, me: MemberId) -> Vec<HistoryLine> {
    let line = |at, kind, by: Option<MemberId>| HistoryLine {
        at,
        kind,
        by,
        name: by.and_then(|by| street.name_of(by)),
        mine: by == Some(me),
        to: None,
        why: None,
        who: None,
        who_name: None,
        into: None,
        n: None,
    };
    let mut lines = vec![line(request.logged_at, "logged", Some(request.logged_by))];
    lines.extend(
        request
            .claims
            .iter()
            .map(|(&by, &at)| line(at, "offered", Some(by))),
    );
    lines.extend(
        request
            .matches
            .iter()
            .map(|(&by, &at)| line(at, "matched", Some(by))),
    );
    lines.extend(request.entries.iter().map(|entry| HistoryLine {
        to: entry.to.clone(),
        why: entry.why.clone(),
        who: entry.who,
        who_name: entry.who.and_then(|who| street.name_of(who)),
        into: entry.into,
        n: entry.n,
        ..line(entry.key.at, entry.kind.key(), entry.by)
    }));
    lines.extend(request.done_at.map(|at| line(at, "done", None)));
    lines.extend(request.told.map(|(at, how)| HistoryLine {
        why: Some(how.key().to_owned()),
        ..line(at, "told", None)
    }));
    lines.extend(request.withdrawn_at.map(|at| line(at, "withdrawn", None)));
    lines.sort_by_key(|line| line.at);
    lines
}
