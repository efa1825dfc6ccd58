//! Looks for what has to be there before a long build starts, and says how to get it.

use std::{
    env, fs,
    io::ErrorKind,
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    house::House,
    packages, process,
    report::{Done, step},
};

/// The oldest Node.js that Vite runs on.
const NODE: (u32, u32) = (20, 19);

const WASM: &str = "wasm32-unknown-unknown";

/// Everything a build needs that cargo does not bring along itself.
///
/// # Errors
///
/// The first thing that is missing, with the way to get it.
pub(crate) fn for_building(house: &House) -> Result<()> {
    node()?;
    npm()?;
    c_compiler()?;
    openssl()?;
    wasm_target(house)
}

fn node() -> Result<()> {
    let (major, minor) = NODE;
    let get = format!("Kruispunt needs Node.js {major}.{minor} or newer: https://nodejs.org");
    let said = process::output(Command::new("node").arg("--version")).context(get.clone())?;
    let version = version(&said).with_context(|| format!("`node --version` says {said:?}"))?;
    if version < NODE {
        bail!("Node.js here is {said}, which is too old. {get}");
    }
    Ok(())
}

/// Reads the first two numbers of `v20.19.4`.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn npm() -> Result<()> {
    process::output(Command::new("npm").arg("--version"))
        .context("Kruispunt needs npm, which comes with Node.js")?;
    Ok(())
}

/// SQLite is C, compiled into the relay. The names are those the `cc` crate looks for.
fn c_compiler() -> Result<()> {
    let chosen = env::var("CC")
        .ok()
        .filter(|chosen| !chosen.trim().is_empty());
    let names = chosen
        .as_deref()
        .map_or_else(|| vec!["cc", "gcc", "clang"], |name| vec![name]);
    let there = |name: &str| {
        let mut words = name.split_whitespace();
        let program = words.next().unwrap_or(name);
        process::output(Command::new(program).args(words).arg("--version")).is_ok()
    };
    if !names.iter().any(|name| there(name)) {
        bail!(
            "there is no C compiler ({}), and SQLite needs one. On Debian or Ubuntu: \
             sudo apt-get install build-essential; on macOS: xcode-select --install",
            names.join(", ")
        );
    }
    Ok(())
}

/// What seals push messages (the crate `ece`, under `web-push`) is built on OpenSSL. The names are those `openssl-sys` looks
/// for.
fn openssl() -> Result<()> {
    let is_there = || {
        let has = ["--exists", "openssl"];
        process::output(Command::new("pkg-config").args(has)).is_ok()
    };
    let is_told = ["OPENSSL_DIR", "OPENSSL_LIB_DIR"];
    if is_told.iter().any(|name| env::var_os(name).is_some()) || is_there() {
        return Ok(());
    }
    step("Installing OpenSSL's headers, for push messages", || {
        packages::install(&["libssl-dev", "pkg-config"])?;
        if !is_there() {
            bail!("apt-get brought no OpenSSL that pkg-config knows");
        }
        Ok(Done::Made)
    })
    .context(
        "push messages are sealed with OpenSSL. On Debian: sudo apt-get install libssl-dev pkg-config; \
         elsewhere, OPENSSL_DIR says where it is",
    )
}

/// Rust's own library for the browser, fetched by rustup when it is not there yet.
fn wasm_target(house: &House) -> Result<()> {
    let mut ask = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    ask.current_dir(house.root())
        .args(["--print", "target-libdir", "--target", WASM]);
    if Path::new(&process::output(&mut ask)?).is_dir() {
        return Ok(());
    }
    step(
        "Adding Rust's library for the browser (wasm32-unknown-unknown)",
        || {
            let mut add = Command::new("rustup");
            add.current_dir(house.root()).args(["target", "add", WASM]);
            process::must(&mut add).context(
                "Rust's library for the browser is missing and rustup did not bring it. \
             By hand: rustup target add wasm32-unknown-unknown",
            )?;
            Ok(Done::Made)
        },
    )
}

/// PostgreSQL's programs, for the tests of the storage on it.
///
/// # Errors
///
/// When they are missing and cannot be installed.
pub(crate) fn postgres() -> Result<()> {
    if kruispunt_cluster::are_there() {
        return Ok(());
    }
    step("Installing PostgreSQL, which the tests start", || {
        packages::install(&["postgresql"])?;
        if !kruispunt_cluster::are_there() {
            bail!("apt-get brought no PostgreSQL");
        }
        Ok(Done::Made)
    })
    .context(
        "the tests of the storage need PostgreSQL. On Debian: sudo apt-get install postgresql; \
         elsewhere, its initdb and pg_ctl have to be on the PATH",
    )
}

/// Reads `127.0.0.1:8080` or `localhost:8080`.
///
/// # Errors
///
/// When it is not an address with a port.
pub(crate) fn address(given: &str) -> Result<SocketAddr> {
    let wrong = || format!("{given:?} is not an address with a port, such as 127.0.0.1:8080");
    let mut found: Vec<_> = given.to_socket_addrs().with_context(wrong)?.collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    found.first().copied().with_context(wrong)
}

/// Makes sure that nothing else listens there.
///
/// # Errors
///
/// When it does, or when this user may not listen there.
pub(crate) fn free_port(address: SocketAddr) -> Result<()> {
    listen(address)?;
    // A browser that is told `localhost` may try ::1 first, and would end up with someone else.
    if address.is_ipv4() && address.ip().is_loopback() && address.port() != 0 {
        let sixth = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), address.port());
        if let Err(error) = TcpListener::bind(sixth)
            && error.kind() == ErrorKind::AddrInUse
        {
            return Err(taken(sixth));
        }
    }
    Ok(())
}

fn listen(address: SocketAddr) -> Result<()> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            ErrorKind::AddrInUse => taken(address),
            ErrorKind::PermissionDenied => {
                anyhow!("this user may not listen on {address}; ports above 1023 are for everyone")
            }
            ErrorKind::AddrNotAvailable => {
                anyhow!("{} is no address of this machine", address.ip())
            }
            _ => anyhow!(error).context(format!("cannot listen on {address}")),
        }),
    }
}

fn taken(address: SocketAddr) -> anyhow::Error {
    let next = address.port().checked_add(1).unwrap_or(8080);
    anyhow!(
        "{address} is taken by another program. Stop that one, or choose another port: \
         cargo xtask run --listen 127.0.0.1:{next}"
    )
}

/// Makes the data folder and tries to write in it.
///
/// # Errors
///
/// When either does not work.
pub(crate) fn writable(folder: &Path) -> Result<()> {
    let advice = "choose another with --data DIR";
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the data folder {}; {advice}", folder.display()))?;
    let trial = folder.join(format!(".trial-{}", std::process::id()));
    fs::write(&trial, b"")
        .and_then(|()| fs::remove_file(&trial))
        .with_context(|| {
            format!(
                "cannot write in the data folder {}; {advice}",
                folder.display()
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(version("v20.19.4"), Some((20, 19)));
        assert!(version("v18.20.1").unwrap() < NODE);
        assert_eq!(version("twenty"), None);
    }

    #[test]
    fn a_taken_port_is_named_with_a_way_out() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        let said = free_port(address).unwrap_err().to_string();
        assert!(
            said.contains(&address.to_string()) && said.contains("--listen"),
            "{said}"
        );
    }

    #[test]
    fn a_port_taken_on_the_other_loopback_counts_too() {
        // A machine without IPv6 has nothing to test here.
        let Ok(other) = TcpListener::bind("[::1]:0") else {
            return;
        };
        let port = other.local_addr().unwrap().port();
        assert!(free_port(SocketAddr::from(([127, 0, 0, 1], port))).is_err());
    }

    #[test]
    fn addresses_are_read_and_nonsense_is_refused() {
        assert_eq!(address("127.0.0.1:8080").unwrap().port(), 8080);
        assert!(
            address("8080")
                .unwrap_err()
                .to_string()
                .contains("127.0.0.1:8080")
        );
    }
}
