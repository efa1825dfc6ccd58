//! From notices that are to ring to messages for the phones of their members. What is no longer so does not ring, and
//! several notices at once ring once.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_core::id::{MemberId, NoticeId};
use kruispunt_core::model::{AreaTree, NoticeKind, Role, Word as _};
use kruispunt_core::notices::stands;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Due, Member, NewDelivery, NewNotice, Subscription};
use sha2::{Digest as _, Sha256};

use super::Bell;
use super::moment::quiet_until;
use super::planner::{Boards, PlanError, Unread};
use crate::clock::now;

/// How many members are rung for in one go.
const AT_ONCE: u32 = 128;

const HOUR: i64 = 60 * 60 * 1000;

impl Bell {
    /// Rings for what is due; whether there may be more.
    pub(super) async fn dispatch(&self) -> Result<bool, PlanError> {
        let notices = self.storage.notices();
        let due = notices.due_notices(now(), AT_ONCE).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let members: Vec<MemberId> = due.iter().map(|due| due.member).collect();
        let subscriptions = notices.subscriptions(&members).await?;
        let (mut boards, mut over, mut rings) = (Boards::new(), Vec::new(), Vec::new());
        let mut later = Vec::new();
        for due in &due {
            let Some(member) = self.storage.member(due.member).await? else {
                // Erased a moment ago, with all of it.
                continue;
            };
            let wishes = notices.wishes(due.member).await?.unwrap_or_default();
            let (mut so, mut silent, before) = (Vec::new(), Vec::new(), over.len());
            for notice in &due.notices {
                if !self.rings_for(&member, notice, &mut boards).await {
                    over.push(notice.id);
                } else if wishes.off.contains(&notice.kind) {
                    silent.push(notice.id);
                } else {
                    so.push(notice);
                }
            }
            if !silent.is_empty() {
                rings.push((silent, Vec::new()));
            }
            if let Some(until) = quiet_until(&wishes, now()) {
                // They chose other quiet hours since it was planned, or the relay was away until the evening.
                later.extend(so.iter().map(|notice| (notice.id, until)));
                continue;
            }
            if so.is_empty() {
                continue;
            }
            let phones = subscriptions.iter();
            let phones = phones.filter(|phone| phone.member == due.member && !phone.is_refused);
            let phones: Vec<&Subscription> = phones.collect();
            let gone = u32::try_from(over.len() - before).unwrap_or(u32::MAX);
            let unseen = due.unseen.saturating_sub(gone);
            let ids: Vec<NoticeId> = so.iter().map(|notice| notice.id).collect();
            rings.push((ids, deliveries(due, &so, &phones, unseen, now())));
        }
        if !over.is_empty() {
            notices.withdraw_notices(&over).await?;
        }
        if !later.is_empty() {
            notices.put_off_notices(&later).await?;
        }
        self.ring(&rings).await?;
        let is_full = u32::try_from(due.len()).is_ok_and(|count| count == AT_ONCE);
        Ok(is_full && !(over.is_empty() && rings.is_empty() && later.is_empty()))
    }

    /// Has notices ring, all of them together; where some were seen meanwhile, or another relay was faster, each
    /// member's by themselves.
    async fn ring(&self, rings: &[(Vec<NoticeId>, Vec<NewDelivery>)]) -> Result<(), PlanError> {
        let ids: Vec<NoticeId> = rings.iter().flat_map(|(ids, _)| ids.clone()).collect();
        let deliveries = rings.iter().flat_map(|(_, deliveries)| deliveries.clone());
        let deliveries: Vec<NewDelivery> = deliveries.collect();
        let notices = self.storage.notices();
        if ids.is_empty() || notices.ring(&ids, &deliveries).await? {
            return Ok(());
        }
        for (ids, deliveries) in rings {
            notices.ring(ids, deliveries).await?;
        }
        Ok(())
    }

    /// Whether a notice still concerns its member, and what it says is still so. Where the board cannot be read it is told
    /// as it was.
    pub(super) async fn rings_for(
        &self,
        member: &Member,
        notice: &NewNotice,
        boards: &mut Boards,
    ) -> bool {
        belongs(member, notice, self.hub.places().tree())
            && self.still(notice, boards).await.unwrap_or(true)
    }

    /// Whether what a notice says is still so.
    async fn still(&self, notice: &NewNotice, boards: &mut Boards) -> Result<bool, Unread> {
        let board = notice
            .area
            .and_then(|area| self.hub.places().board_of(area));
        let (Some(document), Some(request)) = (board, notice.request) else {
            return Ok(true);
        };
        let request = self.request(document, request, boards).await?;
        Ok(request.is_some_and(|request| stands(notice.kind, &request, notice.member)))
    }
}

/// Whether a member still has anything to do with the place that a notice is about: roles end at once, and what was
/// planned before waits for the morning.
fn belongs(member: &Member, notice: &NewNotice, tree: &AreaTree) -> bool {
    let Some(area) = notice.area else { return true };
    let is_task = notice.kind == NoticeKind::Task;
    let mut held = member.memberships.iter();
    held.any(|held| tree.lies_in(area, held.area) && (!is_task || held.role == Role::Volunteer))
}

fn deliveries(
    due: &Due,
    so: &[&NewNotice],
    phones: &[&Subscription],
    unseen: u32,
    now: Timestamp,
) -> Vec<NewDelivery> {
    let (urgent, calm): (Vec<&NewNotice>, Vec<_>) = so.iter().partition(|one| one.is_urgent);
    let mut messages: Vec<Message<'_>> = urgent.into_iter().map(Message::One).collect();
    match calm.as_slice() {
        [] => {}
        [one] => messages.push(Message::One(one)),
        _ => messages.push(Message::Several),
    }
    let mut topics = BTreeSet::new();
    let mut deliveries = Vec::new();
    for message in messages {
        let topic = message.topic(due.member);
        // The oldest comes first; of two about one request the newer counts, and whatever is urgent.
        if !topics.insert(topic.clone()) {
            if !message.is_urgent() {
                continue;
            }
            deliveries.retain(|known: &NewDelivery| known.topic != topic);
        }
        deliveries.extend(phones.iter().map(|phone| {
            let one = message.one();
            NewDelivery {
                device: phone.device,
                member: due.member,
                topic: topic.clone(),
                kind: one.map(|one| one.kind),
                notice: one.map(|one| one.id),
                request: one.and_then(|one| one.request),
                word: one.and_then(|one| one.word.clone()),
                unseen,
                is_urgent: message.is_urgent(),
                due_at: now,
                expires_at: now.plus_millis(lifetime(one)),
            }
        }));
    }
    deliveries
}

#[derive(Debug, Clone, Copy)]
enum Message<'a> {
    One(&'a NewNotice),
    Several,
}

impl<'a> Message<'a> {
    const fn one(self) -> Option<&'a NewNotice> {
        match self {
            Self::One(one) => Some(one),
            Self::Several => None,
        }
    }

    fn is_urgent(self) -> bool {
        self.one().is_some_and(|one| one.is_urgent)
    }

    /// What a newer message takes the place of: whatever was said to this member about this request. It tells a push
    /// service nothing, not even that two members hear of the same request.
    fn topic(self, member: MemberId) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"kruispunt/topic/1\n");
        hasher.update(member.as_bytes());
        match self {
            Self::One(NewNotice {
                request: Some(request),
                ..
            }) => hasher.update(request.as_bytes()),
            Self::One(one) => hasher.update(one.kind.key()),
            Self::Several => hasher.update(b"several"),
        }
        let hash: [u8; 32] = hasher.finalize().into();
        let mut topic = URL_SAFE_NO_PAD.encode(hash);
        topic.truncate(32);
        topic
    }
}

/// How long a message is of use, in milliseconds.
fn lifetime(one: Option<&NewNotice>) -> i64 {
    match one {
        Some(one) if one.is_urgent => 6 * HOUR,
        Some(NewNotice {
            kind: NoticeKind::Task,
            ..
        }) => 24 * HOUR,
        _ => 72 * HOUR,
    }
}

#[cfg(test)]
mod tests {
    use kruispunt_core::id::AreaId;
    use kruispunt_core::model::{Area, AreaKind, Membership};

    use super::*;

    const TOWN: AreaId = AreaId::from_bytes([1; 16]);
    const STREET: AreaId = AreaId::from_bytes([2; 16]);
    const ELSEWHERE: AreaId = AreaId::from_bytes([3; 16]);

    fn tree() -> AreaTree {
        let area = |id: AreaId, kind, parent| Area {
            id,
            code: id.to_string(),
            name: String::new(),
            kind,
            parent,
        };
        AreaTree::new([
            area(TOWN, AreaKind::Town, None),
            area(STREET, AreaKind::Street, Some(TOWN)),
            area(ELSEWHERE, AreaKind::Street, Some(TOWN)),
        ])
        .unwrap()
    }

    fn hears(kind: NoticeKind, held: &[(AreaId, Role)]) -> bool {
        let member = Member {
            id: MemberId::from_bytes([4; 16]),
            first_name: String::new(),
            memberships: held
                .iter()
                .map(|&(area, role)| Membership { area, role })
                .collect(),
        };
        let notice = NewNotice {
            id: NoticeId::from_bytes([5; 16]),
            member: member.id,
            kind,
            request: None,
            area: Some(STREET),
            word: None,
            at: Timestamp::from_millis(0),
            push_at: None,
            is_urgent: false,
        };
        belongs(&member, &notice, &tree())
    }

    #[test]
    fn whoever_has_no_role_there_any_more_is_not_rung() {
        assert!(hears(NoticeKind::Stale, &[(TOWN, Role::Coordinator)]));
        assert!(hears(NoticeKind::Task, &[(STREET, Role::Volunteer)]));
        assert!(!hears(NoticeKind::Stale, &[(ELSEWHERE, Role::Coordinator)]));
        assert!(!hears(NoticeKind::Note, &[]));
    }

    #[test]
    fn a_task_is_for_volunteers() {
        let held = [(STREET, Role::Ambassador), (ELSEWHERE, Role::Volunteer)];
        assert!(!hears(NoticeKind::Task, &held));
        assert!(hears(NoticeKind::Matched, &held));
    }
}
