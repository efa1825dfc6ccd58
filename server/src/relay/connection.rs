//! One connection, from hello to goodbye.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures_util::SinkExt as _;
use kruispunt_core::message::Reason;
use kruispunt_core::sync::frame::{Failure, Frame, MAX_FRAME, Push, failure};
use kruispunt_core::sync::{refuse, refused};
use tokio::sync::{mpsc, watch};

use super::Pace;
use super::document::Job;
use super::drawer::Lost;
use super::greeting::{Greeted, greet};
use super::hub::Seat;
use super::outbox::{Outbox, Owed};
use crate::allowance::Allowance;
use crate::clock::stopwatch;
use crate::http::App;

/// Into how many parts the time of silence is divided: after the second and the fourth a sign of life is asked for.
const PARTS: u32 = 5;

/// How long the answers may take that are owed when the relay goes down.
const FINISH: Duration = Duration::from_secs(5);

/// How long a goodbye may take; who does not read it by then is gone anyway.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why a connection ends.
enum End {
    /// The other side left, or the line broke.
    Gone,
    /// The relay ends it, with one of the keys of a failure.
    With(&'static str),
}

/// Talks with a device until either side has had enough.
pub(crate) async fn converse(socket: WebSocket, app: Arc<App>, seat: Seat) {
    let (outbox, queue) = Outbox::new();
    let outbox = Arc::new(outbox);
    let mut connection = Connection {
        socket,
        app: &app,
        outbox,
        queue,
        seat,
        allowance: Allowance::new(app.hub.common.limits.changes(), stopwatch()),
    };
    let end = match connection.welcome().await {
        Ok(greeted) => {
            let device = greeted.identity.device;
            tracing::debug!(%device, documents = greeted.follows.len(), "connected");
            let line = Arc::clone(&connection.outbox);
            let end = tokio::select! {
                // First: what they may no longer read is not written either.
                biased;
                key = line.is_cut() => End::With(key),
                end = connection.talk(&greeted) => end,
            };
            greeted.leave(&app.hub, &connection.outbox);
            tracing::debug!(%device, "disconnected");
            end
        }
        Err(end) => end,
    };
    let metrics = app.hub.metrics();
    match end {
        End::Gone => metrics.connection_ended("gone"),
        End::With(key) => {
            metrics.connection_ended(key);
            tracing::debug!(key, "connection ended");
            part(&mut connection.socket, key).await;
        }
    }
}

async fn part(socket: &mut WebSocket, key: &'static str) {
    let code = match key {
        failure::GOING_AWAY | failure::CHANGED => close_code::AWAY,
        failure::UNAVAILABLE | failure::TOO_FAST => close_code::AGAIN,
        failure::TOO_LARGE => close_code::SIZE,
        _ => close_code::POLICY,
    };
    let frame = Frame::Failure(Failure {
        key: key.to_owned(),
    })
    .encode();
    let goodbye = async {
        socket.feed(Message::Binary(frame.into())).await?;
        socket
            .send(Message::Close(Some(CloseFrame {
                code,
                reason: key.into(),
            })))
            .await?;
        // The other side answers a close with its own; only then has it read everything.
        while let Some(Ok(message)) = socket.recv().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
        Ok::<_, axum::Error>(())
    };
    // Whether it was heard or not, the connection ends here.
    let _ = tokio::time::timeout(GOODBYE, goodbye).await;
}

struct Connection<'a> {
    socket: WebSocket,
    app: &'a App,
    outbox: Arc<Outbox>,
    queue: mpsc::Receiver<Bytes>,
    seat: Seat,
    allowance: Allowance,
}

impl Connection<'_> {
    async fn welcome(&mut self) -> Result<Greeted, End> {
        let Pace { hello, .. } = self.app.hub.common.pace;
        let first = tokio::select! {
            () = is_over(&mut self.seat.goodbye) => return Err(End::With(failure::GOING_AWAY)),
            first = tokio::time::timeout(hello, self.socket.recv()) => first,
        };
        let Ok(first) = first else {
            return Err(End::With(failure::MALFORMED));
        };
        let Frame::Hello(hello) = read(first)? else {
            return Err(End::With(failure::MALFORMED));
        };
        greet(self.app, &hello, &self.outbox)
            .await
            .map_err(End::With)
    }

    async fn talk(&mut self, greeted: &Greeted) -> End {
        // The queue waits until what was missed is written: so everything comes in the order of the log.
        for frame in &greeted.frames {
            if let Err(end) = self.send(Message::Binary(frame.clone())).await {
                return end;
            }
        }
        match self.listen(greeted).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn listen(&mut self, greeted: &Greeted) -> Result<std::convert::Infallible, End> {
        let mut session = std::pin::pin!(tokio::time::sleep(greeted.session));
        let part = self.app.hub.common.pace.silence / PARTS;
        let mut clock = tokio::time::interval(part);
        clock.reset();
        let mut quiet = 0;
        loop {
            tokio::select! {
                () = is_over(&mut self.seat.goodbye) => return Err(self.finish().await),
                () = &mut session => return Err(End::With(failure::SESSION)),
                Some(frame) = self.queue.recv() => self.write(frame).await?,
                message = self.socket.recv() => {
                    quiet = 0;
                    self.hear(message, greeted).await?;
                }
                _ = clock.tick() => {
                    quiet += 1;
                    match quiet {
                        2 | 4 => self.send(Message::Ping(Bytes::new())).await?,
                        // The first part began before the last word was heard and does not count.
                        _ if quiet > PARTS => return Err(End::Gone),
                        _ => {}
                    }
                }
            }
        }
    }

    async fn hear(
        &mut self,
        message: Option<Result<Message, axum::Error>>,
        greeted: &Greeted,
    ) -> Result<(), End> {
        match message {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            message => {
                let frame = read(message)?;
                self.spend(&frame)?;
                match frame {
                    Frame::Push(push) => self.push(push, greeted).await,
                    Frame::Ping => self.write(Frame::Pong.encode().into()).await,
                    Frame::Pong | Frame::Unknown(_) => Ok(()),
                    _ => Err(End::With(failure::MALFORMED)),
                }
            }
        }
    }

    /// A push costs as much as it has changes, and any other frame as much as one.
    fn spend(&mut self, frame: &Frame) -> Result<(), End> {
        let changes = match frame {
            Frame::Push(push) => push.changes.len().max(1),
            _ => 1,
        };
        if self.allowance.take(changes, stopwatch()) {
            Ok(())
        } else {
            Err(End::With(failure::TOO_FAST))
        }
    }

    async fn push(&mut self, push: Push, greeted: &Greeted) -> Result<(), End> {
        let Some(followed) = greeted.followed(push.document) else {
            let reason = Reason::UnknownDocument;
            for _ in &push.changes {
                self.app.hub.metrics().change_refused(reason);
            }
            self.put_away(&push, reason, greeted);
            let refusal = refuse(&push, reason);
            return self.write(refusal.encode().into()).await;
        };
        let job = Job {
            push,
            author: Arc::clone(&greeted.identity),
            rights: followed.rights,
            read_at: stopwatch(),
            owed: Owed::to(&self.outbox),
        };
        self.app.hub.push(&followed.handle, job).await;
        Ok(())
    }

    /// Somebody wrote, perhaps for days, where they are nothing any more.
    fn put_away(&self, push: &Push, reason: Reason, greeted: &Greeted) {
        for change in refused(push, reason) {
            self.app.hub.common.drawer.put(Lost {
                document: push.document,
                member: greeted.identity.member,
                device: greeted.identity.device,
                change,
            });
        }
    }

    /// The relay goes down: what was pushed is answered before the goodbye, and nothing more is heard.
    async fn finish(&mut self) -> End {
        let outbox = Arc::clone(&self.outbox);
        let mut answered = std::pin::pin!(outbox.owes_nothing());
        let finishing = async {
            loop {
                tokio::select! {
                    Some(frame) = self.queue.recv() => self.write(frame).await?,
                    () = &mut answered => break,
                }
            }
            // All answers are in the queue now.
            while let Ok(frame) = self.queue.try_recv() {
                self.write(frame).await?;
            }
            Ok(())
        };
        match tokio::time::timeout(FINISH, finishing).await {
            Ok(Err(end)) => end,
            Ok(Ok(())) | Err(_) => End::With(failure::GOING_AWAY),
        }
    }

    /// Writes a frame and whatever else waits, with one flush.
    async fn write(&mut self, frame: Bytes) -> Result<(), End> {
        let Self {
            socket, queue, app, ..
        } = self;
        let writing = async {
            socket.feed(Message::Binary(frame)).await?;
            while let Ok(frame) = queue.try_recv() {
                socket.feed(Message::Binary(frame)).await?;
            }
            socket.flush().await
        };
        in_time(app, writing).await
    }

    /// Writes one message, and nothing that waits.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        in_time(self.app, self.socket.send(message)).await
    }
}

/// Resolves when the relay is going down.
async fn is_over(goodbye: &mut watch::Receiver<bool>) {
    // An error means that the hub is gone, which is the same.
    let _ = goodbye.wait_for(|&is_over| is_over).await;
}

/// A line that takes nothing for this long is broken.
async fn in_time(
    app: &App,
    writing: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), End> {
    match tokio::time::timeout(app.hub.common.pace.write, writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Gone),
    }
}

fn read(message: Option<Result<Message, axum::Error>>) -> Result<Frame, End> {
    match message {
        Some(Ok(Message::Binary(bytes))) if bytes.len() > MAX_FRAME => {
            Err(End::With(failure::TOO_LARGE))
        }
        Some(Ok(Message::Binary(bytes))) => {
            Frame::decode(&bytes).map_err(|_| End::With(failure::MALFORMED))
        }
        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
        Some(Ok(_)) => Err(End::With(failure::MALFORMED)),
    }
}
