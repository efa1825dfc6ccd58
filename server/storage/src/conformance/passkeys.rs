//! Passkeys and the sessions that were signed with one.

use super::{
    ALICE, ALICES_PHONE, Backend, HOUR, Hash, MemberId, NOON, People, Storage as _, is_conflict,
    is_not_found, with_alices_phone,
};
use crate::{Member, NewSession, Passkey, Verified};

fn key(number: u8) -> Passkey {
    Passkey {
        id: vec![number; 32],
        member: ALICE,
        credential: "{}".to_owned(),
        created_at: NOON.plus_millis(i64::from(number)),
        used_at: NOON,
    }
}

const SESSION: Verified = Verified {
    session: Hash([1; 32]),
    until: NOON.plus_millis(HOUR),
};

/// Making one, and signing with it, verifies the session in which it happens and no other.
pub async fn a_passkey_verifies_its_session(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let other = NewSession {
        token: Hash([2; 32]),
        expires_at: NOON.plus_millis(HOUR),
    };
    storage
        .open_session(ALICES_PHONE, &other, NOON)
        .await
        .unwrap();

    storage.passkeys().keep(&key(2), SESSION).await.unwrap();
    storage.passkeys().keep(&key(1), SESSION).await.unwrap();

    assert_eq!(
        storage.passkeys().of(ALICE).await.unwrap(),
        [key(1), key(2)]
    );
    let until = storage
        .passkeys()
        .verified_until(SESSION.session)
        .await
        .unwrap();
    assert_eq!(until, Some(SESSION.until));
    assert_eq!(
        storage
            .passkeys()
            .verified_until(other.token)
            .await
            .unwrap(),
        None
    );

    let used = Passkey {
        credential: r#"{"counter":1}"#.to_owned(),
        used_at: NOON.plus_millis(5),
        ..key(1)
    };
    storage.passkeys().keep(&used, SESSION).await.unwrap();
    assert_eq!(storage.passkeys().of(ALICE).await.unwrap(), [used, key(2)]);
}

/// One is removed, or all; what was signed before counts no longer.
pub async fn a_removed_passkey_verifies_nothing(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    storage.passkeys().keep(&key(1), SESSION).await.unwrap();
    storage.passkeys().keep(&key(2), SESSION).await.unwrap();

    let one = storage.passkeys().forget(ALICE, Some(&key(1).id)).await;
    assert_eq!(one.unwrap(), 1);
    assert_eq!(storage.passkeys().of(ALICE).await.unwrap(), [key(2)]);
    assert_eq!(
        storage
            .passkeys()
            .verified_until(SESSION.session)
            .await
            .unwrap(),
        None
    );
    assert_eq!(storage.passkeys().forget(ALICE, None).await.unwrap(), 1);
    assert_eq!(storage.passkeys().of(ALICE).await.unwrap(), []);
    assert_eq!(storage.passkeys().forget(ALICE, None).await.unwrap(), 0);
}

/// Nobody takes over somebody else's, and a session that is over verifies nothing.
pub async fn a_passkey_is_one_members(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let bob = Member {
        id: MemberId::from_bytes([11; 16]),
        first_name: "Bob".to_owned(),
        memberships: Vec::new(),
    };
    storage.add_member(&bob).await.unwrap();
    storage.passkeys().keep(&key(1), SESSION).await.unwrap();

    let stolen = Passkey {
        member: bob.id,
        ..key(1)
    };
    assert!(is_conflict(
        &storage.passkeys().keep(&stolen, SESSION).await
    ));
    let over = Verified {
        session: Hash([9; 32]),
        ..SESSION
    };
    assert!(is_not_found(&storage.passkeys().keep(&key(2), over).await));

    assert_eq!(storage.passkeys().of(ALICE).await.unwrap(), [key(1)]);
    assert_eq!(storage.passkeys().of(bob.id).await.unwrap(), []);
}
