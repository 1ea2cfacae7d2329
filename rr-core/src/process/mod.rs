//! Child processes: started so that none outlives the server, watched, signalled as groups, heard line by line.
//!
//! Knows neither workers nor services.
//!
//! ```
//! use std::process::Stdio;
//!
//! use rr_core::process::{Command, Output, Process};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let command = Command {
//!     program: "echo".to_owned(),
//!     args: vec!["hello".to_owned()],
//!     env: vec![],
//!     user: None,
//! };
//! let mut child = command.spawn(Stdio::null()).await?;
//! let output = Output::read(child.stdout.take().expect("it is piped"), |line| drop(line));
//! let process = Process::watch(child.id().expect("it was not waited for"), child);
//! assert!(process.ended().await.is_some_and(|status| status.success()));
//! assert_eq!(output.last_lines().await, "hello");
//! # Ok::<(), std::io::Error>(()) }).unwrap();
//! ```

mod command;
#[cfg_attr(target_os = "linux", path = "forked/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "forked/elsewhere.rs")]
pub(crate) mod forked;
#[cfg_attr(unix, path = "group/unix.rs")]
#[cfg_attr(windows, path = "group/windows.rs")]
mod group;
#[cfg_attr(target_os = "linux", path = "launch/linux.rs")]
#[cfg_attr(all(unix, not(target_os = "linux")), path = "launch/bsd.rs")]
#[cfg_attr(windows, path = "launch/windows.rs")]
mod launch;
mod output;
#[cfg(target_os = "linux")]
mod parent_death;
mod usage;
mod watched;

#[cfg(target_os = "linux")]
pub(crate) use command::FIRST_PROCESS;
pub(crate) use command::Guard;
#[cfg(unix)]
pub(crate) use command::PREDECESSOR;
pub use command::{Command, RunAs};
pub use launch::Child;
pub use output::{Lines, Output};
pub use usage::{Usage, usage};
pub use watched::{Process, Signal};

pub(crate) use command::FROM_FILES;
pub(crate) use usage::usages;
