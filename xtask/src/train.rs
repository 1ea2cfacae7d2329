//! Lets the server count what it does under the loads of `bench`; `dist` optimises it by that.

use std::env;

use anyhow::Result;
use xshell::cmd;

use crate::{
    dist::{self, Named},
    repo,
};

/// Cases of `bench` that are the work of servers.
const CASES: [&str; 11] = [
    "hello",
    "plain",
    "echo",
    "mib",
    "h2",
    "static",
    "static-h2",
    "upload",
    "rpc",
    "rpc16",
    "rpc-pipelined",
];

/// # Errors
/// When something is missing that `bench` needs, or that merges counts.
pub(crate) fn run() -> Result<()> {
    let sh = repo::shell()?;
    // The compiler writes it into the program: with another one each time, all would be compiled anew.
    let counted = repo::target_dir()?.join("counted");
    let server = dist::named_server(&sh, &Named::Counting(&counted))?;
    sh.remove_path(&counted)?;
    let (xtask, cases) = (env::current_exe()?, CASES);
    cmd!(
        sh,
        "{xtask} bench {cases...} --only rr --runs 1 --seconds 2 --binary {server}"
    )
    .run()?;
    let counts = dist::store(&sh, &counted)?;
    eprintln!("wrote {}", counts.display());
    Ok(())
}
