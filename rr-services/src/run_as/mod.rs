//! Whom processes run as: names of users and groups to numbers, where the system lets one program
//! start another as somebody else.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

pub(crate) use system::{RunAsError, look_up};
