//! Where frames begin in bytes that are not all frames: PHP code prints, and over pipes it prints there.

use super::frame::{HEADER, MAX_OPTIONS, VERSION};

/// The first byte of a frame: the version, and three words of header with none to ten options.
const FIRST: std::ops::RangeInclusive<u8> =
    (VERSION << 4 | (HEADER / 4) as u8)..=(VERSION << 4 | (HEADER / 4 + MAX_OPTIONS) as u8);

/// How many bytes at the start of `bytes` belong to no frame.
///
/// What follows them is a valid header, or a part of what may become one. Text is told at
/// its first byte: no frame begins with a letter or a line break.
#[must_use]
pub fn noise(bytes: &[u8]) -> usize {
    let mut starts = (0..bytes.len()).filter(|at| FIRST.contains(&bytes[*at]));
    let start = starts.find(|at| may_be_header(&bytes[*at..]));
    start.unwrap_or(bytes.len())
}

/// Whether nothing of the header that is there is wrong. A payload that is too long does not
/// make it noise: the checksum holds, so somebody has meant it.
fn may_be_header(bytes: &[u8]) -> bool {
    let is_checked = bytes.first_chunk::<10>().is_none_or(|it| {
        let (covered, crc) = it.split_at(6);
        crc32fast::hash(covered).to_le_bytes() == crc
    });
    is_checked && bytes.get(HEADER - 1).is_none_or(|reserved| *reserved == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: usize) {
        assert_eq!(noise(bytes), expected, "{}", bytes.escape_ascii());
    }

    const EMPTY: &[u8] = b"\x13\0\0\0\0\0\x96\xd1\x80\x34\0\0";

    #[test]
    fn a_frame_is_found_behind_whatever_was_printed() {
        check(b"", 0);
        check(EMPTY, 0);
        check(b"PHP Warning: x\n", 15);
        check(&[b"PHP Warning: x\n", EMPTY].concat(), 15);
        check(&[b"\x13\x13\x14\x1d", EMPTY].concat(), 4);
        for cut in 1..EMPTY.len() {
            check(&[b"ab", &EMPTY[..cut]].concat(), 2);
        }
    }

    #[test]
    fn a_header_with_a_wrong_byte_is_noise() {
        for (at, wrong) in [(0, 0x23), (0, 0x12), (0, 0x1e), (1, 1), (9, 0), (11, 1)] {
            let mut bytes = EMPTY.to_vec();
            bytes[at] = wrong;
            check(&bytes, EMPTY.len());
        }
    }
}
