//! What is shipped.
mod binaries;
mod commit;
mod target;
use anyhow::Result;
use crate::repo;
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The platform to build for, where it is not this one
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Pack binaries that are compiled quickly, to try the packages themselves
    #[arg(long)]
    dev: bool,
}
pub(crate) fn run(args: &Args) -> Result<()> {
    let sh = repo::shell()?;
    let target = target::Target::of(&sh, args.target.as_deref())?;
    let commit = commit::Commit::head(&sh)?;
    let b = binaries::Binaries::build(&sh, args, &target, &commit)?;
    println!("{}", b.path(binaries::SERVER).display());
    Ok(())
}
