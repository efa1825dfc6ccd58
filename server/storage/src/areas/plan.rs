//! What an import changes, whichever the database.

use std::collections::BTreeMap;

use kruispunt_core::id::AreaId;
use kruispunt_core::model::{Area, AreaKind, Word as _};

use super::{Imported, NewArea};
use crate::StorageError;

/// What is to be written, in this order: all that is new, then names and parents, since a parent may come later in
/// the list than what lies in it.
#[derive(Debug)]
pub struct Plan<'a> {
    /// Areas to be added, without their parents.
    pub new: Vec<&'a NewArea>,
    /// Areas that get a name and a parent: the new ones and those that changed.
    pub set: Vec<(&'a NewArea, Option<AreaId>)>,
    /// What the import will have done.
    pub imported: Imported,
}

impl NewArea {
    /// Whether it gets a board.
    #[must_use]
    pub fn is_street(&self) -> bool {
        self.kind == AreaKind::Street
    }
}

/// Compares a file with what is stored.
///
/// # Errors
/// As [`Areas::import_areas`](super::Areas::import_areas).
pub fn plan<'a>(stored: &[Area], areas: &'a [NewArea]) -> Result<Plan<'a>, StorageError> {
    let stored: BTreeMap<&str, &Area> = stored
        .iter()
        .map(|area| (area.code.as_str(), area))
        .collect();
    let mut ids: BTreeMap<&str, AreaId> =
        stored.iter().map(|(&code, area)| (code, area.id)).collect();
    let mut new = Vec::new();
    for area in areas {
        if !ids.contains_key(area.code.as_str()) {
            ids.insert(&area.code, area.id);
            new.push(area);
        }
    }
    let mut imported = Imported {
        added: new.len() as u64,
        ..Imported::default()
    };
    let mut set = Vec::new();
    for area in areas {
        let parent = match &area.parent {
            None => None,
            Some(code) => {
                let parent = ids.get(code.as_str()).copied();
                Some(parent.ok_or_else(|| StorageError::NotFound(format!("area {code}")))?)
            }
        };
        if let Some(before) = stored.get(area.code.as_str()) {
            if before.kind != area.kind {
                let (code, was) = (&area.code, before.kind.key());
                return Err(StorageError::Conflict(format!(
                    "area {code} is and stays a {was}"
                )));
            }
            if before.name == area.name && before.parent == parent {
                imported.unchanged += 1;
                continue;
            }
            imported.changed += 1;
        }
        set.push((area, parent));
    }
    Ok(Plan { new, set, imported })
}
