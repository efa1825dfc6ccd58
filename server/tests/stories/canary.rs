//! A case with a marked phone number, in its card and in notes, goes through its whole life and is erased. Then neither
//! the mark nor the sealed bytes of it are anywhere: in no database file, in no table, in no board or its history, in no
//! backup made after, in nothing that was logged or that waits to be sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use kruispunt_core::access::Audience;
use kruispunt_core::id::{IntakeId, RequestId};
use kruispunt_core::model::Role;
use kruispunt_server::audit::by_operator;
use kruispunt_server::backup::backup;
use kruispunt_server::clock::{now, random};
use kruispunt_storage::{AskedNotes, Sealed};
use serde_json::{Value, json};

use crate::erasure::done;
use crate::kit::{
    App, ELM, ELM_STREET, Ground, NORTH, PATIENCE, Page, Sealing, Town, heard_log,
    on_every_database, settings,
};

on_every_database! {
    canary_of_an_erased_case_is_found_nowhere,
    canary_of_what_a_resident_asked_is_found_nowhere_once_it_is_decided,
    canary_that_is_planted_is_found,
}

/// Places by name, each with all of its bytes.
type Places = BTreeMap<String, Vec<u8>>;

/// A phone number that nobody has.
fn mark() -> String {
    let digits = u64::from_be_bytes(random().unwrap()) % 10_000_000_000;
    format!("06-canary-{digits:010}")
}

fn card(mark: &str) -> String {
    json!({ "name": "A", "address": "B", "phone": mark, "words": "D" }).to_string()
}

/// Every file in a folder, and in those in it.
fn files(folder: &Path, places: &mut Places) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, places);
        } else {
            places.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
}

/// Everything that the relay keeps or gave away: its files or tables, boards as they are read, a new backup, the log.
async fn everywhere(town: &Town) -> Places {
    let mut places = Places::new();
    match &*town.ground {
        Ground::Folder(folder) => files(folder.path(), &mut places),
        Ground::Postgres(database) => {
            places.insert("dump".to_owned(), database.dump().unwrap());
        }
    }
    for position in town.storage.positions().await.unwrap() {
        let stored = town.storage.load(position.document).await.unwrap().unwrap();
        let mut bytes = stored.snapshot.map_or_else(Vec::new, |snapshot| {
            // A snapshot is compressed: what is in it is looked at as it is read.
            let board = kruispunt_core::schema::Board::load(&snapshot.bytes).unwrap();
            format!("{:?}", board.requests()).into_bytes()
        });
        for change in stored.tail {
            bytes.extend_from_slice(&change.bytes);
        }
        places.insert(format!("board {}", position.document), bytes);
    }
    let shelf = tempfile::tempdir().unwrap();
    let file = shelf.path().join("after.backup");
    backup(&*town.storage, &file, now()).await.unwrap();
    places.insert("backup".to_owned(), std::fs::read(&file).unwrap());
    places.insert("log".to_owned(), heard_log());
    places.insert("metrics".to_owned(), town.shows().await.into_bytes());
    places
}

/// Where these bytes stand, as they are or as hexadecimal digits.
fn found(places: &Places, what: &[u8]) -> Vec<String> {
    let mut hex = String::new();
    for byte in what {
        write!(hex, "{byte:02x}").unwrap();
    }
    let stands = |bytes: &[u8]| {
        let finds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        finds(what) || finds(hex.as_bytes())
    };
    let places = places.iter().filter(|(_, bytes)| stands(bytes));
    places.map(|(name, _)| name.clone()).collect()
}

/// What is stored of the notes of a case.
async fn notes(town: &Town, request: RequestId) -> Vec<Sealed> {
    let asked = AskedNotes {
        street: ELM_STREET,
        request,
        after: 0,
        audiences: &[Audience::Case, Audience::Care],
        limit: 100,
    };
    let entry = by_operator("looked-at", now()).unwrap();
    let heard = town
        .storage
        .cases()
        .case(ELM_STREET, request)
        .await
        .unwrap();
    let heard = u32::try_from(heard.said.len()).unwrap();
    let stored = town.storage.notes().read_notes(asked, heard, &entry).await;
    let stored = stored.unwrap().unwrap().notes.into_iter();
    stored.map(|note| note.sealed).collect()
}

/// A case from the door to the end: logged, sealed, shared, written about, helped with, done. Returns what was stored
/// of it, sealed.
async fn a_whole_life(town: &Town, mark: &str) -> (RequestId, Vec<Sealed>) {
    let alice = town.ambassador("Alice").await;
    let bob = town.volunteer("Bob").await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let (mut app, mut his_app) = (App::opens(town, &alice).await, App::opens(town, &bob).await);
    let hers = Sealing::begins(town, &alice).await;
    let his = Sealing::begins(town, &bob).await;
    let carlas = Sealing::begins(town, &carla).await;
    let request = app.logs().await;
    app.shows(&[request]).await;
    assert_eq!(
        hers.writes(request, card(mark).as_bytes()).await.status,
        204
    );
    hers.hears(request, ("arrange", "coordinator"), true, 0)
        .await;
    hers.hears(request, ("help", "volunteer"), true, 1).await;
    assert!(carlas.card(request).await.contains(mark));
    his_app.shows(&[request]).await;
    his_app.claims(request).await;
    his_app.is_matched_with(request).await;
    assert!(his.card(request).await.contains(mark));
    assert_eq!(hers.tells(request, "care", mark).await.status, 200);
    assert_eq!(his.tells(request, "case", mark).await.status, 200);
    assert_eq!(carlas.notes(request).await, [mark, mark]);
    carlas.saw(request, 2).await;
    his_app.finishes(request).await;
    his_app.has_finished(request).await;
    let exported = carlas.about("GET", request, "/export", &Value::Null).await;
    assert!(
        carlas
            .reads(request, &exported.json()["card"])
            .contains(mark)
    );
    let stored = town
        .storage
        .cases()
        .case(ELM_STREET, request)
        .await
        .unwrap();
    let mut sealed = notes(town, request).await;
    assert_eq!(sealed.len(), 2);
    sealed.push(stored.card.unwrap().sealed);

    // While it is there what is sealed is found, and the mark is not.
    let places = everywhere(town).await;
    for sealed in &sealed {
        assert!(!found(&places, &sealed.sealed).is_empty());
        assert!(!found(&places, &sealed.key.bytes).is_empty());
    }
    assert_eq!(found(&places, mark.as_bytes()), Vec::<String>::new());

    let begun = carlas.about("DELETE", request, "", &Value::Null).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    done(town, &carla).await;
    (request, sealed)
}

async fn canary_of_an_erased_case_is_found_nowhere(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let mark = mark();
    let (request, sealed) = a_whole_life(&town, &mark).await;

    let leaves = async {
        // The files are cleaned after the erasure counts as done.
        loop {
            let places = everywhere(&town).await;
            let parts = sealed
                .iter()
                .flat_map(|sealed| [&sealed.sealed[..], &sealed.key.bytes]);
            let left: Vec<_> = parts
                .chain([mark.as_bytes()])
                .flat_map(|what| found(&places, what))
                .collect();
            if left.is_empty() {
                return places;
            }
        }
    };
    let places = tokio::time::timeout(PATIENCE, leaves).await.unwrap();

    // Nor does any board know the request, now or in its history.
    let board = places.get(&format!("board {ELM}")).unwrap();
    let name = request.to_string();
    assert!(
        !board
            .windows(name.len())
            .any(|window| window == name.as_bytes())
    );
    assert!(places.len() >= 5, "{:?}", places.keys());
}

/// Somebody without an account asks, a coordinator looks, and then it is declined.
async fn canary_of_what_a_resident_asked_is_found_nowhere_once_it_is_decided(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let mark = mark();
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let sealing = Sealing::begins(&town, &carla).await;
    let page = Page::of(&town, &carla, NORTH, "public").await;
    let asked = page.writes(card(&mark).as_bytes()).await;
    assert_eq!(page.sends(&asked).await.status, 201);
    let id: IntakeId = asked["id"].as_str().unwrap().parse().unwrap();
    let entry = by_operator("looked", now()).unwrap();
    let intakes = town.storage.intakes();
    let stored = intakes.open_intake(id, &entry).await.unwrap().unwrap();
    let open = format!("/api/intake/{id}/open");
    let opened = sealing.asks("POST", &open, &json!({})).await.json();
    let who = sealing.reads_for(b"kruispunt/intake-to-device/1", id.as_bytes(), &opened);
    assert!(who.contains(&mark));
    let places = everywhere(&town).await;
    assert!(!found(&places, &stored.sealed).is_empty());
    assert_eq!(found(&places, mark.as_bytes()), Vec::<String>::new());

    let decide = format!("/api/intake/{id}/decide");
    let no = json!({ "accepted": false, "reason": "no_longer" });
    assert_eq!(sealing.asks("POST", &decide, &no).await.status, 204);

    let places = everywhere(&town).await;
    for what in [mark.as_bytes(), &stored.sealed, &stored.key.bytes] {
        assert_eq!(found(&places, what), Vec::<String>::new());
    }
}

/// The search itself is looked at: it finds what is there.
async fn canary_that_is_planted_is_found(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let mark = mark();
    town.member(&mark, Role::Volunteer, NORTH).await;
    tracing::info!(mark, "planted");

    let found = found(&everywhere(&town).await, mark.as_bytes());

    assert!(found.iter().any(|place| place == "backup"), "{found:?}");
    assert!(found.iter().any(|place| place == "log"), "{found:?}");
    assert!(
        found
            .iter()
            .any(|place| place == "dump" || place.contains("sqlite")),
        "{found:?}"
    );
}
