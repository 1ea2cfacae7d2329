//! The examples: a workspace of their own, checked as users would have them.

use anyhow::Result;
use xshell::{Shell, cmd};

/// Formatting, lints and tests; the tests build the shop and ask it.
///
/// # Errors
/// When one of them fails.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    let _in_folder = sh.push_dir("examples");
    cmd!(sh, "cargo fmt --check").run()?;
    cmd!(
        sh,
        "cargo clippy --locked --workspace --all-targets -- --deny warnings"
    )
    .run()?;
    cmd!(sh, "cargo test --workspace").run()?;
    Ok(())
}
