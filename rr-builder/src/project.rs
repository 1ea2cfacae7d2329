//! A manifest on its way to a binary: checked, generated, compiled, tried out and put in place.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    cargo::{Cargo, CargoError},
    compile::{self, CompileError, Job},
    diagnostic::Rejected,
    generate,
    manifest::Manifest,
    output::Output,
    progress::Progress,
    remote::Remote,
    resolve::{self, Plan},
    settings,
    smoke::{self, SmokeError},
    starter::StarterError,
    stock::{Kind, Stock, StockError},
};

/// Where things lie that are not named by the manifest.
#[derive(Debug, Clone)]
pub struct Folders {
    /// What is kept between builds: unpacked crates and, if need be, compiled ones.
    pub cache: PathBuf,
    /// Where cargo puts what it compiles; by default within the checkout, else within the cache.
    pub target: Option<PathBuf>,
    /// A checkout of rr to take its crates from.
    pub stock: Option<PathBuf>,
    /// Where the results go; by default `build/` beside the manifest.
    pub output: Option<PathBuf>,
}

/// A manifest that has been found right.
#[derive(Debug)]
pub struct Project {
    /// The server it describes.
    pub plan: Plan,
    /// Rr's own crates for it.
    pub stock: Stock,
    /// Where the results go.
    pub output: Output,
    /// The manifest's folder.
    pub folder: PathBuf,
    target: PathBuf,
}

/// A server that is in its place.
#[derive(Debug)]
pub struct Built {
    /// The binary.
    pub binary: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The schema of its `.rr.yaml`.
    pub schema: PathBuf,
    /// Whether a `.rr.yaml` was written to begin with.
    pub new_config: bool,
    /// The compiler's warnings on the crates of the project.
    pub warnings: Vec<String>,
}

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] Rejected),
    /// Rr's own crates are missing.
    #[error(transparent)]
    Stock(#[from] StockError),
    /// There is no cargo that can compile it.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// It does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The result does not work.
    #[error("{0}\nhelp: the server that was there before is untouched")]
    Smoke(#[from] SmokeError),
    /// The result cannot be started.
    #[error("cannot start `{binary}`: {source}")]
    Start {
        /// The server.
        binary: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no folder to keep crates in between builds.
    #[error(
        "there is no folder to keep compiled crates in\n\
         help: name one in `RR_BUILDER_CACHE`, since `HOME` is not set"
    )]
    NoCache,
    /// A new project cannot be made.
    #[error(transparent)]
    Starter(#[from] StarterError),
    /// A file cannot be written.
    #[error("cannot write to `{}`: {source}", path.strip_prefix(".").unwrap_or(path).display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Project {
    /// Reads the manifest and everything it names.
    pub fn open(manifest: &Path, folders: &Folders) -> Result<Self, Failure> {
        let manifest = Manifest::read(manifest)?;
        let folder = manifest.folder().to_owned();
        let stock = Stock::locate(&folder, folders.stock.as_deref(), &folders.cache)?;
        let plan = resolve::plan(manifest, &stock, &Remote::new(&folders.cache))?;
        let target = match (&folders.target, stock.kind) {
            (Some(target), _) => target.clone(),
            (None, Kind::Checkout) => stock.root.join("target"),
            (None, Kind::Carried) => folders.cache.join("target"),
        };
        let output = folders.output.clone();
        Ok(Self {
            output: Output::new(output.unwrap_or_else(|| folder.join("build"))),
            plan,
            stock,
            folder,
            target,
        })
    }

    /// Writes the crate of the server and returns its `main.rs`.
    pub fn generate(&self) -> Result<String, Failure> {
        let failed = |path: &Path, source| Failure::Write {
            path: path.to_owned(),
            source,
        };
        let folder = self.output.server();
        let write = || {
            fs::create_dir_all(&folder)?;
            generate::write(&self.plan, &self.stock, &folder.canonicalize()?)
        };
        let main = write().map_err(|source| failed(&folder, source))?;
        let settings = self.folder.join(settings::PLACE);
        settings::write(&settings, &self.plan, &self.stock)
            .map_err(|source| failed(&settings, source))?;
        Ok(main)
    }

    /// Makes the server: for production if `release`, else for the debugger. A server that is
    /// there already stays until the new one has proved that it runs.
    pub fn build(
        &self,
        release: bool,
        colour: bool,
        progress: &mut Progress,
    ) -> Result<Built, Failure> {
        let cargo = Cargo::find(self.stock.rust_version.as_ref())?;
        let main = self.generate()?;
        let folder = self.output.server();
        let job = Job {
            plan: &self.plan,
            stock: &self.stock,
            folder: &folder.canonicalize().unwrap_or(folder),
            main: &main,
            target: &self.target,
            release,
            colour,
        };
        let _alone = compile::alone_in(&self.target, progress)?;
        let compiled = compile::compile(&job, &cargo, progress)?;
        let Plan { name, version, .. } = &self.plan;
        let (text, schema) = smoke::schema(&compiled.binary, name, &version.to_string())?;

        let binary = self.output.binary(name);
        let written = |path: &Path, result: io::Result<bool>| {
            result.map_err(|source| Failure::Write {
                path: path.to_owned(),
                source,
            })
        };
        let placed = self.output.place(&compiled.binary, name);
        written(&binary, placed.map(|()| true))?;
        let schema_file = self.output.schema();
        written(&schema_file, crate::write::if_changed(&schema_file, text))?;
        let new_config = written(
            &self.folder.join(".rr.yaml"),
            self.output.config(&self.folder, &schema),
        )?;
        Ok(Built {
            size: fs::metadata(&binary).map_or(0, |it| it.len()),
            binary,
            schema: schema_file,
            new_config,
            warnings: compiled.warnings,
        })
    }
}

/// The `main.rs` of the server that `manifest` describes, made of the crates in `checkout`: for
/// rr's own binary, which is generated like any other.
pub fn generate_main(manifest: &Path, checkout: &Path) -> Result<String, Failure> {
    let folders = Folders {
        cache: checkout.join("target"),
        target: None,
        stock: Some(checkout.to_owned()),
        output: None,
    };
    let project = Project::open(manifest, &folders)?;
    Ok(generate::main_rs(&project.plan))
}
