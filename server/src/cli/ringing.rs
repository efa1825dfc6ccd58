//! How the relay tells people, where an operator wants it otherwise.

use clap::Args;
use kruispunt_server::{Hosts, Mailer, Ringing};

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
    /// The server by which mail is sent, as `smtps://NAME:PASSWORD@HOST`, `smtp://HOST:587?tls=required` or
    /// `smtp://127.0.0.1:25`; without one there is no mail. Where it has a password, give it in the environment.
    #[arg(
        long,
        value_name = "URL",
        env = "KRUISPUNT_SMTP",
        hide_env_values = true,
        requires = "mail_from"
    )]
    smtp: Option<String>,
    /// Whom mail comes from, as kruispunt@example.org.
    #[arg(long, value_name = "ADDRESS", env = "KRUISPUNT_MAIL_FROM")]
    mail_from: Option<String>,
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
        let mailer = match (&self.smtp, &self.mail_from) {
            (Some(server), Some(from)) => Some(Mailer::new(server, from)?),
            _ => None,
        };
        Ok(Ringing {
            mailer,
            hosts: Hosts::with(&self.push_host)?,
            contact: self.push_contact.clone(),
            ..Ringing::default()
        })
    }
}
