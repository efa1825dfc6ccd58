//! Self-entry: a resident without an account asks, a coordinator looks before it reaches a board, and whoever means ill
//! gets nothing out of it.

use kruispunt_core::id::{AreaId, IntakeId, RequestId};
use kruispunt_core::model::Role;
use kruispunt_server::clock::{now, random};
use kruispunt_server::retention::sweep;
use kruispunt_server::{Limits, Rate};
use kruispunt_storage::Asked;
use serde_json::{Value, json};

use crate::kit::{
    ELM_STREET, Ground, HOUR, NORTH, Neighbour, Page, Sealing, TOWN, Town, consent,
    on_every_database, sealed_to, settings,
};

on_every_database! {
    a_resident_asks_and_a_coordinator_decides,
    what_is_told_twice_stands_once,
    nobody_asks_on_a_form_that_is_switched_off,
    what_nobody_looked_at_is_forgotten,
}

const WHO: &str = r#"{"name":"A","address":"B","phone":"C","words":"D"}"#;
const TO_DEVICE: &[u8] = b"kruispunt/intake-to-device/1";

fn problem(status: u16, key: &str) -> (u16, String) {
    (status, key.to_owned())
}

async fn coordinator(town: &Town) -> Neighbour {
    town.neighbour("Carla", Role::Coordinator, NORTH).await
}

async fn waiting(town: &Town, who: &Neighbour, area: AreaId) -> Vec<Value> {
    let path = format!("/api/intake?area={area}");
    let listed = town.asks(who, "GET", &path, &Value::Null).await.json();
    listed["waiting"].as_array().unwrap().clone()
}

/// What was done, the oldest first, without the coming in of people.
async fn deeds(town: &Town) -> Vec<(String, Option<String>)> {
    let asked = Asked {
        areas: None,
        about: None,
        before: None,
        limit: 100,
    };
    let entries = town.storage.entries(asked).await.unwrap().into_iter();
    let mut deeds: Vec<_> = entries
        .filter(|entry| entry.deed != "came-in")
        .map(|entry| (entry.deed, entry.detail))
        .collect();
    deeds.reverse();
    deeds
}

async fn a_resident_asks_and_a_coordinator_decides(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let carla = coordinator(&town).await;
    let sealing = Sealing::begins(&town, &carla).await;
    let page = Page::of(&town, &carla, NORTH, "kiosk").await;
    let shown = page.shows().await.json();
    assert_eq!(shown["kind"], "kiosk");
    assert_eq!(shown["area_name"], "north");
    let streets = shown["streets"].as_array().unwrap();
    assert_eq!(streets.len(), 2, "{shown}");
    let elm = json!({ "area": ELM_STREET, "name": "elm street", "within": "north" });
    assert_eq!(streets[0], elm);

    let asked = page.writes(WHO.as_bytes()).await;
    let sent = page.sends(&asked).await;

    assert_eq!((sent.status, sent.json()), (201, json!({})));
    let listed = waiting(&town, &carla, NORTH).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["id"], asked["id"]);
    assert_eq!(listed[0]["kind"], "kiosk");
    assert_eq!(listed[0]["street"], ELM_STREET.to_string());
    assert_eq!(listed[0]["ask"], "coffee");
    assert_eq!(listed[0]["consents"], asked["consents"]);
    assert_eq!(listed[0].get("sealed"), None);
    let id: IntakeId = asked["id"].as_str().unwrap().parse().unwrap();
    let (open, decide) = (
        format!("/api/intake/{id}/open"),
        format!("/api/intake/{id}/decide"),
    );
    let opened = sealing.asks("POST", &open, &json!({})).await;
    assert_eq!(opened.status, 200, "{opened:?}");
    let who = sealing.reads_for(TO_DEVICE, id.as_bytes(), &opened.json());
    assert_eq!(who, WHO);

    let request = RequestId::from_bytes(random().unwrap());
    let yes = json!({ "accepted": true, "request": request, "reason": null });
    let no = json!({ "accepted": false, "request": null, "reason": "not_reached" });
    for _ in 0..2 {
        assert_eq!(sealing.asks("POST", &decide, &yes).await.status, 204);
    }
    assert_eq!(
        sealing.asks("POST", &decide, &no).await.problem(),
        problem(409, "intake-decided")
    );
    assert_eq!(
        sealing.asks("POST", &open, &json!({})).await.problem(),
        problem(403, "not-allowed")
    );
    assert_eq!(waiting(&town, &carla, NORTH).await, Vec::<Value>::new());
    // A page that did not hear the answer sends it again.
    assert_eq!(page.sends(&asked).await.status, 201);
    assert_eq!(waiting(&town, &carla, NORTH).await, Vec::<Value>::new());
    let key = |text: &str| Some(text.to_owned());
    assert_eq!(
        deeds(&town).await,
        [
            ("form-made".to_owned(), key("kiosk")),
            ("intake-opened".to_owned(), None),
            ("intake-accepted".to_owned(), None),
        ]
    );
}

async fn what_is_told_twice_stands_once(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let carla = coordinator(&town).await;
    let sealing = Sealing::begins(&town, &carla).await;
    let page = Page::of(&town, &carla, NORTH, "kiosk").await;
    let asked = page.writes(WHO.as_bytes()).await;
    assert_eq!(page.sends(&asked).await.status, 201);
    // Whoever overheard it, and sends something else in its name, changes nothing.
    let mut other = page.writes(b"{}").await;
    other["id"] = asked["id"].clone();
    assert_eq!(
        page.sends(&other).await.problem(),
        problem(400, "request-invalid")
    );
    let id: IntakeId = asked["id"].as_str().unwrap().parse().unwrap();
    let key = &page.shows().await.json()["record_key"];
    let forged = sealed_to(key, b"kruispunt/intake/1", id.as_bytes(), b"{}");
    for part in ["key", "enc", "sealed"] {
        other[part] = forged[part].clone();
    }
    assert_eq!(page.sends(&other).await.status, 201);

    assert_eq!(page.sends(&asked).await.status, 201);

    assert_eq!(waiting(&town, &carla, NORTH).await.len(), 1);
    let open = format!("/api/intake/{id}/open");
    let opened = sealing.asks("POST", &open, &json!({})).await.json();
    assert_eq!(sealing.reads_for(TO_DEVICE, id.as_bytes(), &opened), WHO);
}

async fn nobody_asks_on_a_form_that_is_switched_off(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let carla = coordinator(&town).await;
    let page = Page::of(&town, &carla, NORTH, "public").await;
    let (before, after) = (
        page.writes(WHO.as_bytes()).await,
        page.writes(WHO.as_bytes()).await,
    );
    assert_eq!(page.sends(&before).await.status, 201);
    let forms = format!("/api/intake-forms?area={NORTH}");
    let listed = town.asks(&carla, "GET", &forms, &Value::Null).await.json();
    assert_eq!(listed["forms"][0]["code"], page.code, "{listed}");
    assert_eq!(listed["forms"][0]["kind"], "public");

    let form = format!("/api/intake-forms/{}", page.form);
    for _ in 0..2 {
        let closed = town.asks(&carla, "DELETE", &form, &Value::Null).await;
        assert_eq!(closed.status, 204, "{closed:?}");
    }

    let gone = problem(404, "form-closed");
    assert_eq!(page.shows().await.problem(), gone);
    assert_eq!(page.sends(&after).await.problem(), gone);
    // Nor is anybody told whether there ever was such a form.
    for code in ["AAAAAAAAAAAAAAAAAAAAAA", "x", "%00"] {
        let path = format!("/api/intake/{code}");
        assert_eq!(town.http.get(&path, &[]).await.problem(), gone, "{code}");
    }
    let listed = town.asks(&carla, "GET", &forms, &Value::Null).await.json();
    assert_eq!(listed, json!({ "forms": [] }));
    assert_eq!(waiting(&town, &carla, NORTH).await.len(), 1);
    let made = deeds(&town).await.into_iter().map(|(deed, _)| deed);
    assert_eq!(made.collect::<Vec<_>>(), ["form-made", "form-closed"]);
}

async fn what_nobody_looked_at_is_forgotten(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let carla = coordinator(&town).await;
    let page = Page::of(&town, &carla, NORTH, "kiosk").await;
    let asked = page.writes(WHO.as_bytes()).await;
    assert_eq!(page.sends(&asked).await.status, 201);
    let nobody = |_, _| {};
    let day = 24 * HOUR;

    let early = sweep(&*town.storage, &nobody, now().plus_millis(29 * day)).await;
    assert_eq!(early.unwrap().intakes, 0);
    assert_eq!(waiting(&town, &carla, NORTH).await.len(), 1);
    let late = sweep(&*town.storage, &nobody, now().plus_millis(31 * day)).await;

    assert_eq!(late.unwrap().intakes, 1);
    assert_eq!(waiting(&town, &carla, NORTH).await, Vec::<Value>::new());
}

#[tokio::test]
async fn only_coordinators_of_the_place_make_forms_and_look() {
    let town = Town::found().await;
    let carla = coordinator(&town).await;
    let everywhere = town.neighbour("Cees", Role::Coordinator, TOWN).await;
    let elsewhere = town.neighbour("Clara", Role::Coordinator, SOUTH).await;
    let page = Page::of(&town, &everywhere, TOWN, "public").await;
    let in_elm = page.writes(WHO.as_bytes()).await;
    let mut somewhere = page.writes(WHO.as_bytes()).await;
    somewhere["street"] = Value::Null;
    for asked in [&in_elm, &somewhere] {
        assert_eq!(page.sends(asked).await.status, 201);
    }

    // Who does not know their street is looked at by whoever coordinates all of them.
    assert_eq!(waiting(&town, &everywhere, TOWN).await.len(), 2);
    let hers = waiting(&town, &carla, NORTH).await;
    assert_eq!((hers.len(), &hers[0]["id"]), (1, &in_elm["id"]));
    assert_eq!(waiting(&town, &elsewhere, SOUTH).await.len(), 0);
    let no = json!({ "accepted": false, "request": null, "reason": "no_question" });
    let (elm, unknown) = (&in_elm["id"], &somewhere["id"]);
    let path = |id: &Value, what: &str| format!("/api/intake/{}/{what}", id.as_str().unwrap());
    let form = format!("/api/intake-forms/{}", page.form);
    let alice = town.ambassador("Alice").await;
    let sofia = town.neighbour("Sofia", Role::Steward, TOWN).await;
    let make = json!({ "area": NORTH, "kind": "public" });
    let doors = [
        ("POST", "/api/intake-forms".to_owned(), make),
        (
            "GET",
            format!("/api/intake-forms?area={NORTH}"),
            Value::Null,
        ),
        ("GET", format!("/api/intake?area={NORTH}"), Value::Null),
        ("DELETE", form.clone(), Value::Null),
        ("POST", path(elm, "open"), json!({})),
        ("POST", path(elm, "decide"), no.clone()),
        ("POST", path(unknown, "open"), json!({})),
        ("POST", path(unknown, "decide"), no.clone()),
    ];
    for who in [&alice, &sofia, &elsewhere] {
        for (method, path, body) in &doors {
            let answer = town.asks(who, method, path, body).await;
            assert_eq!(answer.problem(), problem(403, "not-allowed"), "{path}");
        }
    }
    let not_hers = [
        ("DELETE", form, Value::Null),
        ("POST", path(unknown, "decide"), no),
    ];
    for (method, path, body) in &not_hers {
        let answer = town.asks(&carla, method, path, body).await;
        assert_eq!(answer.problem(), problem(403, "not-allowed"), "{path}");
    }
    // Nobody without a session, either.
    let path = format!("/api/intake?area={NORTH}");
    assert_eq!(town.http.get(&path, &[]).await.status, 401);
    assert_eq!(waiting(&town, &everywhere, TOWN).await.len(), 2);
}

/// In the south, where nobody of these stories lives.
const SOUTH: AreaId = AreaId::from_bytes([5; 16]);

#[tokio::test]
async fn what_is_no_question_is_not_taken() {
    let town = Town::found().await;
    let carla = coordinator(&town).await;
    let page = Page::of(&town, &carla, NORTH, "kiosk").await;
    let honest = page.writes(WHO.as_bytes()).await;
    let nonsense = json!([consent("arrange", "volunteer")]);
    let no_consent = json!([consent("help", "volunteer")]);
    let invalid = problem(400, "request-invalid");
    let wrong = [
        ("theme", json!("gossip"), &invalid),
        ("theme", json!("groceries"), &invalid),
        ("ask", json!("lamp"), &invalid),
        ("day", json!("today"), &invalid),
        ("urgency", Value::Null, &invalid),
        ("repeat", json!("hourly"), &invalid),
        ("street", json!(SOUTH), &invalid),
        ("street", json!(NORTH), &invalid),
        ("street", json!("AAAAAAAAAAAAAAAAAAAAAA"), &invalid),
        ("street", json!("Elm Street"), &invalid),
        ("consents", nonsense, &invalid),
        ("consents", no_consent, &problem(403, "consent-missing")),
        ("consents", json!([]), &problem(403, "consent-missing")),
        ("id", json!("AAAAAAAAAAAAAAAAAAAAAA"), &invalid),
        ("id", json!("short"), &invalid),
        ("enc", json!("AAAA"), &invalid),
        ("sealed", json!("not base64!"), &invalid),
        ("sealed", json!("AAAA"), &invalid),
        (
            "key",
            json!("AAAAAAAAAAAAAAAAAAAAAA"),
            &problem(410, "record-key-unknown"),
        ),
    ];
    for (name, value, told) in wrong {
        let mut asked = honest.clone();
        asked[name] = value;
        assert_eq!(&page.sends(&asked).await.problem(), told, "{name}: {asked}");
    }
    assert_eq!(waiting(&town, &carla, NORTH).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_too_long_or_no_text_is_not_taken() {
    let town = Town::found().await;
    let carla = coordinator(&town).await;
    let page = Page::of(&town, &carla, NORTH, "kiosk").await;
    let too_large = problem(413, "request-too-large");

    let asked = page.writes(&[b'a'; 4 << 10]).await;
    assert_eq!(page.sends(&asked).await.status, 201);

    let asked = page.writes(&[b'a'; (4 << 10) + 1]).await;
    assert_eq!(page.sends(&asked).await.problem(), too_large);
    let asked = page.writes(&[b'a'; 16 << 10]).await;
    assert_eq!(page.sends(&asked).await.problem(), too_large);
    let asked = page.writes(&[0xff, 0xfe]).await;
    assert_eq!(
        page.sends(&asked).await.problem(),
        problem(400, "request-invalid")
    );
    let path = page.path();
    let headers = [("content-type", "application/json")];
    for noise in ["", "{", "[]", "null", "{\"id\":1}"] {
        let answer = town.http.ask("POST", &path, &headers, noise).await;
        assert_eq!(answer.problem(), problem(400, "request-invalid"), "{noise}");
    }
    assert_eq!(waiting(&town, &carla, NORTH).await.len(), 1);
}

#[tokio::test]
async fn a_decision_says_what_it_is() {
    let town = Town::found().await;
    let carla = coordinator(&town).await;
    let page = Page::of(&town, &carla, NORTH, "kiosk").await;
    let asked = page.writes(WHO.as_bytes()).await;
    assert_eq!(page.sends(&asked).await.status, 201);
    let decide = format!("/api/intake/{}/decide", asked["id"].as_str().unwrap());
    let request = RequestId::from_bytes([9; 16]);
    for wrong in [
        json!({ "accepted": true, "request": null }),
        json!({ "accepted": true, "request": request, "reason": "elsewhere" }),
        json!({ "accepted": false, "request": request, "reason": "elsewhere" }),
        json!({ "accepted": false }),
        json!({ "accepted": false, "reason": "I do not like them" }),
    ] {
        let answer = town.asks(&carla, "POST", &decide, &wrong).await;
        assert_eq!(answer.problem(), problem(400, "request-invalid"), "{wrong}");
    }

    let no = json!({ "accepted": false, "reason": "elsewhere" });
    let declined = town.asks(&carla, "POST", &decide, &no).await;

    assert_eq!(declined.status, 204, "{declined:?}");
    let last = deeds(&town).await.pop();
    let why = Some("elsewhere".to_owned());
    assert_eq!(last, Some(("intake-declined".to_owned(), why)));
    let accepted = json!({ "accepted": true, "request": request });
    let answer = town.asks(&carla, "POST", &decide, &accepted).await;
    assert_eq!(answer.problem(), problem(409, "intake-decided"));
}

#[tokio::test]
async fn from_one_address_a_public_form_takes_five_at_once() {
    let town = Town::found().await;
    let carla = coordinator(&town).await;
    let (public, kiosk) = (
        Page::of(&town, &carla, NORTH, "public").await,
        Page::of(&town, &carla, NORTH, "kiosk").await,
    );
    for _ in 0..5 {
        let asked = public.writes(WHO.as_bytes()).await;
        assert_eq!(public.sends(&asked).await.status, 201);
    }
    let asked = public.writes(WHO.as_bytes()).await;

    let answer = public.sends(&asked).await;

    assert_eq!(answer.problem(), problem(429, "too-fast"));
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    // At the Startpunt one comes after another, and they do not wait for those at home.
    for _ in 0..6 {
        let asked = kiosk.writes(WHO.as_bytes()).await;
        assert_eq!(kiosk.sends(&asked).await.status, 201);
    }
    assert_eq!(waiting(&town, &carla, NORTH).await.len(), 11);
}

#[tokio::test]
async fn a_flood_from_everywhere_fills_one_form_and_no_more() {
    let limits = Limits {
        intakes: Rate {
            burst: 60,
            per_second: 1,
        },
        ..Limits::default()
    };
    let town = Town::found_with(|settings| settings.with_limits(limits).with_proxy(true)).await;
    let carla = coordinator(&town).await;
    let page = Page::of(&town, &carla, NORTH, "kiosk").await;
    let key = page.shows().await.json()["record_key"].clone();
    let template = page.writes(WHO.as_bytes()).await;
    let sends = async |number: u8| {
        let id = IntakeId::from_bytes(random().unwrap());
        let sealed = sealed_to(&key, b"kruispunt/intake/1", id.as_bytes(), WHO.as_bytes());
        let mut asked = template.clone();
        asked["id"] = json!(id);
        for part in ["key", "enc", "sealed"] {
            asked[part] = sealed[part].clone();
        }
        page.sends_from(&format!("10.0.0.{number}"), &asked).await
    };
    for number in 0..200 {
        assert_eq!(sends(number).await.status, 201);
    }

    assert_eq!(sends(200).await.problem(), problem(409, "form-full"));

    assert_eq!(waiting(&town, &carla, NORTH).await.len(), 200);
    let another = Page::of(&town, &carla, NORTH, "kiosk").await;
    let asked = another.writes(WHO.as_bytes()).await;
    assert_eq!(another.sends_from("10.0.1.1", &asked).await.status, 201);
}

#[tokio::test]
async fn a_rotated_record_key_opens_what_was_asked_before() {
    let town = Town::found().await;
    let carla = coordinator(&town).await;
    let sealing = Sealing::begins(&town, &carla).await;
    let page = Page::of(&town, &carla, NORTH, "kiosk").await;
    let (first, second) = (
        page.writes(WHO.as_bytes()).await,
        page.writes(WHO.as_bytes()).await,
    );
    assert_eq!(page.sends(&first).await.status, 201);
    let Ground::Folder(folder) = &*town.ground else {
        panic!("this story is about a folder");
    };
    let data = folder.path().to_str().unwrap();

    let said = crate::kit::run(&["keys", "rotate", "--data", data]).await;

    assert!(said.out.contains("wrapped anew: 1"), "{said:?}");
    // What a page had sealed before comes through all the same.
    assert_eq!(page.sends(&second).await.status, 201);
    for asked in [&first, &second] {
        let id: IntakeId = asked["id"].as_str().unwrap().parse().unwrap();
        let open = format!("/api/intake/{id}/open");
        let opened = sealing.asks("POST", &open, &json!({})).await.json();
        assert_eq!(sealing.reads_for(TO_DEVICE, id.as_bytes(), &opened), WHO);
    }
}
