//! One request on a screen.

use super::{Stage, StreetRead, stage};
use crate::access::{Action, Rights};
use crate::id::{AreaId, MemberId, RequestId};
use crate::model::{DayPart, Repeat, Request, Urgency, Weekday, Word as _};
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

/// What the person holding this device may do with the request now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent buttons, each there or not"
)]
pub struct Can {
    /// "I will do this."
    pub claim: bool,
    /// "I cannot after all."
    pub release: bool,
    /// "It is done."
    pub done: bool,
    /// "I told the resident."
    pub feedback: bool,
    /// "No longer needed."
    pub withdraw: bool,
    /// Look at the sealed card, as far as the board can tell: the resident may not consent
    /// ([`crate::access::may_open_card`]). What no longer may be looked at leaves the phone.
    pub open_card: bool,
    /// Write the card, and note what the resident consents to.
    pub keep_card: bool,
    /// Share the card without consent in acute danger.
    pub share_in_danger: bool,
    /// Erase the case for good.
    pub erase: bool,
}

/// One request on a screen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
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
    /// Key of the reason why work on it was refused.
    pub refusal: Option<&'static str>,
    /// Which buttons there are.
    pub can: Can,
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
            refusal: refused.map(|refused| refused.reason.key()),
            can: Can::new(
                stage,
                my_claim,
                request.logged_by == me,
                neighbourhood.rights(street.area),
            ),
        }
    }
}

impl Can {
    fn new(stage: Stage, my_claim: Option<Standing>, mine: bool, rights: Rights) -> Self {
        let theirs = |action| rights.allow(action) || (mine && rights.allow_own(action));
        let helps = my_claim == Some(Standing::Matched)
            && rights.allow_own(Action::OpenCard)
            && matches!(stage, Stage::Offered | Stage::Matched);
        let keeps = theirs(Action::KeepCard);
        let (claims, cares) = (
            rights.allow(Action::Claim),
            rights.allow(Action::CareForRequest),
        );
        Self {
            claim: claims && my_claim.is_none() && matches!(stage, Stage::Open | Stage::Offered),
            release: claims && my_claim.is_some() && stage.takes_claims(),
            done: stage == Stage::Matched && (cares || my_claim == Some(Standing::Matched)),
            feedback: cares && stage == Stage::Done,
            withdraw: cares && stage.takes_claims(),
            open_card: rights.allow(Action::OpenCard)
                || (mine && keeps && stage.is_active())
                || helps,
            keep_card: keeps && stage.is_active(),
            share_in_danger: theirs(Action::OpenInDanger),
            erase: rights.allow(Action::EraseCase),
        }
    }
}

fn claims(request: &Request, street: &StreetRead) -> Vec<ClaimView> {
    let full = super::matched(request) >= request.places;
    let order = |claim: &ClaimView| (claim.standing != Standing::Matched, claim.at, claim.member);
    let mut claims: Vec<ClaimView> = Vec::new();
    for (&member, &at) in request.claims.iter() {
        let name = street.names.iter().find(|(known, _)| *known == member);
        let standing = if request.matches.contains_key(&member) {
            Standing::Matched
        } else if full {
            Standing::Reserve
        } else {
            Standing::Waiting
        };
        let claim = ClaimView {
            member,
            name: name.map(|(_, name)| name.clone()),
            at,
            standing,
        };
        let place = claims.partition_point(|earlier| order(earlier) <= order(&claim));
        claims.insert(place, claim);
    }
    claims
}
