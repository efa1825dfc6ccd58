//! `cargo xtask bench push`: how many notifications the relay sends, and what that costs.

use anyhow::Result;

use super::sync;
use crate::{house::House, process};

/// What is given after the name is for the load generator; `tests/load` has the words.
pub(super) fn push(house: &House, more: &[String]) -> Result<()> {
    let mut load = sync::load(house)?;
    load.arg("ring");
    load.arg("--kruispunt").arg(house.server());
    load.arg("--scratch").arg(house.target("bench/scratch"));
    load.arg("--out").arg(house.target("bench/push.json"));
    process::must(load.args(more))
}
