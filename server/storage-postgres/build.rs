//! Says against what `query!` checks every query: the prepared data in `.sqlx`, so that nobody needs a running
//! PostgreSQL to build, or a database with all migrations while `cargo xtask sql` prepares that data anew.

use std::error::Error;
use std::path::PathBuf;

/// The address of the database to prepare from.
const DATABASE: &str = "KRUISPUNT_SQL_DATABASE";

/// The folder to write to.
const FOLDER: &str = "KRUISPUNT_SQL_FOLDER";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=.sqlx");
    println!("cargo::rerun-if-changed=../../migrations/postgres");
    println!("cargo::rerun-if-env-changed={DATABASE}");
    println!("cargo::rerun-if-env-changed={FOLDER}");
    if let (Ok(database), Ok(folder)) = (std::env::var(DATABASE), std::env::var(FOLDER)) {
        println!("cargo::rustc-env=SQLX_OFFLINE=false");
        println!("cargo::rustc-env=DATABASE_URL={database}");
        println!("cargo::rustc-env=SQLX_OFFLINE_DIR={folder}");
    } else {
        let prepared = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join(".sqlx");
        println!("cargo::rustc-env=SQLX_OFFLINE=true");
        println!("cargo::rustc-env=SQLX_OFFLINE_DIR={}", prepared.display());
    }
    Ok(())
}
