//! Areas from a file: checked as a whole before anything is written, so that nothing is imported by halves.

mod line;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use kruispunt_core::id::{AreaId, DocumentId};
use kruispunt_core::model::{Area, AreaKind, AreaTree, Word as _};
use kruispunt_storage::{Imported, NewArea, Storage, StorageError};

use crate::clock::{NoRandomness, random};
use line::Line;

/// The first line of every file.
const HEADER: [&str; 4] = ["code", "name", "kind", "parent"];

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file does not begin as it should.
    #[error("the first line must be: {}", HEADER.join(","))]
    Header,
    /// The file has a first line and nothing else.
    #[error("there are no areas in the file")]
    Empty,
    /// Some bytes are no text.
    #[error("this is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// Too many or too few columns.
    #[error("{0} columns where 4 are expected")]
    Columns(usize),
    /// No code.
    #[error("the code is empty")]
    EmptyCode,
    /// No name.
    #[error("the name is empty")]
    EmptyName,
    /// Not one of the kinds.
    #[error("the kind \"{0}\" is unknown; use {list}", list = kinds())]
    UnknownKind(String),
    /// The parent is not in the file and not in the database.
    #[error("the parent \"{0}\" is in neither the file nor the database")]
    UnknownParent(String),
    /// An earlier line has this code.
    #[error("the code \"{code}\" was used on line {line} already")]
    DuplicateCode {
        /// The code.
        code: String,
        /// The earlier line.
        line: u64,
    },
    /// Following the parents comes back here.
    #[error("the area lies in itself")]
    Cycle,
    /// A larger place inside a smaller or equal one.
    #[error("a {kind} cannot lie in a {parent}")]
    WrongOrder {
        /// The area's kind.
        kind: &'static str,
        /// Its parent's kind.
        parent: &'static str,
    },
    /// The database has this code with another kind.
    #[error("\"{code}\" is a {kind} in the database and stays one")]
    OtherKind {
        /// The code.
        code: String,
        /// Its kind in the database.
        kind: &'static str,
    },
}

fn kinds() -> String {
    AreaKind::ALL
        .iter()
        .map(|kind| kind.key())
        .collect::<Vec<_>>()
        .join(", ")
}

/// One line that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.fault)
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Every line that is wrong.
    #[error("{} lines are wrong; nothing was imported", .0.len())]
    BadLines(Vec<BadLine>),
    /// The database could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No identifiers could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Imports the areas of a CSV file, all or none.
///
/// # Errors
/// When a line is wrong or the database cannot be written; nothing has changed then.
pub async fn import(file: &[u8], storage: &dyn Storage) -> Result<Imported, ImportError> {
    let lines = check(file, &storage.areas().await?).map_err(ImportError::BadLines)?;
    let mut areas = Vec::with_capacity(lines.len());
    for line in lines {
        areas.push(NewArea {
            code: line.code,
            name: line.name,
            kind: line.kind,
            parent: line.parent,
            id: AreaId::from_bytes(random()?),
            document: DocumentId::from_bytes(random()?),
        });
    }
    Ok(storage.import_areas(&areas).await?)
}

/// Reads the file and holds every line against the others and against what is stored.
fn check(file: &[u8], stored: &[Area]) -> Result<Vec<Line>, Vec<BadLine>> {
    let line::Read {
        lines,
        codes,
        mut bad,
    } = line::read(file);
    // A parent that is itself on a wrong line is not unknown: that line is reported already.
    let wrong: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
    let mut places = Places::stored(stored);
    for line in &lines {
        if let Some(place) = places.0.get(&line.code)
            && place.kind != line.kind
        {
            let fault = Fault::OtherKind {
                code: line.code.clone(),
                kind: place.kind.key(),
            };
            bad.push(BadLine {
                line: line.number,
                fault,
            });
        }
    }
    places.lay(&lines);
    for line in &lines {
        if let Some(fault) = places.fault(line, &wrong) {
            bad.push(BadLine {
                line: line.number,
                fault,
            });
        }
    }
    if bad.is_empty() && lines.is_empty() {
        bad.push(BadLine {
            line: 1,
            fault: Fault::Empty,
        });
    }
    if bad.is_empty() {
        return Ok(lines);
    }
    bad.sort_by_key(|bad| bad.line);
    Err(bad)
}

struct Place {
    kind: AreaKind,
    parent: Option<String>,
}

/// All places by code, as they would be after the import.
struct Places(BTreeMap<String, Place>);

impl Places {
    fn stored(areas: &[Area]) -> Self {
        // What is stored was checked when it was imported; a tree that is none is found when the relay starts.
        let tree = AreaTree::new(areas.iter().cloned()).unwrap_or_default();
        let place = |area: &Area| {
            let parent = area.parent.and_then(|parent| tree.get(parent));
            Place {
                kind: area.kind,
                parent: parent.map(|parent| parent.code.clone()),
            }
        };
        Self(
            areas
                .iter()
                .map(|area| (area.code.clone(), place(area)))
                .collect(),
        )
    }

    fn lay(&mut self, lines: &[Line]) {
        for line in lines {
            let place = Place {
                kind: line.kind,
                parent: line.parent.clone(),
            };
            self.0.insert(line.code.clone(), place);
        }
    }

    fn fault(&self, line: &Line, wrong: &BTreeSet<&str>) -> Option<Fault> {
        let code = line.parent.as_ref()?;
        let Some(parent) = self.0.get(code) else {
            return (!wrong.contains(code.as_str())).then(|| Fault::UnknownParent(code.clone()));
        };
        if self.lies_in_itself(&line.code) {
            return Some(Fault::Cycle);
        }
        (parent.kind >= line.kind).then(|| Fault::WrongOrder {
            kind: line.kind.key(),
            parent: parent.kind.key(),
        })
    }

    fn lies_in_itself(&self, code: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut above = self.0.get(code).and_then(|place| place.parent.as_deref());
        while let Some(parent) = above {
            if parent == code {
                return true;
            }
            // A cycle further up is reported on the lines that are in it.
            if !seen.insert(parent) {
                return false;
            }
            above = self.0.get(parent).and_then(|place| place.parent.as_deref());
        }
        false
    }
}
