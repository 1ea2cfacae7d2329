//! FastCGI records: bytes in, records out, and back (FastCGI 1.0, section 3.3).

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

/// The length of a record's header.
const HEADER: usize = 8;

/// The only version there is.
const VERSION: u8 = 1;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A request begins.
    Begin,
    /// A request is of no interest any more.
    Abort,
    /// A request has its answer.
    End,
    /// A part of a request's parameters.
    Params,
    /// A part of a request's body.
    Stdin,
    /// A part of an answer.
    Stdout,
    /// What an answer has to complain about.
    Stderr,
    /// A part of the file that a filter filters.
    Data,
    /// A question about the server.
    GetValues,
    /// Its answer.
    GetValuesResult,
    /// The answer to a question that is not understood.
    UnknownType,
    /// None of the specification.
    Other(u8),
}

impl From<u8> for Kind {
    fn from(number: u8) -> Self {
        match number {
            1 => Self::Begin,
            2 => Self::Abort,
            3 => Self::End,
            4 => Self::Params,
            5 => Self::Stdin,
            6 => Self::Stdout,
            7 => Self::Stderr,
            8 => Self::Data,
            9 => Self::GetValues,
            10 => Self::GetValuesResult,
            11 => Self::UnknownType,
            other => Self::Other(other),
        }
    }
}

impl From<Kind> for u8 {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Begin => 1,
            Kind::Abort => 2,
            Kind::End => 3,
            Kind::Params => 4,
            Kind::Stdin => 5,
            Kind::Stdout => 6,
            Kind::Stderr => 7,
            Kind::Data => 8,
            Kind::GetValues => 9,
            Kind::GetValuesResult => 10,
            Kind::UnknownType => 11,
            Kind::Other(other) => other,
        }
    }
}

/// One record, without its padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub kind: Kind,
    /// Which request it belongs to; 0 is the connection itself.
    pub id: u16,
    /// At most 65,535 bytes.
    pub content: Bytes,
}

/// Bytes that are no FastCGI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record of FastCGI version 1 is expected, this one is of version {0}")]
pub struct BadRecord(pub u8);

impl Record {
    /// Takes the first record off `buffer`; `None` where more bytes are needed.
    ///
    /// # Errors
    /// When what begins there is no record; `buffer` is as it was then.
    pub fn decode(buffer: &mut BytesMut) -> Result<Option<Self>, BadRecord> {
        match buffer.first() {
            None => return Ok(None),
            Some(&VERSION) => {}
            Some(&version) => return Err(BadRecord(version)),
        }
        let Some(header) = buffer.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let [
            _,
            kind,
            id_high,
            id_low,
            length_high,
            length_low,
            padding,
            _,
        ] = *header;
        let length = usize::from(u16::from_be_bytes([length_high, length_low]));
        let whole = HEADER + length + usize::from(padding);
        if buffer.len() < whole {
            buffer.reserve(whole - buffer.len());
            return Ok(None);
        }
        let mut record = buffer.split_to(whole);
        record.advance(HEADER);
        record.truncate(length);
        Ok(Some(Self {
            kind: kind.into(),
            id: u16::from_be_bytes([id_high, id_low]),
            content: record.freeze(),
        }))
    }

    /// Appends this record to `out`.
    ///
    /// # Panics
    /// When the content is longer than a record can be.
    pub fn encode(&self, out: &mut BytesMut) {
        out.put_slice(&head(self.kind, self.id, self.content.len()));
        out.put_slice(&self.content);
    }
}

/// The header of a record whose content of `length` bytes follows it, without padding.
///
/// # Panics
/// When that is longer than a record can be.
#[must_use]
pub fn head(kind: Kind, id: u16, length: usize) -> [u8; HEADER] {
    let length = u16::try_from(length).expect("the content fits into a record");
    let ([id_high, id_low], [high, low]) = (id.to_be_bytes(), length.to_be_bytes());
    [VERSION, kind.into(), id_high, id_low, high, low, 0, 0]
}
