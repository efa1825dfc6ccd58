//! Ways in for newcomers, and other ways in.

use super::audit::entry;
use super::{
    ALICE, ALICES_PHONE, AreaId, BOBS_PHONE, Backend, HOUR, Hash, InvitationId, Member, MemberId,
    Membership, NOON, NORTH, NewInvitation, NewSession, People, PublicKey, Redemption, Role,
    Storage, with_alice, with_alices_phone, with_places,
};
use crate::{Asked, Newcomer, Redeemed};

const BOB: MemberId = MemberId::from_bytes([11; 16]);
const CORA: MemberId = MemberId::from_bytes([12; 16]);

pub(super) fn invitation(member: MemberId, number: u8) -> NewInvitation {
    NewInvitation {
        id: InvitationId::from_bytes([number; 16]),
        secret: Hash([number; 32]),
        member,
        expires_at: NOON.plus_millis(HOUR),
    }
}

/// Somebody who is invited to be a volunteer in an area, by Alice.
pub(super) fn newcomer(member: MemberId, number: u8, area: AreaId) -> Newcomer {
    let memberships = vec![Membership {
        area,
        role: Role::Volunteer,
    }];
    Newcomer {
        member: Member {
            id: member,
            first_name: format!("Somebody {number}"),
            memberships,
        },
        invitation: invitation(member, number),
        entry: entry(number, NOON),
    }
}

async fn comes_in(storage: &impl Storage, number: u8) -> Redeemed {
    comes_in_with(storage, number, number).await
}

pub(super) async fn comes_in_with(storage: &impl Storage, number: u8, token: u8) -> Redeemed {
    let redemption = Redemption {
        secret: Hash([number; 32]),
        public_key: PublicKey(BOBS_PHONE.as_bytes().repeat(4)),
        device: BOBS_PHONE,
        session: NewSession {
            token: Hash([token; 32]),
            expires_at: NOON.plus_millis(HOUR),
        },
        now: NOON,
    };
    storage.redeem(&redemption).await.unwrap()
}

async fn deeds(storage: &impl Storage) -> usize {
    let everything = Asked {
        areas: None,
        about: None,
        before: None,
        limit: 99,
    };
    storage.entries(everything).await.unwrap().len()
}

/// With everything that belongs to it, also what is written down.
pub async fn newcomers_are_invited_together_or_not_at_all(backend: &impl Backend) {
    let storage = with_alice(backend).await;
    let nowhere = AreaId::from_bytes([99; 16]);
    let wrong = [newcomer(BOB, 1, NORTH), newcomer(CORA, 2, nowhere)];

    assert!(super::is_not_found(&storage.invite_newcomers(&wrong).await));

    assert_eq!(storage.members().await.unwrap().len(), 1);
    assert_eq!(deeds(&storage).await, 0);
    let right = [newcomer(BOB, 1, NORTH), newcomer(CORA, 2, NORTH)];
    storage.invite_newcomers(&right).await.unwrap();
    assert_eq!(deeds(&storage).await, 2);
    assert_eq!(
        storage.member(BOB).await.unwrap(),
        Some(right[0].member.clone())
    );
    let open = storage.open_invitations(NOON).await.unwrap();
    // Alice's own is to no role.
    assert_eq!(open.len(), 2);
    assert_eq!((open[0].member, open[0].by), (BOB, Some(ALICE)));
    assert_eq!(open[0].membership, right[0].member.memberships[0]);
    assert_eq!(
        (open[0].made_at, open[0].expires_at),
        (NOON, NOON.plus_millis(HOUR))
    );
    assert_eq!(open[0].first_name, "Somebody 1");
    let over = storage.open_invitations(NOON.plus_millis(HOUR)).await;
    assert_eq!(over.unwrap(), []);
    assert!(matches!(
        comes_in(&storage, 1).await,
        Redeemed::In { member: BOB, .. }
    ));
    assert_eq!(storage.open_invitations(NOON).await.unwrap().len(), 1);
}

/// Whoever never came in goes with it.
pub async fn an_invitation_is_withdrawn_while_nobody_used_it(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage
        .add_member(&newcomer(ALICE, 9, NORTH).member)
        .await
        .unwrap();
    storage
        .invite_newcomers(&[newcomer(BOB, 1, NORTH)])
        .await
        .unwrap();
    let (id, taken_back) = (InvitationId::from_bytes([1; 16]), entry(2, NOON));

    assert!(storage.withdraw_invitation(id, &taken_back).await.unwrap());

    assert!(
        !storage
            .withdraw_invitation(id, &entry(3, NOON))
            .await
            .unwrap()
    );
    assert_eq!(comes_in(&storage, 1).await, Redeemed::Unknown);
    assert_eq!(storage.member(BOB).await.unwrap(), None);
    assert_eq!(deeds(&storage).await, 2);
}

/// With their roles; and a used link cannot be withdrawn.
pub async fn whoever_came_in_stays_when_a_link_is_withdrawn(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let before = storage.member(ALICE).await.unwrap();
    let used = InvitationId::from_bytes([30; 16]);
    assert!(
        !storage
            .withdraw_invitation(used, &entry(1, NOON))
            .await
            .unwrap()
    );
    storage.invite(&invitation(ALICE, 2)).await.unwrap();

    let id = InvitationId::from_bytes([2; 16]);
    assert!(
        storage
            .withdraw_invitation(id, &entry(3, NOON))
            .await
            .unwrap()
    );

    assert_eq!(storage.member(ALICE).await.unwrap(), before);
    assert!(storage.device(ALICES_PHONE).await.unwrap().is_some());
}

/// A lost sheet of paper lets nobody in; the list still shows that somebody is awaited, and as what.
pub async fn another_way_in_takes_the_place_of_the_first(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage
        .add_member(&newcomer(ALICE, 9, NORTH).member)
        .await
        .unwrap();
    storage
        .invite_newcomers(&[newcomer(BOB, 1, NORTH)])
        .await
        .unwrap();

    let again = invitation(BOB, 2);
    storage.invite_again(&again, &entry(2, NOON)).await.unwrap();

    assert_eq!(comes_in(&storage, 1).await, Redeemed::Unknown);
    let open = storage.open_invitations(NOON).await.unwrap();
    assert_eq!((open.len(), open[0].id), (1, again.id));
    assert_eq!(open[0].membership.role, Role::Volunteer);
    assert!(matches!(
        comes_in(&storage, 2).await,
        Redeemed::In { member: BOB, .. }
    ));
    // One that was used stays, so that whoever lost the answer can ask again.
    storage
        .invite_again(&invitation(BOB, 3), &entry(3, NOON))
        .await
        .unwrap();
    assert!(matches!(
        comes_in_with(&storage, 2, 9).await,
        Redeemed::In { member: BOB, .. }
    ));
    assert_eq!(storage.open_invitations(NOON).await.unwrap(), []);
}

/// Whoever made a link for a volunteer does not hold one for what the volunteer became.
pub async fn a_role_takes_back_links_that_are_not_kept(backend: &impl Backend) {
    let storage = with_places(backend).await;
    storage
        .add_member(&newcomer(ALICE, 9, NORTH).member)
        .await
        .unwrap();
    storage
        .invite_newcomers(&[newcomer(BOB, 1, NORTH)])
        .await
        .unwrap();
    storage.invite(&invitation(BOB, 2)).await.unwrap();
    let (one, two) = (
        InvitationId::from_bytes([1; 16]),
        InvitationId::from_bytes([2; 16]),
    );
    let ways = storage.ways_in(BOB).await.unwrap();
    assert_eq!(ways, [(one, Some(ALICE)), (two, None)]);
    let steward = Membership {
        area: NORTH,
        role: Role::Steward,
    };

    let given = storage
        .give_role(BOB, steward, &[two], &entry(2, NOON))
        .await;
    assert!(given.unwrap());

    assert_eq!(storage.ways_in(BOB).await.unwrap(), [(two, None)]);
    assert_eq!(comes_in(&storage, 1).await, Redeemed::Unknown);
    assert!(matches!(
        comes_in(&storage, 2).await,
        Redeemed::In { member: BOB, .. }
    ));
}
