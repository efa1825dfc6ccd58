//! Writes the JavaScript and TypeScript beside the phone's core: `xtask-bindgen IN.wasm OUT_DIR`.
//!
//! It is wasm-bindgen's own library, so that nobody has to install a command of exactly the right
//! version. It knows nothing of where things lie in the house: `xtask` tells it.

mod silence;

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: xtask-bindgen IN.wasm OUT_DIR";
    let input = arguments.next().context(usage)?;
    let output = arguments.next().context(usage)?;
    let name = input.file_stem().and_then(|name| name.to_str());
    let mut module = Module::from_file(&input)
        .with_context(|| format!("{} is no WebAssembly", input.display()))?;
    silence::silence(&mut module)?;
    Bindgen::new()
        .input_bytes(name.context(usage)?, module.emit_wasm())
        .web(true)?
        .typescript(true)
        // As the command does it: `init()` without arguments finds the file beside the script.
        .omit_default_module_path(false)
        .generate(&output)
        .with_context(|| format!("wasm-bindgen could not read {}", input.display()))
}
