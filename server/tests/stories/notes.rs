//! Notes between the participants of a case: who may read them, when, and what is left of them.

use kruispunt_core::id::RequestId;
use kruispunt_core::model::Role;
use kruispunt_server::backup::{backup, restore};
use kruispunt_server::clock::now;
use kruispunt_storage::Asked;
use serde_json::{Value, json};

use crate::erasure::done;
use crate::kit::{App, Ground, HOUR, NORTH, Neighbour, Sealing, Town, on_every_database, settings};

on_every_database! {
    what_was_written_offline_is_read_by_the_others,
    a_volunteer_never_sees_what_is_for_care,
    a_helper_reads_until_the_case_is_closed,
    whoever_lets_go_reads_no_longer,
    nobody_reads_without_consent,
    a_note_that_is_told_twice_stands_once,
    reading_is_written_down_when_it_gave_something_new,
    who_has_seen_a_note_is_known,
    an_erased_case_leaves_no_notes,
    a_member_who_is_erased_leaves_their_notes,
    notes_come_out_of_a_backup,
    a_rotated_key_opens_old_notes,
}

fn problem(status: u16, key: &str) -> (u16, String) {
    (status, key.to_owned())
}

/// A request of Alice, with Bob who helps and Carla who coordinates.
struct Street<'a> {
    town: &'a Town,
    request: RequestId,
    app: App,
    his_app: App,
    hers: Sealing<'a>,
    his: Sealing<'a>,
    carlas: Sealing<'a>,
}

struct People {
    alice: Neighbour,
    bob: Neighbour,
    carla: Neighbour,
}

impl People {
    async fn live_in(town: &Town) -> Self {
        Self {
            alice: town.ambassador("Alice").await,
            bob: town.volunteer("Bob").await,
            carla: town.neighbour("Carla", Role::Coordinator, NORTH).await,
        }
    }
}

impl<'a> Street<'a> {
    async fn opens(town: &'a Town, people: &'a People) -> Self {
        let mut app = App::opens(town, &people.alice).await;
        let mut his_app = App::opens(town, &people.bob).await;
        let hers = Sealing::begins(town, &people.alice).await;
        let his = Sealing::begins(town, &people.bob).await;
        let carlas = Sealing::begins(town, &people.carla).await;
        let request = app.logs().await;
        app.shows(&[request]).await;
        hers.hears(request, ("arrange", "coordinator"), true, 0)
            .await;
        hers.hears(request, ("help", "volunteer"), true, 1).await;
        his_app.shows(&[request]).await;
        Self {
            town,
            request,
            app,
            his_app,
            hers,
            his,
            carlas,
        }
    }

    async fn bob_is_matched(&mut self) {
        self.his_app.claims(self.request).await;
        self.his_app.is_matched_with(self.request).await;
    }

    /// How often the audit says that notes were read, and by whom last.
    async fn readings(&self) -> usize {
        let asked = Asked {
            areas: None,
            about: Some(*self.request.as_bytes()),
            before: None,
            limit: 100,
        };
        let entries = self.town.storage.entries(asked).await.unwrap();
        let read = entries.iter().filter(|entry| entry.deed == "notes-read");
        read.count()
    }
}

async fn founded(ground: Ground) -> (Town, People) {
    let town = Town::found_on(ground, settings()).await;
    let people = People::live_in(&town).await;
    (town, people)
}

async fn what_was_written_offline_is_read_by_the_others(ground: Ground) {
    let (town, people) = founded(ground).await;
    let mut street = Street::opens(&town, &people).await;
    let request = street.request;
    // Without reception: the request itself, and the notes about it.
    street.app.goes_offline().await;
    let later = street.app.logs().await;
    let notes = [
        street
            .hers
            .seals_note(later, "case", br#"{"kind":"text","text":"first"}"#)
            .await,
        street
            .hers
            .seals_note(later, "care", br#"{"kind":"text","text":"second"}"#)
            .await,
    ];
    let early = street.hers.sends(later, &notes).await;
    assert_eq!(early.problem(), problem(409, "request-unknown"));

    street.app.comes_back(&town, &people.alice).await;
    street.app.shows(&[request, later]).await;
    street
        .hers
        .hears(later, ("arrange", "coordinator"), true, 0)
        .await;
    let sent = street.hers.sends(later, &notes).await;
    assert_eq!(sent.json(), json!({ "count": 2 }), "{sent:?}");

    assert_eq!(street.carlas.notes(later).await, ["first", "second"]);
    let handed = street.carlas.asks_notes(later, 1).await.json();
    assert_eq!(handed["notes"][0]["n"], 2);
    assert_eq!(handed["notes"][0]["audience"], "care");
    assert_eq!(
        handed["notes"][0]["member"],
        people.alice.member.to_string()
    );
    assert_eq!(handed["notes"][0]["first_name"], "Alice");
    assert_eq!(handed["notes"][0]["mine"], false);
    assert_eq!(handed["more"], false);
    assert_eq!(
        street.hers.asks_notes(later, 1).await.json()["notes"][0]["mine"],
        true
    );
}

async fn a_volunteer_never_sees_what_is_for_care(ground: Ground) {
    let (town, people) = founded(ground).await;
    let mut street = Street::opens(&town, &people).await;
    let request = street.request;
    street.hers.tells(request, "care", "limited").await;
    street.hers.tells(request, "case", "ring twice").await;
    street.carlas.saw(request, 2).await;

    let stranger = street.his.asks_notes(request, 0).await;
    assert_eq!(stranger.problem(), problem(403, "not-allowed"));
    street.bob_is_matched().await;

    assert_eq!(street.his.notes(request).await, ["ring twice"]);
    let seen = street.his.asks_notes(request, 0).await.json()["seen"].clone();
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen}");
    assert_eq!(seen[0]["audience"], "case");
    let told = street.his.tells(request, "care", "mine").await;
    assert_eq!(told.problem(), problem(403, "not-allowed"));
    // One that may not be written takes none of the others along.
    let mixed = [
        street
            .his
            .seals_note(request, "case", br#"{"kind":"text","text":"a"}"#)
            .await,
        street.his.seals_note(request, "care", b"{}").await,
    ];
    let mixed = street.his.sends(request, &mixed).await;
    assert_eq!(mixed.problem(), problem(403, "not-allowed"));
    assert_eq!(street.carlas.notes(request).await.len(), 2);
}

async fn a_helper_reads_until_the_case_is_closed(ground: Ground) {
    let (town, people) = founded(ground).await;
    let mut street = Street::opens(&town, &people).await;
    let request = street.request;
    street.bob_is_matched().await;
    let late = street
        .his
        .seals_note(request, "case", br#"{"kind":"text","text":"bags are in"}"#)
        .await;
    street.his_app.finishes(request).await;
    street.his_app.has_finished(request).await;
    street.hers.tells(request, "case", "thank you").await;
    assert_eq!(street.his.notes(request).await, ["thank you"]);

    street.app.has_finished(request).await;
    street.app.tells_the_resident(request).await;
    street.app.has_told(request).await;

    let closed = problem(410, "case-closed");
    assert_eq!(street.his.asks_notes(request, 0).await.problem(), closed);
    assert_eq!(street.hers.asks_notes(request, 0).await.problem(), closed);
    assert_eq!(street.hers.saw(request, 1).await.problem(), closed);
    // What he wrote before, without reception, comes all the same, and whoever coordinates reads it.
    assert_eq!(street.his.sends(request, &[late]).await.status, 200);
    assert_eq!(
        street.carlas.notes(request).await,
        ["thank you", "bags are in"]
    );
}

async fn whoever_lets_go_reads_no_longer(ground: Ground) {
    let (town, people) = founded(ground).await;
    let mut street = Street::opens(&town, &people).await;
    let request = street.request;
    street.bob_is_matched().await;
    street.hers.tells(request, "case", "ring twice").await;
    assert_eq!(street.his.notes(request).await, ["ring twice"]);

    street.his_app.lets_go(request).await;
    street.his_app.has_let_go(request).await;

    let not_allowed = problem(403, "not-allowed");
    assert_eq!(
        street.his.asks_notes(request, 0).await.problem(),
        not_allowed
    );
    assert_eq!(
        street.his.tells(request, "case", "sorry").await.problem(),
        not_allowed
    );
    assert_eq!(street.his.saw(request, 1).await.problem(), not_allowed);
}

async fn nobody_reads_without_consent(ground: Ground) {
    let (town, people) = founded(ground).await;
    let mut street = Street::opens(&town, &people).await;
    let request = street.request;
    street.bob_is_matched().await;
    street.hers.tells(request, "case", "ring twice").await;
    let (arrange, help) = (("arrange", "coordinator"), ("help", "volunteer"));
    street.hers.hears(request, help, false, 2).await;
    street.hers.hears(request, arrange, false, 3).await;

    let missing = problem(403, "consent-missing");
    assert_eq!(street.his.asks_notes(request, 0).await.problem(), missing);
    assert_eq!(
        street.his.tells(request, "case", "why").await.problem(),
        missing
    );
    assert_eq!(
        street.carlas.asks_notes(request, 0).await.problem(),
        missing
    );
    // Whoever stood at the door reads what they wrote.
    assert_eq!(street.hers.notes(request).await, ["ring twice"]);
}

async fn a_note_that_is_told_twice_stands_once(ground: Ground) {
    let (town, people) = founded(ground).await;
    let street = Street::opens(&town, &people).await;
    let request = street.request;
    let note = street
        .hers
        .seals_note(request, "case", br#"{"kind":"text","text":"once"}"#)
        .await;

    let twice = [note.clone(), note.clone()];
    assert_eq!(street.hers.sends(request, &twice).await.json()["count"], 1);
    assert_eq!(
        street
            .hers
            .sends(request, std::slice::from_ref(&note))
            .await
            .json()["count"],
        0
    );
    // Nor does anybody else take its place.
    let mut forged = street
        .carlas
        .seals_note(request, "case", br#"{"kind":"text","text":"forged"}"#)
        .await;
    forged["id"] = note["id"].clone();
    let forged = street.carlas.sends(request, &[forged]).await;
    assert_eq!(forged.problem(), problem(400, "request-invalid"));

    assert_eq!(street.carlas.notes(request).await, ["once"]);
}

async fn reading_is_written_down_when_it_gave_something_new(ground: Ground) {
    let (town, people) = founded(ground).await;
    let street = Street::opens(&town, &people).await;
    let request = street.request;
    street.hers.tells(request, "case", "one").await;
    street.hers.notes(request).await;
    assert_eq!(street.readings().await, 0);

    street.carlas.notes(request).await;
    assert_eq!(street.readings().await, 1);
    street.carlas.asks_notes(request, 1).await;
    assert_eq!(street.readings().await, 1);
    street.hers.tells(request, "case", "two").await;
    street.carlas.asks_notes(request, 1).await;
    assert_eq!(street.readings().await, 2);
}

async fn who_has_seen_a_note_is_known(ground: Ground) {
    let (town, people) = founded(ground).await;
    let street = Street::opens(&town, &people).await;
    let request = street.request;
    for text in ["one", "two", "three"] {
        street.hers.tells(request, "case", text).await;
    }
    assert_eq!(street.carlas.saw(request, 2).await.status, 204);
    // From another phone of hers, which was late.
    assert_eq!(street.carlas.saw(request, 1).await.status, 204);

    let seen = street.hers.asks_notes(request, 3).await.json()["seen"].clone();
    let care = seen.as_array().unwrap();
    assert_eq!(care.len(), 2, "{seen}");
    for seen in care {
        assert_eq!(seen["first_name"], "Carla");
        assert_eq!(seen["until"], 2);
    }
    assert_eq!(street.carlas.saw(request, 99).await.status, 204);
    let seen = street.hers.asks_notes(request, 3).await.json()["seen"].clone();
    assert_eq!(seen[0]["until"], 3);
}

async fn an_erased_case_leaves_no_notes(ground: Ground) {
    let (town, people) = founded(ground).await;
    let street = Street::opens(&town, &people).await;
    let request = street.request;
    street.hers.tells(request, "case", "one").await;
    street.carlas.saw(request, 1).await;
    let exported = street
        .carlas
        .about("GET", request, "/export", &Value::Null)
        .await
        .json();
    assert_eq!(
        street.carlas.reads_notes(request, &exported["notes"]),
        ["one"]
    );

    street
        .carlas
        .about("DELETE", request, "", &Value::Null)
        .await;
    done(&town, &people.carla).await;

    let closed = problem(410, "case-closed");
    assert_eq!(street.hers.asks_notes(request, 0).await.problem(), closed);
    assert_eq!(
        street.hers.tells(request, "case", "late").await.problem(),
        closed
    );
    let keys = town.storage.keys().record_keys().await.unwrap();
    assert!(keys.iter().all(|key| key.wraps == 0), "{keys:?}");
}

async fn a_member_who_is_erased_leaves_their_notes(ground: Ground) {
    let (town, people) = founded(ground).await;
    let mut street = Street::opens(&town, &people).await;
    let request = street.request;
    street.bob_is_matched().await;
    street.his.tells(request, "case", "on my way").await;
    street.his.saw(request, 1).await;
    let path = format!("/api/members/{}/export", people.bob.member);
    let exported = street.his.asks("GET", &path, &Value::Null).await.json();
    let wrote = exported["notes"].as_array().unwrap();
    assert_eq!(wrote.len(), 1);
    assert_eq!(wrote[0]["request"], request.to_string());

    let path = format!("/api/members/{}", people.bob.member);
    street.his.asks("DELETE", &path, &Value::Null).await;
    done(&town, &people.carla).await;

    let handed = street.hers.asks_notes(request, 0).await.json();
    assert_eq!(street.hers.reads_notes(request, &handed), ["on my way"]);
    assert_eq!(handed["notes"][0]["first_name"], Value::Null);
    assert_eq!(handed["seen"], json!([]));
}

async fn notes_come_out_of_a_backup(ground: Ground) {
    let (town, people) = founded(ground).await;
    let street = Street::opens(&town, &people).await;
    let request = street.request;
    street.hers.tells(request, "care", "limited").await;
    street.carlas.saw(request, 1).await;
    let shelf = tempfile::tempdir().unwrap();
    let file = shelf.path().join("notes.backup");
    backup(&*town.storage, &file, now()).await.unwrap();

    let elsewhere = match &*town.ground {
        Ground::Folder(_) => Ground::postgres(),
        Ground::Postgres(_) => Ground::sqlite(),
    };
    restore(&*elsewhere.open().await, &file, now())
        .await
        .unwrap();
    let other = Town::opens_on(elsewhere, settings()).await;
    let People { mut carla, .. } = people;
    carla.token = other.session(carla.device, now().plus_millis(HOUR)).await;
    let carlas = Sealing::begins(&other, &carla).await;
    let handed = carlas.asks_notes(request, 0).await;
    assert_eq!(handed.status, 200, "{handed:?}");
    let handed = handed.json();
    assert_eq!(carlas.reads_notes(request, &handed), ["limited"]);
    assert_eq!(handed["seen"][0]["first_name"], "Carla");
}

async fn a_rotated_key_opens_old_notes(ground: Ground) {
    let (town, people) = founded(ground).await;
    let street = Street::opens(&town, &people).await;
    let request = street.request;
    street.hers.tells(request, "case", "one").await;
    let before = town.storage.keys().record_keys().await.unwrap();
    assert_eq!(before[0].wraps, 1);
    if let Ground::Folder(folder) = &*town.ground {
        let data = folder.path().to_str().unwrap();
        let said = crate::kit::run(&["keys", "rotate", "--data", data]).await;
        assert!(said.out.contains("wrapped anew: 1"), "{said:?}");
        let after = town.storage.keys().record_keys().await.unwrap();
        let old = after.iter().find(|key| key.id == before[0].id).unwrap();
        assert_eq!(old.wraps, 0);
    }

    assert_eq!(street.carlas.notes(request).await, ["one"]);
}

#[tokio::test]
async fn what_is_no_note_is_not_taken() {
    let (town, people) = founded(Ground::sqlite()).await;
    let street = Street::opens(&town, &people).await;
    let (request, hers) = (street.request, &street.hers);
    let of_length = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
    let sends = async |content: &[u8]| {
        let note = hers.seals_note(request, "case", content).await;
        hers.sends(request, &[note]).await
    };
    assert_eq!(sends(of_length(2048).as_bytes()).await.status, 200);
    let long = sends(of_length(2049).as_bytes()).await;
    assert_eq!(long.problem(), problem(413, "request-too-large"));
    for noise in [&[0xff; 16][..], b"no JSON", b"{} {}"] {
        let noise = sends(noise).await;
        assert_eq!(noise.problem(), problem(400, "request-invalid"));
    }
    let mut many = Vec::new();
    for _ in 0..21 {
        many.push(hers.seals_note(request, "case", b"1").await);
    }
    let many_at_once = hers.sends(request, &many).await;
    assert_eq!(many_at_once.problem(), problem(400, "notes-too-many"));
    assert_eq!(hers.sends(request, &many[..20]).await.status, 200);
    let first = hers.asks_notes(request, 0).await.json();
    assert_eq!(first["notes"].as_array().unwrap().len(), 20);
    assert_eq!(first["more"], true);
    let rest = hers.asks_notes(request, 20).await.json();
    assert_eq!(rest["notes"].as_array().unwrap().len(), 1);
    assert_eq!(rest["more"], false);

    let mut bent = hers.seals_note(request, "case", b"{}").await;
    bent["key"] = json!(RequestId::from_bytes([9; 16]));
    let bent = hers.sends(request, &[bent]).await;
    assert_eq!(bent.problem(), problem(410, "record-key-unknown"));
    // Sealed for another request.
    let other = RequestId::from_bytes([9; 16]);
    let other = hers.seals_note(other, "case", b"{}").await;
    let other = hers.sends(request, &[other]).await;
    assert_eq!(other.problem(), problem(400, "request-invalid"));
    let nobody = hers.seals_note(request, "everybody", b"{}").await;
    assert_eq!(hers.sends(request, &[nobody]).await.status, 400);
}

#[tokio::test]
async fn a_device_without_a_sealing_key_gets_no_notes() {
    let (town, people) = founded(Ground::sqlite()).await;
    let street = Street::opens(&town, &people).await;
    let other = town.neighbour("Cor", Role::Coordinator, NORTH).await;
    let path = format!(
        "/api/cases/{}/notes?street={}",
        street.request,
        crate::kit::ELM_STREET
    );
    let asked = town.asks(&other, "GET", &path, &Value::Null).await;
    assert_eq!(asked.problem(), problem(409, "sealing-key-unknown"));
}
