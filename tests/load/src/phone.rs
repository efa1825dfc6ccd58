//! A phone: a protocol and, while it has reception, a line.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use automerge::Change;
use bytes::Bytes;

use crate::line::{Address, Line, Meter};
use crate::talk::{Heard, Talk};

/// Longer than anything here should take; a server that needs more is said to have failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Phone {
    pub(crate) talk: Box<dyn Talk>,
    meter: Rc<Meter>,
    line: Option<Line>,
}

impl Phone {
    pub(crate) fn new(talk: Box<dyn Talk>, meter: &Rc<Meter>) -> Self {
        Self {
            talk,
            meter: Rc::clone(meter),
            line: None,
        }
    }

    /// Opens a line and greets.
    pub(crate) async fn connect(&mut self, address: &Address) -> Result<()> {
        let mut line = Line::open(address, &self.meter).await?;
        line.send(self.talk.greet()?).await?;
        self.line = Some(line);
        Ok(())
    }

    /// The next message. Waiting for it can be given up without losing one.
    pub(crate) async fn next(&mut self) -> Result<Bytes> {
        self.line()?.next().await
    }

    /// Takes in a message and sends what it asks for.
    pub(crate) async fn hear(&mut self, message: &[u8]) -> Result<Heard> {
        let mut heard = self.talk.hear(message)?;
        let replies = std::mem::take(&mut heard.replies);
        self.line()?.send(replies).await?;
        Ok(heard)
    }

    /// Waits until it is level with the server.
    pub(crate) async fn level(&mut self) -> Result<()> {
        let level = async {
            while !self.talk.is_level() {
                let message = self.next().await?;
                self.hear(&message).await?;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, level)
            .await
            .context("a phone does not get level")?
    }

    /// Sends own work, or leaves it for the next line when there is none.
    pub(crate) async fn offer(&mut self, street: usize, changes: Vec<Change>) -> Result<()> {
        let messages = self.talk.offer(street, changes)?;
        match &mut self.line {
            Some(line) => line.send(messages).await,
            None => Ok(()),
        }
    }

    /// Does what was left for later.
    pub(crate) async fn digest(&mut self) -> Result<()> {
        let messages = self.talk.digest()?;
        self.line()?.send(messages).await
    }

    /// Hangs up.
    pub(crate) async fn leave(&mut self) -> Result<()> {
        if let Some(line) = self.line.take() {
            line.close().await;
        }
        self.talk.hang_up()
    }

    fn line(&mut self) -> Result<&mut Line> {
        self.line.as_mut().context("a phone without a line")
    }
}
