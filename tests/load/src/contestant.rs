//! Who takes part: how each is filled with a town, started, and spoken to.

pub(crate) mod kruispunt;
pub(crate) mod repo;

use std::path::Path;

use anyhow::Result;
use async_trait::async_trait;

use crate::server::Server;
use crate::talk::{Goal, Talk};
use crate::town::{Person, Town};

/// One of those that are compared.
#[async_trait(?Send)]
pub(crate) trait Contestant {
    /// What it is called on the command line and in the table.
    fn name(&self) -> &'static str;

    /// What is measured, with its version.
    fn version(&self) -> Result<String>;

    /// What has happened to an edit when this one says that it has it.
    fn durability(&self) -> &'static str;

    /// Puts the town into a data folder.
    async fn settle(&self, folder: &Path, town: &Town) -> Result<()>;

    /// Starts its server on a data folder.
    async fn serve(&self, folder: &Path) -> Result<Server>;

    /// A phone that has nothing yet, of somebody who follows these streets.
    fn phone(&self, town: &Town, person: &Person, streets: &[usize]) -> Result<Box<dyn Talk>>;

    /// The `number`th line of somebody who has their street already, for which memory here is small.
    fn listener(&self, town: &Town, person: &Person, number: usize) -> Result<Box<dyn Talk>>;
}

/// Where a street stands in the town as it was built.
pub(crate) fn goal(town: &Town, street: usize) -> Goal {
    town.streets
        .get(street)
        .map_or_else(Goal::default, |street| Goal {
            changes: street.changes.len() as u64,
            heads: street.heads.clone(),
        })
}
