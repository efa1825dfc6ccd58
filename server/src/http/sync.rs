//! `GET /sync`: the way into the hub (`docs/PROTOCOL.md`).

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderValue;
use axum::response::Response;
use kruispunt_core::sync::frame::{MAX_FRAME, SUBPROTOCOL};

use super::{App, Problem};
use crate::relay::converse;

/// Most connections are silent most of the time, so each gets small buffers; a larger message grows them.
const BUFFER: usize = 4 << 10;

/// A frame that is a little too large is still read, so that the device can be told; a larger one ends it all.
const MAX_READ: usize = MAX_FRAME + (64 << 10);

pub(super) async fn sync(
    State(app): State<Arc<App>>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let upgrade = upgrade.protocols([SUBPROTOCOL]);
    if upgrade.selected_protocol().map(HeaderValue::as_bytes) != Some(SUBPROTOCOL.as_bytes()) {
        return Err(Problem::REQUEST_INVALID);
    }
    let seat = app.hub.enter()?;
    let response = upgrade
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(MAX_READ)
        .max_frame_size(MAX_READ)
        .on_upgrade(move |socket| converse(socket, app, seat));
    Ok(response)
}
