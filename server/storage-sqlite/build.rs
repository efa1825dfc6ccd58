//! Makes an empty database from the migrations, against which `query!` checks every query at compile time.
//!
//! This way the migrations are the only description of the tables, and a query that does not fit them does not
//! compile; there is no prepared data to keep in step.

use std::error::Error;
use std::path::{Path, PathBuf};

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let migrations = Path::new("../../migrations/sqlite");
    println!("cargo::rerun-if-changed={}", migrations.display());
    println!("cargo::rerun-if-changed=build.rs");

    let database = PathBuf::from(std::env::var("OUT_DIR")?).join("schema.sqlite");
    if database.exists() {
        std::fs::remove_file(&database)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let options = SqliteConnectOptions::new()
            .filename(&database)
            .create_if_missing(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await?;
        Migrator::new(migrations).await?.run(&pool).await?;
        pool.close().await;
        Ok::<_, Box<dyn Error>>(())
    })?;
    println!(
        "cargo::rustc-env=DATABASE_URL=sqlite:{}",
        database.display()
    );
    Ok(())
}
