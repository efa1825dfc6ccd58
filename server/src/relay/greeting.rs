//! The answer to hello: who it is, what they may read, and what they lack.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kruispunt_core::access::Rights;
use kruispunt_core::id::DocumentId;
use kruispunt_core::sync::frame::{Cursor, Frame, Hello, Purge, VERSION, Welcome, failure};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::Session;

use super::document::Identity;
use super::handle::Handle;
use super::hub::Hub;
use super::outbox::Outbox;
use crate::clock::now;
use crate::http::App;
use crate::secret::Secret;

/// A document somebody follows, and what they may do there.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) handle: Arc<Handle>,
    pub(super) rights: Rights,
}

/// Somebody who was let in.
#[derive(Debug)]
pub(super) struct Greeted {
    pub(super) identity: Arc<Identity>,
    /// In order of document.
    pub(super) follows: Vec<Followed>,
    /// To be written first: the welcome, and what they lack.
    pub(super) frames: Vec<Bytes>,
    /// How long the session lasts.
    pub(super) session: Duration,
}

impl Greeted {
    pub(super) fn followed(&self, document: DocumentId) -> Option<&Followed> {
        let key = |followed: &Followed| followed.handle.document;
        let index = self.follows.binary_search_by_key(&document, key).ok()?;
        self.follows.get(index)
    }

    pub(super) fn leave(&self, hub: &Hub, outbox: &Arc<Outbox>) {
        hub.lines.leave(self.identity.device, outbox);
        for followed in &self.follows {
            followed.handle.leave(outbox);
        }
    }
}

/// Lets somebody in, or says with which key they are turned away.
pub(super) async fn greet(
    app: &App,
    hello: &Hello,
    outbox: &Arc<Outbox>,
) -> Result<Greeted, &'static str> {
    if !hello.versions.contains(&VERSION) {
        return Err(failure::VERSION);
    }
    let now = now();
    let session = enter(app, hello, outbox, now).await?;
    let member = session.member;

    let mut cursors: HashMap<DocumentId, Cursor> = hello
        .cursors
        .iter()
        .map(|cursor| (cursor.document, *cursor))
        .collect();
    let mut boards: Vec<_> = app.hub.places().boards(&member.memberships).collect();
    boards.sort_by_key(|board| board.document);
    let left = session.expires_at.as_millis() - now.as_millis();
    let mut greeted = Greeted {
        identity: Arc::new(Identity {
            member: member.id,
            device: session.device,
            first_name: member.first_name,
        }),
        follows: Vec::with_capacity(boards.len()),
        frames: vec![Bytes::new()],
        session: Duration::from_millis(left.try_into().unwrap_or_default()),
    };
    let mut following = 0;
    for board in boards {
        let Some(handle) = app.hub.handle(board.document) else {
            continue;
        };
        let frames = match app
            .hub
            .follow(&handle, cursors.remove(&board.document), outbox)
            .await
        {
            Ok(frames) => frames,
            Err(error) => {
                error.count(app.hub.metrics());
                greeted.leave(&app.hub, outbox);
                return Err(unavailable(&error));
            }
        };
        following += u32::from(!frames.is_empty());
        greeted.frames.extend(frames);
        greeted.follows.push(Followed {
            handle,
            rights: board.rights,
        });
    }
    for document in cursors.into_keys() {
        following += 1;
        greeted
            .frames
            .push(Frame::Purge(Purge { document }).encode().into());
    }
    let welcome = Welcome {
        version: VERSION,
        now: now.as_millis(),
        following,
    };
    if let Some(first) = greeted.frames.first_mut() {
        *first = Frame::Welcome(welcome).encode().into();
    }
    Ok(greeted)
}

/// Reads whose session it is and puts them on the line.
async fn enter(
    app: &App,
    hello: &Hello,
    outbox: &Arc<Outbox>,
    now: Timestamp,
) -> Result<Session, &'static str> {
    let token = Secret::given(&hello.token);
    loop {
        let read_at = app.hub.lines.moment();
        let session = app.storage.session(token.hash(), now).await;
        let session = session.map_err(|error| {
            app.hub.metrics().storage_failed(&error);
            unavailable(&error)
        })?;
        let session = session.ok_or(failure::SESSION)?;
        if app.hub.lines.enter(&session, outbox, read_at) {
            return Ok(session);
        }
    }
}

fn unavailable(error: &(impl std::error::Error + 'static)) -> &'static str {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "a device could not be greeted"
    );
    failure::UNAVAILABLE
}
