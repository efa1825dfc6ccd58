//! Who is told of what, and how it reaches them: through a push service that answers in every way there is.

use std::collections::BTreeSet;

use kruispunt_core::id::{NoticeId, RequestId};
use kruispunt_core::model::{NoticeKind, Role};
use kruispunt_server::clock::{now, random};
use kruispunt_server::{Mailer, Ringing};
use kruispunt_storage::NewNotice;
use serde_json::{Value, json};

use crate::kit::{
    App, Browser, Ground, HOUR, Heard, Neighbour, PostOffice, Reply, TOWN, Town, inbox, inbox_has,
    is_reached, on_every_database, rings_always, second, settings, until_reached,
};

on_every_database! {
    a_volunteer_hears_of_a_task_in_a_sealed_message,
    whoever_logged_it_hears_and_whoever_did_it_does_not,
    at_night_it_waits_and_stands_in_the_inbox,
    whoever_answers_on_one_device_is_not_told_on_another,
    what_is_no_longer_so_does_not_ring,
    much_at_once_rings_once,
    who_wants_to_hear_of_nothing_finds_it_in_the_inbox,
    what_was_wished_last_counts_when_it_is_to_ring,
    what_waited_is_looked_at_again_before_it_is_sent,
    a_subscription_that_is_gone_is_forgotten,
    a_relay_that_is_not_believed_at_first_silences_nobody,
    whoever_is_asked_to_wait_waits,
    whoever_is_asked_not_to_wait_does_a_little,
    trouble_passes_and_the_message_arrives,
    a_relay_that_dies_in_between_loses_nothing,
    several_relays_send_each_message_once,
    trouble_now_and_then_loses_nothing_and_doubles_nothing,
    a_phone_that_is_lost_is_not_rung,
}

/// A town that rings at this push service.
async fn town_at(ground: Ground, office: &PostOffice) -> Town {
    Town::found_on(ground, office.known_to(settings())).await
}

/// Somebody with a browser that is reached under their name.
async fn reached(town: &Town, office: &PostOffice, who: &Neighbour, token: &str) -> Browser {
    let browser = office.browser(token);
    browser.subscribes(town, who).await;
    browser
}

/// What rings for somebody until then, as the database has it.
async fn due(town: &Town, who: &Neighbour, hours: i64) -> Vec<NoticeKind> {
    let then = now().plus_millis(hours * HOUR);
    let due = town.storage.notices().due_notices(then, 99).await.unwrap();
    let mine = due.into_iter().find(|due| due.member == who.member);
    let notices = mine.into_iter().flat_map(|due| due.notices);
    notices.map(|notice| notice.kind).collect()
}

/// Waits until so many messages wait to be sent.
async fn waits(town: &Town, count: u64) {
    let waiting = async {
        while town.storage.notices().waiting_deliveries().await.unwrap() != count {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(crate::kit::PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{}", town.shows().await);
}

fn shown(browser: &Browser, heard: &Heard) -> (String, Value) {
    let message = browser.reads(heard);
    let kind = message["notification"]["data"]["kind"].clone();
    (kind.as_str().unwrap().to_owned(), message)
}

async fn a_volunteer_hears_of_a_task_in_a_sealed_message(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let browser = reached(&town, &office, &bob, "bob").await;
    let mut app = App::opens(&town, &alice).await;
    let request = app.logs_for_today().await;
    app.is_in_step().await;

    let heard = office.hears(1).await.remove(0);
    assert_eq!(heard.token, "bob");
    let (kind, message) = shown(&browser, &heard);
    assert_eq!(kind, "task");
    let notification = &message["notification"];
    let address = format!("https://kruispunt.example/#/request/{request}");
    assert_eq!(notification["navigate"], address);
    assert_eq!(notification["data"]["request"], request.to_string());
    assert_eq!(message["app_badge"], "1");
    assert!(!message.to_string().contains("Alice"));

    assert_eq!(heard.header("content-encoding"), "aes128gcm");
    assert_eq!(heard.header("urgency"), "high");
    assert_eq!(heard.header("topic").len(), 32);
    let lifetime: i64 = heard.header("ttl").parse().unwrap();
    assert!((6 * 3600 - 60..=6 * 3600).contains(&lifetime), "{lifetime}");
    let (claims, key) = heard.signed();
    let end = browser.endpoint.find("/push").unwrap();
    assert_eq!(claims["aud"], browser.endpoint[..end]);
    let expires = claims["exp"].as_i64().unwrap();
    assert!(expires > second() && expires <= second() + 24 * 3600);
    assert_eq!(claims["sub"], "mailto:beheer@kruispunt.example");
    let push = town.asks(&bob, "GET", "/api/push", &Value::Null).await;
    assert_eq!(key, push.text("key"));
    assert!(heard.length() > 1_000 && heard.length() < 1_300);
    assert_eq!(inbox(&town, &bob).await, (vec!["task".to_owned()], 1));
    assert!(inbox(&town, &alice).await.0.is_empty(), "she wrote it");
}

async fn whoever_logged_it_hears_and_whoever_did_it_does_not(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let browser = reached(&town, &office, &alice, "alice").await;
    let (mut app, mut bobs) = (
        App::opens(&town, &alice).await,
        App::opens(&town, &bob).await,
    );
    let request = app.logs_for_today().await;
    app.is_in_step().await;
    bobs.shows(&[request]).await;
    bobs.claims(request).await;
    bobs.is_matched_with(request).await;
    let heard = office.hears(1).await;
    assert_eq!(shown(&browser, &heard[0]).0, "matched");
    bobs.finishes(request).await;
    bobs.is_in_step().await;
    let heard = office.hears(2).await;
    assert_eq!(shown(&browser, &heard[1]).0, "feedback_due");
    assert_eq!(heard[0].header("topic"), heard[1].header("topic"));
    inbox_has(&town, &alice, &["feedback_due", "matched"], 2).await;

    // She tells the resident, and with that she has seen what she was to do.
    app.hears_that(request, |card| {
        card.stage == kruispunt_core::view::Stage::Done
    })
    .await;
    app.tells_the_resident(request).await;
    app.is_in_step().await;
    inbox_has(&town, &alice, &["feedback_due", "matched"], 0).await;
}

async fn at_night_it_waits_and_stands_in_the_inbox(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let browser = office.browser("bob");
    browser.subscribes_quietly(&town, &bob).await;
    // It is always night for Bob, but for one minute that is not now.
    let night = night();
    let path = "/api/members/me/wishes";
    assert_eq!(town.asks(&bob, "PUT", path, &night).await.status, 204);
    let push = town.asks(&bob, "GET", "/api/push", &Value::Null).await;
    assert_eq!(push.json()["wishes"]["quiet_until"], night["quiet_until"]);
    let mut app = App::opens(&town, &alice).await;
    app.logs_for_today().await;
    app.is_in_step().await;

    inbox_has(&town, &bob, &["task"], 1).await;
    assert_eq!(due(&town, &bob, 1).await, []);
    assert_eq!(due(&town, &bob, 3).await, [NoticeKind::Task]);
    assert!(office.heard().is_empty());

    // He sees it by himself: in the morning nothing rings.
    let listed = town.asks(&bob, "GET", "/api/notices", &Value::Null).await;
    let ids = json!({ "ids": [listed.json()["notices"][0]["id"]] });
    let seen = town.asks(&bob, "POST", "/api/notices/seen", &ids).await;
    assert_eq!(seen.status, 204);
    inbox_has(&town, &bob, &["task"], 0).await;
    assert_eq!(due(&town, &bob, 3).await, []);
}

async fn whoever_answers_on_one_device_is_not_told_on_another(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let browser = reached(&town, &office, &bob, "bob").await;
    // The push service has had enough for an hour, so that the message waits at the relay.
    office.answers([Reply::SaysAfter(429, 3600)]);
    let (mut app, mut bobs) = (
        App::opens(&town, &alice).await,
        App::opens(&town, &bob).await,
    );
    let request = app.logs_for_today().await;
    app.is_in_step().await;
    office.hears(1).await;
    waits(&town, 1).await;

    bobs.shows(&[request]).await;
    bobs.claims(request).await;
    bobs.is_matched_with(request).await;
    waits(&town, 0).await;
    inbox_has(&town, &bob, &["task"], 0).await;
    assert_eq!(office.heard().len(), 1);
    assert!(is_reached(&town, &bob).await);
    drop(browser);
}

async fn what_is_no_longer_so_does_not_ring(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let carol = town.volunteer("Carol").await;
    let path = "/api/members/me/wishes";
    assert_eq!(town.asks(&carol, "PUT", path, &night()).await.status, 204);
    let (mut app, mut bobs) = (
        App::opens(&town, &alice).await,
        App::opens(&town, &bob).await,
    );
    let request = app.logs_for_today().await;
    app.is_in_step().await;
    inbox_has(&town, &carol, &["task"], 1).await;
    bobs.shows(&[request]).await;
    bobs.claims(request).await;
    bobs.is_matched_with(request).await;

    // The morning comes, earlier than she thought; she cannot be reached, and the task is no longer free.
    let notices = town.storage.notices();
    let due = notices
        .due_notices(now().plus_millis(3 * HOUR), 99)
        .await
        .unwrap();
    let carols = due.into_iter().find(|due| due.member == carol.member);
    let mut early = carols.unwrap().notices.remove(0);
    early.push_at = Some(now());
    let cause = notices
        .causes(now().plus_millis(24 * HOUR), 99)
        .await
        .unwrap();
    let ring = cause.iter().find(|one| one.cause.ring == 1).unwrap();
    assert!(notices.settle(&[ring.n], &[early], &[]).await.unwrap());
    inbox_has(&town, &carol, &[], 0).await;
}

async fn much_at_once_rings_once(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let joke = town.neighbour("Joke", Role::Coordinator, TOWN).await;
    let browser = office.browser("joke");
    browser.subscribes_quietly(&town, &joke).await;
    let minute = (now().as_millis() / 60_000 + 120) % 1440;
    let daily = json!({
        "time_zone": "UTC", "quiet_from": 0, "quiet_until": 0, "digest": true, "digest_at": minute,
    });
    let path = "/api/members/me/wishes";
    assert_eq!(town.asks(&joke, "PUT", path, &daily).await.status, 204);
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let (mut app, mut bobs) = (
        App::opens(&town, &alice).await,
        App::opens(&town, &bob).await,
    );
    let mut requests = Vec::new();
    for _ in 0..3 {
        requests.push(app.logs().await);
    }
    app.is_in_step().await;
    bobs.shows(&requests).await;
    for &request in &requests {
        bobs.claims(request).await;
        bobs.is_matched_with(request).await;
        let trouble = kruispunt_core::command::Command::because(
            request,
            kruispunt_core::model::EntryKind::Trouble,
            kruispunt_core::model::TroubleReason::NobodyHome,
        );
        bobs.adds(trouble).await;
        bobs.is_in_step().await;
    }
    inbox_has(&town, &joke, &["bottleneck"; 3], 3).await;
    assert_eq!(due(&town, &joke, 1).await, []);
    assert_eq!(due(&town, &joke, 3).await, [NoticeKind::Bottleneck; 3]);

    // She would rather hear at once: what is there already is brought forward by the next of its kind.
    let notices = town.storage.notices();
    let later = now().plus_millis(3 * HOUR);
    let due = notices.due_notices(later, 99).await.unwrap();
    let mut all = due
        .into_iter()
        .find(|due| due.member == joke.member)
        .unwrap();
    for notice in &mut all.notices {
        notice.push_at = Some(now());
    }
    assert!(notices.settle(&[], &all.notices, &[]).await.unwrap());
    let heard = office.hears(1).await;
    let (kind, message) = shown(&browser, &heard[0]);
    assert_eq!(kind, "several");
    assert_eq!(message["notification"]["body"], "Nieuwe berichten: 3");
    assert_eq!(
        message["notification"]["navigate"],
        "https://kruispunt.example/#/inbox"
    );
    assert_eq!(office.heard().len(), 1);
}

async fn who_wants_to_hear_of_nothing_finds_it_in_the_inbox(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    reached(&town, &office, &alice, "alice").await;
    let off = json!({ "off": ["matched"], "quiet_from": 0, "quiet_until": 0 });
    let path = "/api/members/me/wishes";
    assert_eq!(town.asks(&alice, "PUT", path, &off).await.status, 204);
    for wrong in [
        json!({ "quiet_from": 1440 }),
        json!({ "time_zone": "Mars/Olympus" }),
        json!({ "digest_at": -1 }),
        json!({ "off": "all" }),
    ] {
        let said = town.asks(&alice, "PUT", path, &wrong).await;
        assert_eq!(
            said.problem(),
            (400, "request-invalid".to_owned()),
            "{wrong}"
        );
    }
    let (mut app, mut bobs) = (
        App::opens(&town, &alice).await,
        App::opens(&town, &bob).await,
    );
    let request = app.logs_for_today().await;
    app.is_in_step().await;
    bobs.shows(&[request]).await;
    bobs.claims(request).await;
    bobs.is_matched_with(request).await;
    inbox_has(&town, &alice, &["matched"], 1).await;
    bobs.finishes(request).await;
    bobs.is_in_step().await;
    let heard = office.hears(1).await;
    assert_eq!(heard.len(), 1, "of the match nothing rang");
    inbox_has(&town, &alice, &["feedback_due", "matched"], 2).await;
}

/// Something that somebody is to be rung for at once.
fn asked(who: &Neighbour) -> NewNotice {
    NewNotice {
        id: NoticeId::from_bytes(random().unwrap()),
        member: who.member,
        kind: NoticeKind::Asked,
        request: Some(RequestId::from_bytes(random().unwrap())),
        area: None,
        word: None,
        at: now(),
        push_at: Some(now()),
        is_urgent: true,
    }
}

/// They hear of it, whatever it came from.
async fn are_told(town: &Town, notices: &[NewNotice]) {
    let told = town.storage.notices().settle(&[], notices, &[]).await;
    assert!(told.unwrap());
}

/// Quiet hours that end in two hours.
fn night() -> Value {
    let minute = (now().as_millis() / 60_000 + 120) % 1440;
    json!({ "time_zone": "UTC", "quiet_from": (minute + 1) % 1440, "quiet_until": minute })
}

async fn what_was_wished_last_counts_when_it_is_to_ring(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (bob, carol) = (town.volunteer("Bob").await, town.volunteer("Carol").await);
    reached(&town, &office, &bob, "bob").await;
    reached(&town, &office, &carol, "carol").await;
    let path = "/api/members/me/wishes";
    assert_eq!(town.asks(&bob, "PUT", path, &night()).await.status, 204);
    let off = json!({ "off": ["asked"], "quiet_from": 0, "quiet_until": 0 });
    assert_eq!(town.asks(&carol, "PUT", path, &off).await.status, 204);

    // Both were planned for now before they said so.
    let planned = [asked(&bob), asked(&carol)];
    are_told(&town, &planned).await;

    let settled = async {
        while due(&town, &bob, 1).await.len() + due(&town, &carol, 24).await.len() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let settled = tokio::time::timeout(crate::kit::PATIENCE, settled).await;
    assert!(settled.is_ok(), "{}", town.shows().await);
    assert_eq!(due(&town, &bob, 3).await, [NoticeKind::Asked]);
    waits(&town, 0).await;
    assert!(office.heard().is_empty());
    inbox_has(&town, &carol, &["asked"], 1).await;
}

async fn what_waited_is_looked_at_again_before_it_is_sent(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (bob, carol) = (town.volunteer("Bob").await, town.volunteer("Carol").await);
    reached(&town, &office, &bob, "bob").await;
    reached(&town, &office, &carol, "carol").await;
    office.answers([Reply::SaysAfter(503, 1), Reply::SaysAfter(503, 1)]);
    let planned = [asked(&bob), asked(&carol)];
    are_told(&town, &planned).await;
    office.hears(2).await;

    // Meanwhile it became night for Bob, and Carol wants no such thing any more.
    let path = "/api/members/me/wishes";
    assert_eq!(town.asks(&bob, "PUT", path, &night()).await.status, 204);
    let off = json!({ "off": ["asked"], "quiet_from": 0, "quiet_until": 0 });
    assert_eq!(town.asks(&carol, "PUT", path, &off).await.status, 204);

    until_counted(&town, "quiet", 1).await;
    until_counted(&town, "moot", 1).await;
    waits(&town, 1).await;
    assert_eq!(office.heard().len(), 2);
}

async fn a_relay_that_is_not_believed_at_first_silences_nobody(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let bob = town.volunteer("Bob").await;
    reached(&town, &office, &bob, "bob").await;
    // As when its clock is wrong, and then right.
    office.answers([Reply::Says(403)]);
    are_told(&town, &[asked(&bob)]).await;
    office.hears(2).await;
    until_counted(&town, "taken", 1).await;
    until_counted(&town, "refused", 1).await;
    assert!(is_reached(&town, &bob).await);
}

async fn a_subscription_that_is_gone_is_forgotten(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let mut app = App::opens(&town, &alice).await;
    // The push service believes this relay.
    reached(&town, &office, &bob, "bob-201").await;
    app.logs_for_today().await;
    app.is_in_step().await;
    office.hears(1).await;
    until_counted(&town, "taken", 1).await;
    for (reply, kind) in [
        (410, "gone"),
        (404, "gone"),
        (403, "refused"),
        (401, "refused"),
    ] {
        // Each start of the app after that subscribes anew.
        let browser = reached(&town, &office, &bob, &format!("bob-{reply}")).await;
        assert!(is_reached(&town, &bob).await);
        office.answers([Reply::Says(reply)]);
        let count = office.heard().len();
        app.logs_for_today().await;
        app.is_in_step().await;
        office.hears(count + 1).await;
        until_reached(&town, &bob, false).await;
        let counted = format!("push_messages_total{{kind=\"{kind}\"}}");
        assert!(town.counts(&counted).await > 0, "{reply}");
        if kind == "refused" {
            // The same subscription would be refused again.
            let again = browser.says(&town, &bob).await;
            assert_eq!(again.problem(), (409, "push-key-unknown".to_owned()));
        }
    }
    reached(&town, &office, &bob, "bob").await;
    // A phone that says so by itself is forgotten too.
    let path = "/api/devices/this/push";
    let gone = town.asks(&bob, "DELETE", path, &Value::Null).await;
    assert_eq!(gone.status, 204);
    assert!(!is_reached(&town, &bob).await);
}

async fn whoever_is_asked_to_wait_waits(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let browser = reached(&town, &office, &bob, "bob").await;
    let mut app = App::opens(&town, &alice).await;
    office.answers([Reply::SaysAfter(429, 2), Reply::SaysAfter(503, 1)]);
    let begin = now();
    app.logs_for_today().await;
    app.is_in_step().await;
    let heard = office.hears(3).await;
    let took = now().as_millis() - begin.as_millis();
    assert!(took >= 3_000, "it came again after {took} ms");
    for one in &heard {
        assert_eq!(shown(&browser, one).0, "task");
    }
    let topics: Vec<_> = heard.iter().map(|one| one.header("topic")).collect();
    assert!(topics.iter().all(|topic| *topic == topics[0]));
    until_counted(&town, "taken", 1).await;
    assert_eq!(
        town.counts("push_messages_total{kind=\"slow-down\"}").await,
        1
    );
    assert_eq!(
        town.counts("push_messages_total{kind=\"trouble\"}").await,
        1
    );
}

async fn whoever_is_asked_not_to_wait_does_a_little(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let bob = town.volunteer("Bob").await;
    reached(&town, &office, &bob, "bob").await;
    office.answers([Reply::SaysAfter(503, 0), Reply::SaysAfter(429, 0)]);
    let begin = now();
    are_told(&town, &[asked(&bob)]).await;
    office.hears(3).await;
    let took = now().as_millis() - begin.as_millis();
    assert!(took >= 3_750, "it came again after {took} ms");
}

async fn until_counted(town: &Town, kind: &str, count: u64) {
    let counted = format!("push_messages_total{{kind=\"{kind}\"}}");
    let waiting = async {
        while town.counts(&counted).await < count {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(crate::kit::PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{}", town.shows().await);
    assert_eq!(town.counts(&counted).await, count);
}

async fn trouble_passes_and_the_message_arrives(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let browser = reached(&town, &office, &bob, "bob").await;
    let mut app = App::opens(&town, &alice).await;
    office.answers([Reply::Hangs]);
    let request = app.logs_for_today().await;
    app.is_in_step().await;
    let heard = office.hears(2).await;
    let (kind, message) = shown(&browser, &heard[1]);
    assert_eq!(kind, "task");
    assert_eq!(
        message["notification"]["data"]["request"],
        request.to_string()
    );
    until_counted(&town, "silent", 1).await;
    until_counted(&town, "taken", 1).await;

    // What is too large is our fault, and no second try makes it smaller; what makes no sense is tried a few times.
    office.answers([Reply::Says(413)]);
    app.logs_for_today().await;
    app.is_in_step().await;
    office.hears(3).await;
    until_counted(&town, "too-large", 1).await;
    waits(&town, 0).await;
    assert!(is_reached(&town, &bob).await);
}

async fn a_relay_that_dies_in_between_loses_nothing(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let browser = reached(&town, &office, &bob, "bob").await;
    let mut app = App::opens(&town, &alice).await;
    // It is on its way when the relay goes, and nobody ever hears whether it arrived.
    office.answers([Reply::Hangs]);
    let request = app.logs_for_today().await;
    app.is_in_step().await;
    office.hears(1).await;
    app.goes_offline().await;
    let at = |settings| office.known_to(settings);
    let town = town.restart_with(at).await;
    let heard = office.hears(2).await;
    assert_eq!(
        heard[0].header("topic"),
        heard[1].header("topic"),
        "a phone shows one"
    );
    let (_, message) = shown(&browser, &heard[1]);
    assert_eq!(
        message["notification"]["data"]["request"],
        request.to_string()
    );
    until_counted(&town, "taken", 1).await;
    assert_eq!(inbox(&town, &bob).await, (vec!["task".to_owned()], 1));
}

async fn several_relays_send_each_message_once(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let other = town.twin_with(office.known_to(settings())).await;
    let alice = town.ambassador("Alice").await;
    let mut browsers = Vec::new();
    for n in 0..5 {
        let name = format!("helper-{n}");
        let helper = town.volunteer(&name).await;
        browsers.push((name.clone(), reached(&town, &office, &helper, &name).await));
    }
    let mut app = App::opens(&town, &alice).await;
    for _ in 0..3 {
        app.logs_for_today().await;
    }
    app.is_in_step().await;
    let heard = office.hears(15).await;
    waits(&town, 0).await;
    let counted = "push_messages_total{kind=\"taken\"}";
    while town.counts(counted).await + other.counts(counted).await < 15 {
        tokio::task::yield_now().await;
    }
    assert_eq!(office.heard().len(), 15);
    let told = heard.iter().map(|one| {
        let (_, browser) = browsers
            .iter()
            .find(|(name, _)| *name == one.token)
            .unwrap();
        let request = &shown(browser, one).1["notification"]["data"]["request"];
        format!("{} {request}", one.token)
    });
    let told: BTreeSet<String> = told.collect();
    assert_eq!(told.len(), 15, "everybody of each request once");
}

/// Of many messages some come back, at once or after a while.
async fn trouble_now_and_then_loses_nothing_and_doubles_nothing(ground: Ground) {
    const MESSAGES: usize = 400;
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let bob = town.volunteer("Bob").await;
    reached(&town, &office, &bob, "bob").await;
    let replies = (0..MESSAGES).map(|number| match number % 25 {
        10 => Reply::Says(503),
        20 => Reply::SaysAfter(429, 1),
        _ => Reply::Says(201),
    });
    office.answers(replies);
    let notices: Vec<NewNotice> = (0..MESSAGES).map(|_| asked(&bob)).collect();
    are_told(&town, &notices).await;
    let in_vain = 2 * MESSAGES / 25;
    let heard = office.hears(MESSAGES + in_vain).await;
    waits(&town, 0).await;
    let topics: BTreeSet<&str> = heard.iter().map(|one| one.header("topic")).collect();
    assert_eq!(topics.len(), MESSAGES);
    let taken = "push_messages_total{kind=\"taken\"}";
    assert_eq!(town.counts(taken).await, MESSAGES as u64);
    assert_eq!(office.heard().len(), MESSAGES + in_vain);
}

async fn a_phone_that_is_lost_is_not_rung(ground: Ground) {
    let office = PostOffice::opens().await;
    let town = town_at(ground, &office).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let carol = town.volunteer("Carol").await;
    reached(&town, &office, &bob, "bob").await;
    reached(&town, &office, &carol, "carol").await;
    assert!(town.revoke(bob.device).await);
    let mut app = App::opens(&town, &alice).await;
    app.logs_for_today().await;
    app.is_in_step().await;
    let heard = office.hears(1).await;
    until_counted(&town, "taken", 1).await;
    let tokens: Vec<_> = heard.iter().map(|one| one.token.as_str()).collect();
    assert_eq!(tokens, ["carol"]);
    assert_eq!(office.heard().len(), 1);
}

/// An endpoint is an address that the relay will ask: it must be a push service.
#[tokio::test]
async fn only_push_services_are_asked() {
    let office = PostOffice::opens().await;
    let town = town_at(Ground::sqlite(), &office).await;
    let bob = town.volunteer("Bob").await;
    rings_always(&town, &bob).await;
    let browser = office.browser("bob");
    let push = town.asks(&bob, "GET", "/api/push", &Value::Null).await;
    let good = browser.subscription(&push.text("key"));
    let path = "/api/devices/this/push";
    let says = async |change: &dyn Fn(&mut Value)| {
        let mut said = good.clone();
        change(&mut said);
        town.asks(&bob, "PUT", path, &said).await
    };
    for endpoint in [
        "http://127.0.0.1:1/",
        "https://169.254.169.254/latest",
        "https://kruispunt.example/api/me",
        "no address",
    ] {
        let said = says(&|said| said["endpoint"] = json!(endpoint)).await;
        let problem = (400, "push-endpoint-not-allowed".to_owned());
        assert_eq!(said.problem(), problem, "{endpoint}");
    }
    let other = says(&|said| said["key"] = json!(&good["p256dh"])).await;
    assert_eq!(other.problem(), (409, "push-key-unknown".to_owned()));
    for (name, wrong) in [("p256dh", "AAAA"), ("auth", "AAAA"), ("language", "xx")] {
        let said = says(&|said| said[name] = json!(wrong)).await;
        assert_eq!(
            said.problem(),
            (400, "request-invalid".to_owned()),
            "{name}"
        );
    }
    assert!(!is_reached(&town, &bob).await);
    assert_eq!(says(&|_| ()).await.status, 204);
    assert!(is_reached(&town, &bob).await);
}

/// Nobody waits for ever for whoever took the line and says nothing.
#[tokio::test]
async fn a_mail_server_that_says_nothing_is_as_good_as_none() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("smtp://{}", listener.local_addr().unwrap());
    let mailer = Mailer::new(&server, "kruispunt@kruispunt.example").unwrap();
    let ringing = Ringing {
        mailer: Some(mailer),
        ..Ringing::default()
    };
    let town = Town::found_on(Ground::sqlite(), settings().with_ringing(ringing)).await;
    let bob = town.volunteer("Bob").await;
    let (path, body) = (
        "/api/members/me/mail",
        json!({ "address": "bob@mail.example", "language": "en" }),
    );
    let (asked, _line) = tokio::join!(town.asks(&bob, "PUT", path, &body), listener.accept());
    assert_eq!(asked.problem(), (503, "mail-not-sent".to_owned()));
    let push = town.asks(&bob, "GET", "/api/push", &Value::Null).await;
    assert_eq!(push.json()["mail"]["address"], Value::Null);
}
