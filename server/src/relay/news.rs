//! What is news of what is about to be stored: kept in the same transaction.

use kruispunt_core::id::{DocumentId, MemberId, RequestId};
use kruispunt_core::model::NoticeKind;
use kruispunt_core::notices::Cause;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::NewCause;

use super::Pace;

/// What others should hear of, and who did something about what.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) causes: Vec<NewCause>,
    pub(super) acted: Vec<(MemberId, RequestId)>,
}

impl News {
    /// These happened in a document.
    pub(super) fn add(
        &mut self,
        document: DocumentId,
        causes: &[Cause],
        pace: Pace,
        now: Timestamp,
    ) {
        let rest = i64::try_from(pace.rest.as_millis()).unwrap_or(i64::MAX);
        let causes = causes.iter().map(|cause| NewCause {
            kind: cause.kind,
            whom: cause.whom,
            member: cause.member,
            document: Some(document),
            area: None,
            request: Some(cause.request),
            by: cause.by,
            ring: 0,
            at: now,
            due_at: if cause.kind == NoticeKind::Task {
                now.plus_millis(rest)
            } else {
                now
            },
        });
        self.causes.extend(causes);
    }

    /// A member did something about these requests: what they hear of them they know.
    pub(super) fn acts(&mut self, member: MemberId, requests: impl IntoIterator<Item = RequestId>) {
        let acted = requests.into_iter().map(|request| (member, request));
        self.acted.extend(acted);
    }
}
