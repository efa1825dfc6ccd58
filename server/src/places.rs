//! The tree of places and the boards of its streets, held in memory as they were at one moment.

use std::collections::{BTreeMap, BTreeSet};

use kruispunt_core::access::{Action, Rights};
use kruispunt_core::id::{AreaId, DeviceId, DocumentId};
use kruispunt_core::model::{Area, AreaTree, Membership};
use kruispunt_core::neighbourhood::{Me, MeMember, StreetDocument};
use kruispunt_storage::{DocumentKind, DocumentPosition, Member, Storage, StorageError};

/// A street's board and what a member may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Board {
    pub(crate) area: AreaId,
    pub(crate) document: DocumentId,
    pub(crate) rights: Rights,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Places {
    tree: AreaTree,
    boards: BTreeMap<AreaId, DocumentId>,
}

impl Places {
    pub(crate) async fn load(
        storage: &dyn Storage,
        positions: &[DocumentPosition],
    ) -> Result<Self, StorageError> {
        let tree = AreaTree::new(storage.areas().await?)
            .map_err(|error| StorageError::Corrupt(error.to_string()))?;
        let streets = positions
            .iter()
            .filter(|position| position.kind == DocumentKind::Street);
        let boards = streets
            .map(|position| (position.area, position.document))
            .collect();
        Ok(Self { tree, boards })
    }

    /// All places.
    pub(crate) const fn tree(&self) -> &AreaTree {
        &self.tree
    }

    /// A place and everything that lies in it; nothing where there is no such place.
    pub(crate) fn within(&self, area: AreaId) -> BTreeSet<AreaId> {
        let mut within = BTreeSet::new();
        let mut below: Vec<AreaId> = self
            .tree
            .get(area)
            .map(|area| area.id)
            .into_iter()
            .collect();
        while let Some(id) = below.pop() {
            if within.insert(id) {
                below.extend(self.tree.below(id));
            }
        }
        within
    }

    /// Every board with its street.
    pub(crate) fn streets(&self) -> impl Iterator<Item = (DocumentId, AreaId)> {
        let boards = self.boards.iter();
        boards.map(|(&area, &document)| (document, area))
    }

    /// The board of a street.
    pub(crate) fn board_of(&self, street: AreaId) -> Option<DocumentId> {
        self.boards.get(&street).copied()
    }

    /// The boards that the memberships let somebody read, by street.
    pub(crate) fn boards(&self, memberships: &[Membership]) -> impl Iterator<Item = Board> {
        self.boards.iter().filter_map(|(&area, &document)| {
            let rights = Rights::at(area, memberships, &self.tree);
            rights.allow(Action::Read).then_some(Board {
                area,
                document,
                rights,
            })
        })
    }

    /// What a device is told about its member.
    pub(crate) fn me(&self, member: Member, device: DeviceId) -> Me {
        let streets = self.boards(&member.memberships);
        Me {
            record_key: None,
            passkey: None,
            verified_until: None,
            profile: None,
            streets: streets
                .map(|Board { area, document, .. }| StreetDocument { area, document })
                .collect(),
            areas: self.around(&member.memberships),
            member: MeMember {
                id: member.id,
                first_name: member.first_name,
            },
            device,
            memberships: member.memberships,
        }
    }

    /// The places of the memberships, everything above them and everything below.
    fn around(&self, memberships: &[Membership]) -> Vec<Area> {
        let mut seen = BTreeSet::new();
        let mut below: Vec<AreaId> = memberships
            .iter()
            .map(|membership| membership.area)
            .collect();
        for membership in memberships {
            seen.extend(
                self.tree
                    .upward(membership.area)
                    .skip(1)
                    .map(|area| area.id),
            );
        }
        let mut visited = BTreeSet::new();
        while let Some(id) = below.pop() {
            if visited.insert(id) {
                below.extend(self.tree.below(id));
            }
        }
        seen.extend(visited);
        seen.into_iter()
            .filter_map(|id| self.tree.get(id))
            .cloned()
            .collect()
    }
}
