//! `cargo xtask run`: from a fresh checkout to a running Kruispunt.

use std::{
    env,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result};
use clap::ArgMatches;

use crate::{
    house::House,
    needs, npm, process, pwa,
    report::{Done, step},
    wasm,
};

/// What the person asked for.
pub(crate) struct Wish {
    demo: bool,
    listen: SocketAddr,
    data: PathBuf,
}

impl Wish {
    /// # Errors
    ///
    /// When the address is none.
    pub(crate) fn from_matches(house: &House, given: &ArgMatches) -> Result<Self> {
        let listen = given
            .get_one::<String>("listen")
            .map_or("127.0.0.1:8080", String::as_str);
        let data = match given.get_one::<String>("data") {
            Some(folder) => env::current_dir()
                .context("there is no current folder")?
                .join(folder),
            None => house.path("data"),
        };
        Ok(Self {
            demo: given.get_flag("demo"),
            listen: needs::address(listen)?,
            data,
        })
    }
}

/// Builds what changed and runs the relay until it ends; its exit code becomes ours.
///
/// # Errors
///
/// When something is missing or does not build.
pub(crate) fn run(house: &House, wish: &Wish) -> Result<ExitCode> {
    needs::free_port(wish.listen)?;
    needs::writable(&wish.data)?;
    needs::for_building(house)?;
    build(house)?;

    let mut server = Command::new(house.server());
    server.current_dir(house.root()).arg("serve");
    server
        .arg("--listen")
        .arg(wish.listen.to_string())
        .arg("--data")
        .arg(&wish.data);
    if wish.demo {
        server.arg("--demo");
    }
    println!(
        "» Starting Kruispunt: {} (Ctrl-C stops it)",
        url(wish.listen)
    );
    Ok(ExitCode::from(process::code_of(process::run(&mut server)?)))
}

/// Builds what an operator installs.
///
/// # Errors
///
/// When something is missing or does not build.
pub(crate) fn only_build(house: &House) -> Result<ExitCode> {
    needs::for_building(house)?;
    build(house)?;
    println!("» {}", house.server().display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the phone's core, the screens, and the relay that carries both.
///
/// # Errors
///
/// When one of them does not build.
pub(crate) fn build(house: &House) -> Result<()> {
    npm::install(house, &house.path("pwa"))?;
    wasm::build(house)?;
    pwa::build(house)?;
    step("Building the relay", || {
        let mut cargo = house.cargo();
        cargo.args(["build", "--release", "--package", "kruispunt-server"]);
        cargo.args(["--features", "embed-pwa"]);
        process::must(&mut cargo)?;
        Ok(Done::Made)
    })
}

/// Where to point a browser. On this machine that is a name and not a number: passkeys need one.
fn url(listen: SocketAddr) -> String {
    let ip = listen.ip();
    if listen.port() == 0 {
        "at the address it prints".to_owned()
    } else if ip.is_loopback() || ip.is_unspecified() {
        format!("http://localhost:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn this_machine_is_called_by_its_name() {
        assert_eq!(url(([127, 0, 0, 1], 8080).into()), "http://localhost:8080");
        assert_eq!(url(([0, 0, 0, 0], 80).into()), "http://localhost:80");
        assert_eq!(
            url(([192, 168, 1, 7], 8080).into()),
            "http://192.168.1.7:8080"
        );
    }
}
