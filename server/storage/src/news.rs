//! What somebody should hear of that happens outside of boards: its cause is written in the transaction of the deed.

use std::collections::BTreeMap;

use kruispunt_core::access::Audience;
use kruispunt_core::id::{AreaId, MemberId, RequestId};
use kruispunt_core::model::{NoticeKind, Whom};
use kruispunt_core::time::Timestamp;

use crate::{Intake, NewCause, Note, Redemption};

/// Something that happened in an area, at this moment.
const fn cause(kind: NoticeKind, whom: Whom, area: AreaId, at: Timestamp) -> NewCause {
    NewCause {
        kind,
        whom,
        member: None,
        document: None,
        area: Some(area),
        request: None,
        by: None,
        ring: 0,
        at,
        due_at: at,
    }
}

/// Notes that were not known were written about a case; several by one writer are one piece of news.
#[must_use]
pub fn of_notes<'a>(
    (street, request): (AreaId, RequestId),
    notes: impl IntoIterator<Item = &'a Note>,
) -> Vec<NewCause> {
    let mut written = BTreeMap::new();
    for note in notes {
        let whom = match note.audience {
            Audience::Case => Whom::Participants,
            Audience::Care => Whom::Care,
        };
        written.insert((note.member, whom), note.received_at);
    }
    let causes = written.into_iter().map(|((by, whom), at)| NewCause {
        request: Some(request),
        by: Some(by),
        ..cause(NoticeKind::Note, whom, street, at)
    });
    causes.collect()
}

/// A resident asked by themselves, with a form of this area.
#[must_use]
pub fn of_intake(intake: &Intake, area: AreaId) -> NewCause {
    let area = intake.street.unwrap_or(area);
    cause(
        NoticeKind::Intake,
        Whom::Coordinators,
        area,
        intake.received_at,
    )
}

/// Somebody came in who was invited to a role in this area by a member.
#[must_use]
pub fn of_arrival(
    redemption: &Redemption,
    newcomer: MemberId,
    area: AreaId,
    invited_by: MemberId,
) -> NewCause {
    NewCause {
        member: Some(invited_by),
        by: Some(newcomer),
        ..cause(NoticeKind::Joined, Whom::Member, area, redemption.now)
    }
}
