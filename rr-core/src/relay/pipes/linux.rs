//! What Linux lets be done with a pipe, and asked of it.

use nix::fcntl::{FcntlArg, fcntl};
use tokio::process::{ChildStdin, ChildStdout};

/// Fewer wake-ups for a large answer: the kernel's 64 KiB become 512.
///
/// Not more, and not for requests: a user other than root has 64 MiB for all pipes, which is
/// 128 workers; beyond that every further pipe shrinks to 8 KiB and is slower.
pub(super) fn widen(pipe: &ChildStdout) {
    if let Err(errno) = fcntl(pipe, FcntlArg::F_SETPIPE_SZ(512 << 10)) {
        tracing::debug!(target: "server", %errno, "a pipe keeps its size");
    }
}

/// How many bytes lie in the pipe. It tells that at either end, even when nobody will read it any more.
pub(super) fn unread(pipe: &ChildStdin) -> Option<usize> {
    let unread = rustix::io::ioctl_fionread(pipe).ok()?;
    usize::try_from(unread).ok()
}
