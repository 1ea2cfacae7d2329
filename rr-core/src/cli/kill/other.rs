//! Where processes have no signals.

use std::io;

/// Is told that there is no way.
pub(in crate::cli) fn terminate(_: u32) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system has no signal for it: end it with Ctrl-C where it runs",
    ))
}
