//! What the compiler is told of where the server spends its time: counts of a load, checked in.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use tempfile::NamedTempFile;
use xshell::{Shell, cmd};

use super::{
    binaries::{Product, SERVER},
    target::Target,
};
use crate::repo;

/// The counts as the compiler takes them, compressed. What never ran is counted as well: it is compiled
/// to be small.
const COUNTS: &str = "rr.profdata.gz";

/// Whose counts they are: another compiler calls functions otherwise.
const COMPILER: &str = "compiler.txt";

/// The flag that lets `product` be optimised by the counts; `None` where they are of another program or
/// platform, or, which is said, of another compiler.
pub(super) fn flag(sh: &Shell, product: Product, target: &Target) -> Result<Option<String>> {
    if product.binary != SERVER.binary {
        return Ok(None);
    }
    let folder = folder();
    let trained = fs::read_to_string(folder.join(COMPILER));
    let lost = || {
        format!(
            "`{}`\nhelp: cargo xtask train",
            folder.join(COMPILER).display()
        )
    };
    let trained = trained.with_context(lost)?;
    if trained != compiler(sh, target)? {
        let (trained, triple) = (trained.replace('\n', ", "), &target.triple);
        eprintln!(
            "note: the server is compiled for {triple} without what is known of its load: that is for {trained}\n\
             help: `cargo xtask train`"
        );
        return Ok(None);
    }
    let counts = unpacked(&folder.join(COUNTS))?;
    Ok(Some(format!("-Cprofile-use={}", counts.display())))
}

/// Other counts have another path, and the same are not written again: what the compiler read has not
/// changed.
fn unpacked(packed: &Path) -> Result<PathBuf> {
    let packed = fs::read(packed).with_context(|| format!("`{}`", packed.display()))?;
    let target = repo::target_dir()?;
    let path = target.join(format!("{:08x}.profdata", crc32fast::hash(&packed)));
    if !path.exists() {
        fs::create_dir_all(&target)?;
        let mut file = NamedTempFile::new_in(&target)?;
        io::copy(&mut GzDecoder::new(&*packed), &mut file)?;
        file.persist(&path)?;
    }
    Ok(path)
}

/// Makes what the server has counted into files of `counted` the counts that are checked in.
///
/// # Errors
/// When the tool that merges them is missing.
pub(crate) fn store(sh: &Shell, counted: &Path) -> Result<PathBuf> {
    let libraries = cmd!(sh, "rustc --print target-libdir").quiet().read()?;
    let tool = Path::new(&libraries).with_file_name("bin/llvm-profdata");
    let folder = folder();
    fs::create_dir_all(&folder)?;
    let (merged, packed) = (counted.join("merged"), folder.join(COUNTS));
    cmd!(sh, "{tool} merge --output {merged} {counted}")
        .run()
        .context("counts cannot be merged\nhelp: rustup component add llvm-tools")?;
    let mut file = GzEncoder::new(File::create(&packed)?, Compression::best());
    file.write_all(&fs::read(merged)?)?;
    file.finish()?;
    fs::write(folder.join(COMPILER), compiler(sh, &Target::of(sh, None)?)?)?;
    Ok(packed)
}

fn folder() -> PathBuf {
    repo::root().join("xtask/profile")
}

/// A compiler and the platform that it compiles for.
fn compiler(sh: &Shell, target: &Target) -> Result<String> {
    let version = cmd!(sh, "rustc --version").quiet().read()?;
    Ok(format!("{version}\n{}\n", target.triple))
}
