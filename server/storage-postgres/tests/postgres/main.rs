//! What only this database does: other relays, lines that break, settings of its own.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod prepared;

use std::time::Duration;

use bytes::Bytes;
use kruispunt_cluster::Database;
use kruispunt_core::id::{AreaId, DocumentId};
use kruispunt_core::model::AreaKind;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    Alarm, Append, Areas as _, Documents as _, Elsewhere, NewArea, NewChange, Storage as _,
    StorageError, Watch,
};
use kruispunt_storage_postgres::PgStorage;

const STREETS: u8 = 20;

async fn open(database: &Database) -> Result<PgStorage, StorageError> {
    PgStorage::open(&database.url().parse().unwrap()).await
}

fn street(number: u8) -> DocumentId {
    DocumentId::from_bytes([number; 16])
}

/// A town with many streets.
async fn town(storage: &PgStorage) {
    let streets: Vec<_> = (0..STREETS)
        .map(|number| NewArea {
            code: format!("street {number}"),
            name: "Street".to_owned(),
            kind: AreaKind::Street,
            parent: None,
            id: AreaId::from_bytes([number; 16]),
            document: street(number),
        })
        .collect();
    storage.import_areas(&streets).await.unwrap();
}

/// One change for a street, at this place in its log.
fn append(number: u8, seq: u64, hash: [u8; 32]) -> Append {
    let change = NewChange {
        hash,
        bytes: Bytes::from_static(b"change"),
        member: None,
        device: None,
        received_at: Timestamp::from_millis(1),
    };
    Append {
        document: street(number),
        epoch: 0,
        first_seq: seq,
        changes: vec![change],
        actors: Vec::new(),
        alarm: Alarm::KEEP,
        causes: Vec::new(),
        acted: Vec::new(),
    }
}

async fn hears(watch: &mut Box<dyn Watch>) -> Elsewhere {
    tokio::time::timeout(Duration::from_secs(30), watch.next())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_database_from_a_newer_version_is_left_alone() {
    let database = Database::fresh().unwrap();
    open(&database).await.unwrap().close().await;
    database
        .tell(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
            VALUES (9999, 'newer', TRUE, '\\x00', 0)",
        )
        .unwrap();

    let error = open(&database).await.unwrap_err();

    assert!(matches!(error, StorageError::Newer(9999)), "{error:?}");
}

#[tokio::test]
async fn relays_that_start_together_wait_for_each_other() {
    let database = Database::fresh().unwrap();
    let (one, two, three) = tokio::join!(open(&database), open(&database), open(&database));
    for storage in [one, two, three] {
        storage.unwrap().ping().await.unwrap();
    }
}

/// Both write all streets again and again, from opposite ends. Each time one of them is first; nobody waits in a
/// circle, and no log has a gap.
#[tokio::test]
async fn two_busy_relays_never_wait_for_each_other_for_ever() {
    let database = Database::fresh().unwrap();
    let (here, there) = (
        open(&database).await.unwrap(),
        open(&database).await.unwrap(),
    );
    town(&here).await;
    for round in 1..=30 {
        let work = |who: u8, streets: &mut dyn Iterator<Item = u8>| -> Vec<_> {
            streets
                .map(|number| append(number, round, [who + u8::try_from(round).unwrap(); 32]))
                .collect()
        };
        let ours = work(100, &mut (0..STREETS));
        let theirs = work(200, &mut (0..STREETS).rev());
        let (first, second) = tokio::join!(here.append(&ours), there.append(&theirs));
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let late = first.err().or(second.err()).unwrap();
        assert!(matches!(late, StorageError::Conflict(_)), "{late:?}");
    }
    for position in here.positions().await.unwrap() {
        assert_eq!(position.seq, 30);
    }
}

/// The database goes down and comes back: work is refused meanwhile and not lost, and whoever listens looks again.
#[tokio::test]
async fn a_line_that_breaks_is_taken_up_again() {
    let database = Database::fresh().unwrap();
    let (here, there) = (
        open(&database).await.unwrap(),
        open(&database).await.unwrap(),
    );
    town(&here).await;
    let mut watch = there.watch().await.unwrap();
    here.append(&[append(1, 1, [1; 32])]).await.unwrap();
    assert!(matches!(
        hears(&mut watch).await,
        Elsewhere::Document { seq: 1, .. }
    ));

    database.hang_up().unwrap();

    assert_eq!(hears(&mut watch).await, Elsewhere::Anything);
    let refused = loop {
        match here.append(&[append(1, 2, [2; 32])]).await {
            Ok(()) => break None,
            Err(StorageError::Unavailable(_)) => {}
            Err(other) => break Some(other),
        }
    };
    assert!(refused.is_none(), "{refused:?}");
    assert!(matches!(
        hears(&mut watch).await,
        Elsewhere::Document { seq: 2, .. }
    ));
}

/// An operator may have told the database to acknowledge early; to this relay it must not.
#[tokio::test]
async fn a_commit_waits_for_the_disk_whatever_the_setting() {
    let database = Database::fresh().unwrap();
    database
        .tell("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$")
        .unwrap();
    let storage = open(&database).await.unwrap();
    town(&storage).await;
    // The database itself says how it committed: the trigger sees the setting of the session that writes.
    database
        .tell(
            "CREATE FUNCTION check_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
            IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'early' USING ERRCODE = '53100'; \
            END IF; RETURN NEW; END $$; \
            CREATE TRIGGER check_commit BEFORE INSERT ON change FOR EACH ROW EXECUTE FUNCTION check_commit()",
        )
        .unwrap();

    storage.append(&[append(1, 1, [1; 32])]).await.unwrap();

    assert_eq!(
        storage.positions().await.unwrap().len(),
        usize::from(STREETS)
    );
}

/// What the database says, in the words of the storage; a trigger says it as the real cause would.
#[tokio::test]
async fn every_trouble_has_its_name() {
    let database = Database::fresh().unwrap();
    let storage = open(&database).await.unwrap();
    town(&storage).await;
    database
        .tell(
            "CREATE TABLE trouble (code text); INSERT INTO trouble VALUES ('00000'); \
            CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
            RAISE EXCEPTION 'trouble' USING ERRCODE = (SELECT code FROM trouble); END $$; \
            CREATE TRIGGER trouble BEFORE INSERT ON change FOR EACH ROW EXECUTE FUNCTION trouble()",
        )
        .unwrap();
    for (code, name) in [
        ("53100", "Full"),
        ("40001", "Busy"),
        ("40P01", "Busy"),
        ("55P03", "Busy"),
        ("23505", "Conflict"),
        ("23503", "NotFound"),
        ("XX001", "Corrupt"),
        ("58030", "Unavailable"),
    ] {
        database
            .tell(&format!("UPDATE trouble SET code = '{code}'"))
            .unwrap();
        let error = storage.append(&[append(1, 1, [1; 32])]).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(name), "{code}: {error:?}");
    }
    assert!(
        storage
            .positions()
            .await
            .unwrap()
            .iter()
            .all(|it| it.seq == 0)
    );
}
