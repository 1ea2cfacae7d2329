//! The system has calls for it.

use std::{fs::File, io, os::unix::fs::FileExt as _};

/// Fills `bytes` with what lies in the file from the byte `at` on.
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    file.read_exact_at(bytes, at)
}

/// Writes all of `bytes` to the file, from its byte `at` on.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.write_all_at(bytes, at)
}
