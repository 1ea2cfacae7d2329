//! Becoming another program.

#[cfg_attr(unix, path = "exec/unix.rs")]
#[cfg_attr(not(unix), path = "exec/other.rs")]
mod platform;

pub(crate) use platform::replace_by;
