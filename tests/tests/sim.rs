//! Many schedules of a neighbourhood where everything fails. `KRUISPUNT_SIM_SCHEDULES` and `KRUISPUNT_SIM_SEED` choose
//! how many and from which seed; a failing one is run again alone by its own seed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kruispunt_tests::sim::World;

/// Things that happen in one schedule before everybody meets.
const STEPS: usize = 250;

#[expect(clippy::expect_used, reason = "a wrong setting ends the run")]
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| {
        text.parse().expect("the variable holds a number")
    })
}

#[test]
fn sim_nothing_anybody_did_is_lost() {
    let schedules = number("KRUISPUNT_SIM_SCHEDULES", 1_000);
    let first = number("KRUISPUNT_SIM_SEED", 1);
    let (mut deeds, mut rows, mut crashes) = (0, 0, 0);
    for seed in first..first + schedules {
        let run = catch_unwind(AssertUnwindSafe(|| World::new(seed).run(STEPS)));
        let Ok(outcome) = run else {
            panic!(
                "seed {seed} fails: KRUISPUNT_SIM_SEED={seed} KRUISPUNT_SIM_SCHEDULES=1 runs it alone"
            );
        };
        deeds += outcome.deeds;
        rows += outcome.rows;
        crashes += outcome.crashes;
    }
    println!(
        "seeds {first}..{}: {deeds} deeds kept, {rows} rows stored, {crashes} crashes",
        first + schedules
    );
    assert!(rows > 0 && crashes > 0, "the schedules tried nothing");
}
