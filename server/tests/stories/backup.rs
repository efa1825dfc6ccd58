//! What was kept, and what comes of it elsewhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kruispunt_core::message::Reason;
use kruispunt_core::schema::Board;
use kruispunt_core::sync::frame::Frame;
use kruispunt_server::backup::{BackupError, backup, restore};
use kruispunt_server::clock::now;
use kruispunt_storage::Storage;
use tempfile::TempDir;

use crate::kit::{
    App, ELM, Ground, HOUR, OAK, Program, Town, at, board, on_every_database, push, run, settings,
    settle,
};
use crate::survival::{Load, dice};

on_every_database! {
    what_was_written_after_it_is_gone_and_nothing_is_confused,
    a_backup_under_load_is_one_moment,
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

/// How many requests are on a street's board.
async fn requests(storage: &dyn Storage, document: kruispunt_core::id::DocumentId) -> usize {
    let stored = storage.load(document).await.unwrap().unwrap();
    assert_eq!((stored.position.seq, stored.tail.len()), (0, 0));
    Board::load(&stored.snapshot.unwrap().bytes)
        .unwrap()
        .requests()
        .len()
}

/// The machine is lost after the backup; the town goes on elsewhere, with phones that know more than it does.
async fn what_was_written_after_it_is_gone_and_nothing_is_confused(ground: Ground) {
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
    // What the relay no longer has is gone for everybody alike; what was not sent yet is sent.
    bobs.comes_back(&town, &bob).await;
    bobs.shows(&[kept]).await;
    alices.comes_back(&town, &alice).await;
    alices.shows(&[kept, unsent]).await;
    bobs.shows(&[kept, unsent]).await;
    let again = alices.logs().await;
    bobs.shows(&[kept, unsent, again]).await;

    // A phone that still works in the lost epoch is told so, whatever place it believes to be at.
    let token = town.session(alice.device, now().plus_millis(HOUR)).await;
    let mut line = town.connect().await;
    assert_eq!(line.greet(&token, vec![at(2)]).await.following, 1);
    let cursor = line.is_replaced().await.cursor;
    assert!((cursor.document, cursor.seq) == (ELM, 0) && cursor.epoch > 1_700_000_000);
    assert!(matches!(line.frame().await, Frame::Changes(_)));
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
    let relay = match &ground {
        Ground::Folder(folder) => Program::serve(folder.path(), &[]).await,
        Ground::Postgres(database) => Program::serve_on(&database.url(), &[]).await,
    };
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
        let other = elsewhere(&ground).open().await;
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
    let storage = Ground::sqlite().open().await;
    settle::found(&*storage).await;
    let file = shelf.file("kept");
    backup(&*storage, &file, now()).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let target = Ground::sqlite();
    let empty = target.open().await;
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
    let told = "areas 87, members 4, devices 0, invitations 4, documents";
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
    let said = run(&["restore", text(&file), "--data", text(new.0.path())]).await;
    assert!(said.status.success(), "{}", said.error);
    assert!(said.out.contains(told), "{}", said.out);

    // The demo is there, so that nobody settles in again, and everybody still gets a way in.
    let mut relay = Program::serve(new.0.path(), &["--demo"]).await;
    for name in ["Fatma", "Amina", "Piet", "Joke"] {
        assert!(relay.line().await.contains(name));
    }
}
