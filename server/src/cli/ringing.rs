//! How the relay tells people, where an operator wants it otherwise.

use clap::Args;
use kruispunt_server::{Hosts, Ringing};

#[derive(Debug, Args)]
#[command(next_help_heading = "Notifications")]
pub(super) struct HowToRing {
    /// Another push service that phones may be reached at, beside those of the browsers, as host or host:port. On this
    /// machine itself it may do without TLS. Can be given several times.
    #[arg(long, value_name = "HOST")]
    push_host: Vec<String>,
    /// Whom a push service can write to when something is wrong [default: the address of this relay].
    #[arg(long, value_name = "mailto:ADDRESS|URL")]
    push_contact: Option<String>,
}

impl HowToRing {
    pub(super) fn read(&self) -> anyhow::Result<Ringing> {
        if let Some(contact) = &self.push_contact {
            let is_one = ["mailto:", "https://"]
                .iter()
                .any(|begin| contact.starts_with(begin));
            anyhow::ensure!(
                is_one,
                "\"{contact}\" is neither like mailto:who@example.org nor like https://example.org"
            );
        }
        Ok(Ringing {
            hosts: Hosts::with(&self.push_host)?,
            contact: self.push_contact.clone(),
            ..Ringing::default()
        })
    }
}
