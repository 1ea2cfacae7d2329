//! Sets variables in this process.

use std::{env, io};

use crate::process::FROM_FILES;

/// Sets those that the environment does not have.
pub(in crate::cli) fn start_again(variables: &[(String, String)]) -> io::Result<()> {
    let is_new = |name: &str| env::var_os(name).is_none();
    let new: Vec<_> = variables.iter().filter(|it| is_new(&it.0)).collect();
    let names: Vec<&str> = new.iter().map(|it| &*it.0).collect();
    set(FROM_FILES, &names.join(","));
    for (name, value) in new {
        set(name, value);
    }
    Ok(())
}

fn set(name: &str, value: &str) {
    #[allow(unsafe_code)]
    // SAFETY: the environment of Windows has a lock of its own; std says that this is safe there
    // with any number of threads.
    unsafe {
        env::set_var(name, value);
    }
}
