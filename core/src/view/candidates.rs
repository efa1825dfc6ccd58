//! Who could help with a request, for whoever matches by hand: everybody, the best first, with what speaks for and
//! against, and how much they do already.

use super::card::Answer;
use super::reader::Reader;
use crate::access::Action;
use crate::id::{MemberId, RequestId};
use crate::matching::{Load, Person, Said, rank, weigh};
use crate::model::{Helper, Request};
use crate::time::Timestamp;
use crate::vec_map::VecMap;

/// More than anybody looks at.
const MOST: usize = 40;

/// Who could help.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CandidatesView {
    /// Whether this device was told of any helper.
    pub known: bool,
    /// The best first; whoever has something in the way comes after all others.
    pub candidates: Vec<CandidateView>,
}

/// Somebody who could help.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CandidateView {
    /// Who.
    pub member: MemberId,
    /// Their first name.
    pub name: String,
    /// What speaks for them, most important first.
    pub reasons: Vec<Said>,
    /// What stands in the way.
    pub obstacles: Vec<Said>,
    /// Tasks they are at now.
    pub busy: u32,
    /// Tasks they did in the last thirty days.
    pub lately: u32,
    /// When they were matched last.
    pub last_at: Option<Timestamp>,
    /// What they said, if they were asked or offered by themselves.
    pub answer: Option<Answer>,
    /// Whether they are matched.
    pub helps: bool,
}

impl Reader<'_> {
    pub(super) fn candidates(&self, id: RequestId) -> CandidatesView {
        let mut view = CandidatesView {
            known: !self.helpers.is_empty(),
            candidates: Vec::new(),
        };
        let found = self.streets.iter().find_map(|street| {
            let request = street.requests.iter().find(|request| request.id == id)?;
            Some((street, request))
        });
        let Some((street, request)) = found else {
            return view;
        };
        if !self.neighbourhood.allow(street.area, Action::Triage) {
            return view;
        }
        let tree = self.neighbourhood.tree();
        let reaches = |helper: &&Helper| {
            let mut areas = helper.areas.iter();
            areas.any(|&area| tree.lies_in(street.area, area) || tree.get(area).is_none())
        };
        let loads = self.loads();
        let mut ranked = Vec::new();
        for helper in self.helpers.iter().filter(reaches) {
            let person = Person {
                member: helper.member,
                profile: Some(&helper.profile),
                areas: &helper.areas,
            };
            let load = loads.get(&helper.member).copied().unwrap_or_default();
            let fit = weigh(tree, person, load, request, street.area, self.now);
            let order = rank(&fit, load, helper.member);
            let candidate = CandidateView {
                member: helper.member,
                name: helper.first_name.clone(),
                reasons: fit.reasons,
                obstacles: fit.obstacles,
                busy: load.now,
                lately: load.lately,
                last_at: load.last_at,
                answer: answer(request, helper.member),
                helps: request.is_helped_by(helper.member),
            };
            let place = ranked.partition_point(|(earlier, _)| *earlier <= order);
            ranked.insert(place, (order, candidate));
        }
        view.candidates = ranked
            .into_iter()
            .take(MOST)
            .map(|(_, candidate)| candidate)
            .collect();
        view
    }

    /// What everybody does who is matched anywhere, in one look over all requests.
    fn loads(&self) -> VecMap<MemberId, Load> {
        let mut loads: VecMap<MemberId, Load> = VecMap::new();
        for request in self.streets.iter().flat_map(|street| &street.requests) {
            for &member in request.matches.keys() {
                let mut load = loads.get(&member).copied().unwrap_or_default();
                load.count(request, member, self.now);
                loads.insert(member, load);
            }
        }
        loads
    }
}

fn answer(request: &Request, member: MemberId) -> Option<Answer> {
    let course = &request.course;
    if request.claims.contains_key(&member) {
        Some(Answer::Offered)
    } else if course.passed.contains_key(&member) {
        Some(Answer::Passed)
    } else if course.asked.contains_key(&member) {
        Some(Answer::Waiting)
    } else {
        None
    }
}
