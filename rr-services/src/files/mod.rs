//! Files as HTTP responses: opened beneath a folder, with conditions and ranges. Knows no
//! configuration, no middleware and no PHP but the names of its files.

mod beneath;
mod body;
mod conditions;
#[cfg(windows)]
mod final_path;
mod names;
mod ranges;
#[cfg(any(windows, test))]
mod reserved;
mod respond;
#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(all(unix, not(target_os = "linux")), path = "bsd.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

#[cfg(test)]
mod tests;

pub(crate) use beneath::{File, Folder};
pub(crate) use names::{is_secret, kind_of};
pub(crate) use respond::{Representation, respond};
pub(crate) use system::path;
