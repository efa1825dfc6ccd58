//! What a device knows of its member and of the places they may see: a read copy of what the relay holds.

use crate::access::{Action, Rights};
use crate::id::RecordKeyId;
use crate::id::{AreaId, DeviceId, DocumentId, MemberId};
use crate::model::{Area, AreaKind, AreaTree, Membership, Profile, TreeError, words};
use crate::time::Timestamp;

words!(
    /// Whether the member signs with a passkey beside the device's own key.
    Passkey {
        /// Nobody asks for one.
        None = "none",
        /// They may make one.
        Offered = "offered",
        /// What their role is for waits until they signed with one.
        Needed = "needed",
    }
);

/// The answer to `GET /api/me`, as it travels and as it is stored.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(map)]
pub struct Me {
    /// The person.
    #[n(0)]
    pub member: MeMember,
    /// This device.
    #[n(1)]
    pub device: DeviceId,
    /// What the person is, where.
    #[n(2)]
    pub memberships: Vec<Membership>,
    /// The places of the memberships, everything above and everything below them.
    #[n(3)]
    pub areas: Vec<Area>,
    /// The streets whose boards the person may read.
    #[n(4)]
    pub streets: Vec<StreetDocument>,
    /// What case cards are sealed to; none of an older relay.
    #[n(5)]
    #[serde(default)]
    pub record_key: Option<RecordKey>,
    /// Whether a passkey is asked for; none of an older relay.
    #[n(6)]
    #[serde(default)]
    pub passkey: Option<Passkey>,
    /// Until when the session counts as signed with a passkey.
    #[n(7)]
    #[serde(default)]
    pub verified_until: Option<Timestamp>,
    /// What the member said of themselves as a volunteer; none where they never did.
    #[n(8)]
    #[serde(default)]
    pub profile: Option<Profile>,
}

/// The relay's key for case cards.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(map)]
pub struct RecordKey {
    /// Which.
    #[n(0)]
    pub id: RecordKeyId,
    /// Its public half: an uncompressed P-256 point in URL-safe base64.
    #[n(1)]
    pub public_key: String,
}

/// The person a device belongs to.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(map)]
pub struct MeMember {
    /// Their identifier.
    #[n(0)]
    pub id: MemberId,
    /// The first name they share with their streets.
    #[n(1)]
    pub first_name: String,
}

/// Which document holds which street.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(map)]
pub struct StreetDocument {
    /// The street.
    #[n(0)]
    pub area: AreaId,
    /// Its document.
    #[n(1)]
    pub document: DocumentId,
}

/// [`Me`], checked and ready for questions.
#[derive(Debug, Clone)]
pub struct Neighbourhood {
    me: Me,
    tree: AreaTree,
}

impl Neighbourhood {
    /// Checks the answer.
    ///
    /// # Errors
    /// When its areas form no tree.
    pub fn new(mut me: Me) -> Result<Self, TreeError> {
        let tree = AreaTree::new(me.areas.iter().cloned())?;
        me.streets.retain(|street| {
            tree.get(street.area)
                .is_some_and(|area| area.kind == AreaKind::Street)
        });
        Ok(Self { me, tree })
    }

    /// The answer it was made from.
    #[must_use]
    pub const fn me(&self) -> &Me {
        &self.me
    }

    /// The member's identifier.
    #[must_use]
    pub const fn member(&self) -> MemberId {
        self.me.member.id
    }

    /// The first name the member shares.
    #[must_use]
    pub fn first_name(&self) -> &str {
        &self.me.member.first_name
    }

    /// The places.
    #[must_use]
    pub const fn tree(&self) -> &AreaTree {
        &self.tree
    }

    /// The document of a street.
    #[must_use]
    pub fn document(&self, street: AreaId) -> Option<DocumentId> {
        self.documents()
            .find(|&(_, area)| area == street)
            .map(|(document, _)| document)
    }

    /// The street of a document.
    #[must_use]
    pub fn street(&self, document: DocumentId) -> Option<AreaId> {
        self.documents()
            .find(|&(known, _)| known == document)
            .map(|(_, area)| area)
    }

    /// All documents with their streets.
    pub fn documents(&self) -> impl Iterator<Item = (DocumentId, AreaId)> {
        self.me
            .streets
            .iter()
            .map(|street| (street.document, street.area))
    }

    /// What the member may do in an area.
    #[must_use]
    pub fn rights(&self, area: AreaId) -> Rights {
        Rights::at(area, &self.me.memberships, &self.tree)
    }

    /// Whether the member may do this in an area.
    #[must_use]
    pub fn allow(&self, area: AreaId, action: Action) -> bool {
        self.rights(area).allow(action)
    }
}
