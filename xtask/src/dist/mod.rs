//! What is shipped: archives of `rr`, `rr-builder` and the PHP library, a Debian package, what they
//! are made of, and checksums. One commit gives the same bytes in every folder and at every time.

mod archive;
mod binaries;
mod checksums;
mod commit;
mod deb;
mod lint;
mod notices;
mod pack;
pub(crate) mod parts;
mod php;
mod sbom;
mod target;
mod texts;
mod trained;
mod tree;
mod trial;

use anyhow::Result;

use crate::repo;
pub(crate) use binaries::{Named, named_server};
pub(crate) use trained::store;

use binaries::{BUILDER, Binaries, SERVER};
use commit::Commit;
use deb::Deb;
use pack::Packer;
use target::Target;

/// How to pack.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The platform to build for, where it is not this one
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Pack binaries that are compiled quickly, to try the packages themselves
    #[arg(long)]
    dev: bool,
    /// Then check the Debian package, and install, upgrade and remove it in a container with systemd
    #[arg(long)]
    check: bool,
}

impl Args {
    /// What `cargo xtask ci` checks: everything but the release build.
    pub(crate) fn trial() -> Self {
        Self {
            target: None,
            dev: true,
            check: true,
        }
    }
}

/// Leaves what is shipped in `archives/` of the target directory.
///
/// # Errors
/// When something does not build, cannot be packed or, with `--check`, is not as it should be.
pub(crate) fn run(args: &Args) -> Result<()> {
    let sh = repo::shell()?;
    let target = Target::of(&sh, args.target.as_deref())?;
    let commit = Commit::head(&sh)?;
    let binaries = Binaries::build(&sh, args, &target, &commit)?;
    let folder = repo::target_dir()?.join("archives");
    sh.remove_path(&folder)?;
    sh.create_dir(&folder)?;

    let packer = Packer {
        sh: &sh,
        folder: &folder,
        commit: &commit,
        target: &target,
        // Debian's package has no symbols; `dist` has none anyway.
        strip: args.dev,
    };
    let server = packer.material(SERVER, &binaries)?;
    let builder = packer.material(BUILDER, &binaries)?;
    let texts = texts::of_server(&sh, &target, &binaries)?;
    let more = [
        ("rr.schema.json", texts.schema.as_slice()),
        ("sample.rr.yaml", texts.sample.as_slice()),
    ];
    packer.archive(&server, &texts.texts, &more)?;
    packer.archive(&builder, &texts::of_builder(&sh)?, &[])?;
    packer.php()?;
    let deb = Deb {
        sh: &sh,
        commit: &commit,
        target: &target,
        binary: &server.binary,
        texts: &texts,
        notices: &server.notices,
        quick: args.dev,
    };
    match deb::impossible(&sh, &target) {
        None => drop(deb.build(1, &folder)?),
        Some(reason) => println!("no .deb: {reason}"),
    }
    let sums = checksums::of(&folder)?;
    sh.write_file(folder.join("SHA256SUMS"), &sums)?;
    println!("\n{sums}\nin {}", folder.display());

    if args.check {
        lint::run(&sh, &folder)?;
        trial::run(&deb, &folder)?;
    }
    Ok(())
}
