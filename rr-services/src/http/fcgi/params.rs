//! Name-value pairs as FastCGI packs them (FastCGI 1.0, section 3.4).

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

/// Pairs that end in the midst of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parameters end in the midst of a pair")]
pub struct BadParams;

/// All pairs of `packed`, in their order. They share its memory.
///
/// # Errors
/// When it ends in the midst of a pair.
pub fn unpack(mut packed: Bytes) -> Result<Vec<(Bytes, Bytes)>, BadParams> {
    let mut pairs = Vec::new();
    while packed.has_remaining() {
        let (name, value) = (length(&mut packed)?, length(&mut packed)?);
        // Two lengths of 31 bits, where a word may have 32.
        let both = name.checked_add(value).ok_or(BadParams)?;
        if both > packed.len() {
            return Err(BadParams);
        }
        pairs.push((packed.split_to(name), packed.split_to(value)));
    }
    Ok(pairs)
}

/// Appends a pair to `out`.
///
/// # Panics
/// When one of the two is longer than 2 GiB.
pub fn pack(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    for part in [name, value] {
        match u8::try_from(part.len()) {
            Ok(short) if short < 0x80 => out.put_u8(short),
            _ => {
                let long = u32::try_from(part.len()).ok().filter(|it| it >> 31 == 0);
                out.put_u32(long.expect("a length of 31 bits") | 1 << 31);
            }
        }
    }
    out.put_slice(name);
    out.put_slice(value);
}

/// One byte, or four where the first bit of the first says so.
fn length(packed: &mut Bytes) -> Result<usize, BadParams> {
    match packed.first() {
        None => Err(BadParams),
        Some(short) if short >> 7 == 0 => Ok(packed.get_u8().into()),
        Some(_) => {
            let long = packed.try_get_u32().map_err(|_| BadParams)?;
            usize::try_from(long & !(1 << 31)).map_err(|_| BadParams)
        }
    }
}
