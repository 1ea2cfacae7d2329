//! The programs that are shipped, compiled so that one commit gives one sequence of bytes.
//!
//! A compiler writes down where sources lay, for the messages of panics. Every such path is
//! told to be the same one everywhere, so neither the folder of the clone nor that of cargo counts.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use xshell::{Cmd, Shell, cmd};

use super::{Args, commit::Commit, target::Target, trained};
use crate::repo;

/// A program that is shipped.
#[derive(Clone, Copy)]
pub(super) struct Product {
    /// The package that it is built from.
    pub(super) package: &'static str,
    pub(super) binary: &'static str,
    /// What its archives are called.
    pub(super) archive: &'static str,
}

/// The stock server, under the name by which RoadRunner is fetched.
pub(super) const SERVER: Product = Product {
    package: "rr-services",
    binary: "rr",
    archive: "roadrunner",
};

/// What compiles servers.
pub(super) const BUILDER: Product = Product {
    package: "rr-builder",
    binary: "rr-builder",
    archive: "rr-builder",
};

/// Where cargo leaves what it was asked for.
pub(super) struct Binaries {
    folder: PathBuf,
    suffix: &'static str,
}

impl Binaries {
    /// Compiles both, with the `dist` profile or, with `--dev`, as for development.
    ///
    /// # Errors
    /// When something does not compile, or does not tell its version.
    pub(super) fn build(sh: &Shell, args: &Args, target: &Target, commit: &Commit) -> Result<Self> {
        let mut folder = repo::target_dir()?;
        let suffix = target.suffix();
        let triple = &target.triple;
        if args.dev {
            // Of the whole workspace, as everything else is built for development.
            let names = [SERVER.binary, BUILDER.binary].map(|it| ["--bin", it]);
            let names = names.as_flattened();
            let other = ["--target", triple];
            let platform = if target.is_host { &[] } else { &other[..] };
            cmd!(
                sh,
                "cargo build --locked --workspace {names...} {platform...}"
            )
            .run()?;
            folder = if target.is_host {
                folder
            } else {
                folder.join(triple)
            };
            folder.push("debug");
        } else {
            for product in [SERVER, BUILDER] {
                let cargo = compile(sh, product, target, trained::flag(sh, product, target)?)?;
                cargo
                    .env(
                        "SOURCE_DATE_EPOCH",
                        commit.time.unix_timestamp().to_string(),
                    )
                    .run()?;
            }
            folder = folder.join(triple).join("dist");
        }
        let binaries = Self { folder, suffix };
        if target.is_host {
            for product in [SERVER, BUILDER] {
                let binary = binaries.path(product);
                cmd!(sh, "{binary} --version").quiet().run()?;
            }
        }
        Ok(binaries)
    }

    pub(super) fn path(&self, product: Product) -> PathBuf {
        self.folder
            .join(format!("{}{}", product.binary, self.suffix))
    }
}

/// How the stock server is compiled to be measured or trained: as it is shipped, for this machine, but
/// with the names of its functions.
pub(crate) enum Named<'a> {
    /// To run as it is shipped.
    Trained,
    /// To count, into files of this folder, how often each of its branches is taken.
    Counting(&'a Path),
}

/// Compiles the server and returns where it lies.
///
/// # Errors
/// When it does not compile.
pub(crate) fn named_server(sh: &Shell, named: &Named<'_>) -> Result<PathBuf> {
    let target = Target::of(sh, None)?;
    let mut folder = repo::target_dir()?;
    let flag = match named {
        Named::Trained => trained::flag(sh, SERVER, &target)?,
        Named::Counting(counts) => {
            folder.push("counting");
            Some(format!("-Cprofile-generate={}", counts.display()))
        }
    };
    let cargo = compile(sh, SERVER, &target, flag)?;
    cargo
        .args(["--config", "profile.dist.strip='debuginfo'", "--target-dir"])
        .arg(&folder)
        .run()?;
    Ok(folder.join(target.triple).join("dist").join(SERVER.binary))
}

/// The command that compiles `product`. The platform is always named, so that flags are none of the
/// programs that are only run to build it.
fn compile<'a>(
    sh: &'a Shell,
    product: Product,
    target: &Target,
    flag: Option<String>,
) -> Result<Cmd<'a>> {
    let Product {
        package, binary, ..
    } = product;
    let triple = &target.triple;
    let mut flags = flags(sh)?;
    flags.extend(flag);
    Ok(cmd!(
        sh,
        "cargo build --locked --profile dist --package {package} --bin {binary} --target {triple}"
    )
    .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
    .env("CARGO_INCREMENTAL", "0")
    .env("CFLAGS", c_flags(target)?))
}

/// What to tell rustc: what the caller wants, and the names of folders.
fn flags(sh: &Shell) -> Result<Vec<String>> {
    let given = env::var("RUSTFLAGS").unwrap_or_default();
    let mut flags: Vec<String> = given.split_whitespace().map(str::to_owned).collect();
    let sysroot = cmd!(sh, "rustc --print sysroot").quiet().read()?;
    let about = cmd!(sh, "rustc --version --verbose").quiet().read()?;
    let hash = about
        .lines()
        .find_map(|it| it.strip_prefix("commit-hash: "));
    // As the standard library that comes compiled says it.
    let library = format!("/rustc/{}", hash.unwrap_or("unknown"));
    let sources = PathBuf::from(sysroot).join("lib/rustlib/src/rust");
    let mut remap = |from: &Path, to: &str| {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    };
    // The last one that fits counts: folders come before those inside of them.
    remap(&sources, &library);
    remap(&cargo_home()?, "cargo");
    for registry in registries()? {
        remap(&registry, "crates");
    }
    remap(&repo::root(), "rr");
    remap(&repo::target_dir()?, "target");
    Ok(flags)
}

/// The same for what crates compile of C.
fn c_flags(target: &Target) -> Result<String> {
    let given = env::var("CFLAGS").unwrap_or_default();
    if target.triple.ends_with("-msvc") {
        return Ok(given);
    }
    let mut flags = vec![given];
    let mut remap = |from: &Path, to: &str| {
        flags.push(format!("-ffile-prefix-map={}={to}", from.display()));
    };
    remap(&cargo_home()?, "cargo");
    for registry in registries()? {
        remap(&registry, "crates");
    }
    remap(&repo::target_dir()?, "target");
    Ok(flags.join(" ").trim().to_owned())
}

/// Where cargo keeps the sources of crates: one folder an index, named by where it was fetched from.
fn registries() -> Result<Vec<PathBuf>> {
    let sources = cargo_home()?.join("registry/src");
    let Ok(folders) = fs::read_dir(&sources) else {
        return Ok(Vec::new()); // all crates are vendored
    };
    let mut folders: Vec<PathBuf> = folders
        .map(|it| Ok(it?.path()))
        .collect::<std::io::Result<_>>()?;
    folders.sort();
    Ok(folders)
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = env::home_dir().context("neither CARGO_HOME nor HOME tells where crates lie")?;
    Ok(home.join(".cargo"))
}
