//! A phone's end of the sync protocol.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use kruispunt_core::sync::frame::{Changes, Cursor, Frame, Hello, Refusal, Snapshot, Welcome};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::PATIENCE;

#[derive(Debug)]
pub(crate) struct Line(WebSocketStream<TcpStream>);

fn request(address: SocketAddr) -> Request {
    let mut request = format!("ws://{address}/sync")
        .into_client_request()
        .unwrap();
    let protocol = "kruispunt.v1".parse().unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", protocol);
    request
}

impl Line {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::try_open(address).await.unwrap()
    }

    /// A line, if there is still a relay to talk with.
    pub(crate) async fn reach(address: SocketAddr) -> Option<Self> {
        let socket = TcpStream::connect(address).await.ok()?;
        let upgraded = tokio_tungstenite::client_async(request(address), socket).await;
        upgraded.ok().map(|(socket, _)| Self(socket))
    }

    /// A line, or the status and the key with which it is refused.
    pub(crate) async fn try_open(address: SocketAddr) -> Result<Self, (u16, String)> {
        let socket = TcpStream::connect(address).await.unwrap();
        match tokio_tungstenite::client_async(request(address), socket).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => {
                let problem: Value =
                    serde_json::from_slice(answer.body().as_deref().unwrap()).unwrap();
                let key = problem["key"].as_str().unwrap().to_owned();
                Err((answer.status().as_u16(), key))
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn send(&mut self, frame: &Frame) {
        self.send_bytes(frame.encode()).await;
    }

    /// `false` when the relay is gone.
    pub(crate) async fn try_send(&mut self, frame: &Frame) -> bool {
        let message = Message::Binary(frame.encode().into());
        self.0.send(message).await.is_ok()
    }

    pub(crate) async fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.0.send(Message::Binary(bytes.into())).await.unwrap();
    }

    /// The next frame; `None` when the relay has closed.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
            match next.expect("a frame comes in time") {
                Some(Ok(Message::Binary(bytes))) => return Some(Frame::decode(&bytes).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(other)) => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn frame(&mut self) -> Frame {
        self.next().await.expect("the line is open")
    }

    /// Greets with a token and cursors, whatever the answer will be.
    pub(crate) async fn hails(&mut self, token: &str, cursors: Vec<Cursor>) {
        assert!(self.tries_to_greet(token, cursors).await);
    }

    /// Greets with a token and cursors; `false` when the relay is gone.
    pub(crate) async fn tries_to_greet(&mut self, token: &str, cursors: Vec<Cursor>) -> bool {
        self.try_send(&Frame::Hello(Hello {
            versions: vec![1].into(),
            token: token.to_owned(),
            cursors,
        }))
        .await
    }

    /// Greets with a token and cursors, and returns the welcome.
    pub(crate) async fn greet(&mut self, token: &str, cursors: Vec<Cursor>) -> Welcome {
        self.hails(token, cursors).await;
        match self.frame().await {
            Frame::Welcome(welcome) => welcome,
            other => panic!("{other:?}"),
        }
    }

    /// The next frame says that so many changes are safe, from this sequence number on.
    pub(crate) async fn is_acked(&mut self, first: u64, count: usize) {
        match self.frame().await {
            Frame::Ack(ack) => assert_eq!((ack.first, ack.hashes.len()), (first, count)),
            other => panic!("{other:?}"),
        }
    }

    /// The next frame brings so many changes, from this sequence number on.
    pub(crate) async fn is_told(&mut self, first: u64, count: usize) -> Changes {
        match self.frame().await {
            Frame::Changes(changes) => {
                assert_eq!((changes.first, changes.changes.len()), (first, count));
                changes
            }
            other => panic!("{other:?}"),
        }
    }

    /// The next frame says what is not taken.
    pub(crate) async fn is_refused(&mut self) -> Vec<Refusal> {
        match self.frame().await {
            Frame::Reject(reject) => reject.refused,
            other => panic!("{other:?}"),
        }
    }

    /// The next frame replaces the document.
    pub(crate) async fn is_replaced(&mut self) -> Snapshot {
        match self.frame().await {
            Frame::Snapshot(snapshot) => snapshot,
            other => panic!("{other:?}"),
        }
    }

    /// The key with which the relay ends the conversation, after which it closes.
    pub(crate) async fn ended(&mut self) -> String {
        let key = match self.frame().await {
            Frame::Failure(failure) => failure.key,
            other => panic!("{other:?}"),
        };
        assert_eq!(self.next().await, None);
        key
    }
}
