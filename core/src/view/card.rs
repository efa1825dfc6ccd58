//! One request on a screen.

use super::{Can, Stage, StreetRead, stage};
use crate::id::{AreaId, MemberId, RequestId};
use crate::matching::Said;
use crate::model::{
    Attention, DayPart, FeedbackHow, Language, PassReason, Repeat, Request, Route, RouteReason,
    Source, Step, TroubleReason, UntoldReason, Urgency, Weekday, Word as _,
};
use crate::neighbourhood::Neighbourhood;
use crate::time::Timestamp;

/// Where a person's "I will do this" stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The relay has not said yet.
    Waiting,
    /// Confirmed.
    Matched,
    /// Somebody was just earlier.
    Reserve,
}

/// Where a piece of work is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    /// On this phone only.
    Here,
    /// The relay has it on disk.
    Sent,
    /// The relay would not take it; it is kept on this phone.
    Refused,
}

/// One helper's offer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ClaimView {
    /// Who.
    pub member: MemberId,
    /// Their first name as they share it on this street's board.
    pub name: Option<String>,
    /// When, by their clock.
    pub at: Timestamp,
    /// How it stands.
    pub standing: Standing,
}

/// One request on a screen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each there or not"
)]
pub struct RequestCard {
    /// Its identifier.
    pub id: RequestId,
    /// The street.
    pub area: AreaId,
    /// The street's name.
    pub street: String,
    /// Key of the theme; `other` for one this version does not know.
    pub theme: &'static str,
    /// Key of what is asked; `something_else` for one this version does not know.
    pub ask: &'static str,
    /// On which day; `None` is any.
    pub day: Option<Weekday>,
    /// In which part of the day; `None` is any.
    pub part: Option<DayPart>,
    /// How soon.
    pub urgency: Urgency,
    /// How often.
    pub repeat: Repeat,
    /// Which language whoever helps had better speak.
    pub language: Option<Language>,
    /// Who brought it in.
    pub source: Source,
    /// How many helpers are needed.
    pub places: usize,
    /// Where it stands.
    pub stage: Stage,
    /// Whether what was done to it on this device is safely sent.
    pub safety: Safety,
    /// When it was logged, by the ambassador's clock.
    pub logged_at: Timestamp,
    /// Whether the person holding this device logged it.
    pub mine: bool,
    /// Who offered, matched first, then in order of their clocks.
    pub claims: Vec<ClaimView>,
    /// How this person's own offer stands.
    pub my_claim: Option<Standing>,
    /// Whether this person helps: as matched, or for an organisation.
    pub helping: bool,
    /// Key of the reason why work on it was refused.
    pub refusal: Option<&'static str>,
    /// Whether a coordinator looked at it.
    pub triaged: bool,
    /// How it is answered.
    pub route: Route,
    /// Why that way.
    pub route_why: Option<RouteReason>,
    /// How far help is looked for.
    pub step: Step,
    /// Why somebody should look at it, most pressing first.
    pub attention: Vec<Attention>,
    /// What is in the way.
    pub trouble: Option<TroubleReason>,
    /// Who was asked, and what they said.
    pub asked: Vec<AskedView>,
    /// Whether this person was asked, and did not answer yet.
    pub asked_me: bool,
    /// Why this person said that it is not for them.
    pub passed: Option<PassReason>,
    /// When a helper began.
    pub started_at: Option<Timestamp>,
    /// How long it took this person, in minutes.
    pub minutes: Option<i64>,
    /// Who took it up for an organisation or the neighbourhood team.
    pub taken_up: Option<TakenUpView>,
    /// When it was done.
    pub done_at: Option<Timestamp>,
    /// When and how the resident was told.
    pub told: Option<ToldView>,
    /// Why nobody was told.
    pub untold: Option<UntoldReason>,
    /// What it belongs with, in this street.
    pub linked: Vec<RequestId>,
    /// With which it is answered together.
    pub merged_into: Option<RequestId>,
    /// What is answered together with it.
    pub merged: Vec<RequestId>,
    /// Whether whoever has this talent was invited.
    pub invited: bool,
    /// Whether whoever has this talent is a member now.
    pub joined: bool,
    /// Why it is proposed to this person.
    pub reasons: Vec<Said>,
    /// What stands in the way of proposing it to this person.
    pub obstacles: Vec<Said>,
    /// Which buttons there are.
    pub can: Can,
}

/// Somebody who was asked to help.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AskedView {
    /// Who.
    pub member: MemberId,
    /// Their first name, where the board has it.
    pub name: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What they said.
    pub answer: Answer,
}

/// What somebody who was asked said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing yet.
    Waiting,
    /// "I will do this."
    Offered,
    /// "Not for me."
    Passed,
}

/// Who took it up for an organisation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TakenUpView {
    /// Who.
    pub member: MemberId,
    /// Their first name, where the board has it.
    pub name: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// How the resident was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct ToldView {
    /// When.
    pub at: Timestamp,
    /// How.
    pub how: FeedbackHow,
}

impl RequestCard {
    pub(super) fn new(
        request: &Request,
        street: &StreetRead,
        neighbourhood: &Neighbourhood,
    ) -> Self {
        let me = neighbourhood.member();
        let stage = stage(request);
        let claims = claims(request, street);
        let my_claim = claims
            .iter()
            .find(|claim| claim.member == me)
            .map(|claim| claim.standing);
        let refused = street
            .refused
            .iter()
            .find(|refused| refused.request == request.id);
        let course = &request.course;
        let asked = asked(request, street);
        let others = |belongs: &dyn Fn(&Request) -> bool| -> Vec<RequestId> {
            let others = street
                .requests
                .iter()
                .filter(|other| other.id != request.id);
            others
                .filter(|other| belongs(other))
                .map(|other| other.id)
                .collect()
        };
        // What points at the same one belongs together with it, and with that one.
        let root = |request: &Request| request.course.linked.unwrap_or(request.id);
        let own_root = root(request);
        Self {
            id: request.id,
            area: street.area,
            street: neighbourhood
                .tree()
                .get(street.area)
                .map(|area| area.name.clone())
                .unwrap_or_default(),
            theme: request.theme.map_or("other", |theme| theme.key()),
            ask: request.ask.map_or("something_else", |ask| ask.key()),
            day: request.day,
            part: request.part,
            urgency: request.urgency,
            repeat: request.repeat,
            language: request.language,
            source: request.source,
            places: request.places,
            stage,
            safety: match refused {
                Some(_) => Safety::Refused,
                None if street.unsent.contains(&request.id) => Safety::Here,
                None => Safety::Sent,
            },
            logged_at: request.logged_at,
            mine: request.logged_by == me,
            my_claim,
            claims,
            helping: request.is_helped_by(me),
            refusal: refused.map(|refused| refused.reason.key()),
            triaged: course.triaged,
            route: course.route,
            route_why: course.route_why,
            step: step(request),
            attention: attention(request, stage),
            trouble: course.trouble.and_then(|trouble| trouble.why),
            asked_me: asked
                .iter()
                .any(|asked| asked.member == me && asked.answer == Answer::Waiting),
            asked,
            passed: course
                .passed
                .get(&me)
                .filter(|_| !request.claims.contains_key(&me))
                .and_then(|said| said.what),
            started_at: course.started.values().copied().min(),
            minutes: course.minutes.get(&me).copied(),
            taken_up: course.taken_up.map(|taken| TakenUpView {
                member: taken.what,
                name: street.name_of(taken.what),
                at: taken.at,
            }),
            done_at: request.done_at,
            told: request.told.map(|(at, how)| ToldView { at, how }),
            untold: course.untold.and_then(|said| said.what),
            linked: others(&|other| root(other) == own_root),
            merged_into: course.merged_into,
            merged: others(&|other| other.course.merged_into == Some(request.id)),
            invited: course.invited,
            joined: course.joined,
            reasons: Vec::new(),
            obstacles: Vec::new(),
            can: Can::new(
                request,
                stage,
                me,
                my_claim,
                neighbourhood.rights(street.area),
            ),
        }
    }
}

/// How far help is looked for: until anybody says otherwise, in the street.
pub(super) fn step(request: &Request) -> Step {
    request.course.step.map_or(Step::Street, |step| step.what)
}

/// Why somebody should look at it.
pub(super) fn attention(request: &Request, stage: Stage) -> Vec<Attention> {
    let course = &request.course;
    let mut attention = Vec::new();
    if course.trouble.is_some() && stage.is_active() {
        attention.push(Attention::Trouble);
    }
    let is_still = |what| match what {
        Attention::Nobody => matches!(stage, Stage::Open | Stage::Offered),
        Attention::NoAnswer => course.route.asks_organisation() && course.taken_up.is_none(),
        Attention::Untold => stage == Stage::Done,
        Attention::Trouble => false,
    };
    let stuck = course.stuck.map(|stuck| stuck.what);
    attention.extend(stuck.filter(|&what| stage.is_active() && is_still(what)));
    attention
}

fn asked(request: &Request, street: &StreetRead) -> Vec<AskedView> {
    let course = &request.course;
    let asked = course.asked.iter().map(|(&member, &at)| AskedView {
        member,
        name: street.name_of(member),
        at,
        answer: if request.claims.contains_key(&member) {
            Answer::Offered
        } else if course.passed.contains_key(&member) {
            Answer::Passed
        } else {
            Answer::Waiting
        },
    });
    asked.collect()
}

fn claims(request: &Request, street: &StreetRead) -> Vec<ClaimView> {
    let full = super::matched(request) >= request.places;
    let order = |claim: &ClaimView| (claim.standing != Standing::Matched, claim.at, claim.member);
    let mut claims: Vec<ClaimView> = Vec::new();
    for (&member, &at) in request.claims.iter() {
        let standing = if request.matches.contains_key(&member) {
            Standing::Matched
        } else if full {
            Standing::Reserve
        } else {
            Standing::Waiting
        };
        let claim = ClaimView {
            member,
            name: street.name_of(member),
            at,
            standing,
        };
        let place = claims.partition_point(|earlier| order(earlier) <= order(&claim));
        claims.insert(place, claim);
    }
    claims
}
