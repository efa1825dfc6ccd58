//! The tree of places: town, district, quarter, neighbourhood, street.

use std::cmp::Ordering;

use super::word::words;
use crate::id::AreaId;

words!(
    /// What kind of place. The tree is configurable: any kind may be left out (S3 §2.2).
    AreaKind {
        /// Gemeente.
        Town = "town",
        /// Gebied, 10–15 thousand people.
        District = "district",
        /// Wijk.
        Quarter = "quarter",
        /// Buurt.
        Neighbourhood = "neighbourhood",
        /// Straat, complex or flat: the only kind with a board of its own.
        Street = "street",
    }
);

/// One place.
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
pub struct Area {
    /// Its identifier.
    #[n(0)]
    pub id: AreaId,
    /// The code by which files name it; unique, never shown to residents.
    #[n(1)]
    pub code: String,
    /// Its name.
    #[n(2)]
    pub name: String,
    /// What kind of place.
    #[n(3)]
    pub kind: AreaKind,
    /// In which place it lies; `None` at the top, or where the reader may not see further up.
    #[n(4)]
    pub parent: Option<AreaId>,
}

/// Why a set of areas is no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Two areas share an identifier or a code.
    #[error("area {0} is named twice")]
    Twice(String),
    /// A parent is not in the set.
    #[error("area {0} lies in an area that does not exist")]
    MissingParent(String),
    /// Following the parents comes back to the same area.
    #[error("area {0} lies in itself")]
    Cycle(String),
    /// A larger place inside a smaller or equal one.
    #[error("area {0} cannot lie in an area of its own kind or a smaller one")]
    WrongOrder(String),
}

/// A checked tree of places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AreaTree {
    /// In order of identifier.
    areas: Vec<Area>,
    /// What lies directly in each of them, by name.
    below: Vec<Vec<AreaId>>,
}

impl AreaTree {
    /// Checks that the areas form a tree (or several).
    ///
    /// # Errors
    /// When an area is named twice, lies in itself, in an unknown area or in a smaller one.
    pub fn new(list: impl IntoIterator<Item = Area>) -> Result<Self, TreeError> {
        let mut areas: Vec<Area> = list.into_iter().collect();
        sort(&mut areas, &|a, b| a.code.cmp(&b.code));
        twice(&areas, &|a, b| a.code == b.code)?;
        // By name before by identifier: what lies in an area is gathered in that order.
        sort(&mut areas, &|a, b| {
            a.name.cmp(&b.name).then_with(|| a.code.cmp(&b.code))
        });
        let by_name: Vec<(AreaId, Option<AreaId>)> =
            areas.iter().map(|area| (area.id, area.parent)).collect();
        sort(&mut areas, &|a, b| a.id.cmp(&b.id));
        twice(&areas, &|a, b| a.id == b.id)?;
        let mut tree = Self {
            below: vec![Vec::new(); areas.len()],
            areas,
        };
        for area in &tree.areas {
            tree.check(area)?;
        }
        for (id, parent) in by_name {
            if let Some(below) = parent
                .and_then(|id| tree.position(id))
                .and_then(|at| tree.below.get_mut(at))
            {
                below.push(id);
            }
        }
        Ok(tree)
    }

    fn check(&self, area: &Area) -> Result<(), TreeError> {
        let mut above = area.parent;
        for _ in &self.areas {
            let Some(id) = above else { break };
            let parent = self
                .get(id)
                .ok_or_else(|| TreeError::MissingParent(area.code.clone()))?;
            above = parent.parent;
        }
        if above.is_some() {
            return Err(TreeError::Cycle(area.code.clone()));
        }
        match area.parent.and_then(|id| self.get(id)) {
            Some(parent) if parent.kind >= area.kind => {
                Err(TreeError::WrongOrder(area.code.clone()))
            }
            _ => Ok(()),
        }
    }

    fn position(&self, id: AreaId) -> Option<usize> {
        self.areas.binary_search_by_key(&id, |area| area.id).ok()
    }

    /// The area with this identifier.
    #[must_use]
    pub fn get(&self, id: AreaId) -> Option<&Area> {
        self.areas.get(self.position(id)?)
    }

    /// All areas, in order of identifier.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.areas.iter()
    }

    /// The areas directly inside this one, by name.
    #[must_use]
    pub fn below(&self, id: AreaId) -> &[AreaId] {
        self.position(id)
            .and_then(|at| self.below.get(at))
            .map_or(&[], Vec::as_slice)
    }

    /// The area itself and every area it lies in, innermost first.
    pub fn upward(&self, id: AreaId) -> impl Iterator<Item = &Area> {
        let mut next = self.get(id);
        std::iter::from_fn(move || {
            let here = next?;
            next = here.parent.and_then(|parent| self.get(parent));
            Some(here)
        })
    }

    /// Whether `inner` is `outer` or lies in it.
    #[must_use]
    pub fn lies_in(&self, inner: AreaId, outer: AreaId) -> bool {
        self.upward(inner).any(|area| area.id == outer)
    }
}

/// One sort for every order: each of its own would be some kilobytes on the phone.
#[inline(never)]
fn sort(areas: &mut [Area], by: &dyn Fn(&Area, &Area) -> Ordering) {
    areas.sort_unstable_by(by);
}

/// Refuses neighbours that are the same by this measure.
fn twice(areas: &[Area], same: &dyn Fn(&Area, &Area) -> bool) -> Result<(), TreeError> {
    match areas
        .windows(2)
        .find(|pair| matches!(pair, [one, next] if same(one, next)))
    {
        Some([one, _]) => Err(TreeError::Twice(one.code.clone())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(code: u8, kind: AreaKind, parent: Option<u8>) -> Area {
        Area {
            id: AreaId::from_bytes([code; 16]),
            code: code.to_string(),
            name: format!("area {code}"),
            kind,
            parent: parent.map(|code| AreaId::from_bytes([code; 16])),
        }
    }

    #[test]
    fn a_street_lies_in_its_quarter_and_its_town() {
        let tree = AreaTree::new([
            area(3, AreaKind::Street, Some(2)),
            area(1, AreaKind::Town, None),
            area(2, AreaKind::Quarter, Some(1)),
        ])
        .unwrap();
        let id = |code| AreaId::from_bytes([code; 16]);
        assert!(tree.lies_in(id(3), id(1)));
        assert!(!tree.lies_in(id(1), id(3)));
        assert_eq!(tree.below(id(2)), [id(3)]);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        use AreaKind::{Quarter, Street, Town};
        let cycle = [area(1, Town, Some(2)), area(2, Quarter, Some(1))];
        assert!(matches!(AreaTree::new(cycle), Err(TreeError::Cycle(_))));
        let orphan = [area(1, Street, Some(9))];
        assert!(matches!(
            AreaTree::new(orphan),
            Err(TreeError::MissingParent(_))
        ));
        let upside_down = [area(1, Street, None), area(2, Quarter, Some(1))];
        assert!(matches!(
            AreaTree::new(upside_down),
            Err(TreeError::WrongOrder(_))
        ));
        let twice = [area(1, Town, None), area(1, Town, None)];
        assert!(matches!(AreaTree::new(twice), Err(TreeError::Twice(_))));
    }
}
