//! Answers as a strict client reads them: what is not HTTP/1.1 to the letter is an error.

/// One answer, read to its end.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// Why bytes are no answer.
#[derive(Debug, PartialEq)]
pub(super) enum Unread {
    /// More must come.
    Partial,
    /// What is wrong with it.
    Wrong(String),
}

impl Answer {
    /// Takes the first answer off `bytes`, which to a HEAD has no body; how long it was.
    ///
    /// `ended` says that nothing more comes, which ends a body of no length.
    pub(super) fn read(bytes: &[u8], head: bool, ended: bool) -> Result<(Self, usize), Unread> {
        let (status, headers, at) = read_head(bytes)?;
        let mut answer = Self {
            status,
            headers,
            body: Vec::new(),
        };
        answer.check_head()?;
        if head || status < 200 || matches!(status, 204 | 304) {
            return Ok((answer, at));
        }
        let rest = &bytes[at..];
        let (body, length) = if answer.header("transfer-encoding").is_some() {
            read_chunks(rest)?
        } else if let Some(length) = answer.header("content-length") {
            let length = length.parse().expect("the head was checked");
            let body = rest.get(..length).ok_or(Unread::Partial)?;
            (body.to_vec(), length)
        } else if ended {
            (rest.to_vec(), rest.len())
        } else {
            return Err(Unread::Partial);
        };
        answer.body = body;
        Ok((answer, at + length))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        let found = all.find(|(found, _)| found == name)?;
        Some(&found.1)
    }

    /// What RFC 9110 and 9112 want of every head.
    fn check_head(&self) -> Result<(), Unread> {
        let wrong = |what: &str| Err(Unread::Wrong(format!("{} {what}", self.status)));
        let count = |name: &str| self.headers.iter().filter(|(it, _)| it == name).count();
        let (length, chunked) = (count("content-length"), count("transfer-encoding"));
        if length + chunked > 1 {
            return wrong("has more than one of Content-Length and Transfer-Encoding");
        }
        if (self.status < 200 || self.status == 204) && length + chunked > 0 {
            return wrong("has a length, which it must not");
        }
        let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
        if self.header("content-length").is_some_and(|it| !digits(it)) {
            return wrong("has a Content-Length that is no number");
        }
        if self
            .header("transfer-encoding")
            .is_some_and(|it| it != "chunked")
        {
            return wrong("has a Transfer-Encoding other than chunked");
        }
        if (200..500).contains(&self.status) && !self.header("date").is_some_and(is_date) {
            return wrong("has no Date");
        }
        let due = match self.status {
            206 | 416 => "content-range",
            401 => "www-authenticate",
            405 => "allow",
            426 => "upgrade",
            _ => return Ok(()),
        };
        // Several ranges have theirs in the parts.
        let parts = self.header("content-type");
        if self.header(due).is_none() && !parts.is_some_and(|it| it.starts_with("multipart/")) {
            return wrong(&format!("has no `{due}`"));
        }
        Ok(())
    }
}

type Head = (u16, Vec<(String, String)>, usize);

fn read_head(bytes: &[u8]) -> Result<Head, Unread> {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n");
    let end = end.ok_or(Unread::Partial)?;
    let head = std::str::from_utf8(&bytes[..end])
        .map_err(|_| Unread::Wrong("the head is not ASCII".into()))?;
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = first
        .strip_prefix("HTTP/1.1 ")
        .or_else(|| first.strip_prefix("HTTP/1.0 "))
        .and_then(|it| {
            it.get(..3)
                .filter(|_| matches!(it.as_bytes().get(3), None | Some(b' ')))
        })
        .and_then(|it| it.parse::<u16>().ok().filter(|it| *it >= 100))
        .ok_or_else(|| Unread::Wrong(format!("`{}` is no status line", first.escape_default())))?;
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':')?;
        let token = !name.is_empty() && name.bytes().all(is_token);
        let plain = !value.bytes().any(|it| matches!(it, b'\r' | b'\n' | 0));
        (token && plain).then(|| (name.to_lowercase(), value.trim().to_owned()))
    });
    let headers = headers.collect::<Option<Vec<_>>>();
    let headers = headers.ok_or_else(|| Unread::Wrong("a header has no sound name".into()))?;
    Ok((status, headers, end + 4))
}

/// The body and the length of its chunks, with its trailers.
fn read_chunks(bytes: &[u8]) -> Result<(Vec<u8>, usize), Unread> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let line = line(&bytes[at..])?;
        let size = usize::from_str_radix(line, 16)
            .map_err(|_| Unread::Wrong(format!("`{line}` is no size of a chunk")))?;
        at += line.len() + 2;
        if size == 0 {
            break;
        }
        let chunk = bytes.get(at..at + size + 2).ok_or(Unread::Partial)?;
        let (data, end) = chunk.split_at(size);
        if end != b"\r\n" {
            return Err(Unread::Wrong("a chunk is longer than its size".into()));
        }
        body.extend_from_slice(data);
        at += size + 2;
    }
    loop {
        let trailer = line(&bytes[at..])?;
        at += trailer.len() + 2;
        if trailer.is_empty() {
            return Ok((body, at));
        }
    }
}

fn line(bytes: &[u8]) -> Result<&str, Unread> {
    let end = bytes.windows(2).position(|it| it == b"\r\n");
    let line = &bytes[..end.ok_or(Unread::Partial)?];
    std::str::from_utf8(line).map_err(|_| Unread::Wrong("a chunk's line is not ASCII".into()))
}

/// `Sat, 01 Jan 2022 00:00:00 GMT` (RFC 9110, section 5.6.7).
fn is_date(text: &str) -> bool {
    text.len() == 29 && text.ends_with(" GMT") && text.as_bytes()[3] == b','
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Date: Sat, 01 Jan 2022 00:00:00 GMT\r\n";

    #[track_caller]
    fn reads(head: &str, rest: &str, status: u16, body: &str, left: usize) {
        let bytes = format!("{head}\r\n{DATE}{rest}");
        let (answer, length) = Answer::read(bytes.as_bytes(), false, false).unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(answer.body, body.as_bytes());
        assert_eq!(bytes.len() - length, left);
    }

    #[track_caller]
    fn fails(bytes: &str, expected: &str) {
        match Answer::read(bytes.as_bytes(), false, true).unwrap_err() {
            Unread::Partial => assert_eq!(expected, ""),
            Unread::Wrong(found) => assert_eq!(found, expected),
        }
    }

    #[test]
    fn answers_end_where_their_heads_say() {
        reads(
            "HTTP/1.1 200 OK",
            "Content-Length: 2\r\n\r\nokHTTP",
            200,
            "ok",
            4,
        );
        reads("HTTP/1.1 204 No Content", "\r\nHTTP", 204, "", 4);
        let chunked = "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n!";
        reads("HTTP/1.1 200 OK", chunked, 200, "ok", 1);
    }

    #[test]
    fn what_is_not_to_the_letter_is_told() {
        fails("HTTP/1.1 200 OK\r\nContent-", "");
        fails("HTTP/2 200\r\n\r\n", "`HTTP/2 200` is no status line");
        fails("HTTP/1.1 200 OK\r\n\r\n", "200 has no Date");
        fails(
            "HTTP/1.1 200 OK\r\nA B: c\r\n\r\n",
            "a header has no sound name",
        );
        let both = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n";
        fails(
            both,
            "200 has more than one of Content-Length and Transfer-Encoding",
        );
        fails(
            &format!("HTTP/1.1 405 No\r\n{DATE}\r\n"),
            "405 has no `allow`",
        );
        let long = format!("HTTP/1.1 200 OK\r\n{DATE}Transfer-Encoding: chunked\r\n\r\n1\r\nabc");
        fails(&long, "a chunk is longer than its size");
    }
}
