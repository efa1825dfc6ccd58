//! Many schedules of a neighbourhood where everything fails. `KRUISPUNT_SIM_SCHEDULES`, `KRUISPUNT_SIM_SEED` and
//! `KRUISPUNT_SIM_STEPS` choose how many, from which seed, and how much happens in each; one that fails says how it is
//! seen again.

use kruispunt_tests::sim::{Database, Outcome, Plan, run};

#[expect(clippy::expect_used, reason = "a wrong setting ends the run")]
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| {
        text.parse().expect("the variable holds a number")
    })
}

fn many_schedules(database: Database) {
    let plan = Plan {
        database,
        seed: number("KRUISPUNT_SIM_SEED", 1),
        schedules: number("KRUISPUNT_SIM_SCHEDULES", 2_000),
        steps: usize::try_from(number("KRUISPUNT_SIM_STEPS", 250)).unwrap_or(usize::MAX),
    };
    let outcomes = run(plan);
    let sum = |what: fn(&Outcome) -> usize| outcomes.iter().map(what).sum::<usize>();
    let most = |what: fn(&Outcome) -> usize| outcomes.iter().map(what).max().unwrap_or(0);
    println!(
        "{} schedules on {}: {} deeds kept, {} rows stored, {} crashes, {} new epochs, {} backups put back, {} conflicts, {} refusals; \
         at most {} pieces unsent, {} frames and {} pushes waiting",
        outcomes.len(),
        database.name(),
        sum(|outcome| outcome.deeds),
        sum(|outcome| outcome.rows),
        sum(|outcome| outcome.crashes),
        sum(|outcome| outcome.rotations),
        sum(|outcome| outcome.put_back),
        sum(|outcome| outcome.conflicts),
        sum(|outcome| outcome.refusals),
        most(|outcome| outcome.most_unsent),
        most(|outcome| outcome.longest_line),
        most(|outcome| outcome.longest_inbox),
    );
    assert!(
        sum(|outcome| outcome.rows) > 0,
        "the schedules tried nothing"
    );
}

#[test]
fn sim_postgres_nothing_anybody_did_is_lost() {
    many_schedules(Database::Postgres);
}

#[test]
fn sim_sqlite_nothing_anybody_did_is_lost() {
    many_schedules(Database::Sqlite);
}
