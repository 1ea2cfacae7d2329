//! What the head of a part says: the field's name, the file's name and type.

use super::BadMultipart;

/// The head of a part; bytes as they were sent, without quotes and escapes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct PartHead {
    /// The field; a part without one is none.
    pub(in super::super) name: Option<Vec<u8>>,
    /// The client's file name without folders; there where the part is a file.
    pub(in super::super) file: Option<Vec<u8>>,
    /// Its `Content-Type`; empty where it has none.
    pub(in super::super) mime: Vec<u8>,
}

impl PartHead {
    /// `lines` is the head without the empty line behind it.
    pub(super) fn parse(lines: &[u8]) -> Result<Self, BadMultipart> {
        let mut head = Self::default();
        for line in lines.split(|it| *it == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let colon = line.iter().position(|it| *it == b':');
            let (name, value) = line.split_at(colon.ok_or(BadMultipart::Head)?);
            let value = value[1..].trim_ascii();
            if name.eq_ignore_ascii_case(b"content-disposition") {
                head.dispose(value);
            } else if name.eq_ignore_ascii_case(b"content-type") {
                head.mime = value.to_vec();
            }
        }
        Ok(head)
    }

    /// Only `form-data` names a field.
    fn dispose(&mut self, value: &[u8]) {
        let kind = value.split(|it| *it == b';').next().unwrap_or_default();
        if !kind.trim_ascii().eq_ignore_ascii_case(b"form-data") {
            return;
        }
        self.name = parameter(value, b"name");
        let encoded = parameter(value, b"filename*").and_then(|it| extended(&it));
        let file = encoded.or_else(|| parameter(value, b"filename"));
        self.file = file.map(|it| base(&it).to_vec());
    }
}

/// A parameter of a header value: `form-data; name="f"`. Of several the first counts.
///
/// A backslash in quotes escapes a quote or a backslash alone: old browsers send whole paths.
pub(super) fn parameter(header: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let start = header.iter().position(|it| *it == b';')?;
    let mut rest = &header[start..];
    loop {
        rest = rest.strip_prefix(b";")?.trim_ascii_start();
        let end = rest.iter().position(|it| matches!(it, b'=' | b';'));
        let (key, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        let mut value = None;
        if let Some(after) = rest.strip_prefix(b"=") {
            let (found, after) = take_value(after.trim_ascii_start());
            value = Some(found);
            rest = after;
        }
        if value.is_some() && key.trim_ascii().eq_ignore_ascii_case(name) {
            return value;
        }
        // What stands between a closing quote and the next semicolon means nothing.
        let next = rest.iter().position(|it| *it == b';');
        rest = &rest[next?..];
    }
}

/// A value, and what follows it.
fn take_value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|it| *it == b';');
        let (value, rest) = text.split_at(end.unwrap_or(text.len()));
        return (value.trim_ascii_end().to_vec(), rest);
    };
    let mut value = Vec::new();
    let mut at = 0;
    while let Some(&byte) = quoted.get(at) {
        match (byte, quoted.get(at + 1)) {
            (b'"', _) => return (value, &quoted[at + 1..]),
            (b'\\', Some(&escaped @ (b'"' | b'\\'))) => {
                value.push(escaped);
                at += 1;
            }
            _ => value.push(byte),
        }
        at += 1;
    }
    (value, &[])
}

/// `UTF-8''caf%C3%A9` (RFC 8187); of another charset the plain parameter is better.
fn extended(value: &[u8]) -> Option<Vec<u8>> {
    let mut pieces = value.splitn(3, |it| *it == b'\'');
    let (charset, _language, text) = (pieces.next()?, pieces.next()?, pieces.next()?);
    charset
        .eq_ignore_ascii_case(b"utf-8")
        .then(|| percent_encoding::percent_decode(text).collect())
}

/// What a file is called, without the folders of the client's machine.
fn base(path: &[u8]) -> &[u8] {
    let folder = path.iter().rposition(|it| matches!(it, b'/' | b'\\'));
    &path[folder.map_or(0, |it| it + 1)..]
}
