//! A phone's end of the sync protocol.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use kruispunt_core::sync::frame::{Changes, Cursor, Frame, Hello, Refusal, Snapshot, Welcome};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::PATIENCE;

#[derive(Debug)]
pub(crate) struct Line(WebSocketStream<TcpStream>);

impl Line {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::try_open(address).await.unwrap()
    }

    /// A line, or the status and the key with which it is refused.
    pub(crate) async fn try_open(address: SocketAddr) -> Result<Self, (u16, String)> {
        let mut request = format!("ws://{address}/sync")
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", "kruispunt.v1".parse().unwrap());
        let socket = TcpStream::connect(address).await.unwrap();
        match tokio_tungstenite::client_async(request, socket).await {
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
        self.send(&Frame::Hello(Hello {
            versions: vec![1].into(),
            token: token.to_owned(),
            cursors,
        }))
        .await;
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
