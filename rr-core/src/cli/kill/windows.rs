//! Asks another process to end where processes have no signals: by a pipe that it listens on.

use std::{
    fs,
    io::{self, Write as _},
};

/// The pipe on which process `pid` hears that it is to end.
pub(in crate::cli) fn pipe(pid: u32) -> String {
    format!(r"\\.\pipe\rr-stop-{pid}")
}

/// Writes to its pipe.
pub(in crate::cli) fn terminate(pid: u32) -> io::Result<()> {
    let opened = fs::OpenOptions::new().write(true).open(pipe(pid));
    let mut pipe = opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::new(
            io::ErrorKind::NotFound,
            "it listens on no pipe for that: end it with Ctrl-C where it runs",
        ),
        _ => error,
    })?;
    pipe.write_all(b"\n")
}
