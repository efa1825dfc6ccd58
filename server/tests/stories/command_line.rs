//! What an operator types, and what they are told.

use std::path::Path;

use kruispunt_core::model::Role;
use kruispunt_server::clock::now;
use kruispunt_server::{Secret, steward};
use kruispunt_storage::{Asked, Audit as _, People as _, Storage as _};
use kruispunt_storage_sqlite::SqliteStorage;

use crate::kit::{Answer, ELM, Ground, Key, Line, NORTH, Program, board, push, run, settle};

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn a_bad_file_is_named_line_by_line_and_nothing_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("areas.csv"), folder.path().join("data"));
    let good = "code,name,kind,parent\ntown,Town,town,\nelm,Elm Street,street,town\n";
    std::fs::write(
        &file,
        format!("{good}oak,Oak Street,steet,town\nash,Ash Street,street,nowhere\n"),
    )
    .unwrap();
    let import = ["import-areas", path(&file), "--data", path(&data)];

    let said = run(&import).await;

    assert_eq!(said.status.code(), Some(1));
    assert_eq!(said.out, "");
    assert!(
        said.error
            .contains("areas.csv: line 4: the kind \"steet\" is unknown"),
        "{}",
        said.error
    );
    assert!(
        said.error
            .contains("areas.csv: line 5: the parent \"nowhere\""),
        "{}",
        said.error
    );
    assert!(
        said.error
            .contains("Nothing was imported: 2 lines to correct."),
        "{}",
        said.error
    );

    std::fs::write(&file, good).unwrap();
    let said = run(&import).await;
    assert!(said.status.success(), "{}", said.error);
    assert_eq!(said.out, "2 areas: 2 new, 0 changed, 0 as they were.\n");
    std::fs::write(&file, good.replace("Elm Street", "Elm Lane")).unwrap();
    assert_eq!(
        run(&import).await.out,
        "2 areas: 0 new, 1 changed, 1 as they were.\n"
    );
}

#[tokio::test]
async fn what_stands_in_the_way_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let relay = Program::serve(&data, &[]).await;
    let taken = relay.http.0.to_string();
    let other = folder.path().join("other");

    let said = run(&["serve", "--listen", &taken, "--data", path(&other)]).await;
    assert!(!said.status.success());
    assert!(
        said.error
            .contains(&format!("{taken} is in use by another program")),
        "{}",
        said.error
    );

    let said = run(&["serve", "--listen", "localhost:0", "--data", path(&data)]).await;
    assert!(!said.status.success());
    assert!(
        said.error
            .contains("another Kruispunt is using the data folder"),
        "{}",
        said.error
    );

    std::fs::write(&other, "a file").unwrap();
    let said = run(&["serve", "--listen", "127.0.0.1:0", "--data", path(&other)]).await;
    assert!(!said.status.success());
    assert!(
        said.error.contains("the data folder") && said.error.contains("cannot be written"),
        "{}",
        said.error
    );

    let said = run(&["serve", "--listen", "nowhere", "--data", path(&data)]).await;
    assert!(
        said.error
            .contains("\"nowhere\" is not an address like 127.0.0.1:8080"),
        "{}",
        said.error
    );

    let said = run(&["import-areas", "missing.csv", "--data", path(&data)]).await;
    assert!(
        said.error.contains("the file missing.csv cannot be read"),
        "{}",
        said.error
    );
}

#[tokio::test]
async fn the_demo_has_a_way_in_for_everybody_at_every_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut relay = Program::serve(folder.path(), &["--demo"]).await;
        for (role, name) in [
            ("ambassador", "Fatma"),
            ("volunteer", "Amina"),
            ("volunteer", "Piet"),
            ("coordinator", "Joke"),
            ("steward", "Marieke"),
            ("file_manager", "Henk"),
        ] {
            let line = relay.line().await;
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(words[..2], [role, name], "{line}");
            let port = relay.http.0.port();
            let secret = words[2]
                .strip_prefix(&format!("http://localhost:{port}/#/start/"))
                .unwrap();
            assert_eq!(secret.len(), 43);
            assert!(!seen.contains(&secret.to_owned()));
            seen.push(secret.to_owned());
        }
        #[cfg(unix)]
        assert!(relay.stops().await.success());
        #[cfg(not(unix))]
        relay.dies().await;
    }
}

#[tokio::test]
async fn a_street_begins_anew_and_a_phone_ends_while_the_relay_serves() {
    let folder = tempfile::tempdir().unwrap();
    let data = path(folder.path());
    let said = run(&["revoke", "AAAAAAAAAAAAAAAAAAAAAA", "--data", data]).await;
    assert!(
        said.error
            .contains("there is no Kruispunt in the data folder"),
        "{}",
        said.error
    );
    let file = folder.path().join("kruispunt.sqlite");
    let storage = SqliteStorage::open(&file).await.unwrap();
    settle::found(&storage).await;
    let alice = settle::neighbour(&storage, "Alice", Role::Ambassador, NORTH).await;
    let bob = settle::neighbour(&storage, "Bob", Role::Volunteer, NORTH).await;
    storage.close().await;
    let relay = Program::serve(folder.path(), &[]).await;
    let (mut alices, mut bobs) = (
        Line::open(relay.http.0).await,
        Line::open(relay.http.0).await,
    );
    alices.greet(&alice.token, vec![]).await;
    bobs.greet(&bob.token, vec![]).await;
    let (_, change) = alice.logs(&mut board(ELM));
    alices.send(&push(ELM, &[change])).await;
    alices.is_acked(1, 1).await;
    bobs.is_told(1, 1).await;

    let said = run(&["rotate", "--older-than", "1d", "--data", data]).await;
    assert_eq!(said.out, "No street is that old.\n");
    let said = run(&["rotate", "elm street", "--data", data]).await;
    assert!(said.status.success(), "{}", said.error);
    assert!(said.out.ends_with("changes gone: 1.\n"), "{}", said.out);
    for line in [&mut alices, &mut bobs] {
        let cursor = line.is_replaced().await.cursor;
        assert!((cursor.document, cursor.seq) == (ELM, 0) && cursor.epoch > 0);
    }
    let said = run(&["rotate", "beech street", "--data", data]).await;
    assert!(
        said.error.contains("there is no street \"beech street\""),
        "{}",
        said.error
    );

    let device = bob.device.to_string();
    let said = run(&["revoke", "--data", data, "--", &device]).await;
    assert!(said.status.success(), "{}", said.error);
    assert_eq!(bobs.ended().await, "device-revoked");
    let said = run(&["revoke", "--data", data, "--", &device]).await;
    assert_eq!(said.status.code(), Some(1));
    assert!(
        said.error.contains("there is no such device in use"),
        "{}",
        said.error
    );
}

/// By identifier only: whoever looks over an operator's shoulder learns no name.
#[tokio::test]
async fn devices_are_listed_and_one_is_taken_out_of_use() {
    let ground = Ground::sqlite();
    let Ground::Folder(folder) = &ground else {
        panic!("SQLite lies in a folder")
    };
    let data = path(folder.path());
    let storage = ground.open().await;
    settle::found(&*storage).await;
    let alice = settle::neighbour(&*storage, "Alice", Role::Ambassador, NORTH).await;
    let bob = settle::neighbour(&*storage, "Bob", Role::Volunteer, NORTH).await;
    let listed = |id| format!("{id}  member ");

    let said = run(&["devices", "--data", data]).await;
    for device in [alice.device, bob.device] {
        assert!(said.out.contains(&listed(device)), "{}", said.out);
    }
    assert_eq!(
        said.out
            .matches("came in today  seen today  in use")
            .count(),
        2
    );
    assert!(!said.out.contains("Alice"));

    let bobs_device = bob.device.to_string();
    // An identifier may begin with a hyphen.
    let said = run(&["revoke", "--data", data, "--", &bobs_device]).await;
    assert!(said.status.success(), "{}", said.error);
    let member = format!("--member={}", bob.member);
    let said = run(&["devices", &member, "--data", data]).await;
    assert!(said.out.starts_with(&bobs_device), "{}", said.out);
    assert!(said.out.ends_with("revoked today\n"), "{}", said.out);
    assert_eq!(said.out.lines().count(), 1);
}

/// A secret in a line that was printed for a steward.
fn secret(line: &str) -> Secret {
    let (before, secret) = line.rsplit_once("/#/start/").unwrap();
    assert!(before.starts_with("steward, once, for 7 days:"), "{line}");
    assert_eq!(secret.len(), 43);
    Secret::given(secret)
}

async fn comes_in(relay: &Program, secret: &Secret) -> Answer {
    let body = Key::new().redeem(secret);
    relay.http.post("/api/invitations/redeem", &body).await
}

#[tokio::test]
async fn the_first_steward_gets_a_way_in_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = path(folder.path());
    let link = ["steward-link", "--data", data];
    // Without areas there is nothing to be steward of.
    Program::serve(folder.path(), &[]).await.dies().await;
    let said = run(&link).await;
    assert!(!said.status.success());
    assert!(said.error.contains("no areas yet"), "{}", said.error);
    let storage = open(folder.path()).await;
    settle::found(&storage).await;

    let mut relay = Program::serve(folder.path(), &["--metrics", "127.0.0.1:0"]).await;
    assert!(relay.line().await.contains("/metrics"));
    let first = secret(&relay.line().await);
    relay.dies().await;

    // It is not printed again while it holds; another takes its place.
    let relay = Program::serve(folder.path(), &[]).await;
    assert_eq!(storage.people().await.unwrap().len(), 1);
    let said = run(&link).await;
    let another = secret(said.out.trim());
    assert_ne!(another, first);
    assert_eq!(storage.people().await.unwrap().len(), 1);
    assert_eq!(comes_in(&relay, &first).await.status, 404);
    let answer = comes_in(&relay, &another).await;
    let steward = answer.text("member");
    let bearer = format!("Bearer {}", answer.text("token"));
    let headers = [("authorization", bearer.as_str())];
    let me = relay.http.get("/api/me", &headers).await.json();
    assert_eq!(me["memberships"][0]["role"], "steward");
    assert_eq!(me["streets"], serde_json::json!([]));
    assert_eq!(comes_in(&relay, &another).await.status, 410);

    // Who lost everything comes in again; and it is all written down as the operator's.
    let member = format!("--member={steward}");
    let said = run(&[&link[..], &[&member]].concat()).await;
    assert_eq!(
        comes_in(&relay, &secret(said.out.trim()))
            .await
            .text("member"),
        steward
    );
    let everything = Asked {
        areas: None,
        about: None,
        before: None,
        limit: 99,
    };
    let entries = storage.entries(everything).await.unwrap();
    let links: Vec<_> = entries
        .iter()
        .filter(|entry| entry.deed == "steward-link")
        .collect();
    assert_eq!(links.len(), 3);
    assert!(links.iter().all(|entry| entry.member.is_none()));
    let said = run(&[&link[..], &["--member=AAAAAAAAAAAAAAAAAAAAAA"]].concat()).await;
    assert!(!said.status.success());
}

/// Nobody would come in otherwise.
#[tokio::test]
async fn a_steward_who_came_too_late_gets_another_way_in() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).await;
    settle::found(&storage).await;
    let long_ago = now().plus_millis(-8 * 24 * 60 * 60 * 1000);
    let late = steward::first(&storage, long_ago).await.unwrap().unwrap();

    let mut relay = Program::serve(folder.path(), &[]).await;
    let again = secret(&relay.line().await);

    assert_eq!(comes_in(&relay, &late).await.status, 404);
    assert_eq!(comes_in(&relay, &again).await.status, 200);
    assert_eq!(storage.people().await.unwrap().len(), 1);
    assert!(steward::first(&storage, now()).await.unwrap().is_none());
}

async fn open(folder: &Path) -> SqliteStorage {
    SqliteStorage::open(&folder.join("kruispunt.sqlite"))
        .await
        .unwrap()
}
