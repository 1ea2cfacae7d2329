//! A response as the records that a web server makes HTTP of again.

use std::{io, pin::pin, time::Duration};

use axum::{body::Body, response::Response};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    sync::mpsc,
    time::timeout,
};

use super::{
    conversation::{complete, stream},
    record::{self, Kind},
};

/// What is to be sent between the parts of an answer.
#[derive(Debug)]
pub(super) enum Aside {
    /// The answer to something else.
    Reply(Bytes),
    /// Nobody is interested in this answer any more.
    Abort,
}

/// Writes records; a web server that takes none of them in time is given up.
#[derive(Debug)]
pub(super) struct Writer<W> {
    pub(super) stream: W,
    pub(super) limit: Option<Duration>,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let all = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match self.limit {
            Some(limit) => timeout(limit, all).await?,
            None => all.await,
        }
    }

    /// Waits for the response and writes it.
    ///
    /// # Errors
    /// When it cannot be completed. It then has no end, lest the web server take a part for the
    /// whole.
    pub(super) async fn answer(
        &mut self,
        id: u16,
        method: &Method,
        response: impl Future<Output = Response>,
        asides: &mut mpsc::Receiver<Aside>,
    ) -> io::Result<()> {
        let mut response = pin!(response);
        let response = loop {
            tokio::select! {
                response = &mut response => break response,
                Some(aside) = asides.recv() => match aside {
                    Aside::Reply(bytes) => self.write(&bytes).await?,
                    Aside::Abort => return self.write(&complete(id)).await,
                },
            }
        };
        let (parts, body) = response.into_parts();
        let mut out = BytesMut::with_capacity(1024);
        stream(
            &mut out,
            Kind::Stdout,
            id,
            head(parts.status, &parts.headers, &body),
        );
        let bodiless = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED];
        if method != Method::HEAD && !bodiless.contains(&parts.status) {
            self.send_body(id, body, &mut out, asides).await?;
        }
        out.put_slice(&record::head(Kind::Stdout, id, 0));
        out.put_slice(&complete(id));
        self.write(&out).await
    }

    /// Leaves in `out` what need not be written at once.
    async fn send_body(
        &mut self,
        id: u16,
        mut body: Body,
        out: &mut BytesMut,
        asides: &mut mpsc::Receiver<Aside>,
    ) -> io::Result<()> {
        loop {
            let frame = match body.frame().now_or_never() {
                Some(frame) => frame,
                None => {
                    // The web server may already have what there is.
                    self.write(&out.split()).await?;
                    tokio::select! {
                        frame = body.frame() => frame,
                        Some(aside) = asides.recv() => match aside {
                            Aside::Reply(bytes) => {
                                self.write(&bytes).await?;
                                continue;
                            }
                            Aside::Abort => return Ok(()),
                        },
                    }
                }
            };
            let Some(frame) = frame else { return Ok(()) };
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => {
                    // nginx takes a closed connection for an end, but no record that it does not expect.
                    self.write(&record::head(Kind::Abort, id, 0)).await?;
                    return Err(io::Error::other(error));
                }
            };
            // There is no place for trailers.
            if let Ok(part) = frame.into_data() {
                for part in pieces(part) {
                    stream(out, Kind::Stdout, id, part);
                    if out.len() >= GATHER {
                        self.write(&out.split()).await?;
                    }
                }
            }
        }
    }
}

/// How much is gathered before it is written.
const GATHER: usize = 64 << 10;

/// Parts that are not copied all at once.
fn pieces(mut part: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || {
        let next = part.split_to(part.len().min(GATHER));
        (!next.is_empty()).then_some(next)
    })
}

/// The head as CGI has it (RFC 3875, section 6).
fn head(status: StatusCode, headers: &HeaderMap, body: &Body) -> Bytes {
    let mut head = BytesMut::with_capacity(512);
    let reason = status.canonical_reason().unwrap_or_default();
    head.put_slice(format!("Status: {} {reason}\r\n", status.as_u16()).as_bytes());
    for (name, value) in headers.iter().filter(|(name, _)| !is_hop(name)) {
        line(&mut head, name.as_str(), value.as_bytes());
    }
    let length = body.size_hint().exact();
    let tells = status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED;
    if let Some(length) = length.filter(|_| tells && !headers.contains_key(header::CONTENT_LENGTH))
    {
        line(&mut head, "content-length", length.to_string().as_bytes());
    }
    head.put_slice(b"\r\n");
    head.freeze()
}

fn line(head: &mut BytesMut, name: &str, value: &[u8]) {
    head.put_slice(name.as_bytes());
    head.put_slice(b": ");
    head.put_slice(value);
    head.put_slice(b"\r\n");
}

/// What is the web server's to say, or would say it twice.
fn is_hop(name: &HeaderName) -> bool {
    let hop = [
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::TRAILER,
        header::UPGRADE,
    ];
    hop.contains(name) || name == "keep-alive" || name == "status"
}
