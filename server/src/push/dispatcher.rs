//! From notices that are to ring to messages for the phones of their members. What is no longer so does not ring, and
//! several notices at once ring once.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_core::id::{MemberId, NoticeId};
use kruispunt_core::model::{NoticeKind, Word as _};
use kruispunt_core::notices::stands;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Due, NewDelivery, NewNotice, Subscription};
use sha2::{Digest as _, Sha256};

use super::Bell;
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
        for due in &due {
            let (mut so, mut is_unread, before) = (Vec::new(), false, over.len());
            for notice in &due.notices {
                match self.still(notice, &mut boards).await {
                    Ok(true) => so.push(notice),
                    Ok(false) => over.push(notice.id),
                    Err(Unread) => is_unread = true,
                }
            }
            // What cannot be looked at now would otherwise ring a second time later.
            if so.is_empty() || is_unread {
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
        self.ring(&rings).await?;
        let is_full = u32::try_from(due.len()).is_ok_and(|count| count == AT_ONCE);
        Ok(is_full && !(over.is_empty() && rings.is_empty()))
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

    /// Whether what a notice says is still so.
    pub(super) async fn still(
        &self,
        notice: &NewNotice,
        boards: &mut Boards,
    ) -> Result<bool, Unread> {
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
        // The oldest comes first; of two about one request the newer counts.
        if !topics.insert(topic.clone()) {
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
                is_urgent: one.is_some_and(|one| one.is_urgent),
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
