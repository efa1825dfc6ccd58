//! Writes what honest phones send into the corpus from which `cargo fuzz` begins.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let all = [
        ("frame", kruispunt_fuzz::frames()),
        ("change", kruispunt_fuzz::changes()),
    ];
    for (target, seeds) in all {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.into_iter().enumerate() {
            fs::write(folder.join(format!("honest-{number}")), seed)?;
        }
    }
    Ok(())
}
