//! A WebSocket that counts every byte, framing included.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Where a server listens, and how it wants to be spoken to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub(crate) socket: SocketAddr,
    pub(crate) path: &'static str,
    pub(crate) subprotocol: Option<&'static str>,
}

/// What went over one or many lines after they were opened.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) up: Cell<u64>,
    pub(crate) down: Cell<u64>,
    pub(crate) messages_up: Cell<u64>,
    pub(crate) messages_down: Cell<u64>,
}

impl Meter {
    pub(crate) fn reset(&self) {
        for count in [&self.up, &self.down, &self.messages_up, &self.messages_down] {
            count.set(0);
        }
    }
}

fn add(count: &Cell<u64>, more: u64) {
    count.set(count.get() + more);
}

/// One open line.
pub(crate) struct Line {
    socket: WebSocketStream<Metered>,
    meter: Rc<Meter>,
}

/// Buffers large enough for a change; a larger message grows them. Ten thousand lines have to fit in memory.
const BUFFER: usize = 8 << 10;

impl Line {
    /// Opens a line; what its opening costs is not counted.
    pub(crate) async fn open(address: &Address, meter: &Rc<Meter>) -> Result<Self> {
        let mut request = format!("ws://{}{}", address.socket, address.path)
            .into_client_request()
            .context("no address")?;
        if let Some(subprotocol) = address.subprotocol {
            let value = subprotocol.parse().context("no subprotocol")?;
            request
                .headers_mut()
                .insert("sec-websocket-protocol", value);
        }
        let stream = TcpStream::connect(address.socket)
            .await
            .context("cannot connect")?;
        stream.set_nodelay(true)?;
        let stream = Metered {
            stream,
            meter: None,
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(0)
            .max_message_size(None)
            .max_frame_size(None);
        let (mut socket, _) =
            tokio_tungstenite::client_async_with_config(request, stream, Some(config))
                .await
                .context("no WebSocket")?;
        socket.get_mut().meter = Some(Rc::clone(meter));
        Ok(Self {
            socket,
            meter: Rc::clone(meter),
        })
    }

    pub(crate) async fn send(&mut self, messages: Vec<Vec<u8>>) -> Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        for message in messages {
            add(&self.meter.messages_up, 1);
            self.socket.feed(Message::Binary(message.into())).await?;
        }
        Ok(self.socket.flush().await?)
    }

    /// The next message.
    ///
    /// # Errors
    /// When the line is closed.
    pub(crate) async fn next(&mut self) -> Result<Bytes> {
        loop {
            let message = self.socket.next().await.context("the line is closed")??;
            match message {
                Message::Binary(bytes) => {
                    add(&self.meter.messages_down, 1);
                    return Ok(bytes);
                }
                Message::Close(frame) => anyhow::bail!("the server hung up: {frame:?}"),
                _ => {}
            }
        }
    }

    pub(crate) async fn close(mut self) {
        // Whether the other side answers is its own affair.
        let _ = self.socket.close(None).await;
    }
}

struct Metered {
    stream: TcpStream,
    meter: Option<Rc<Meter>>,
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Some(meter) = &self.meter {
            add(&meter.down, (buffer.filled().len() - before) as u64);
        }
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let (Some(meter), Poll::Ready(Ok(written))) = (&self.meter, &polled) {
            add(&meter.up, *written as u64);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
