//! What happens to a request between the door and the day its resident is told.

use super::kit::{Person, Relay, STREET, meets, now};
use crate::command::Command;
use crate::id::RequestId;
use crate::message::Reason;
use crate::model::{
    Attention, EntryKind, FeedbackHow, Helper, LadderRule, PassReason, Profile, Role, Route,
    RouteReason, Step, TroubleReason, UntoldReason, Urgency, Word as _,
};
use crate::sync::frame::Frame;
use crate::view::{Answer, Query, Stage, Standing, View, VolunteerView};

/// An ambassador with a request, volunteers, a coordinator, and somebody of an organisation; all up to date.
struct Neighbours {
    relay: Relay,
    fatma: Person,
    amina: Person,
    piet: Person,
    joke: Person,
    olga: Person,
    request: RequestId,
}

impl Neighbours {
    fn with_a_request() -> Self {
        let mut fatma = Person::joins("Fatma", Role::Ambassador);
        let request = fatma.logs_groceries();
        let mut all = Self {
            relay: Relay::opens(),
            fatma,
            amina: Person::joins("Amina", Role::Volunteer),
            piet: Person::joins("Piet", Role::Volunteer),
            joke: Person::joins("Joke", Role::Coordinator),
            olga: Person::joins("Olga", Role::OrganisationContact),
            request,
        };
        all.meet();
        all
    }

    fn meet(&mut self) {
        let everybody = &mut [
            &mut self.fatma,
            &mut self.amina,
            &mut self.piet,
            &mut self.joke,
            &mut self.olga,
        ];
        meets(&mut self.relay, everybody);
    }

    fn entry(&self, kind: EntryKind) -> Command {
        Command::entry(self.request, kind)
    }

    fn routes(&self, to: Route, why: Option<RouteReason>) -> Command {
        Command::worded(
            self.request,
            EntryKind::Route,
            Some(to.key()),
            why.map(RouteReason::key),
        )
    }

    /// The time of whatever is due has come.
    fn time_goes_by(&mut self, rule: LadderRule) {
        let rung = self.relay.document.ring(&|_| rule, now());
        for frame in rung.news.iter().collect::<Vec<&Frame>>() {
            for person in [
                &mut self.fatma,
                &mut self.amina,
                &mut self.piet,
                &mut self.joke,
            ] {
                person.hears(frame);
            }
        }
    }
}

fn volunteer(person: &mut Person) -> VolunteerView {
    match person.phone.view(&Query::Volunteer {}, now()) {
        Some(View::Volunteer(view)) => view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn somebody_who_is_asked_answers_and_nobody_is_blamed_for_no() {
    let mut all = Neighbours::with_a_request();
    for who in [all.amina.member(), all.piet.member()] {
        let asks = Command::about(all.request, EntryKind::Asked, who);
        all.joke.does(asks).unwrap();
    }
    all.meet();
    assert_eq!(volunteer(&mut all.amina).asked[0].id, all.request);
    let passes = Command::because(all.request, EntryKind::Passed, PassReason::NotNow);
    all.amina.does(passes.clone()).unwrap();
    let request = all.request;
    // She may change her mind, and is not shown it first.
    assert_eq!(volunteer(&mut all.amina).others.last().unwrap().id, request);
    all.piet.does(Command::ClaimRequest { request }).unwrap();
    all.meet();

    assert_eq!(volunteer(&mut all.amina).asked, []);
    let card = all.joke.sees(request);
    let answers: Vec<_> = card.asked.iter().map(|asked| asked.answer).collect();
    assert_eq!(answers, [Answer::Passed, Answer::Offered]);
    assert_eq!(card.stage, Stage::Matched);
    // A double tap is no second deed.
    let before = all.amina.heads();
    all.amina.does(passes).unwrap();
    assert_eq!(all.amina.heads(), before);
}

#[test]
fn a_coordinator_chooses_and_lets_go_and_the_relay_alone_confirms() {
    let mut all = Neighbours::with_a_request();
    let (request, amina) = (all.request, all.amina.member());
    let assigns = Command::about(request, EntryKind::Assigned, amina);
    assert_eq!(all.fatma.does(assigns.clone()), Err(Reason::NotAllowed));
    all.joke.does(assigns).unwrap();
    assert_eq!(
        all.joke.sees(request).stage,
        Stage::Open,
        "not before the relay said so"
    );
    all.meet();
    assert_eq!(all.amina.sees(request).my_claim, Some(Standing::Matched));
    all.amina.does(all.entry(EntryKind::Started)).unwrap();
    all.piet.does(Command::ClaimRequest { request }).unwrap();
    all.meet();
    assert_eq!(all.piet.sees(request).my_claim, Some(Standing::Reserve));

    all.joke
        .does(Command::about(request, EntryKind::LetGo, amina))
        .unwrap();
    all.meet();
    assert_eq!(all.amina.sees(request).my_claim, None);
    assert_eq!(all.piet.sees(request).my_claim, Some(Standing::Matched));
    // What she did meanwhile, without reception, is still taken.
    let hours = Command::AddEntry {
        request,
        kind: EntryKind::Hours,
        to: None,
        why: None,
        who: None,
        into: None,
        n: Some(45),
    };
    all.piet.does(hours.clone()).unwrap();
    all.meet();
    assert_eq!(all.piet.phone.safekeeping().refused, 0);
}

#[test]
fn a_helper_who_does_not_begin_makes_room_for_the_reserve() {
    let mut all = Neighbours::with_a_request();
    let request = all.request;
    all.amina.does(Command::ClaimRequest { request }).unwrap();
    all.meet();
    all.piet.does(Command::ClaimRequest { request }).unwrap();
    all.meet();
    let rule = LadderRule {
        start_hours: 1,
        ..LadderRule::usual(Urgency::ThisWeek)
    };
    // Amina's time is over; Piet's begins now.
    let later = now().plus_millis(60 * 60 * 1000);
    let rung = all.relay.document.ring(&|_| rule, later);
    for person in [&mut all.amina, &mut all.piet, &mut all.joke] {
        person.hears(rung.news.as_ref().unwrap());
    }
    assert_eq!(all.piet.sees(request).my_claim, Some(Standing::Matched));
    assert_eq!(all.amina.sees(request).my_claim, None);
    let kinds: Vec<_> = all.joke.sees_history(request);
    assert!(kinds.contains(&"expired"), "{kinds:?}");
}

#[test]
fn a_heavier_way_needs_its_reason_and_goes_through_an_organisation() {
    let mut all = Neighbours::with_a_request();
    let request = all.request;
    let without = all.routes(Route::Formal, None);
    assert_eq!(all.joke.does(without), Err(Reason::InvalidChange));
    assert!(!all.olga.sees(request).can.take_up);
    all.joke
        .does(all.routes(Route::Formal, Some(RouteReason::NeedsSkill)))
        .unwrap();
    all.meet();
    assert!(!all.amina.sees(request).can.claim);
    assert_eq!(
        all.amina.does(Command::ClaimRequest { request }),
        Err(Reason::AlreadyClosed)
    );
    assert_eq!(
        all.amina.does(all.entry(EntryKind::TakenUp)),
        Err(Reason::NotAllowed)
    );
    all.olga.does(all.entry(EntryKind::TakenUp)).unwrap();
    all.meet();
    let card = all.olga.sees(request);
    assert_eq!((card.stage, card.helping), (Stage::Matched, true));
    assert_eq!(card.taken_up.unwrap().name.as_deref(), Some("Olga"));
    all.olga.does(Command::MarkDone { request }).unwrap();
    all.meet();
    assert!(all.fatma.sees(request).can.feedback);
}

#[test]
fn a_combined_answer_needs_both_a_neighbour_and_an_organisation() {
    let mut all = Neighbours::with_a_request();
    let request = all.request;
    all.joke
        .does(all.routes(Route::Combined, Some(RouteReason::TooHeavy)))
        .unwrap();
    all.meet();
    all.amina.does(Command::ClaimRequest { request }).unwrap();
    all.meet();
    assert_eq!(all.joke.sees(request).stage, Stage::Offered);
    all.olga.does(all.entry(EntryKind::TakenUp)).unwrap();
    all.meet();
    assert_eq!(all.joke.sees(request).stage, Stage::Matched);
    let kinds = all.joke.sees_history(request);
    for kind in ["logged", "route", "offered", "matched", "taken_up"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
}

#[test]
fn nothing_closes_untold() {
    let mut all = Neighbours::with_a_request();
    let request = all.request;
    let solved = all.entry(EntryKind::Solved);
    assert_eq!(all.amina.does(solved.clone()), Err(Reason::NotAllowed));
    all.fatma.does(solved).unwrap();
    all.meet();
    let card = all.joke.sees(request);
    assert_eq!(card.stage, Stage::Solved);
    assert_eq!(card.told.unwrap().how, FeedbackHow::InPerson);

    let mut all = Neighbours::with_a_request();
    let untold = Command::because(request, EntryKind::Untold, UntoldReason::Moved);
    all.fatma.does(untold).unwrap();
    all.meet();
    let card = all.joke.sees(request);
    assert_eq!(
        (card.stage, card.untold),
        (Stage::Closed, Some(UntoldReason::Moved))
    );
    let late = Command::ClaimRequest { request };
    assert_eq!(all.amina.does(late), Err(Reason::AlreadyClosed));
}

#[test]
fn what_is_answered_together_is_told_about_one_by_one() {
    let mut all = Neighbours::with_a_request();
    let main = all.request;
    all.fatma.reopens();
    let other = all.fatma.logs_groceries();
    all.meet();
    all.joke
        .does(Command::together(other, EntryKind::Merged, main))
        .unwrap();
    all.meet();
    assert_eq!(all.joke.sees(other).stage, Stage::Merged);
    assert_eq!(all.joke.sees(main).merged, [other]);
    assert!(!all.fatma.sees(other).can.feedback);

    all.amina
        .does(Command::ClaimRequest { request: main })
        .unwrap();
    all.meet();
    all.amina.does(Command::MarkDone { request: main }).unwrap();
    all.meet();
    for request in [main, other] {
        assert!(all.fatma.sees(request).can.feedback, "{request:?}");
        let tell = Command::GiveFeedback {
            request,
            how: FeedbackHow::Phone,
            on: None,
        };
        all.fatma.does(tell).unwrap();
    }
    all.meet();
    assert_eq!(all.joke.sees(other).stage, Stage::FedBack);
}

#[test]
fn trouble_asks_for_a_look_until_somebody_did_something() {
    let mut all = Neighbours::with_a_request();
    let request = all.request;
    all.amina.does(Command::ClaimRequest { request }).unwrap();
    all.meet();
    let trouble = Command::because(request, EntryKind::Trouble, TroubleReason::NobodyHome);
    all.amina.does(trouble).unwrap();
    all.meet();
    assert_eq!(all.joke.sees(request).attention, [Attention::Trouble]);
    assert_eq!(
        all.fatma.sees(request).trouble,
        Some(TroubleReason::NobodyHome)
    );
    all.amina.does(all.entry(EntryKind::Started)).unwrap();
    all.meet();
    assert_eq!(all.joke.sees(request).attention, []);
}

#[test]
fn nobody_near_was_found_and_that_is_shown_to_everybody_alike() {
    let mut all = Neighbours::with_a_request();
    let at_once = LadderRule {
        street_hours: 0,
        neighbourhood_hours: 0,
        ..LadderRule::usual(Urgency::ThisWeek)
    };
    all.time_goes_by(at_once);
    let (fatma, joke) = (all.fatma.sees(all.request), all.joke.sees(all.request));
    assert_eq!(
        (fatma.step, fatma.attention.as_slice()),
        (Step::Further, [Attention::Nobody].as_slice())
    );
    assert_eq!((joke.step, joke.attention), (fatma.step, fatma.attention));
    // Nothing happens twice.
    assert_eq!(all.relay.document.ring(&|_| at_once, now()).rows, []);
}

#[test]
fn whoever_does_less_is_proposed_first_and_how_much_is_told() {
    let mut all = Neighbours::with_a_request();
    let request = all.request;
    all.amina.does(Command::ClaimRequest { request }).unwrap();
    all.meet();
    all.fatma.reopens();
    let other = all.fatma.logs_groceries();
    all.meet();
    let helper = |person: &Person| Helper {
        member: person.member(),
        first_name: person.name.to_owned(),
        areas: vec![STREET],
        profile: Profile::default(),
    };
    let helpers = vec![helper(&all.amina), helper(&all.piet)];
    all.joke.phone.know_helpers(helpers);
    let view = all
        .joke
        .phone
        .view(&Query::Candidates { request: other }, now());
    let Some(View::Candidates(view)) = view else {
        panic!("{view:?}")
    };
    let told: Vec<_> = view
        .candidates
        .iter()
        .map(|one| (one.name.as_str(), one.busy))
        .collect();
    assert_eq!(told, [("Piet", 0), ("Amina", 1)]);
    // Who helps is nobody's business but a coordinator's.
    let view = all
        .amina
        .phone
        .view(&Query::Candidates { request: other }, now());
    assert!(matches!(view, Some(View::Candidates(view)) if view.candidates.is_empty()));
}
