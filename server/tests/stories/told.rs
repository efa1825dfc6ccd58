//! Who finds what in their inbox: everybody what concerns them, nobody what they did themselves.

use std::time::Duration;

use kruispunt_core::command::Command;
use kruispunt_core::id::RequestId;
use kruispunt_core::model::{EntryKind, LadderRule, NoticeKind, Role, TroubleReason, Urgency};
use kruispunt_core::notices::A_DAY;
use kruispunt_server::{Pace, Settings};
use serde_json::json;

use crate::kit::{
    App, ELM_STREET, Ground, HOUR, NORTH, Neighbour, Page, Sealing, TOWN, Town, inbox, inbox_has,
    on_every_database, settings,
};
use kruispunt_server::clock::now;

on_every_database! {
    what_is_stuck_reaches_whoever_can_force_a_way,
    whoever_coordinates_nearest_is_told,
    whoever_is_asked_and_then_no_longer_needed_hears_both,
    an_organisation_hears_what_is_brought_to_it,
    notes_reach_whoever_takes_part,
    what_a_resident_asks_reaches_the_coordinator,
    whoever_invited_somebody_hears_that_they_came,
    volunteers_hear_a_few_at_a_time,
    a_volunteer_hears_of_a_few_tasks_a_day,
}

/// Volunteers are told at once.
fn prompt() -> Settings {
    let pace = Pace {
        rest: Duration::ZERO,
        ..Pace::default()
    };
    settings().with_pace(pace)
}

/// A street in which Alice logged something, and Joke coordinates.
struct Street {
    town: Town,
    alice: Neighbour,
    joke: Neighbour,
    app: App,
    jokes: App,
    request: RequestId,
}

impl Street {
    async fn on(ground: Ground) -> Self {
        let town = Town::found_on(ground, prompt()).await;
        let joke = town.neighbour("Joke", Role::Coordinator, TOWN).await;
        let alice = town.ambassador("Alice").await;
        let mut app = App::opens(&town, &alice).await;
        let mut jokes = App::opens(&town, &joke).await;
        let request = app.logs().await;
        app.is_in_step().await;
        jokes.shows(&[request]).await;
        Self {
            town,
            alice,
            joke,
            app,
            jokes,
            request,
        }
    }

    /// Joke weighs the request.
    async fn joke_adds(&mut self, command: Command) {
        self.jokes.adds(command).await;
        self.jokes.is_in_step().await;
    }
}

async fn what_is_stuck_reaches_whoever_can_force_a_way(ground: Ground) {
    let mut street = Street::on(ground).await;
    let town = &street.town;
    let marit = town.neighbour("Marit", Role::ProcessManager, TOWN).await;
    let rule = LadderRule {
        street_hours: 0,
        neighbourhood_hours: 0,
        ..LadderRule::usual(Urgency::CanWait)
    };
    let rules = json!({ "rules": [rule] });
    let path = format!("/api/ladder?area={TOWN}");
    let set = town.asks(&street.joke, "PUT", &path, &rules).await;
    assert_eq!(set.status, 204);
    inbox_has(town, &street.joke, &["stale"], 1).await;
    inbox_has(town, &marit, &["bottleneck"], 1).await;
    assert!(inbox(town, &street.alice).await.0.is_empty());

    // Joke looks at it, and has seen it.
    let request = street.request;
    street
        .joke_adds(Command::entry(request, EntryKind::Triaged))
        .await;
    inbox_has(&street.town, &street.joke, &["stale"], 0).await;
}

async fn whoever_coordinates_nearest_is_told(ground: Ground) {
    let street = Street::on(ground).await;
    let carla = street
        .town
        .neighbour("Carla", Role::Coordinator, NORTH)
        .await;
    let bob = street.town.volunteer("Bob").await;
    let mut bobs = App::opens(&street.town, &bob).await;
    let request = street.request;
    bobs.shows(&[request]).await;
    bobs.claims(request).await;
    bobs.is_matched_with(request).await;
    let trouble = Command::because(request, EntryKind::Trouble, TroubleReason::TooMuch);
    bobs.adds(trouble).await;
    bobs.is_in_step().await;
    inbox_has(&street.town, &carla, &["bottleneck"], 1).await;
    assert!(inbox(&street.town, &street.joke).await.0.is_empty());
}

async fn whoever_is_asked_and_then_no_longer_needed_hears_both(ground: Ground) {
    let mut street = Street::on(ground).await;
    let (bob, carol) = (
        street.town.volunteer("Bob").await,
        street.town.volunteer("Carol").await,
    );
    let request = street.request;
    for helper in [&bob, &carol] {
        street
            .joke_adds(Command::about(request, EntryKind::Asked, helper.member))
            .await;
        inbox_has(&street.town, helper, &["asked"], 1).await;
    }
    let mut bobs = App::opens(&street.town, &bob).await;
    bobs.shows(&[request]).await;
    bobs.claims(request).await;
    bobs.is_matched_with(request).await;
    inbox_has(&street.town, &bob, &["asked"], 0).await;
    inbox_has(&street.town, &street.alice, &["matched"], 1).await;
    let trouble = Command::because(request, EntryKind::Trouble, TroubleReason::CannotCome);
    bobs.adds(trouble).await;
    bobs.is_in_step().await;
    inbox_has(&street.town, &street.joke, &["bottleneck"], 1).await;

    street
        .jokes
        .hears_that(request, |card| card.trouble.is_some())
        .await;
    street
        .joke_adds(Command::about(request, EntryKind::LetGo, bob.member))
        .await;
    inbox_has(&street.town, &bob, &["lost", "asked"], 1).await;
    inbox_has(&street.town, &street.joke, &["bottleneck"], 0).await;
    street
        .joke_adds(Command::about(request, EntryKind::Assigned, carol.member))
        .await;
    // That she was asked may be gone by now: Bob had said yes before it rang.
    hears_of(&street.town, &carol, "confirmed").await;
    // It is withdrawn: nobody need come.
    street.app.withdraws(request).await;
    street.app.is_in_step().await;
    hears_of(&street.town, &carol, "lost").await;
}

/// Waits until there is a notice of this kind in somebody's inbox.
async fn hears_of(town: &Town, who: &Neighbour, kind: &str) {
    let waiting = async {
        while !inbox(town, who).await.0.iter().any(|known| known == kind) {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(crate::kit::PATIENCE, waiting).await;
    let has = inbox(town, who).await;
    assert!(waited.is_ok(), "no {kind} in {has:?}");
}

async fn an_organisation_hears_what_is_brought_to_it(ground: Ground) {
    let mut street = Street::on(ground).await;
    let welfare = street
        .town
        .neighbour("Wouter", Role::OrganisationContact, NORTH)
        .await;
    let team = street
        .town
        .neighbour("Tess", Role::NeighbourhoodTeam, NORTH)
        .await;
    let request = street.request;
    for (route, who, other) in [
        ("formal", &welfare, &team),
        ("neighbourhood_team", &team, &welfare),
    ] {
        let routed = Command::worded(request, EntryKind::Route, Some(route), Some("too_heavy"));
        street.joke_adds(routed).await;
        inbox_has(&street.town, who, &["brought"], 1).await;
        let (others, _) = inbox(&street.town, other).await;
        assert!(others.len() <= usize::from(route != "formal"), "{others:?}");
    }
}

async fn notes_reach_whoever_takes_part(ground: Ground) {
    let street = Street::on(ground).await;
    let (town, request) = (&street.town, street.request);
    let bob = town.volunteer("Bob").await;
    let hers = Sealing::begins(town, &street.alice).await;
    let his = Sealing::begins(town, &bob).await;
    hers.hears(request, ("arrange", "coordinator"), true, 0)
        .await;
    hers.hears(request, ("help", "volunteer"), true, 1).await;
    let mut bobs = App::opens(town, &bob).await;
    bobs.shows(&[request]).await;
    bobs.claims(request).await;
    bobs.is_matched_with(request).await;
    inbox_has(town, &street.alice, &["matched"], 1).await;

    assert_eq!(his.tells(request, "case", "tuesday").await.status, 200);
    inbox_has(town, &street.alice, &["note", "matched"], 2).await;
    inbox_has(town, &street.joke, &["note"], 1).await;
    assert!(inbox(town, &bob).await.0.is_empty(), "he wrote it");

    // What is for care is no news to a helper.
    assert_eq!(hers.tells(request, "care", "worried").await.status, 200);
    inbox_has(town, &street.joke, &["note"], 1).await;
    assert_eq!(hers.tells(request, "case", "thanks").await.status, 200);
    inbox_has(town, &bob, &["note"], 1).await;
}

async fn what_a_resident_asks_reaches_the_coordinator(ground: Ground) {
    let street = Street::on(ground).await;
    let page = Page::of(&street.town, &street.joke, ELM_STREET, "public").await;
    let asked = page.writes(b"{}").await;
    let sent = page.sends(&asked).await;
    assert!(sent.status < 300, "{sent:?}");
    inbox_has(&street.town, &street.joke, &["intake"], 1).await;
    assert!(inbox(&street.town, &street.alice).await.0.is_empty());
}

async fn whoever_invited_somebody_hears_that_they_came(ground: Ground) {
    let street = Street::on(ground).await;
    let invite = json!({
        "area": NORTH, "role": "volunteer", "first_names": ["Amina"], "days": 3,
    });
    let made = street
        .town
        .asks(&street.joke, "POST", "/api/invitations", &invite)
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let secret = made.json()["invitations"][0]["secret"].clone();
    let secret = kruispunt_server::Secret::given(secret.as_str().unwrap());
    let key = crate::kit::Key::new();
    let came = street
        .town
        .http
        .post("/api/invitations/redeem", &key.redeem(&secret))
        .await;
    assert_eq!(came.status, 200, "{came:?}");
    inbox_has(&street.town, &street.joke, &["joined"], 1).await;
}

/// How many of these people were told of a task.
async fn told(town: &Town, people: &[Neighbour]) -> usize {
    let mut count = 0;
    for who in people {
        count += usize::from(inbox(town, who).await.0.contains(&"task".to_owned()));
    }
    count
}

async fn volunteers_hear_a_few_at_a_time(ground: Ground) {
    let mut street = Street::on(ground).await;
    let mut helpers = Vec::new();
    for n in 0..8 {
        helpers.push(street.town.volunteer(&format!("helper-{n}")).await);
    }
    street.app.logs_for_today().await;
    street.app.is_in_step().await;
    let town = &street.town;
    let first = async {
        while told(town, &helpers).await < 5 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::kit::PATIENCE, first)
        .await
        .unwrap();
    // The others wait ten minutes, or until the morning where it is night.
    let notices = town.storage.notices();
    let soon = notices.causes(now().plus_millis(9 * 60_000), 99).await;
    assert_eq!(soon.unwrap(), []);
    let later = notices.causes(now().plus_millis(24 * HOUR), 99).await;
    let later = later.unwrap();
    assert!(later.iter().all(|one| one.cause.kind == NoticeKind::Task));
    assert!(later.iter().any(|one| one.cause.ring == 1), "{later:?}");
    assert_eq!(told(town, &helpers).await, 5);
}

async fn a_volunteer_hears_of_a_few_tasks_a_day(ground: Ground) {
    let mut street = Street::on(ground).await;
    let bob = street.town.volunteer("Bob").await;
    for _ in 0..=2 * A_DAY {
        street.app.logs_for_today().await;
    }
    street.app.is_in_step().await;
    let most = usize::try_from(2 * A_DAY).unwrap();
    let town = &street.town;
    let all = async {
        while inbox(town, &bob).await.0.len() < most {
            tokio::task::yield_now().await;
        }
        // Every task that came is settled: nothing is due any more.
        while !town
            .storage
            .notices()
            .causes(now(), 99)
            .await
            .unwrap()
            .is_empty()
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::kit::PATIENCE, all)
        .await
        .unwrap();
    assert_eq!(inbox(town, &bob).await.0.len(), most);
}
