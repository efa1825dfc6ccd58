//! Many schedules, and of one that fails the smallest beginning that fails too.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::ground::{Database, Ground};
use super::story;
use super::world::{Outcome, World};

/// Which schedules to try.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// On which database.
    pub database: Database,
    /// The seed of the first schedule; the others follow by one.
    pub seed: u64,
    /// How many.
    pub schedules: u64,
    /// How much happens in each before everybody meets.
    pub steps: usize,
}

/// Tries the schedules and says what they came to.
///
/// # Panics
/// When one fails, with the command that shows it again.
#[must_use]
pub fn run(plan: Plan) -> Vec<Outcome> {
    let ground = Ground::new(plan.database);
    let mut outcomes = Vec::new();
    for seed in plan.seed..plan.seed + plan.schedules {
        let Some(outcome) = outcome(&ground, seed, plan.steps) else {
            let steps = smallest(plan, seed);
            let database = plan.database.name();
            panic!(
                "seed {seed} fails on {database} after {steps} steps; this shows it again:\n\
                 cargo xtask test sim_{database} --seed {seed} --schedules 1 --steps {steps}"
            );
        };
        outcomes.push(outcome);
    }
    outcomes
}

fn outcome(ground: &Ground, seed: u64, steps: usize) -> Option<Outcome> {
    catch_unwind(AssertUnwindSafe(|| World::new(ground, seed).run(steps))).ok()
}

/// The fewest steps after which a schedule still fails, each tried on a database of its own: the beginning of a
/// schedule does not depend on how long it is. What happens in the shortest is told.
fn smallest(plan: Plan, seed: u64) -> usize {
    let hook = std::panic::take_hook();
    // What fails now is known to fail.
    std::panic::set_hook(Box::new(|_| {}));
    let fails = |steps: &usize| outcome(&Ground::new(plan.database), seed, *steps).is_none();
    let smallest = (0..plan.steps).find(fails);
    let smallest = smallest.unwrap_or(plan.steps);
    story::tell(true);
    let _ = outcome(&Ground::new(plan.database), seed, smallest);
    story::tell(false);
    std::panic::set_hook(hook);
    smallest
}
