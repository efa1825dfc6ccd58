//! What was kept, and what comes of it elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kruispunt_core::id::MemberId;
use kruispunt_core::message::Reason;
use kruispunt_core::model::{LadderRule, Request, Tongue, Urgency, Wishes};
use kruispunt_core::schema::Board;
use kruispunt_core::sync::RelayDocument;
use kruispunt_core::sync::frame::{Cursor, Frame};
use kruispunt_server::audit::{by_operator, deed};
use kruispunt_server::backup::{BackupError, Summary, backup, restore};
use kruispunt_server::clock::now;
use kruispunt_storage::mails::Address;
use kruispunt_storage::{AskedMail, DocumentPosition, Hash, Record, Storage, StoredDocument};
use serde_json::json;
use tempfile::TempDir;

use crate::kit::{
    App, ELM, Ground, HOUR, NORTH, OAK, Program, Town, at, board, on_every_database, push, run,
    settings, settle,
};
use crate::survival::{Load, dice};

on_every_database! {
    what_phones_have_that_it_has_not_is_done_again,
    a_backup_under_load_is_one_moment,
    there_and_back_is_the_same,
    nothing_is_put_beside_something_else,
}

struct Shelf(TempDir);

impl Shelf {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Whatever is on it.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

/// The other database than this one.
fn elsewhere(ground: &Ground) -> Ground {
    match ground {
        Ground::Folder(_) => Ground::postgres(),
        Ground::Postgres(_) => Ground::sqlite(),
    }
}

/// It is there for as long as both are.
async fn opened(ground: Ground) -> (Ground, Arc<dyn Storage>) {
    let storage = ground.open().await;
    (ground, storage)
}

/// How many requests are on a street's board.
async fn requests(storage: &dyn Storage, document: kruispunt_core::id::DocumentId) -> usize {
    let stored = storage.load(document).await.unwrap().unwrap();
    assert_eq!((stored.position.seq, stored.tail.len()), (0, 0));
    Board::load(&stored.snapshot.unwrap().bytes)
        .unwrap()
        .requests()
        .len()
}

/// The machine is lost after the backup; the town goes on on the other kind of database, with phones that know more.
async fn what_phones_have_that_it_has_not_is_done_again(ground: Ground) {
    let (shelf, other) = (Shelf::new(), elsewhere(&ground));
    let mut town = Town::found_on(ground, settings()).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let (mut alices, mut bobs) = (
        App::opens(&town, &alice).await,
        App::opens(&town, &bob).await,
    );
    let kept = alices.logs().await;
    alices.shows(&[kept]).await;
    bobs.shows(&[kept]).await;
    backup(&*town.storage, &shelf.file("kept"), now())
        .await
        .unwrap();
    let late = alices.logs().await;
    alices.shows(&[kept, late]).await;
    bobs.shows(&[kept, late]).await;
    bobs.claims(late).await;
    bobs.is_matched_with(late).await;
    bobs.goes_offline().await;
    bobs.finishes(late).await;
    alices.goes_offline().await;
    let unsent = alices.logs().await;
    town.ends();

    restore(&*other.open().await, &shelf.file("kept"), now())
        .await
        .unwrap();
    let town = Town::opens_on(other, settings()).await;

    // No session is known any more, but every phone is.
    let mut line = town.connect().await;
    line.hails(&alice.token, vec![]).await;
    assert_eq!(line.ended().await, "session-unknown");
    // Bob helped with something that only Alice's phone has now: that waits for her, and is not called safe.
    bobs.comes_back(&town, &bob).await;
    bobs.shows(&[kept]).await;
    assert_eq!(bobs.unsent(), 2);
    alices.comes_back(&town, &alice).await;
    alices.shows(&[kept, late, unsent]).await;
    bobs.shows(&[kept, late, unsent]).await;
    bobs.has_finished(late).await;
    alices.has_finished(late).await;
    assert_eq!((alices.unsent(), bobs.unsent()), (0, 0));
    let again = alices.logs().await;
    bobs.shows(&[kept, late, unsent, again]).await;

    // A phone that still works in the lost epoch is told so, whatever place it believes to be at.
    let token = town.session(alice.device, now().plus_millis(HOUR)).await;
    let mut line = town.connect().await;
    // Every street begins a new epoch.
    assert_eq!(line.greet(&token, vec![at(2)]).await.following, 2);
    let mut places = vec![];
    for _ in 0..3 {
        match line.frame().await {
            Frame::Snapshot(snapshot) => places.push(snapshot.cursor),
            other => assert!(matches!(other, Frame::Changes(_)), "{other:?}"),
        }
    }
    places.sort_by_key(|place| place.document);
    assert_eq!(
        places
            .iter()
            .map(|place| place.document)
            .collect::<Vec<_>>(),
        [ELM, OAK]
    );
    assert!(places.iter().all(|place| place.epoch > 1_700_000_000));
    let (_, change) = alice.logs(&mut board(ELM));
    line.send(&push(ELM, &[change])).await;
    assert_eq!(line.is_refused().await[0].reason, Reason::MissingDependency);
}

/// Phones write as fast as they can; every backup has at least what was safe when it began and at most what was when it
/// ended.
async fn a_backup_under_load_is_one_moment(ground: Ground) {
    let (mut rng, _) = dice("backup", 3);
    let (shelf, mut moments) = (Shelf::new(), Vec::new());
    let storage = ground.open().await;
    let mut load = Load::begins(&*storage, &mut rng).await;
    let relay = Program::serve_from(&ground, &[]).await;
    load.opens(&[&relay]);
    for number in 0..3 {
        load.goes_on(&mut rng).await;
        let file = shelf.file(&number.to_string());
        let before = places(&*storage).await;
        backup(&*storage, &file, now()).await.unwrap();
        moments.push((file, before, places(&*storage).await));
    }
    let book = Arc::clone(&load.book);
    load.ends(&*storage).await;
    eprintln!("backup: {book}");

    for (file, before, after) in moments {
        let (_ground, other) = opened(elsewhere(&ground)).await;
        restore(&*other, &file, now()).await.unwrap();
        for (street, document) in [ELM, OAK].into_iter().enumerate() {
            let has = requests(&*other, document).await;
            assert!(
                (before[street]..=after[street]).contains(&has),
                "{has} not in {before:?}..={after:?}"
            );
        }
    }
}

async fn places(storage: &dyn Storage) -> [usize; 2] {
    let positions = storage.positions().await.unwrap();
    [ELM, OAK].map(|document| {
        let position = positions
            .iter()
            .find(|position| position.document == document);
        usize::try_from(position.unwrap().seq).unwrap()
    })
}

/// From one kind of database to the other and back again.
async fn there_and_back_is_the_same(ground: Ground) {
    let shelf = Shelf::new();
    let town = Town::found_on(ground, settings()).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let (mut alices, mut bobs) = (
        App::opens(&town, &alice).await,
        App::opens(&town, &bob).await,
    );
    let (one, two) = (alices.logs().await, alices.logs().await);
    alices.shows(&[one, two]).await;
    bobs.shows(&[one, two]).await;
    bobs.claims(two).await;
    bobs.is_matched_with(two).await;
    assert!(town.revoke(alice.device).await);
    let change = json!({ "talents": ["company"], "at_most": 1 });
    let path = "/api/members/me/profile";
    let said = town.asks(&bob, "PATCH", path, &change).await;
    assert_eq!(said.status, 204, "{said:?}");
    let rule = LadderRule::usual(Urgency::Today);
    let entry = by_operator(deed::LADDER_SET, now()).unwrap();
    let ladder = town.storage.ladder();
    ladder.set_ladder(NORTH, &[rule], &entry).await.unwrap();
    hears_by_mail(&*town.storage, bob.member).await;
    let here = everything(&*town.storage).await;

    backup(&*town.storage, &shelf.file("one"), now())
        .await
        .unwrap();
    let there = elsewhere(&town.ground);
    let storage = there.open().await;
    let first = restore(&*storage, &shelf.file("one"), now()).await.unwrap();
    assert_eq!(everything(&*storage).await, here);
    backup(&*storage, &shelf.file("two"), now()).await.unwrap();
    let (_back, storage) = opened(elsewhere(&there)).await;
    let second = restore(&*storage, &shelf.file("two"), now()).await.unwrap();

    assert_eq!(everything(&*storage).await, here);
    let counts = |summary: Summary| Summary {
        bytes: 0,
        ..summary
    };
    assert_eq!(counts(first), counts(second));
    assert_eq!((first.members, first.devices, first.documents), (2, 2, 3));
}

/// Somebody wants everything together once a day, and has confirmed their address.
async fn hears_by_mail(storage: &dyn Storage, member: MemberId) {
    let wishes = Wishes {
        digest: true,
        ..Wishes::default()
    };
    storage.notices().set_wishes(member, &wishes).await.unwrap();
    let asked = AskedMail {
        member,
        address: Address("bob@mail.example".to_owned()),
        language: Tongue::Arabic,
        confirm: Hash([1; 32]),
        stop: Hash([2; 32]),
        asked_at: now(),
    };
    let mails = storage.mails();
    mails.ask_mail(&asked).await.unwrap();
    assert!(
        mails
            .confirm_mail(asked.confirm, now(), now())
            .await
            .unwrap()
    );
}

/// What is stored, with documents as people see them.
async fn everything(storage: &dyn Storage) -> (BTreeSet<String>, Vec<Vec<Request>>) {
    let (to, mut from) = tokio::sync::mpsc::channel::<Record<StoredDocument>>(1);
    let (mut records, mut boards) = (BTreeSet::new(), BTreeMap::new());
    let listen = async {
        while let Some(record) = from.recv().await {
            match record {
                Record::Document(stored) => {
                    boards.insert(stored.position.document, requests_of(&stored));
                }
                // In no order, and of many types.
                record => drop(records.insert(format!("{record:?}"))),
            }
        }
    };
    let (taken, ()) = tokio::join!(storage.take_out(to), listen);
    taken.unwrap();
    (records, boards.into_values().collect())
}

fn requests_of(stored: &StoredDocument) -> Vec<Request> {
    let DocumentPosition {
        document, epoch, ..
    } = stored.position;
    let snapshot = stored.snapshot.as_ref();
    let start = Cursor {
        document,
        epoch,
        seq: snapshot.map_or(0, |snapshot| snapshot.seq),
    };
    let snapshot = snapshot.map(|snapshot| &snapshot.bytes[..]);
    let rows = stored.tail.iter().map(|change| change.bytes.to_vec());
    let restored = RelayDocument::restore(start, snapshot, rows, [], [9; 16]);
    restored.unwrap().board().unwrap().requests()
}

/// A backup goes into an empty database only, and into a new file only.
async fn nothing_is_put_beside_something_else(ground: Ground) {
    let shelf = Shelf::new();
    let (storage, file) = (ground.open().await, shelf.file("kept"));
    settle::found(&*storage).await;
    let before = storage.positions().await.unwrap();
    backup(&*storage, &file, now()).await.unwrap();

    let error = restore(&*storage, &file, now()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the write does not fit what is stored: the database is not empty"
    );
    assert_eq!(storage.positions().await.unwrap(), before);

    let error = backup(&*storage, &file, now()).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists(_)), "{error:?}");
    assert_eq!(shelf.names(), ["kept"]);
}

/// Cut off anywhere, or with any byte of it wrong: it is refused before anything is written.
#[tokio::test]
async fn a_damaged_backup_is_refused_and_changes_nothing() {
    let shelf = Shelf::new();
    let (_ground, storage) = opened(Ground::sqlite()).await;
    settle::found(&*storage).await;
    let file = shelf.file("kept");
    backup(&*storage, &file, now()).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let (_target, empty) = opened(Ground::sqlite()).await;
    let tries = |bytes: Vec<u8>| {
        let (file, empty) = (shelf.file("tried"), &empty);
        async move {
            std::fs::write(&file, bytes).unwrap();
            restore(&**empty, &file, now()).await.unwrap_err()
        }
    };

    for length in [0, 3, 15, 16, 40, whole.len() / 2, whole.len() - 1] {
        let error = tries(whole[..length].to_vec()).await;
        let is_said = matches!(error, BackupError::Damaged | BackupError::NoBackup);
        assert!(is_said, "cut at {length}: {error:?}");
    }
    for at in (0..whole.len()).step_by(37) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let error = tries(bytes).await;
        let is_said = matches!(error, BackupError::Damaged | BackupError::NoBackup);
        assert!(is_said, "wrong at {at}: {error:?}");
    }
    assert_eq!(empty.areas().await.unwrap(), []);

    restore(&*empty, &file, now()).await.unwrap();
    assert_eq!(empty.areas().await.unwrap(), storage.areas().await.unwrap());
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// As an operator does it, while the relay serves.
#[tokio::test]
async fn an_operator_makes_a_backup_and_moves_to_another_machine() {
    let (shelf, old, new) = (Shelf::new(), Shelf::new(), Shelf::new());
    let file = shelf.file("town.kruispunt");
    let relay = Program::serve(old.0.path(), &["--demo"]).await;

    let said = run(&["backup", text(&file), "--data", text(old.0.path())]).await;

    assert!(said.status.success(), "{}", said.error);
    let told = "areas 87, members 6, devices 0, invitations 6, documents";
    assert!(said.out.contains(told), "{}", said.out);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let said = run(&["backup", text(&file), "--data", text(old.0.path())]).await;
    assert!(said.error.contains("is there already"), "{}", said.error);
    relay.dies().await;

    let letter = shelf.file("letter");
    std::fs::write(&letter, "Dear neighbour").unwrap();
    let said = run(&["restore", text(&letter), "--data", text(new.0.path())]).await;
    assert!(!said.status.success());
    assert!(
        said.error
            .contains("nothing was restored: this is no backup of Kruispunt"),
        "{}",
        said.error
    );
    assert_eq!(std::fs::read_dir(new.0.path()).unwrap().count(), 0);
    let said = run(&["restore", text(&file), "--data", text(new.0.path())]).await;
    assert!(said.status.success(), "{}", said.error);
    assert!(said.out.contains(told), "{}", said.out);

    // The keys are in no backup: they go there by another way, or the relay does not start.
    let refused = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        text(new.0.path()),
    ])
    .await;
    assert!(refused.error.contains("put back the file"), "{refused:?}");
    std::fs::copy(old.0.path().join("keys"), new.0.path().join("keys")).unwrap();

    // The demo is there, so that nobody settles in again, and everybody still gets a way in.
    let mut relay = Program::serve(new.0.path(), &["--demo"]).await;
    for name in ["Fatma", "Amina", "Piet", "Joke"] {
        assert!(relay.line().await.contains(name));
    }
}
