use std::fs;
use std::path::Path;

use ::hpke::Serializable as _;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::Storage;
use kruispunt_storage_sqlite::SqliteStorage;

use super::{KeyError, KeyFileError, KeyPlace, KeyRing, Keys, OpenError, RingError, seal_to};
use crate::folder::Folder;

const NOON: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const ABOUT: &[u8] = &[7; 16];
const INFO: &[u8] = b"kruispunt/card/1";

async fn storage(folder: &Path) -> SqliteStorage {
    Folder::claim(folder).unwrap().open().await.unwrap()
}

async fn open(folder: &Path, storage: &dyn Storage) -> Result<Keys, KeyError> {
    Keys::open(KeyPlace::File(folder.join("keys")), storage, NOON).await
}

/// The same entry has to give the same keys in every version, or nothing opens after an update.
#[test]
fn an_entry_always_gives_the_same_keys() {
    let ring = KeyRing::parse("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc").unwrap();
    let key = ring.active();
    assert_eq!(key.id.to_string(), "qjn1ZZtFBAEnl2ZXeJ_Z4A");
    assert_eq!(key.public_key.len(), 65);
    assert_eq!(key.private_key.to_bytes().len(), 32);
}

#[test]
fn what_is_sealed_opens_with_its_ring_and_for_what_it_belongs_to() {
    let ring = KeyRing::random().unwrap();
    let sealed = ring.seal(b"card", ABOUT).unwrap();
    assert_eq!(**ring.open(&sealed, ABOUT).unwrap(), *b"card");
    assert_eq!(ring.open(&sealed, &[8; 16]), Err(OpenError::Damaged));
    let mut bent = sealed.clone();
    bent.sealed[15] ^= 1;
    assert_eq!(ring.open(&bent, ABOUT), Err(OpenError::Damaged));
    bent.sealed.clear();
    assert_eq!(ring.open(&bent, ABOUT), Err(OpenError::Damaged));
    let other = KeyRing::random().unwrap();
    let unknown = OpenError::KeyUnknown(ring.active_id());
    assert_eq!(other.open(&sealed, ABOUT), Err(unknown));
}

#[test]
fn a_grown_ring_opens_what_is_old_and_seals_with_what_is_new() {
    let ring = KeyRing::random().unwrap();
    let (old, sealed) = (ring.active_id(), ring.seal(b"card", ABOUT).unwrap());
    let ring = ring.grown().unwrap();
    assert_ne!(ring.active_id(), old);
    assert_eq!(**ring.open(&sealed, ABOUT).unwrap(), *b"card");
    let key = ring.rewrap(&sealed.key, ABOUT).unwrap();
    assert_eq!(key.record_key, ring.active_id());
    let sealed = kruispunt_storage::Sealed { key, ..sealed };
    let ring = KeyRing::parse(&ring.text()).unwrap().alone();
    assert_eq!(**ring.open(&sealed, ABOUT).unwrap(), *b"card");
}

#[test]
fn a_phone_seals_to_a_key_for_one_request() {
    let ring = KeyRing::random().unwrap();
    let key = ring.active();
    let sealed = seal_to(&key.public_key, INFO, ABOUT, b"card")
        .unwrap()
        .unwrap();
    assert_eq!(**sealed.open(key, INFO, ABOUT).unwrap(), *b"card");
    assert_eq!(sealed.open(key, b"other", ABOUT), None);
    assert_eq!(sealed.open(key, INFO, &[8; 16]), None);
    assert_eq!(
        sealed.open(KeyRing::random().unwrap().active(), INFO, ABOUT),
        None
    );
    assert_eq!(seal_to(&[4; 65], INFO, ABOUT, b"card").unwrap(), None);
}

#[test]
fn a_text_that_is_no_ring_says_where() {
    let line = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    let error = |text: &str| KeyRing::parse(text).unwrap_err();
    assert_eq!(error("# nothing\n\n"), RingError::Empty);
    assert_eq!(error(&format!("{line}\nshort")), RingError::Line(2));
    assert_eq!(error(&format!("{line}\n#\n{line}")), RingError::Twice(3));
    let ring = KeyRing::parse(line).unwrap();
    assert!(!format!("{ring:?}").contains(line));
}

#[test]
fn keys_in_a_variable_may_stand_in_one_line() {
    let (one, two) = (KeyRing::random().unwrap(), KeyRing::random().unwrap());
    let line = |ring: &KeyRing| ring.text().lines().last().unwrap().to_owned();
    let place = KeyPlace::Given(format!("{}, {}", line(&one), line(&two)).into());
    let ring = place.read().unwrap();
    assert_eq!(ring.ids(), [one.active_id(), two.active_id()]);
    assert!(matches!(place.write(&ring), Err(KeyFileError::Given)));
    // As `keys new` prints it.
    let printed = KeyPlace::Given(ring.text().as_str().to_owned().into());
    assert_eq!(printed.read().unwrap().active_id(), ring.active_id());
}

#[cfg(unix)]
#[tokio::test]
async fn the_first_start_makes_a_private_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path()).await;
    let made = open(folder.path(), &storage).await.unwrap();
    let file = folder.path().join("keys");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let again = open(folder.path(), &storage).await.unwrap();
    assert_eq!(again.ring().ids(), made.ring().ids());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let exposed = open(folder.path(), &storage).await;
    assert!(matches!(
        exposed,
        Err(KeyError::File(KeyFileError::Exposed(_)))
    ));
}

#[tokio::test]
async fn a_lost_file_is_missed_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path()).await;
    let made = open(folder.path(), &storage).await.unwrap();
    let lost = made.ring().active_id();
    let (file, aside) = (folder.path().join("keys"), folder.path().join("aside"));
    fs::rename(&file, &aside).unwrap();
    let is_missed = |opened: Result<Keys, KeyError>| matches!(opened, Err(KeyError::Lost { key, .. }) if key == lost);

    assert!(is_missed(open(folder.path(), &storage).await));
    assert!(!file.exists());

    KeyPlace::File(file.clone())
        .write(&KeyRing::random().unwrap())
        .unwrap();
    assert!(is_missed(open(folder.path(), &storage).await));
    assert_eq!(storage.keys().record_keys().await.unwrap().len(), 1);

    fs::rename(&aside, &file).unwrap();
    open(folder.path(), &storage).await.unwrap();
}

#[tokio::test]
async fn a_relay_notices_a_new_key_and_misses_no_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path()).await;
    let relay = open(folder.path(), &storage).await.unwrap();
    let old = relay.ring().active_id();
    let operator = open(folder.path(), &storage).await.unwrap();

    operator.rotate(&storage, NOON).await.unwrap();
    relay.look(&storage, NOON).await.unwrap();

    let new = operator.ring().active_id();
    assert_eq!(relay.ring().ids(), [old, new]);
    // A file that lacks a key is no reason to forget it.
    let file = KeyPlace::File(folder.path().join("keys"));
    file.write(&KeyRing::random().unwrap()).unwrap();
    relay.look(&storage, NOON).await.unwrap_err();
    assert_eq!(relay.ring().ids(), [old, new]);
}

#[tokio::test]
async fn a_retired_key_is_gone_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path()).await;
    let operator = open(folder.path(), &storage).await.unwrap();
    let old = operator.ring().active_id();
    operator.rotate(&storage, NOON).await.unwrap();

    assert_eq!(operator.retire(&storage).await.unwrap(), [old]);

    let relay = open(folder.path(), &storage).await.unwrap();
    assert_eq!(relay.ring().ids(), [operator.ring().active_id()]);
    assert_eq!(storage.keys().record_keys().await.unwrap().len(), 1);
}
