//! How much the relay takes, where an operator knows better than the defaults.

use clap::Args;
use kruispunt_server::{Limits, Rate};

const USUAL: Limits = Limits::usual();

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Capacity {
    /// Connections at once; each takes a file of the process too.
    #[arg(long, value_name = "N", default_value_t = USUAL.connections)]
    connections: usize,
    /// Changes that one connection may push at once.
    #[arg(long, value_name = "N", default_value_t = USUAL.burst)]
    changes_burst: u32,
    /// Changes a second that one connection may push after that.
    #[arg(long, value_name = "N", default_value_t = USUAL.per_second)]
    changes_per_second: u32,
    /// Megabytes that documents may take in memory, and up to four times as many while more of them are written in
    /// at once; connections and the database come on top.
    #[arg(long, value_name = "MB", default_value_t = USUAL.memory >> 20)]
    memory: usize,
    /// Questions of signing in and coming in that one address may ask at once; a phone asks two to sign in. Many
    /// phones may share an address. All together may ask fifty times that.
    #[arg(long, value_name = "N", default_value_t = USUAL.visits.burst)]
    visits_burst: u32,
    /// Such questions a second that one address may ask after that.
    #[arg(long, value_name = "N", default_value_t = USUAL.visits.per_second)]
    visits_per_second: u32,
    /// Invitations that may be made from one address at once; from all together ten times that.
    #[arg(long, value_name = "N", default_value_t = USUAL.invitations.burst)]
    invitations_burst: u32,
}

impl Capacity {
    #[cfg(unix)]
    pub(super) const fn connections(&self) -> usize {
        self.connections
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            connections: self.connections,
            burst: self.changes_burst,
            per_second: self.changes_per_second,
            memory: self.memory << 20,
            visits: Rate {
                burst: self.visits_burst,
                per_second: self.visits_per_second,
            },
            invitations: Rate {
                burst: self.invitations_burst,
                ..USUAL.invitations
            },
            ..USUAL
        }
    }
}
