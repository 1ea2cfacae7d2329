//! Reads one HTTP/1.1 response off a connection, and tells a whole one from one that broke off.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// A response, as far as it came.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Whether it came to the end that it announced.
    pub(super) whole: bool,
}

/// The bytes of a connection that are read and not yet part of an answer.
#[derive(Debug, Default)]
pub(super) struct Inbox(Vec<u8>);

impl Answer {
    /// The value of the first header `name`, which is in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The next answer; `None` where the connection ended before its first byte.
    ///
    /// # Errors
    /// When what came is no HTTP. The end of a connection is none: the answer is not whole then.
    pub(super) async fn read(
        from: &mut (impl AsyncRead + Unpin),
        inbox: &mut Inbox,
    ) -> io::Result<Option<Self>> {
        let Some(end) = inbox.find(from, b"\r\n\r\n").await else {
            let broken = Self {
                status: 0,
                headers: Vec::new(),
                body: Vec::new(),
                whole: false,
            };
            return Ok((!inbox.0.is_empty()).then_some(broken));
        };
        let head = inbox.take(end);
        let mut answer = Self::head(&head).ok_or_else(|| bad("the head", &head))?;
        answer.whole = match (
            answer.header("transfer-encoding"),
            answer.header("content-length"),
        ) {
            (Some("chunked"), None) => answer.chunks(from, inbox).await?,
            (None, Some(length)) => {
                let length = length.parse().map_err(|_| bad("the length", &head))?;
                let whole = inbox.fill(from, length).await;
                answer.body = inbox.take(length);
                whole
            }
            _ => return Err(bad("the framing", &head)),
        };
        Ok(Some(answer))
    }

    fn head(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.trim_end().split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?;
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        Some(Self {
            status: status.parse().ok()?,
            headers: headers.collect::<Option<_>>()?,
            body: Vec::new(),
            whole: false,
        })
    }

    /// Whether the last chunk came.
    async fn chunks(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        inbox: &mut Inbox,
    ) -> io::Result<bool> {
        loop {
            let Some(end) = inbox.find(from, b"\r\n").await else {
                return Ok(false);
            };
            let line = inbox.take(end);
            let size = std::str::from_utf8(&line).unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| bad("a chunk", &line))?;
            let whole = inbox.fill(from, size + 2).await;
            let mut chunk = inbox.take(size + 2);
            if whole && !chunk.ends_with(b"\r\n") {
                return Err(bad("the end of a chunk", &chunk));
            }
            chunk.truncate(size);
            self.body.extend(chunk);
            if !whole || size == 0 {
                return Ok(whole);
            }
        }
    }
}

impl Inbox {
    /// Reads until `end` is there; how many bytes it takes with it. `None` at the end of the connection.
    async fn find(&mut self, from: &mut (impl AsyncRead + Unpin), end: &[u8]) -> Option<usize> {
        let mut seen = 0;
        loop {
            let rest = &self.0[seen..];
            if let Some(at) = rest.windows(end.len()).position(|it| it == end) {
                return Some(seen + at + end.len());
            }
            seen = self.0.len().saturating_sub(end.len() - 1);
            if !self.more(from).await {
                return None;
            }
        }
    }

    /// Reads until `length` bytes are there; `false` where the connection ends before.
    async fn fill(&mut self, from: &mut (impl AsyncRead + Unpin), length: usize) -> bool {
        while self.0.len() < length {
            if !self.more(from).await {
                return false;
            }
        }
        true
    }

    /// A reset ends a connection as well.
    async fn more(&mut self, from: &mut (impl AsyncRead + Unpin)) -> bool {
        matches!(from.read_buf(&mut self.0).await, Ok(1..))
    }

    /// At most `length` bytes.
    fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.0.split_off(length.min(self.0.len()));
        std::mem::replace(&mut self.0, rest)
    }
}

fn bad(what: &str, bytes: &[u8]) -> io::Error {
    let bytes = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    io::Error::other(format!("{what} of the answer is no HTTP: {bytes:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first answer of `bytes`, and whether another one may follow.
    fn check(bytes: &str, expected: Option<(u16, &str, bool)>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let mut bytes = bytes.as_bytes();
        let mut inbox = Inbox::default();
        let read = Answer::read(&mut bytes, &mut inbox);
        let answer = runtime.unwrap().block_on(read).unwrap();
        let answer = answer.map(|it| (it.status, String::from_utf8(it.body).unwrap(), it.whole));
        let answer = answer.as_ref().map(|it| (it.0, &*it.1, it.2));
        assert_eq!(answer, expected);
    }

    #[test]
    fn whole_answers_and_broken_ones_are_told_apart() {
        let length = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        check("", None);
        check("HTTP/1.1 2", Some((0, "", false)));
        check(&format!("{length}body"), Some((200, "body", true)));
        check(&format!("{length}bodyHTTP"), Some((200, "body", true)));
        check(&format!("{length}bo"), Some((200, "bo", false)));
        let chunk = format!("{chunked}2\r\nbo\r\n2\r\ndy\r\n");
        check(&format!("{chunk}0\r\n\r\n"), Some((200, "body", true)));
        check(&chunk, Some((200, "body", false)));
        check(&format!("{chunked}4\r\nbo"), Some((200, "bo", false)));
    }

    #[test]
    fn what_is_no_http_is_an_error() {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let mut bytes = &b"PHP Warning: oh\r\n\r\n"[..];
        let mut inbox = Inbox::default();
        let read = Answer::read(&mut bytes, &mut inbox);
        assert!(runtime.unwrap().block_on(read).is_err());
    }
}
