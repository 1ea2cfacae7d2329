//! Sets variables in this process.

use std::{env, io};

/// Sets those that the environment does not have.
pub(in crate::cli) fn start_again(variables: &[(String, String)]) -> io::Result<()> {
    for (name, value) in variables {
        if env::var_os(name).is_none() {
            #[allow(unsafe_code)]
            // SAFETY: the environment of Windows has a lock of its own; std says that this is safe
            // there with any number of threads.
            unsafe {
                env::set_var(name, value);
            }
        }
    }
    Ok(())
}
