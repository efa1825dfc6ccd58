//! Which buttons there are on a request. A button that is there works, unless what it stands on changes meanwhile.

use super::{Stage, Standing};
use crate::access::{Action, Rights};
use crate::id::MemberId;
use crate::model::{EntryKind, Request};
use crate::schema;

/// What the person holding this device may do with the request now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent buttons, each there or not"
)]
pub struct Can {
    /// "I will do this."
    pub claim: bool,
    /// "Not for me."
    pub pass: bool,
    /// "I cannot after all."
    pub release: bool,
    /// "I am at it."
    pub start: bool,
    /// "It is done."
    pub done: bool,
    /// "It took me so long."
    pub hours: bool,
    /// "Something is in the way."
    pub trouble: bool,
    /// "I told the resident."
    pub feedback: bool,
    /// "Nobody can be told."
    pub close_untold: bool,
    /// "I helped on the spot."
    pub solve: bool,
    /// "No longer needed."
    pub withdraw: bool,
    /// "These belong together."
    pub link: bool,
    /// Weigh it: look at it, its route and step, ask and choose helpers, answer it together with another.
    pub triage: bool,
    /// "My organisation takes this up."
    pub take_up: bool,
    /// "My organisation cannot after all."
    pub hand_back: bool,
    /// Whoever has this talent: invited, or a member now.
    pub invite: bool,
    /// Read and write notes, as far as the board can tell.
    pub notes: bool,
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

impl Can {
    pub(super) fn new(
        request: &Request,
        stage: Stage,
        me: MemberId,
        my_claim: Option<Standing>,
        rights: Rights,
    ) -> Self {
        let mine = request.logged_by == me;
        let add = |kind| schema::may_add(kind, request, me, rights).is_ok();
        let theirs = |action| rights.allow(action) || (mine && rights.allow_own(action));
        let helping = request.is_helped_by(me);
        let sees_card = helping
            && rights.allow_own(Action::OpenCard)
            && matches!(stage, Stage::Offered | Stage::Matched);
        let keeps = theirs(Action::KeepCard);
        let claims = rights.allow(Action::Claim) && !request.is_talent;
        let cares = rights.allow(Action::CareForRequest);
        let task = !request.is_talent;
        Self {
            claim: claims
                && my_claim.is_none()
                && request.course.route.asks_neighbours()
                && matches!(stage, Stage::Open | Stage::Offered),
            pass: claims
                && my_claim.is_none()
                && matches!(stage, Stage::Open | Stage::Offered)
                && !request.course.passed.contains_key(&me),
            release: claims && my_claim.is_some() && stage.takes_claims(),
            start: helping
                && stage.takes_claims()
                && (!request.course.started.contains_key(&me) || request.course.trouble.is_some()),
            done: stage == Stage::Matched && (cares || helping),
            hours: add(EntryKind::Hours)
                && matches!(stage, Stage::Done | Stage::FedBack | Stage::Solved),
            trouble: task && add(EntryKind::Trouble) && stage.takes_claims() && (helping || cares),
            feedback: cares && stage == Stage::Done,
            close_untold: task && add(EntryKind::Untold) && stage != Stage::Merged,
            solve: task && add(EntryKind::Solved),
            withdraw: cares && stage.takes_claims(),
            link: task && cares,
            triage: task && add(EntryKind::Triaged),
            take_up: stage.takes_claims()
                && request.course.taken_up.is_none()
                && add(EntryKind::TakenUp),
            hand_back: stage.takes_claims() && add(EntryKind::HandedBack),
            invite: add(EntryKind::Invited),
            notes: keeps || (helping && rights.allow_own(Action::OpenCard) && stage.is_active()),
            open_card: rights.allow(Action::OpenCard)
                || (mine && keeps && stage.is_active())
                || sees_card,
            keep_card: keeps && stage.is_active(),
            share_in_danger: theirs(Action::OpenInDanger),
            erase: rights.allow(Action::EraseCase),
        }
    }
}
