//! FastCGI for a web server in front, in the place of PHP-FPM: nginx's `fastcgi_pass`.
//!
//! [`record`], [`params`] and [`conversation`] are the protocol, pure; the rest is what one
//! connection does with it. Its requests go the way of all others: the same middleware, the same
//! workers.

mod answer;
pub mod conversation;
pub mod params;
pub mod record;
mod request;
mod stdin;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, io, time::Duration};

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use bytes::BytesMut;
use http::{Method, StatusCode};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf},
    sync::{mpsc, watch},
    time::{Instant, sleep_until, timeout},
};
use tower::ServiceExt as _;

use super::{
    layer::Stack,
    live::CurrentStack,
    serve::{Limits, Signal},
};
use answer::{Aside, Writer};
use conversation::{BadConversation, Conversation, Event, Params};
use record::Record;
use stdin::{BadBody, Parts, Stdin};

/// Why a connection ended before its time.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadConnection {
    #[error(transparent)]
    Conversation(#[from] BadConversation),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the parameters of a request did not come in time")]
    Late,
    #[error("it was closed in the midst of a request")]
    Closed,
}

/// How long the rest of a request that is answered already is listened to: closed at once, the
/// connection would take the answer with it.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long a connection is to be idle for nobody to be about to use it.
const UNUSED: Duration = Duration::from_secs(5);

/// Serves the requests of one connection, one after the other.
pub(super) async fn serve<T>(
    stream: T,
    stack: CurrentStack,
    limits: &Limits,
    mut signals: watch::Receiver<Signal>,
) -> Result<(), BadConnection>
where
    T: AsyncRead + AsyncWrite,
{
    let (reader, writer) = tokio::io::split(stream);
    let mut writer = Writer {
        stream: writer,
        limit: limits.write,
    };
    let mut inbound = Inbound::new(reader, limits);
    loop {
        let event = inbound.begin(limits, &mut signals).await?;
        let keep = match event {
            None => return Ok(()),
            Some(Event::Reply(bytes)) => {
                writer.write(&bytes).await?;
                continue;
            }
            Some(Event::Refused(refusal)) => {
                let response = match refusal.too_long {
                    true => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                    false => StatusCode::BAD_REQUEST,
                };
                let (_, mut asides) = mpsc::channel(1);
                let response = std::future::ready(response.into_response());
                writer
                    .answer(refusal.id, &Method::GET, response, &mut asides)
                    .await?;
                false
            }
            Some(Event::Request(params)) => {
                exchange(
                    &params,
                    stack.get().stack,
                    limits,
                    &mut inbound,
                    &mut writer,
                )
                .await?;
                params.keep && !matches!(*signals.borrow(), Signal::Retire | Signal::Close)
            }
            Some(_) => continue,
        };
        if !keep {
            writer.stream.shutdown().await?;
            // Whatever is said from here on is said to nobody.
            timeout(FAREWELL, inbound.drain()).await.ok();
            return Ok(());
        }
    }
}

/// Answers one request; its body is read meanwhile.
async fn exchange<R, W>(
    params: &Params,
    stack: Stack,
    limits: &Limits,
    inbound: &mut Inbound<R>,
    writer: &mut Writer<W>,
) -> Result<(), BadConnection>
where
    R: AsyncRead,
    W: AsyncWrite + Unpin,
{
    let (asides_in, mut asides) = mpsc::channel(4);
    let described = request::describe(&params.pairs, limits);
    let method = described
        .as_ref()
        .map_or(Method::GET, |it| it.request.method().clone());
    let (parts, stdin) = Stdin::new(described.as_ref().ok().and_then(|it| it.length));
    let response = async {
        match described {
            Ok(described) => {
                let mut request = described.request.map(|()| Body::new(stdin));
                described.peer.introduce(&mut request);
                let answer: Result<Response, Infallible> = stack.oneshot(request).await;
                let Ok(response) = answer;
                response
            }
            Err(error) => (error.status(), format!("{error}\n")).into_response(),
        }
    };
    tokio::select! {
        biased;
        answered = writer.answer(params.id, &method, response, &mut asides) => answered?,
        failed = inbound.feed(Some(parts), asides_in) => return Err(failed),
    }
    inbound.conversation.answered();
    Ok(())
}

/// What the web server sends.
struct Inbound<R> {
    reader: ReadHalf<R>,
    buffer: BytesMut,
    conversation: Conversation,
}

impl<R: AsyncRead> Inbound<R> {
    fn new(reader: ReadHalf<R>, limits: &Limits) -> Self {
        Self {
            reader,
            buffer: BytesMut::with_capacity(8 << 10),
            // What web servers add of themselves comes on top of the client's head.
            conversation: Conversation::new(limits.header_size + (16 << 10)),
        }
    }

    /// The next event that can be told from what has come.
    fn known(&mut self) -> Result<Option<Event>, BadConversation> {
        while let Some(record) = Record::decode(&mut self.buffer)? {
            match self.conversation.take(record)? {
                Event::Nothing => {}
                event => return Ok(Some(event)),
            }
        }
        Ok(None)
    }

    /// The next event that is one; `None` where the web server closed the connection.
    async fn event(&mut self) -> Result<Option<Event>, BadConnection> {
        loop {
            if let Some(event) = self.known()? {
                return Ok(Some(event));
            }
            if self.reader.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The beginning of a request, or what comes before it; `None` where no other one comes. A web
    /// server may be silent between two requests for a while, but not within their parameters.
    async fn begin(
        &mut self,
        limits: &Limits,
        signals: &mut watch::Receiver<Signal>,
    ) -> Result<Option<Event>, BadConnection> {
        let start = Instant::now();
        let mut begun = None;
        loop {
            if let Some(event) = self.known()? {
                return Ok(Some(event));
            }
            let waits = self.conversation.is_idle() && self.buffer.is_empty();
            let due = match waits {
                true => limits.idle.map(|it| start + it),
                false => {
                    let begun = *begun.get_or_insert_with(Instant::now);
                    limits.head.map(|it| begun + it)
                }
            };
            let read = tokio::select! {
                read = self.reader.read_buf(&mut self.buffer) => read?,
                () = passed(due) => match waits {
                    true => return Ok(None),
                    false => return Err(BadConnection::Late),
                },
                () = parting(signals, start), if waits => return Ok(None),
            };
            if read == 0 {
                return match waits {
                    true => Ok(None),
                    false => Err(BadConnection::Closed),
                };
            }
        }
    }

    /// Hands the body on as it comes; returns only what ends the connection.
    async fn feed(
        &mut self,
        mut parts: Option<Parts>,
        asides: mpsc::Sender<Aside>,
    ) -> BadConnection {
        loop {
            let event = match self.event().await {
                Ok(Some(event)) => event,
                // Whoever has sent all may close its side and wait for the answer.
                Ok(None) if parts.is_none() => return std::future::pending().await,
                Ok(None) => return BadConnection::Closed,
                Err(error) => return error,
            };
            match event {
                Event::Body(part) => {
                    if let Some(parts) = &parts {
                        // Nobody may want to read it: it is passed over then.
                        parts.send(Ok(part)).await.ok();
                    }
                }
                Event::BodyEnd => parts = None,
                Event::Abort => {
                    // The answer first: it is not to make anything of a body that is cut short.
                    asides.send(Aside::Abort).await.ok();
                    if let Some(parts) = parts.take() {
                        parts.send(Err(BadBody::Aborted)).await.ok();
                    }
                }
                Event::Reply(bytes) => {
                    asides.send(Aside::Reply(bytes)).await.ok();
                }
                Event::Request(_) | Event::Refused(_) | Event::Nothing => {}
            }
        }
    }

    async fn drain(&mut self) {
        loop {
            self.buffer.clear();
            if !matches!(self.reader.read_buf(&mut self.buffer).await, Ok(1..)) {
                return;
            }
        }
    }
}

/// Resolves when a connection that has been idle since then is to be closed: at a stop at once, and where
/// another process has taken over when nobody seems to use it.
async fn parting(signals: &mut watch::Receiver<Signal>, since: Instant) {
    let ends = |it: &Signal| matches!(it, Signal::Retire | Signal::Close);
    let signal = signals.wait_for(ends).await.map(|it| *it);
    if matches!(signal, Ok(Signal::Retire)) {
        tokio::select! {
            () = sleep_until(since + UNUSED) => {}
            _ = signals.wait_for(|it| *it == Signal::Close) => {}
        }
    }
}

/// Resolves at `due`; never, where nothing is.
async fn passed(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
