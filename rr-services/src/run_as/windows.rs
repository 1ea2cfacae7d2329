//! Not on Windows, which wants the password of whom a process is to run as.

use rr_core::process::RunAs;

/// Why processes cannot run as asked.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{section}.{key}`: processes cannot be run as another user on Windows\nhelp: remove it, and run the server itself as that user"
)]
pub(crate) struct RunAsError {
    section: String,
    key: &'static str,
}

/// Nobody, where nobody is named; `section` is where they would stand.
///
/// # Errors
/// For any name.
pub(crate) fn look_up(
    section: &str,
    user: Option<&str>,
    group: Option<&str>,
) -> Result<Option<RunAs>, RunAsError> {
    for (key, name) in [("user", user), ("group", group)] {
        if name.is_some_and(|it| !it.is_empty()) {
            return Err(RunAsError {
                section: section.to_owned(),
                key,
            });
        }
    }
    Ok(None)
}
