//! The record keys, as phones and operators meet them.

use std::path::Path;

use kruispunt_server::clock::now;
use kruispunt_server::keys::Keys;
use serde_json::Value;

use crate::kit::{Ground, Neighbour, PATIENCE, Program, Town, run};

async fn record_key(town: &Town, who: &Neighbour) -> Value {
    let bearer = format!("Bearer {}", who.token);
    let me = town
        .http
        .get("/api/me", &[("authorization", &bearer)])
        .await;
    me.json()["record_key"].clone()
}

fn data(ground: &Ground) -> &Path {
    match ground {
        Ground::Folder(folder) => folder.path(),
        Ground::Postgres(_) => panic!("this story is about a folder"),
    }
}

#[tokio::test]
async fn phones_are_told_of_a_new_key_while_the_relay_serves() {
    let town = Town::found().await;
    let alice = town.ambassador("Alice").await;
    let before = record_key(&town, &alice).await;
    assert_eq!(before["id"].as_str().unwrap().len(), 22);
    assert_eq!(before["public_key"].as_str().unwrap().len(), 87);

    let data = data(&town.ground).to_str().unwrap();
    let rotated = run(&["keys", "rotate", "--data", data]).await;
    assert!(rotated.status.success(), "{rotated:?}");

    let told = async {
        while record_key(&town, &alice).await == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap();
    let after = record_key(&town, &alice).await;
    assert!(rotated.out.contains(after["id"].as_str().unwrap()));

    let retired = run(&["keys", "retire", "--data", data]).await;
    assert!(
        retired.out.contains(before["id"].as_str().unwrap()),
        "{retired:?}"
    );
    let listed = run(&["keys", "list", "--data", data]).await;
    assert_eq!(listed.out.lines().count(), 1, "{listed:?}");
}

#[tokio::test]
async fn without_its_keys_a_relay_does_not_start_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    Program::serve(folder.path(), &[]).await.dies().await;
    let (file, aside) = (folder.path().join("keys"), folder.path().join("aside"));
    std::fs::rename(&file, &aside).unwrap();

    let refused = run(&["serve", "--listen", "127.0.0.1:0", "--data", data]).await;

    assert!(!refused.status.success());
    assert!(refused.error.contains("put back the file"), "{refused:?}");
    assert!(!file.exists());
    std::fs::rename(&aside, &file).unwrap();
    Program::serve(folder.path(), &[]).await.dies().await;
}

#[tokio::test]
async fn relays_of_one_database_have_to_share_their_keys() {
    let nowhere = "postgres://nobody@127.0.0.1:1/nothing";
    let refused = run(&["serve", "--listen", "127.0.0.1:0", "--database", nowhere]).await;
    assert!(refused.error.contains("KRUISPUNT_KEYS"), "{refused:?}");
    let made = run(&["keys", "new"]).await;
    assert_eq!(made.out.lines().last().unwrap().len(), 43, "{made:?}");
}

#[tokio::test]
async fn a_twin_with_other_keys_does_not_join() {
    let town = Town::found_on(Ground::postgres(), crate::kit::settings()).await;
    let folder = tempfile::tempdir().unwrap();
    let place = kruispunt_server::keys::KeyPlace::File(folder.path().join("keys"));
    let joined = Keys::open(place, &*town.storage, now()).await;
    let error = joined.err().unwrap().to_string();
    assert!(error.contains("put back the file"), "{error}");
}
