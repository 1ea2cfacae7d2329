//! Begins this program again in the same process, with more variables.

use std::{env, io, os::unix::process::CommandExt as _, process::Command};

use crate::process::FROM_FILES;

/// Returns only where it cannot, or where the environment has all of them.
pub(in crate::cli) fn start_again(variables: &[(String, String)]) -> io::Result<()> {
    let mut command = Command::new(env::current_exe()?);
    let mut arguments = env::args_os();
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // One that is set to what is no text is set all the same: it must not be asked for for ever.
    let is_new = |name: &str| env::var_os(name).is_none();
    let new: Vec<_> = variables.iter().filter(|it| is_new(&it.0)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = new.iter().map(|it| &*it.0).collect();
    // A successor reads the files anew, and what they say then must not seem to be set already.
    command.env(FROM_FILES, names.join(","));
    let new = new.into_iter().map(|(name, value)| (name, value));
    Err(command.args(arguments).envs(new).exec())
}
