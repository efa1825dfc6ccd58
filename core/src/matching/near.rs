//! How far away a street is, by the tree of areas: it knows no map.

use crate::id::AreaId;
use crate::model::{AreaTree, words};

words!(
    /// How far away, nearest first.
    Near {
        /// The same street.
        Street = "street",
        /// The same neighbourhood: what the street lies in.
        Neighbourhood = "neighbourhood",
        /// The same quarter: what that lies in.
        Quarter = "quarter",
        /// Further away.
        Far = "far",
    }
);

impl Near {
    const fn of(steps: usize) -> Self {
        match steps {
            0 => Self::Street,
            1 => Self::Neighbourhood,
            2 => Self::Quarter,
            _ => Self::Far,
        }
    }

    /// From a home, which may be a street or a place around streets, to a street.
    pub(super) fn from_home(tree: &AreaTree, home: AreaId, street: AreaId) -> Self {
        // How far up from the street everything around it also lies around the home.
        let steps = tree
            .upward(street)
            .position(|area| tree.lies_in(home, area.id));
        steps.map_or(Self::Far, Self::of)
    }

    /// For somebody who helps everywhere in an area: what of it is nearest is not known, so the street is as far away as
    /// the area is wide. `None` where the street does not lie in it.
    pub(super) fn within(tree: &AreaTree, area: AreaId, street: AreaId) -> Option<Self> {
        let steps = tree.upward(street).position(|above| above.id == area)?;
        Some(Self::of(steps))
    }
}
