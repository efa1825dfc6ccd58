//! What was prepared about the queries still fits them and the tables.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kruispunt_cluster::Database;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// A query that was changed does not compile without being prepared; a migration that changes what a query means, or
/// a query that is gone, is found here.
#[tokio::test]
async fn what_is_prepared_is_what_the_database_says() {
    let database = Database::fresh().unwrap();
    super::open(&database).await.unwrap();
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let (mut prepared, mut sources) = (Vec::new(), Vec::new());
    files(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.sqlx")),
        &mut prepared,
    );
    files(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut sources,
    );
    let sources: Vec<_> = sources
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();

    let mut stale = BTreeSet::new();
    for file in &prepared {
        let kept: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let query = kept["query"].as_str().unwrap();
        let is_used = sources.iter().any(|source| source.contains(query));
        let sql = AssertSqlSafe(query.to_owned()).into_sql_str();
        let says = (&mut connection).describe(sql).await.ok();
        let says = says.map(|says| serde_json::to_value(&says).unwrap());
        if !is_used || says.as_ref() != Some(&kept["describe"]) {
            stale.insert(query.to_owned());
        }
    }

    assert!(!prepared.is_empty());
    assert!(
        stale.is_empty(),
        "run `cargo xtask sql`, since these have changed: {stale:#?}"
    );
}
