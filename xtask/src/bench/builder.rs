//! How long `rr-builder` takes, and how large its servers are.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result};
use serde::Serialize;
use xshell::{Shell, cmd};

use crate::{interrupt::Interrupt, repo};

/// HTTP and RPC alone.
const SMALL: &str = "name = \"small\"\n\n[services]\nrpc = true\nserver = true\nhttp = true\n";

/// One figure.
#[derive(Serialize)]
pub(super) struct Figure {
    what: &'static str,
    seconds: f64,
    mib: f64,
}

/// Builds servers in a folder of its own, with a cache of its own: the first build is one.
///
/// # Errors
/// When a build fails.
pub(super) fn run(sh: &Shell, interrupt: &Interrupt) -> Result<Vec<Figure>> {
    cmd!(sh, "cargo build --workspace --bin rr-builder").run()?;
    let program = repo::target_dir()?.join("debug/rr-builder");
    let folder = tempfile::tempdir().context("there is no place for a project")?;
    let bench = Bench {
        sh,
        program,
        folder: folder.path(),
    };
    let (program, till) = (&bench.program, folder.path().join("till"));
    cmd!(sh, "{program} new {till}")
        .quiet()
        .ignore_stdout()
        .run()?;
    let stock = fs::read_to_string(repo::root().join("rr-services/manifest.toml"))?;
    bench.write("till/small.toml", SMALL)?;
    bench.write("till/stock.toml", &stock.replace("\"rr\"", "\"stock\""))?;

    let mut figures = Vec::new();
    let mut tell = |figure: Figure| {
        let Figure { what, seconds, mib } = &figure;
        eprintln!("{what}: {seconds:.1} s, {mib:.1} MiB");
        figures.push(figure);
        interrupt.check()
    };
    tell(bench.build("the first build, of a new project", "manifest", "release")?)?;
    tell(bench.build("nothing changed", "manifest", "release")?)?;
    bench.change("till/greeter/src/lib.rs")?;
    tell(bench.build("a crate of the project changed", "manifest", "release")?)?;
    tell(bench.build("another manifest, http and rpc alone", "small", "release")?)?;
    tell(bench.build("another manifest, every service", "stock", "release")?)?;
    tell(bench.build("http and rpc alone, profile `size`", "small", "size")?)?;
    tell(bench.build("every service, profile `size`", "stock", "size")?)?;
    Ok(figures)
}

struct Bench<'a> {
    sh: &'a Shell,
    program: PathBuf,
    folder: &'a Path,
}

impl Bench<'_> {
    fn build(&self, what: &'static str, manifest: &str, profile: &str) -> Result<Figure> {
        let Self { sh, program, .. } = self;
        let project = self.folder.join("till");
        let file = project.join(format!("{manifest}.toml"));
        let output = project.join(format!("build-{manifest}"));
        let begun = Instant::now();
        cmd!(
            sh,
            "{program} build {file} --output {output} --profile {profile}"
        )
        .env("RR_BUILDER_CACHE", self.folder.join("cache"))
        .env_remove("CARGO_TARGET_DIR")
        .quiet()
        .ignore_stdout()
        .run()?;
        let seconds = begun.elapsed().as_secs_f64();
        let name = if manifest == "manifest" {
            "till"
        } else {
            manifest
        };
        let bytes = fs::metadata(output.join(name))?.len();
        Ok(Figure {
            what,
            seconds,
            mib: bytes as f64 / f64::from(1 << 20),
        })
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        fs::write(self.folder.join(name), text).with_context(|| format!("cannot write `{name}`"))
    }

    /// A change that the compiler must look at.
    fn change(&self, name: &str) -> Result<()> {
        let text = fs::read_to_string(self.folder.join(name))?;
        self.write(name, &text.replace("{}, {name}!", "{}, dear {name}!"))
    }
}

/// As a table.
pub(super) fn markdown(figures: &[Figure]) -> String {
    let mut table = "| build | s | MiB |\n|---|---:|---:|\n".to_owned();
    for Figure { what, seconds, mib } in figures {
        table += &format!("| {what} | {seconds:.1} | {mib:.1} |\n");
    }
    table
}
