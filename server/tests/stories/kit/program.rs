//! The program itself, as an operator starts it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::ground::KEY;
use super::{Ground, Http, PATIENCE};

/// Where the program looks for the address of a PostgreSQL database.
const DATABASE: &str = "KRUISPUNT_DATABASE";

/// Where it looks for keys that are not in a file.
const KEYS: &str = "KRUISPUNT_KEYS";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kruispunt-server"));
    command
        .args(arguments)
        .env_remove("KRUISPUNT_LOG")
        .env_remove(DATABASE)
        .env_remove(KEYS)
        .kill_on_drop(true);
    command
}

/// What a command that ends by itself said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) error: String,
}

pub(crate) async fn run(arguments: &[&str]) -> Said {
    listen_to(&mut command(arguments)).await
}

/// The same on a PostgreSQL database.
pub(crate) async fn run_on(database: &str, arguments: &[&str]) -> Said {
    listen_to(command(arguments).env(DATABASE, database).env(KEYS, KEY)).await
}

async fn listen_to(command: &mut Command) -> Said {
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.expect("the program ends").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said {
        status: output.status,
        out: text(output.stdout),
        error: text(output.stderr),
    }
}

/// A relay that serves.
pub(crate) struct Program {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    pub(crate) http: Http,
}

impl Program {
    /// Starts a relay on a free port and waits until it says that it is open.
    pub(crate) async fn serve(data: &Path, more: &[&str]) -> Self {
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0"];
        arguments.extend(["--data", data.to_str().unwrap()]);
        arguments.extend(more);
        Self::start(&mut command(&arguments)).await
    }

    /// The same on a PostgreSQL database.
    pub(crate) async fn serve_on(database: &str, more: &[&str]) -> Self {
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0"];
        arguments.extend(more);
        Self::start(command(&arguments).env(DATABASE, database).env(KEYS, KEY)).await
    }

    /// The same on whatever a story stands on.
    pub(crate) async fn serve_from(ground: &Ground, more: &[&str]) -> Self {
        match ground {
            Ground::Folder(folder) => Self::serve(folder.path(), more).await,
            Ground::Postgres(database) => Self::serve_on(&database.url(), more).await,
        }
    }

    async fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = tokio::time::timeout(PATIENCE, out.next_line())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let port = first.strip_prefix("Kruispunt is open at http://localhost:");
        let port = port.unwrap_or_else(|| panic!("{first}")).parse().unwrap();
        Self {
            child,
            out,
            http: Http(SocketAddr::from(([127, 0, 0, 1], port))),
        }
    }

    pub(crate) async fn line(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.out.next_line())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
    }

    /// `kill -9`: no goodbye, no last write.
    pub(crate) async fn dies(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to stop and waits until it has.
    #[cfg(unix)]
    pub(crate) async fn stops(mut self) -> ExitStatus {
        let id = self.child.id().unwrap().to_string();
        assert!(
            Command::new("kill")
                .arg(id)
                .status()
                .await
                .unwrap()
                .success()
        );
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .unwrap()
            .unwrap()
    }
}
