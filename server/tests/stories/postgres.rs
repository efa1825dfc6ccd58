//! The program on PostgreSQL, as an operator starts it.

use std::sync::Arc;

use kruispunt_cluster::Database;
use kruispunt_server::Secret;
use kruispunt_storage::{Documents as _, Storage as _};
use kruispunt_storage_postgres::PgStorage;

use crate::kit::{ELM, Key, Program, run, run_on};
use crate::survival::{Load, dice};

#[tokio::test]
async fn the_demo_settles_in_once_for_all_relays() {
    let database = Database::fresh().unwrap();
    let mut first = Program::serve_on(&database.url(), &["--demo"]).await;
    let mut second = Program::serve_on(&database.url(), &["--demo"]).await;
    first.line().await;
    let fatma = second.line().await;
    let secret = Secret::given(fatma.rsplit_once('/').unwrap().1);

    // Invited by one relay, let in by the other, known to both.
    let answer = first
        .http
        .post("/api/invitations/redeem", &Key::new().redeem(&secret))
        .await;
    let bearer = format!("Bearer {}", answer.text("token"));
    for relay in [&first, &second] {
        let me = relay
            .http
            .get("/api/me", &[("authorization", &bearer)])
            .await
            .json();
        assert_eq!(me["member"]["id"], answer.text("member"), "{me}");
        assert_eq!(me["streets"].as_array().unwrap().len(), 1, "{me}");
    }
}

#[tokio::test]
async fn areas_are_imported() {
    let database = Database::fresh().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("areas.csv");
    std::fs::write(
        &file,
        "code,name,kind,parent\ntown,Town,town,\nelm,Elm Street,street,town\n",
    )
    .unwrap();
    let _relay = Program::serve_on(&database.url(), &[]).await;

    let said = run_on(&database.url(), &["import-areas", file.to_str().unwrap()]).await;

    assert_eq!(
        said.out, "2 areas: 2 new, 0 changed, 0 as they were.\n",
        "{}",
        said.error
    );
}

/// Whatever is wrong is said, and never with the password.
#[tokio::test]
async fn a_password_is_never_said() {
    let serve = ["serve", "--listen", "127.0.0.1:0", "--keys", "not-there"];
    let with = |more: &[&'static str]| [serve.as_slice(), more].concat();
    let url = "postgres://kruispunt:hush-hush@127.0.0.1:1/town";

    let said = run(&with(&["--database", url])).await;
    assert!(said.error.contains("KRUISPUNT_DATABASE"), "{}", said.error);
    assert!(!said.error.contains("hush-hush"), "{}", said.error);

    let said = run_on(url, &serve).await;
    assert!(!said.status.success());
    let cause = "the database 127.0.0.1:1/town cannot be opened: the database cannot be reached";
    assert!(said.error.contains(cause), "{}", said.error);
    assert!(!said.error.contains("hush-hush"), "{}", said.error);

    let said = run_on("mysql://kruispunt:hush-hush@localhost/town", &serve).await;
    assert!(
        said.error.contains("not an address like postgres://"),
        "{}",
        said.error
    );
    assert!(!said.error.contains("hush-hush"), "{}", said.error);

    let said = run(&serve).await;
    assert!(
        said.error.contains("--data DIR") && said.error.contains("--database URL"),
        "{}",
        said.error
    );
}

/// Two relays on one database, five phones that come back to whichever lives; time and again one of the two, the older
/// or the newer, is killed and another takes its place.
#[tokio::test]
async fn of_two_relays_each_may_die_at_any_moment() {
    let (mut rng, times) = dice("two relays", 10);
    let database = Database::fresh().unwrap();
    let storage = PgStorage::open(&database.url().parse().unwrap())
        .await
        .unwrap();
    let mut load = Load::begins(&storage, &mut rng).await;
    let mut survivor = Program::serve_on(&database.url(), &[]).await;
    for _ in 0..times {
        let fresh = Program::serve_on(&database.url(), &[]).await;
        load.opens(&[&survivor, &fresh]);
        load.goes_on(&mut rng).await;
        let (victim, other) = if rng.bool() {
            (survivor, fresh)
        } else {
            (fresh, survivor)
        };
        victim.dies().await;
        load.opens(&[&other]);
        survivor = other;
    }

    let book = Arc::clone(&load.book);
    load.ends(&storage).await;
    eprintln!("two relays: {book}");
    assert!(storage.load(ELM).await.unwrap().is_some());
    storage.close().await;
}
