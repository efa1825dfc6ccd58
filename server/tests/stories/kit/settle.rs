//! A town and its people, straight in a database: for relays that are programs of their own.

use kruispunt_core::id::{AreaId, DeviceId, DocumentId, InvitationId, MemberId};
use kruispunt_core::model::{AreaKind, Membership, Role};
use kruispunt_server::Secret;
use kruispunt_server::clock::{now, random};
use kruispunt_storage::{
    Member, NewArea, NewInvitation, NewSession, PublicKey, Redemption, Storage,
};

use super::{HOUR, Neighbour};

pub(crate) async fn found(storage: &dyn Storage) {
    storage.import_areas(&places()).await.unwrap();
}

/// Somebody with one role.
pub(crate) async fn member(
    storage: &dyn Storage,
    first_name: &str,
    role: Role,
    area: AreaId,
) -> MemberId {
    let id = MemberId::from_bytes(random().unwrap());
    let member = Member {
        id,
        first_name: first_name.to_owned(),
        memberships: vec![Membership { area, role }],
    };
    storage.add_member(&member).await.unwrap();
    id
}

/// Somebody with one role and a phone that is signed in.
pub(crate) async fn neighbour(
    storage: &dyn Storage,
    first_name: &str,
    role: Role,
    area: AreaId,
) -> Neighbour {
    let member = member(storage, first_name, role, area).await;
    let (secret, token) = (Secret::random().unwrap(), Secret::random().unwrap());
    let invitation = NewInvitation {
        id: InvitationId::from_bytes(random().unwrap()),
        secret: secret.hash(),
        member,
        expires_at: now().plus_millis(HOUR),
    };
    storage.invite(&invitation).await.unwrap();
    let device = DeviceId::from_bytes(random().unwrap());
    let redemption = Redemption {
        secret: secret.hash(),
        public_key: PublicKey(device.as_bytes().repeat(4)),
        device,
        session: NewSession {
            token: token.hash(),
            expires_at: now().plus_millis(HOUR),
        },
        now: now(),
    };
    storage.redeem(&redemption).await.unwrap();
    Neighbour::new(member, device, first_name, role, token.expose().to_owned())
}

fn places() -> Vec<NewArea> {
    let place = |number: u8, code: &str, kind, parent: Option<&str>| NewArea {
        code: code.to_owned(),
        name: code.to_owned(),
        kind,
        parent: parent.map(str::to_owned),
        id: AreaId::from_bytes([number; 16]),
        document: DocumentId::from_bytes([number; 16]),
    };
    vec![
        place(1, "town", AreaKind::Town, None),
        place(2, "north", AreaKind::Quarter, Some("town")),
        place(3, "elm street", AreaKind::Street, Some("north")),
        place(4, "oak street", AreaKind::Street, Some("north")),
        place(5, "south", AreaKind::Quarter, Some("town")),
        place(6, "ash street", AreaKind::Street, Some("south")),
    ]
}
