//! Where a process cannot become another: a child serves, and its end is that of this one.

use std::{env, io, process::Command};

use crate::process::FROM_FILES;

/// Returns only where it cannot, or where the environment has all of them.
pub(in crate::cli) fn start_again(variables: &[(String, String)]) -> io::Result<()> {
    let is_new = |name: &str| env::var_os(name).is_none();
    let new: Vec<_> = variables.iter().filter(|it| is_new(&it.0)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = new.iter().map(|(name, _)| name.as_str()).collect();
    let new = new.iter().map(|(name, value)| (name, value));
    let arguments = env::args_os().skip(1);
    let status = Command::new(env::current_exe()?)
        .args(arguments)
        .env(FROM_FILES, names.join(","))
        .envs(new)
        .status()?;
    #[allow(clippy::exit, reason = "the child was this program")]
    std::process::exit(status.code().unwrap_or(1))
}
