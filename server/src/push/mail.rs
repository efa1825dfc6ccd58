//! Mail for whoever wants to hear once a day that way: what is in their inbox and not seen, in the words of
//! notifications, without a name. Nobody gets any before they followed a link in a first one.

use std::sync::Arc;
use std::time::Duration;

use kruispunt_core::model::{NoticeKind, Tongue, Word as _};
use kruispunt_storage::{Mail, Notice, StorageError};
use lettre::message::header::ContentType;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::time::MissedTickBehavior;

use super::Bell;
use super::moment::next_daily;
use super::planner::Boards;
use super::words::say;
use crate::clock::now;
use crate::secret::Secret;

/// How often to look whose time has come.
const EVERY: Duration = Duration::from_secs(5);

/// How many mails are sent in one go.
const AT_ONCE: u32 = 32;

/// How long a mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail is this relay's alone for so long, in milliseconds.
const MINE: i64 = 5 * 60 * 1000;

/// As long as a mail may take at most, twice, in milliseconds.
const LAST: i64 = 40 * 1000;

/// A mail server that did not take one is tried again after so long, in milliseconds.
const AGAIN: i64 = 15 * 60 * 1000;

/// How far back the first mail looks, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What happened so long before a mail may have come into the inbox after it, in milliseconds.
const SLACK: i64 = 60 * 1000;

/// No more lines than anybody reads; the rest is in the app.
const LINES: usize = 20;

/// The mail server, or whom mail comes from, is none.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The address of the server cannot be read.
    #[error(
        "that is no mail server like smtps://name:password@mail.example or smtp://127.0.0.1:25"
    )]
    Server(#[source] lettre::transport::smtp::Error),
    /// Whom mail comes from cannot be read.
    #[error("\"{0}\" is no mail address")]
    From(String),
}

/// The way to mailboxes.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address of the server may hold a password.
        f.write_str("Mailer(…)")
    }
}

impl Mailer {
    /// Sends by this server, as `smtp://host:port`, `smtp://host:port?tls=required` or `smtps://name:password@host`, in
    /// the name of this address.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn new(server: &str, from: &str) -> Result<Self, MailError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(server);
        let transport = transport.map_err(MailError::Server)?;
        let mailbox = from.parse();
        Ok(Self {
            transport: transport.timeout(Some(PATIENCE)).build(),
            from: mailbox.map_err(|_| MailError::From(from.to_owned()))?,
        })
    }

    async fn send(&self, message: Message) -> Result<(), NotSent> {
        // The transport's own patience is for the connection alone.
        let sent = tokio::time::timeout(PATIENCE, self.transport.send(message)).await;
        // What the server says may name the mailbox.
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(NotSent::Never),
            Ok(Err(_)) | Err(_) => Err(NotSent::Now),
        }
    }

    fn message(&self, to: Address) -> MessageBuilder {
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .header(ContentType::TEXT_PLAIN)
            // Nobody is there to read an answer, and no machine should send one (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
    }
}

/// A mail was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NotSent {
    /// It may be soon.
    Now,
    /// The server does not take it: the mailbox takes none, or we may not send.
    Never,
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A mail address as somebody wrote it, if it is one.
pub(crate) fn mail_address(text: &str) -> Option<Address> {
    // RFC 5321, 4.5.3.1.3
    text.parse().ok().filter(|_| text.len() <= 254)
}

impl Bell {
    /// Asks whoever reads mail at this address whether they want it. `false` when the server does not take it now.
    pub(crate) async fn ask_mail(&self, to: Address, tongue: Tongue, confirm: &Secret) -> bool {
        let Some(mailer) = &self.ringing.mailer else {
            return false;
        };
        let link = format!("{}/#/mail/confirm/{}", self.public_url, confirm.expose());
        let message = mailer
            .message(to)
            .subject(say(tongue, "mail.confirm.subject", &[]))
            .body(say(tongue, "mail.confirm.body", &[("link", &link)]));
        let Ok(message) = message else { return false };
        let is_sent = mailer.send(message).await.is_ok();
        let counted = if is_sent { "asked" } else { "not-asked" };
        self.hub.metrics().mailed(counted);
        is_sent
    }

    pub(super) async fn keep_mailing(self: Arc<Self>) {
        let Some(mailer) = self.ringing.mailer.clone() else {
            return;
        };
        let mut interval = tokio::time::interval(EVERY);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            if let Err(error) = self.mail(&mailer).await {
                tracing::warn!(%error, "no mail can be sent now");
            }
        }
    }

    async fn mail(&self, mailer: &Mailer) -> Result<(), StorageError> {
        let mails = self.storage.mails();
        let begin = now();
        let due = mails
            .take_due_mails(begin, begin.plus_millis(MINE), AT_ONCE)
            .await?;
        for mail in due {
            if now() > begin.plus_millis(MINE - LAST) {
                // Another relay may have the rest soon, and this one has it again then.
                break;
            }
            let member = mail.asked.member;
            let said = self.storage.notices().wishes(member).await?;
            // Whoever chose another language since reads that one.
            let language = said.as_ref().map_or(mail.asked.language, |it| it.language);
            let wishes = said.unwrap_or_default();
            let (mut next_at, mut told_until) = (next_daily(&wishes, now()), Some(begin));
            let lines = self.lines(&mail, &wishes.off, language).await?;
            if !lines.is_empty() {
                let counted = match self.digest(mailer, &mail, language, &lines).await {
                    Ok(()) => "sent",
                    Err(NotSent::Now) => {
                        (next_at, told_until) = (next_at.min(now().plus_millis(AGAIN)), None);
                        "put-off"
                    }
                    Err(NotSent::Never) => {
                        // It may be a password of ours that changed: tomorrow's mail has all of it.
                        told_until = None;
                        "refused"
                    }
                };
                self.hub.metrics().mailed(counted);
            }
            mails.finish_mail(member, next_at, told_until).await?;
        }
        Ok(())
    }

    /// What is new since the last mail, and not seen.
    async fn lines(
        &self,
        mail: &Mail,
        off: &[NoticeKind],
        language: Tongue,
    ) -> Result<Vec<String>, StorageError> {
        let notices = self.storage.notices();
        let inbox = notices.notices(mail.asked.member, 100).await?;
        let first = || mail.confirmed_at.unwrap_or_else(now).plus_millis(-DAY);
        let since = mail.told_until.map(|until| until.plus_millis(-SLACK));
        let since = since.unwrap_or_else(first);
        let inbox = inbox.into_iter().filter(|one| {
            let kind = one.notice.kind;
            one.seen_at.is_none() && one.notice.at > since && !off.contains(&kind)
        });
        let Some(member) = self.storage.member(mail.asked.member).await? else {
            return Ok(Vec::new());
        };
        let (mut new, mut boards) = (Vec::new(), Boards::new());
        for one in inbox {
            if self.rings_for(&member, &one.notice, &mut boards).await {
                new.push(one);
            }
        }
        let line = |one: Notice| {
            let (kind, word) = (one.notice.kind.key(), one.notice.word);
            let theme = word.unwrap_or_else(|| "other".to_owned());
            let theme = say(language, &format!("push.theme.{theme}"), &[]);
            let title = say(language, &format!("push.{kind}.title"), &[]);
            let given = [("theme", theme.as_str())];
            let body = say(language, &format!("push.{kind}.body"), &given);
            format!("- {title}\n  {body}")
        };
        Ok(new.into_iter().take(LINES).map(line).collect())
    }

    async fn digest(
        &self,
        mailer: &Mailer,
        mail: &Mail,
        language: Tongue,
        lines: &[String],
    ) -> Result<(), NotSent> {
        let asked = &mail.asked;
        let to = mail_address(&asked.address.0).ok_or(NotSent::Never)?;
        let link = format!("{}/#/inbox", self.public_url);
        let stops = self.keys.ring().mail_stops(asked.member, asked.asked_at);
        let secret = stops.into_iter().find(|stop| stop.hash() == asked.stop);
        let secret = secret.as_ref().map(Secret::expose);
        let stop = match secret {
            Some(secret) => format!("{}/#/mail/stop/{secret}", self.public_url),
            // The key it was made from is retired: it can still be switched off in the app.
            None => format!("{}/#/me/notices", self.public_url),
        };
        let begin = say(language, "mail.digest.begin", &[]);
        let end = [("link", link.as_str()), ("stop", stop.as_str())];
        let end = say(language, "mail.digest.end", &end);
        let body = format!("{begin}\n\n{}\n\n{end}\n", lines.join("\n"));
        let mut message = mailer.message(to);
        if let Some(secret) = secret {
            // For the button of a mail program, which asks by itself (RFC 8058).
            let at_once = format!("<{}/api/mail/stop/{secret}>", self.public_url);
            message = message
                .raw_header(header("List-Unsubscribe", &at_once))
                .raw_header(header(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click",
                ));
        }
        let message = message
            .subject(say(language, "mail.digest.subject", &[]))
            .body(body);
        mailer.send(message.map_err(|_| NotSent::Never)?).await
    }
}
