//! Members, devices, invitations and sessions.

use super::audit::entry;
use super::{
    ALICE, ALICES_PHONE, AreaId, BOBS_PHONE, Backend, HOUR, Hash, Member, MemberId, Membership,
    NOON, NewSession, People, Redemption, Role, alice_comes_in, is_not_found, with_alice,
    with_alices_phone, with_places,
};
use crate::{Asked, Audit as _, KnownDevice, Redeemed, SessionOpened};

/// Roles come back with the member, alone and in the list.
pub async fn a_member_keeps_their_roles(backend: &impl Backend) {
    let storage = with_alice(backend).await;
    let memberships = vec![
        Membership {
            area: AreaId::from_bytes([1; 16]),
            role: Role::Coordinator,
        },
        Membership {
            area: AreaId::from_bytes([3; 16]),
            role: Role::Ambassador,
        },
    ];
    let bob = Member {
        id: MemberId::from_bytes([11; 16]),
        first_name: "Bob".to_owned(),
        memberships,
    };
    storage.add_member(&bob).await.unwrap();

    assert_eq!(storage.member(bob.id).await.unwrap().unwrap(), bob);
    let names: Vec<_> = storage
        .members()
        .await
        .unwrap()
        .into_iter()
        .map(|member| member.first_name)
        .collect();
    assert_eq!(names, ["Alice", "Bob"]);
    assert_eq!(storage.members().await.unwrap()[1], bob);
    assert_eq!(
        storage
            .member(MemberId::from_bytes([12; 16]))
            .await
            .unwrap(),
        None
    );
}

/// A member with a role nowhere is not half added.
pub async fn a_role_needs_an_area(backend: &impl Backend) {
    let storage = with_places(backend).await;
    let memberships = vec![Membership {
        area: AreaId::from_bytes([9; 16]),
        role: Role::Volunteer,
    }];
    let member = Member {
        id: ALICE,
        first_name: "Alice".to_owned(),
        memberships,
    };

    assert!(is_not_found(&storage.add_member(&member).await));

    assert_eq!(storage.members().await.unwrap(), []);
}

/// The first device comes in and has a session; a second device does not.
pub async fn an_invitation_lets_one_device_in(backend: &impl Backend) {
    let storage = with_alice(backend).await;
    let unknown = Redemption {
        secret: Hash([0; 32]),
        ..alice_comes_in(ALICES_PHONE, 1)
    };
    assert_eq!(storage.redeem(&unknown).await.unwrap(), Redeemed::Unknown);

    let answer = storage
        .redeem(&alice_comes_in(ALICES_PHONE, 1))
        .await
        .unwrap();

    assert_eq!(
        answer,
        Redeemed::In {
            member: ALICE,
            device: ALICES_PHONE
        }
    );
    let device = storage.device(ALICES_PHONE).await.unwrap().unwrap();
    assert_eq!((device.member, device.revoked_at), (ALICE, None));
    assert_eq!(
        device.public_key,
        alice_comes_in(ALICES_PHONE, 1).public_key
    );
    let session = storage.session(Hash([1; 32]), NOON).await.unwrap().unwrap();
    assert_eq!(session.device, ALICES_PHONE);
    assert_eq!(Some(session.member), storage.member(ALICE).await.unwrap());
    assert_eq!(session.expires_at, NOON.plus_millis(2 * HOUR));

    assert_eq!(
        storage
            .redeem(&alice_comes_in(BOBS_PHONE, 2))
            .await
            .unwrap(),
        Redeemed::Used
    );
    assert_eq!(storage.device(BOBS_PHONE).await.unwrap(), None);
    assert_eq!(storage.session(Hash([2; 32]), NOON).await.unwrap(), None);
}

/// The phone never heard that it was let in and asks again with the same key: same device, a new session, even
/// when the invitation has meanwhile expired.
pub async fn a_lost_answer_is_asked_again(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let again = Redemption {
        device: BOBS_PHONE,
        session: NewSession {
            token: Hash([2; 32]),
            expires_at: NOON.plus_millis(9 * HOUR),
        },
        now: NOON.plus_millis(3 * HOUR),
        ..alice_comes_in(ALICES_PHONE, 1)
    };

    let answer = storage.redeem(&again).await.unwrap();

    assert_eq!(
        answer,
        Redeemed::In {
            member: ALICE,
            device: ALICES_PHONE
        }
    );
    assert_eq!(storage.device(BOBS_PHONE).await.unwrap(), None);
    assert_eq!(
        storage
            .session(Hash([2; 32]), again.now)
            .await
            .unwrap()
            .unwrap()
            .device,
        ALICES_PHONE
    );
}

/// At its last moment an invitation is over.
pub async fn an_invitation_expires(backend: &impl Backend) {
    let storage = with_alice(backend).await;
    let late = Redemption {
        now: NOON.plus_millis(HOUR),
        ..alice_comes_in(ALICES_PHONE, 1)
    };

    assert_eq!(storage.redeem(&late).await.unwrap(), Redeemed::Expired);

    assert_eq!(storage.device(ALICES_PHONE).await.unwrap(), None);
}

/// A lost phone loses its sessions and gets no new one, not even with its old invitation.
pub async fn a_revoked_device_stays_out(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;

    assert!(
        storage
            .revoke_device(ALICES_PHONE, &entry(1, NOON))
            .await
            .unwrap()
    );

    let later = entry(2, NOON.plus_millis(1));
    assert!(!storage.revoke_device(ALICES_PHONE, &later).await.unwrap());
    assert!(!storage.revoke_device(BOBS_PHONE, &later).await.unwrap());
    assert_eq!(
        storage
            .device(ALICES_PHONE)
            .await
            .unwrap()
            .unwrap()
            .revoked_at,
        Some(NOON)
    );
    assert_eq!(storage.session(Hash([1; 32]), NOON).await.unwrap(), None);
    let session = NewSession {
        token: Hash([2; 32]),
        expires_at: NOON.plus_millis(HOUR),
    };
    assert_eq!(
        storage
            .open_session(ALICES_PHONE, &session, NOON)
            .await
            .unwrap(),
        SessionOpened::Revoked
    );
    assert_eq!(storage.session(Hash([2; 32]), NOON).await.unwrap(), None);
    assert_eq!(
        storage
            .redeem(&alice_comes_in(ALICES_PHONE, 3))
            .await
            .unwrap(),
        Redeemed::Used
    );
}

/// Sessions are opened for known devices, last until their last moment, and are then forgotten.
pub async fn a_session_ends(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let session = NewSession {
        token: Hash([2; 32]),
        expires_at: NOON.plus_millis(HOUR),
    };
    assert_eq!(
        storage
            .open_session(BOBS_PHONE, &session, NOON)
            .await
            .unwrap(),
        SessionOpened::Unknown
    );

    assert_eq!(
        storage
            .open_session(ALICES_PHONE, &session, NOON)
            .await
            .unwrap(),
        SessionOpened::Open
    );

    let just_before = NOON.plus_millis(HOUR - 1);
    assert!(
        storage
            .session(Hash([2; 32]), just_before)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        storage
            .session(Hash([2; 32]), NOON.plus_millis(HOUR))
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        storage
            .forget_sessions(NOON.plus_millis(HOUR))
            .await
            .unwrap(),
        1
    );
    assert!(
        storage
            .session(Hash([1; 32]), just_before)
            .await
            .unwrap()
            .is_some()
    );
}

/// In use or not, and when they came in.
pub async fn every_device_is_listed(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    assert!(
        storage
            .revoke_device(ALICES_PHONE, &entry(1, NOON))
            .await
            .unwrap()
    );

    let listed = storage.devices().await.unwrap();

    let phone = storage.device(ALICES_PHONE).await.unwrap().unwrap();
    assert_eq!(phone.revoked_at, Some(NOON));
    let known = KnownDevice {
        device: phone,
        created_at: NOON,
        seen_at: Some(NOON),
    };
    assert_eq!(listed, [known]);
}

/// A session is what it is seen by.
pub async fn a_device_is_seen_when_it_comes_back(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let later = NOON.plus_millis(HOUR);
    let session = NewSession {
        token: Hash([2; 32]),
        expires_at: NOON.plus_millis(9 * HOUR),
    };
    let seen = async || storage.devices_of(ALICE).await.unwrap()[0].seen_at;
    assert_eq!(seen().await, Some(NOON));

    let opened = storage.open_session(ALICES_PHONE, &session, later).await;

    assert_eq!(opened.unwrap(), SessionOpened::Open);
    assert_eq!(seen().await, Some(later));
    let people = storage.people().await.unwrap();
    assert_eq!((people[0].devices, people[0].came_in), (1, true));
    assert!(
        storage
            .revoke_device(ALICES_PHONE, &entry(1, later))
            .await
            .unwrap()
    );
    let people = storage.people().await.unwrap();
    assert_eq!((people[0].devices, people[0].came_in), (0, true));
}

/// Nor can they come in any more.
pub async fn whoever_was_not_seen_for_long_is_found(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    assert_eq!(storage.unseen_since(NOON).await.unwrap(), []);
    // Her invitation lasted for an hour.
    let in_an_hour = NOON.plus_millis(HOUR);
    assert_eq!(storage.unseen_since(in_an_hour).await.unwrap(), []);

    let later = NOON.plus_millis(HOUR + 1);
    assert_eq!(storage.unseen_since(later).await.unwrap(), [ALICE]);

    let session = NewSession {
        token: Hash([2; 32]),
        expires_at: NOON.plus_millis(9 * HOUR),
    };
    let opened = storage.open_session(ALICES_PHONE, &session, later).await;
    assert_eq!(opened.unwrap(), SessionOpened::Open);
    assert_eq!(storage.unseen_since(later).await.unwrap(), []);
}

/// Whoever asks again since the answer was lost does not come in again.
pub async fn coming_in_is_written_down_once(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let again = storage.redeem(&alice_comes_in(ALICES_PHONE, 2)).await;
    assert!(matches!(again.unwrap(), Redeemed::In { .. }));

    let everything = Asked {
        areas: None,
        about: Some(*ALICE.as_bytes()),
        before: None,
        limit: 9,
    };
    let entries = storage.entries(everything).await.unwrap();

    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].deed, "came-in");
    assert_eq!(entries[0].device, Some(ALICES_PHONE));
}
