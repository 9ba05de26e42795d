//! One WebSocket, without buffers of its own while it is idle.
//!
//! Reading goes through tungstenite, which speaks the protocol: masks,
//! fragments, control frames, limits. Text frames to the client are written by
//! us, with one vectored write for all that waits: header, shared body, own
//! tail. So an event is serialised once, copied never, and an idle connection
//! keeps neither a read nor a write buffer (docs/adr/0002).

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use postern_protocol::close::CloseReason;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::Message;
use tungstenite::error::{CapacityError, Error};
use tungstenite::protocol::frame::CloseFrame;
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};

use crate::hub::{OutFrame, Tail};

/// Bytes read from the socket at once; on the stack, not per connection.
const READ_CHUNK: usize = 8 * 1024;
/// Largest frame header we write.
const MAX_HEADER: usize = 10;
/// Unsent bytes beyond which [`Socket::incoming`] reads no further.
const MAX_UNSENT: usize = 64 * 1024;
/// Memory that one queued piece takes beside its bytes.
const ENTRY_COST: usize = 64;
/// Slices handed to one vectored write.
const MAX_SLICES: usize = 64;

/// A WebSocket over any stream.
pub struct Socket<S> {
    stream: S,
    context: WebSocketContext,
    pipe: Pipe,
    /// Set once: after a frame that was refused by its header nobody knows where the
    /// next one begins.
    unreadable: Option<ReadEnd>,
    moved: bool,
    blocked: bool,
}

/// What the client said.
#[derive(Debug)]
pub enum Incoming {
    /// A text or binary frame; both hold JSON.
    Text(Utf8),
    /// A ping, a pong or another sign of life.
    Alive,
}

/// Text from a frame, without copying it.
#[derive(Debug)]
pub struct Utf8(Bytes);

impl Utf8 {
    /// The text; `None` for a binary frame that is not UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Bytes in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why reading ended.
#[derive(Debug, Clone)]
pub enum ReadEnd {
    /// The peer vanished, or the close handshake is over.
    Closed,
    /// The peer said goodbye; our answer to that is queued.
    Goodbye,
    /// A frame was larger than allowed.
    TooBig,
    /// The peer does not speak WebSocket.
    Protocol(String),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Takes over a stream whose upgrade is done.
    pub fn new(stream: S, max_message: usize) -> Self {
        let context = WebSocketContext::new(Role::Server, Some(config(max_message)));
        Self { stream, context, pipe: Pipe::default(), unreadable: None, moved: false, blocked: false }
    }

    /// Changes the largest message that is accepted.
    pub fn set_max_message(&mut self, bytes: usize) {
        self.context.set_config(|config| *config = self::config(bytes));
    }

    /// The next message; reads as little as it needs.
    ///
    /// # Errors
    /// [`ReadEnd`] once the connection is of no more use.
    pub fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, ReadEnd>> {
        if let Some(end) = &self.unreadable {
            return Poll::Ready(Err(end.clone()));
        }
        loop {
            match self.context.read(&mut self.pipe) {
                Ok(Message::Text(text)) => return Poll::Ready(Ok(Incoming::Text(Utf8(text.into())))),
                Ok(Message::Binary(bytes)) => return Poll::Ready(Ok(Incoming::Text(Utf8(bytes)))),
                Ok(Message::Close(_)) => {
                    // The library writes the answer only when asked to.
                    drop(self.context.flush(&mut self.pipe));
                    return Poll::Ready(Err(ReadEnd::Goodbye));
                }
                Ok(_) => return Poll::Ready(Ok(Incoming::Alive)),
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    let end = read_end(error);
                    self.unreadable = matches!(end, ReadEnd::TooBig | ReadEnd::Protocol(_)).then(|| end.clone());
                    return Poll::Ready(Err(end));
                }
            }
            if ready!(self.poll_fill(cx)).is_err() {
                return Poll::Ready(Err(ReadEnd::Closed));
            }
        }
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut chunk = [0_u8; READ_CHUNK];
        let mut buffer = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        if buffer.filled().is_empty() {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        self.moved = true;
        self.pipe.input.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(()))
    }

    /// The next message. What waits is written meanwhile, and while too much
    /// waits nothing is read: pings are answered, not collected.
    ///
    /// # Errors
    /// As [`Socket::poll_incoming`].
    pub async fn incoming(&mut self) -> Result<Incoming, ReadEnd> {
        std::future::poll_fn(|cx| {
            if matches!(self.poll_flush(cx), Poll::Ready(Err(_))) {
                return Poll::Ready(Err(ReadEnd::Closed));
            }
            if self.unsent() > MAX_UNSENT { Poll::Pending } else { self.poll_incoming(cx) }
        })
        .await
    }

    /// Reads and forgets until the peer closes.
    pub async fn discard_input(&mut self) {
        while std::future::poll_fn(|cx| self.poll_fill(cx)).await.is_ok() {
            self.pipe.input.clear();
        }
    }

    /// Queues a text frame.
    pub fn queue(&mut self, frame: OutFrame) {
        self.pipe.queue(frame);
    }

    /// Queues a ping.
    pub fn queue_ping(&mut self) {
        // Writes into memory; what fails is a socket that is closed anyway.
        drop(self.context.write(&mut self.pipe, Message::Ping(Bytes::new())));
        drop(self.context.flush(&mut self.pipe));
    }

    /// Queues the close frame.
    pub fn queue_close(&mut self, reason: &CloseReason) {
        let frame = CloseFrame { code: reason.code.into(), reason: reason.wire_text().into() };
        drop(self.context.close(&mut self.pipe, Some(frame)));
        drop(self.context.flush(&mut self.pipe));
    }

    /// Bytes queued and not yet handed to the system, with what keeping them costs.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.pipe.unsent + self.pipe.output.len() * ENTRY_COST
    }

    /// Whether the peer sent or took bytes since the last call: a long message over
    /// a slow line is a sign of life too. What the system merely buffers is not.
    pub fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// Hands what is queued to the system.
    ///
    /// # Errors
    /// When the peer is gone.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pipe.output.is_empty() {
            let mut slices = [IoSlice::new(&[]); MAX_SLICES];
            let filled = self.pipe.slices(&mut slices);
            let Poll::Ready(written) = Pin::new(&mut self.stream).poll_write_vectored(cx, &slices[..filled]) else {
                self.blocked = true;
                return Poll::Pending;
            };
            let written = written?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            // Room came up again, so the peer has read something.
            self.moved |= std::mem::take(&mut self.blocked);
            self.pipe.sent(written);
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Hands everything that is queued to the system.
    ///
    /// # Errors
    /// When the peer is gone.
    pub async fn flush(&mut self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_flush(cx)).await
    }
}

fn config(max_message: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_message_size(Some(max_message))
        .max_frame_size(Some(max_message))
}

fn read_end(error: Error) -> ReadEnd {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => ReadEnd::TooBig,
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_) => ReadEnd::Closed,
        other => ReadEnd::Protocol(other.to_string()),
    }
}

/// Memory between tungstenite and the stream.
#[derive(Default)]
struct Pipe {
    input: BytesMut,
    output: VecDeque<Bytes>,
    unsent: usize,
}

impl Pipe {
    fn queue(&mut self, frame: OutFrame) {
        let tail = match frame.tail {
            Tail::Nothing => Bytes::new(),
            Tail::Brace => Bytes::from_static(b"}"),
            Tail::Seq(seq) => Bytes::from(format!(",\"seq\":{seq}}}")),
        };
        self.push(header(frame.head.len() + tail.len()));
        self.push(frame.head);
        self.push(tail);
    }

    fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.unsent += bytes.len();
            self.output.push_back(bytes);
        }
    }

    fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; MAX_SLICES]) -> usize {
        let mut filled = 0;
        for (slice, bytes) in slices.iter_mut().zip(&self.output) {
            *slice = IoSlice::new(bytes);
            filled += 1;
        }
        filled
    }

    fn sent(&mut self, mut written: usize) {
        self.unsent -= written;
        while let Some(first) = self.output.front_mut() {
            if first.len() > written {
                first.advance(written);
                return;
            }
            written -= first.len();
            self.output.pop_front();
        }
        // Idle connections keep no queue.
        self.output = VecDeque::new();
    }
}

/// Header of an unmasked, unfragmented text frame (RFC 6455 §5.2).
fn header(len: usize) -> Bytes {
    const FIN_TEXT: u8 = 0x81;
    let mut bytes = BytesMut::with_capacity(MAX_HEADER);
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(short), _) if short < 126 => bytes.extend_from_slice(&[FIN_TEXT, short]),
        (_, Ok(medium)) => {
            bytes.extend_from_slice(&[FIN_TEXT, 126]);
            bytes.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            bytes.extend_from_slice(&[FIN_TEXT, 127]);
            bytes.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    bytes.freeze()
}

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            // Free what a large message needed.
            self.input = BytesMut::new();
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = into.len().min(self.input.len());
        into[..count].copy_from_slice(&self.input[..count]);
        self.input.advance(count);
        Ok(count)
    }
}

/// Control frames that tungstenite writes: whole, as this never takes less than
/// it is given, so they cannot land inside one of ours.
impl Write for Pipe {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.push(Bytes::copy_from_slice(from));
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;
    use tungstenite::protocol::WebSocket;

    /// What a real WebSocket client reads from our bytes.
    async fn received(frames: Vec<OutFrame>) -> Vec<Message> {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        let mut socket = Socket::new(ours, 1_000);
        for frame in frames {
            socket.queue(frame);
        }
        socket.queue_ping();
        socket.queue_close(&CloseReason::service_restart());
        socket.flush().await.unwrap();
        drop(socket);
        let mut bytes = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut theirs, &mut bytes).await.unwrap();
        let mut client = WebSocket::from_raw_socket(io::Cursor::new(bytes), Role::Client, None);
        std::iter::from_fn(|| client.read().ok()).collect()
    }

    #[tokio::test]
    async fn our_frames_are_frames_to_a_real_client() {
        for size in [0, 125, 126, 65_535, 65_536, 200_000] {
            let body = "x".repeat(size);
            let messages = received(vec![
                OutFrame::whole(body.clone()),
                OutFrame { head: Bytes::from_static(b"{\"a\":1"), tail: Tail::Seq(42) },
                OutFrame { head: Bytes::from_static(b"{\"a\":1"), tail: Tail::Brace },
            ])
            .await;
            let texts: Vec<_> =
                messages.iter().filter(|m| m.is_text()).map(|m| m.to_text().unwrap().to_owned()).collect();
            assert_eq!(texts, [body.as_str(), r#"{"a":1,"seq":42}"#, r#"{"a":1}"#], "{size}");
            assert!(messages.iter().any(Message::is_ping) && messages.iter().any(Message::is_close));
        }
    }

    async fn write_bytewise(mut theirs: tokio::io::DuplexStream, bytes: Vec<u8>) {
        for byte in bytes {
            theirs.write_all(&[byte]).await.unwrap();
        }
    }

    async fn text(socket: &mut Socket<tokio::io::DuplexStream>) -> String {
        let Incoming::Text(text) = socket.incoming().await.unwrap() else { panic!("text") };
        text.as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn messages_come_in_whole_however_they_are_cut() {
        let mut bytes = Vec::new();
        let mut client = WebSocket::from_raw_socket(io::Cursor::new(&mut bytes), Role::Client, None);
        client.send(Message::text("hello")).unwrap();
        client.send(Message::binary("world".as_bytes().to_vec())).unwrap();
        let (ours, theirs) = tokio::io::duplex(64);
        let mut socket = Socket::new(ours, 1_000);
        let reader = async { [text(&mut socket).await, text(&mut socket).await] };
        let (_, texts) = tokio::join!(write_bytewise(theirs, bytes), reader);
        assert_eq!(texts, ["hello", "world"]);
    }

    #[tokio::test]
    async fn a_goodbye_is_answered() {
        let mut bytes = Vec::new();
        let mut client = WebSocket::from_raw_socket(io::Cursor::new(&mut bytes), Role::Client, None);
        client.close(None).unwrap();
        let (ours, mut theirs) = tokio::io::duplex(1_000);
        theirs.write_all(&bytes).await.unwrap();
        let mut socket = Socket::new(ours, 1_000);
        assert!(matches!(socket.incoming().await, Err(ReadEnd::Goodbye)));
        socket.flush().await.unwrap();
        drop(socket);
        let mut answer = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut theirs, &mut answer).await.unwrap();
        assert_eq!(answer, [0x88, 0]);
    }

    /// Nobody reads the answers, so this never ends by itself.
    async fn flood(mut theirs: tokio::io::DuplexStream, frame: Vec<u8>) {
        while theirs.write_all(&frame).await.is_ok() {}
    }

    async fn read_on(socket: &mut Socket<tokio::io::DuplexStream>) {
        while socket.incoming().await.is_ok() {}
    }

    #[tokio::test]
    async fn pings_are_not_collected() {
        let (ours, theirs) = tokio::io::duplex(64);
        let mut socket = Socket::new(ours, 1_000);
        let ping = [vec![0x89, 0x80 | 125, 0, 0, 0, 0], vec![b'x'; 125]].concat();
        let both = async { tokio::join!(flood(theirs, ping), read_on(&mut socket)) };
        drop(tokio::time::timeout(std::time::Duration::from_millis(200), both).await);
        assert!(socket.unsent() <= MAX_UNSENT + 256, "{}", socket.unsent());
    }

    #[tokio::test]
    async fn too_much_is_refused_by_its_header_alone() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut socket = Socket::new(ours, 1_000);
        theirs.write_all(&[0x81, 0x80 | 127, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4]).await.unwrap();
        for _ in 0..2 {
            assert!(matches!(socket.incoming().await, Err(ReadEnd::TooBig)));
        }
    }

    #[tokio::test]
    async fn after_what_is_no_frame_nothing_is_read_as_one() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut socket = Socket::new(ours, 1_000);
        theirs.write_all(&[0x83, 0x80, 0, 0, 0, 0]).await.unwrap();
        theirs.write_all(&[0x81, 0x80, 0, 0, 0, 0]).await.unwrap();
        for _ in 0..2 {
            assert!(matches!(socket.incoming().await, Err(ReadEnd::Protocol(_))));
        }
    }
}
