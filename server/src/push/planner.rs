//! From what happened to who hears: a notice for each of them, and for volunteers a few at a time.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use kruispunt_core::access::{Audience, Case, Rights, may_read_note};
use kruispunt_core::consent::Consents;
use kruispunt_core::id::{AreaId, DocumentId, MemberId, NoticeId};
use kruispunt_core::matching::{Load, Person};
use kruispunt_core::model::{
    AreaTree, NoticeKind, Profile, Request, Role, Urgency, Whom, Wishes, Word as _,
};
use kruispunt_core::notices::{Ring, Seeking, choose, is_urgent, role, seeks, stands};
use kruispunt_core::time::Timestamp;
use kruispunt_core::vec_map::VecMap;
use kruispunt_storage::{Cause, Member, NewCause, NewNotice, StorageError};

use super::Bell;
use super::moment::ring_at;
use crate::clock::{NoRandomness, now, random};

/// How many causes are looked at in one go.
const AT_ONCE: u32 = 256;

/// What happens to a task so soon after another thing, in milliseconds, tells nobody more: those who were told get their
/// time to answer, and the next ring looks as far as is looked by then.
const JUST: i64 = 30_000;

const MINUTE: i64 = 60 * 1000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Who hears of something whose board cannot be read is worked out after a quarter of the time it has waited, in
/// milliseconds at least and at most; and not any more when it is old news.
const UNREAD: (i64, i64) = (1_000, 5 * 60 * 1000);
const OLD: i64 = 3 * DAY;

/// Nobody could be told.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Boards that were read in one go; `None` is one that cannot be read now.
pub(super) type Boards = HashMap<DocumentId, Option<Vec<Request>>>;

/// What is known of people, in one go.
struct People {
    members: Vec<Member>,
    wishes: BTreeMap<MemberId, Wishes>,
    profiles: BTreeMap<MemberId, Profile>,
}

/// What follows from a cause.
#[derive(Default)]
struct Plan {
    notices: Vec<NewNotice>,
    later: Vec<NewCause>,
}

impl Plan {
    /// The same once more, later.
    fn again(cause: &NewCause, now: Timestamp) -> Self {
        let waited = now.as_millis().saturating_sub(cause.at.as_millis());
        if waited > OLD {
            tracing::error!(
                kind = cause.kind.key(),
                "a board cannot be read for days, and nobody is told what happened on it"
            );
            return Self::default();
        }
        let wait = (waited / 4).clamp(UNREAD.0, UNREAD.1);
        let due_at = now.plus_millis(wait);
        Self {
            notices: Vec::new(),
            later: vec![NewCause {
                due_at,
                ..cause.clone()
            }],
        }
    }
}

impl Bell {
    /// Works out who hears of what is due; whether there may be more.
    pub(super) async fn plan(&self) -> Result<bool, PlanError> {
        let notices = self.storage.notices();
        let causes = notices.causes(now(), AT_ONCE).await?;
        if causes.is_empty() {
            return Ok(false);
        }
        let people = People {
            members: self.storage.members().await?,
            wishes: notices.all_wishes().await?,
            profiles: self.storage.profiles().profiles().await?,
        };
        let (mut boards, mut plans, mut settled) = (Boards::new(), Vec::new(), 0);
        for Cause { n, cause } in &causes {
            let plan = match self.follow(cause, &people, &mut boards).await {
                Ok(Some(plan)) => plan,
                // It makes room for others, whose boards can be read.
                Ok(None) => Plan::again(cause, now()),
                Err(error) => {
                    tracing::warn!(%error, kind = cause.kind.key(), "it is not known who hears of something");
                    Plan::again(cause, now())
                }
            };
            if cause.whom == Whom::Helpers {
                // Who hears of the next task depends on who heard of this one.
                settled += self.settle(&[(*n, plan)]).await?;
            } else {
                plans.push((*n, plan));
            }
        }
        settled += self.settle(&plans).await?;
        let is_full = u32::try_from(causes.len()).is_ok_and(|count| count == AT_ONCE);
        Ok(is_full && settled > 0)
    }

    /// Writes what follows from causes, all of them together; where another relay was faster with one, each by itself.
    /// Returns how many are settled, here or there.
    async fn settle(&self, plans: &[(i64, Plan)]) -> Result<usize, PlanError> {
        let (mut all, mut settled) = (Plan::default(), Vec::new());
        for (n, plan) in plans {
            settled.push(*n);
            all.notices.extend(plan.notices.iter().cloned());
            all.later.extend(plan.later.iter().cloned());
        }
        if settled.is_empty() {
            return Ok(0);
        }
        let notices = self.storage.notices();
        if notices.settle(&settled, &all.notices, &all.later).await? {
            self.hub.metrics().told_of(&all.notices);
            return Ok(settled.len());
        }
        for (n, plan) in plans {
            if notices.settle(&[*n], &plan.notices, &plan.later).await? {
                self.hub.metrics().told_of(&plan.notices);
            }
        }
        Ok(settled.len())
    }

    /// The request as it is on its board now; an error where that cannot be said now.
    pub(super) async fn request(
        &self,
        document: DocumentId,
        id: kruispunt_core::id::RequestId,
        boards: &mut Boards,
    ) -> Result<Option<Request>, Unread> {
        let board = match boards.entry(document) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(self.hub.requests(document).await),
        };
        let board = board.as_ref().ok_or(Unread)?;
        Ok(board.iter().find(|request| request.id == id).cloned())
    }

    /// What follows from a cause; `None` where that cannot be worked out now.
    async fn follow(
        &self,
        cause: &NewCause,
        people: &People,
        boards: &mut Boards,
    ) -> Result<Option<Plan>, PlanError> {
        let places = self.hub.places();
        let document = cause
            .document
            .or_else(|| cause.area.and_then(|street| places.board_of(street)));
        let request = match (document, cause.request) {
            (Some(document), Some(id)) => match self.request(document, id, boards).await {
                Ok(Some(request)) => Some(request),
                // What another relay wrote a moment ago may be still to come.
                Ok(None) if cause.at.plus_millis(MINUTE) > now() => return Ok(None),
                // It was erased, or never was.
                Ok(None) => return Ok(Some(Plan::default())),
                Err(Unread) => return Ok(None),
            },
            _ => None,
        };
        let mut streets = places.streets();
        let street = streets.find_map(|(known, area)| (Some(known) == document).then_some(area));
        let area = street.or(cause.area);
        let tree = places.tree();
        let mut plan = Plan::default();
        let (members, later) = match (cause.whom, &request, area) {
            (Whom::Member, ..) => (cause.member.into_iter().collect(), None),
            (Whom::Helpers, Some(request), Some(street)) => {
                let board = document.and_then(|document| boards.get(&document)?.as_deref());
                let board = board.unwrap_or_default();
                self.ring_of(cause, request, (tree, street), (people, board))
                    .await?
            }
            (Whom::Participants | Whom::Care, Some(request), Some(street)) => {
                let members = self
                    .participants(cause, request, (tree, street), people)
                    .await?;
                (members, None)
            }
            (whom, _, Some(area)) => {
                let held = role(whom).map(|role| holders(people, role, area, tree));
                (held.unwrap_or_default(), None)
            }
            _ => return Ok(Some(plan)),
        };
        let (is_group, now) = (cause.whom != Whom::Member, now());
        for member in members {
            let knows = is_group && cause.by == Some(member);
            let is_so = request
                .as_ref()
                .is_none_or(|request| stands(cause.kind, request, member));
            if !knows && is_so {
                let about = (request.as_ref(), area);
                plan.notices
                    .push(notice(cause, member, about, people, now)?);
            }
        }
        plan.later = later.into_iter().collect();
        // Those who are asked at night answer in the morning.
        let rings = plan.notices.iter().filter_map(|notice| notice.push_at);
        if let (Some(first), Some(later)) = (rings.min(), plan.later.first_mut()) {
            let rests = first.as_millis().saturating_sub(now.as_millis()).max(0);
            later.due_at = later.due_at.plus_millis(rests);
        }
        Ok(Some(plan))
    }

    /// The volunteers to tell now, and when to tell the next.
    async fn ring_of(
        &self,
        cause: &NewCause,
        request: &Request,
        (tree, street): (&AreaTree, AreaId),
        (people, board): (&People, &[Request]),
    ) -> Result<(Vec<MemberId>, Option<NewCause>), PlanError> {
        let ring = Ring::of(request.urgency, cause.ring);
        let Some(ring) = ring.filter(|_| seeks(request)) else {
            return Ok((Vec::new(), None));
        };
        let (now, notices) = (now(), self.storage.notices());
        let told = notices.told_of(request.id, NoticeKind::Task).await?;
        let just = cause.at.plus_millis(-JUST);
        if cause.ring == 0 && told.values().any(|&at| at >= just) {
            // It was looked for further away a moment after it was logged: one is enough to go on from.
            return Ok((Vec::new(), None));
        }
        let since = cause.at.plus_millis(JUST);
        if cause.ring > 0 && told.values().any(|&at| at > since) {
            // It was looked for further away, or somebody stepped back: the rings go on from there.
            return Ok((Vec::new(), None));
        }
        let told: Vec<MemberId> = told.into_keys().collect();
        let week = now.plus_millis(-7 * DAY);
        let week = notices.told_since(NoticeKind::Task, week).await?;
        let day = now.plus_millis(-DAY);
        let day = notices.told_since(NoticeKind::Task, day).await?;
        let (mut lately, mut today) = (VecMap::new(), VecMap::new());
        for (&member, told) in &week {
            let load = Load {
                now: 0,
                lately: told.count,
                last_at: told.last_at,
            };
            lately.insert(member, load);
        }
        for (member, count) in helping(board, now) {
            let mut load = lately.get(&member).copied().unwrap_or_default();
            load.now = count;
            lately.insert(member, load);
        }
        for (&member, told) in &day {
            today.insert(member, told.count);
        }
        let areas: Vec<(MemberId, Vec<AreaId>)> = helpers(people, street, tree);
        let wants = |member: MemberId| {
            let wishes = people.wishes.get(&member);
            wishes.is_none_or(|wishes| !wishes.off.contains(&NoticeKind::Task))
        };
        let candidates =
            areas
                .iter()
                .filter(|(member, _)| wants(*member))
                .map(|(member, areas)| Person {
                    member: *member,
                    profile: people.profiles.get(member),
                    areas,
                });
        let seeking = Seeking {
            tree,
            street,
            request,
            told: &told,
            lately: &lately,
            today: &today,
        };
        let chosen = choose(&seeking, candidates, ring.size, now);
        let later = NewCause {
            ring: cause.ring.saturating_add(1),
            at: now,
            due_at: now.plus_millis(ring.wait),
            ..cause.clone()
        };
        Ok((chosen, Some(later)))
    }

    /// Who takes part in a case: whoever logged it, those who help, and coordinators who had to do with it, or all of
    /// them where none had.
    async fn participants(
        &self,
        cause: &NewCause,
        request: &Request,
        (tree, street): (&AreaTree, AreaId),
        people: &People,
    ) -> Result<Vec<MemberId>, PlanError> {
        let file = self.storage.cases().case(street, request.id).await?;
        let consents = Consents::of(file.said.iter().copied().map(Into::into));
        let about = Case {
            request,
            consents: &consents,
        };
        let audience = if cause.whom == Whom::Care {
            Audience::Care
        } else {
            Audience::Case
        };
        let reads = |member: &&Member| {
            let rights = Rights::at(street, &member.memberships, tree);
            may_read_note(member.id, rights, about, audience).is_ok()
        };
        let readers = people.members.iter().filter(reads);
        let readers: Vec<MemberId> = readers.map(|member| member.id).collect();
        let coordinators = holders(people, Role::Coordinator, street, tree);
        let did = |member: &MemberId| {
            let mut entries = request.entries.iter();
            entries.any(|entry| entry.by == Some(*member))
        };
        let has_one = coordinators.iter().any(did);
        let is_told = |member: &MemberId| {
            let only_coordinates = coordinators.contains(member)
                && request.logged_by != *member
                && !request.is_helped_by(*member);
            !only_coordinates || !has_one || did(member)
        };
        Ok(readers.into_iter().filter(is_told).collect())
    }
}

/// The board cannot be read now.
#[derive(Debug)]
pub(super) struct Unread;

/// Who has a role at a place: those nearest to it. Where a neighbourhood has a coordinator, the town's need not hear of
/// every street.
fn holders(people: &People, role: Role, area: AreaId, tree: &AreaTree) -> Vec<MemberId> {
    let mut upward = tree.upward(area).map(|above| {
        let has = |member: &&Member| {
            let mut held = member.memberships.iter();
            held.any(|held| held.role == role && held.area == above.id)
        };
        let holders = people.members.iter().filter(has);
        holders.map(|member| member.id).collect::<Vec<_>>()
    });
    let nearest = upward.find(|holders| !holders.is_empty());
    nearest.unwrap_or_default()
}

/// How many tasks of a street somebody is at now.
fn helping(board: &[Request], now: Timestamp) -> BTreeMap<MemberId, u32> {
    let mut helping = BTreeMap::new();
    for request in board {
        for &member in request.matches.keys() {
            let mut load = Load::default();
            load.count(request, member, now);
            *helping.entry(member).or_default() += load.now;
        }
    }
    helping
}

/// Volunteers who may see the board of a street, and where they are volunteers.
fn helpers(people: &People, street: AreaId, tree: &AreaTree) -> Vec<(MemberId, Vec<AreaId>)> {
    let helps = people.members.iter().filter_map(|member| {
        let held = member.memberships.iter();
        let held = held.filter(|held| held.role == Role::Volunteer);
        let areas: Vec<AreaId> = held.map(|held| held.area).collect();
        let reaches = areas.iter().any(|&area| tree.lies_in(street, area));
        reaches.then_some((member.id, areas))
    });
    helps.collect()
}

fn notice(
    cause: &NewCause,
    member: MemberId,
    (request, area): (Option<&Request>, Option<AreaId>),
    people: &People,
    now: Timestamp,
) -> Result<NewNotice, NoRandomness> {
    let usual = Wishes::default();
    let wishes = people.wishes.get(&member).unwrap_or(&usual);
    let urgency = request.map_or(Urgency::ThisWeek, |request| request.urgency);
    let is_urgent = is_urgent(cause.kind, urgency);
    let theme = request.and_then(|request| request.theme);
    let is_wanted = !wishes.off.contains(&cause.kind);
    Ok(NewNotice {
        id: NoticeId::from_bytes(random()?),
        member,
        kind: cause.kind,
        request: cause.request,
        area,
        word: theme.map(|theme| theme.key().to_owned()),
        // When they hear of it, which may be long after it happened.
        at: now,
        push_at: is_wanted.then(|| ring_at(wishes, is_urgent, now)),
        is_urgent,
    })
}
