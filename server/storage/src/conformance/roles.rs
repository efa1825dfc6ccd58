//! What members are, while that changes.

use super::audit::entry;
use super::{
    ALICE, AreaId, Backend, HOUR, Hash, InvitationId, Member, MemberId, Membership, NOON, NORTH,
    NewInvitation, People, Role, is_not_found, with_alice, with_alices_phone,
};
use crate::{Newcomer, Redeemed, RoleEnded};

const BOB: MemberId = MemberId::from_bytes([11; 16]);
const TOWN: AreaId = AreaId::from_bytes([1; 16]);

const STEWARD: Membership = Membership {
    area: NORTH,
    role: Role::Steward,
};

/// And what is said twice is written down once.
pub async fn a_role_is_given_once(backend: &impl Backend) {
    let storage = with_alice(backend).await;

    assert!(
        storage
            .give_role(ALICE, STEWARD, &[], &entry(1, NOON))
            .await
            .unwrap()
    );
    // An entry of a known identifier would be refused: this one is not written.
    assert!(
        !storage
            .give_role(ALICE, STEWARD, &[], &entry(1, NOON))
            .await
            .unwrap()
    );

    let alice = storage.member(ALICE).await.unwrap().unwrap();
    assert_eq!(alice.memberships.len(), 2);
    let nobody = storage.give_role(BOB, STEWARD, &[], &entry(2, NOON)).await;
    assert!(is_not_found(&nobody));
}

/// Whoever has nothing left and never came in is nobody.
pub async fn a_role_ends_with_what_invites_to_it(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let volunteer = Membership {
        area: NORTH,
        role: Role::Volunteer,
    };
    let newcomer = Newcomer {
        member: Member {
            id: BOB,
            first_name: "Bob".to_owned(),
            memberships: vec![volunteer],
        },
        invitation: NewInvitation {
            id: InvitationId::from_bytes([1; 16]),
            secret: Hash([1; 32]),
            member: BOB,
            expires_at: NOON.plus_millis(HOUR),
        },
        entry: entry(1, NOON),
    };
    storage.invite_newcomers(&[newcomer]).await.unwrap();

    for (member, number) in [(ALICE, 2), (BOB, 3)] {
        let done = entry(number, NOON);
        let ended = storage.end_role(member, volunteer, &[], &done).await;
        assert_eq!(ended.unwrap(), RoleEnded::Done);
        let again = storage.end_role(member, volunteer, &[], &done).await;
        assert_eq!(again.unwrap(), RoleEnded::WasNot);
    }

    assert_eq!(storage.open_invitations(NOON).await.unwrap(), []);
    assert_eq!(storage.member(BOB).await.unwrap(), None);
    let alice = storage.member(ALICE).await.unwrap().unwrap();
    assert_eq!(alice.memberships, []);
}

/// Until somebody else is one who can come in: there, or above.
pub async fn the_last_steward_stays(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    storage
        .give_role(ALICE, STEWARD, &[], &entry(1, NOON))
        .await
        .unwrap();
    let bob = Member {
        id: BOB,
        first_name: "Bob".to_owned(),
        memberships: vec![Membership {
            area: TOWN,
            role: Role::Steward,
        }],
    };
    storage.add_member(&bob).await.unwrap();
    let end = async || {
        let done = entry(2, NOON);
        let ended = storage.end_role(ALICE, STEWARD, &[NORTH, TOWN], &done);
        ended.await.unwrap()
    };

    // Bob has never come in.
    assert_eq!(end().await, RoleEnded::LastSteward);
    let alice = storage.member(ALICE).await.unwrap().unwrap();
    assert!(alice.memberships.contains(&STEWARD));

    let invitation = NewInvitation {
        id: InvitationId::from_bytes([1; 16]),
        secret: Hash([1; 32]),
        member: BOB,
        expires_at: NOON.plus_millis(HOUR),
    };
    storage.invite(&invitation).await.unwrap();
    let bobs = super::Redemption {
        secret: Hash([1; 32]),
        ..super::alice_comes_in(super::BOBS_PHONE, 5)
    };
    assert!(matches!(
        storage.redeem(&bobs).await.unwrap(),
        Redeemed::In { .. }
    ));
    assert_eq!(end().await, RoleEnded::Done);
}
