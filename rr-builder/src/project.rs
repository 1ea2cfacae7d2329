//! A manifest on its way to a binary: checked, generated, compiled, tried out and put in place.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    advice::with_advice,
    cargo::{Cargo, CargoError},
    compile::{self, CompileError, Job},
    diagnostic::Rejected,
    generate,
    lock::{Lock, LockError},
    manifest::{Manifest, Profile},
    output::{self, Output},
    progress::Progress,
    remote::Remote,
    resolve::{self, Plan},
    schema, settings,
    smoke::{self, SmokeError},
    starter::StarterError,
    stock::{self, Kind, Stock, StockError},
    vendor::{self, VendorError},
    write,
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
    lock: Lock,
    /// Settings for cargo: where copies of crates lie.
    settings: Vec<String>,
}

/// How to build.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What the compiler aims at, if not what the manifest says.
    pub profile: Option<Profile>,
    /// Whether nothing may differ from what the lock file says.
    pub locked: bool,
    /// Whether messages of the compiler are to have colours.
    pub colour: bool,
}

/// A server that is in its place.
#[derive(Debug)]
pub struct Built {
    /// The binary.
    pub binary: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The schema of its `.rr.yaml`; `None` if the server is for another platform, and was not run.
    pub schema: Option<PathBuf>,
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
    /// A build that must be the same cannot be.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Crates cannot be copied.
    #[error(transparent)]
    Vendor(#[from] VendorError),
    /// There is no folder to keep crates in between builds.
    #[error(
        "there is no folder to keep compiled crates in\n\
         help: name one in `RR_BUILDER_CACHE`, since `HOME` is not set"
    )]
    NoCache,
    /// A new project cannot be made.
    #[error(transparent)]
    Starter(#[from] StarterError),
    /// A file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error(
        "cannot write to `{}`: {}",
        path.strip_prefix(".").unwrap_or(path).display(),
        with_advice(&source.to_string())
    )]
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
        let lock = Lock::of(&manifest.source.path);
        let settings = vendor::settings(&folder)?;
        let remote = Remote::new(&folders.cache).with_settings(settings.clone(), &lock);
        let plan = resolve::plan(manifest, &stock, &remote)?;
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
            lock,
            settings,
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
            self.lock.restore(&folder)?;
            generate::write(&self.plan, &self.stock, &folder.canonicalize()?)
        };
        let main = write().map_err(|source| failed(&folder, source))?;
        let schema = self.output.manifest_schema();
        let text = format!("{:#}\n", schema::schema(&self.stock));
        write::if_changed(&schema, text).map_err(|source| failed(&schema, source))?;
        let settings = self.folder.join(settings::PLACE);
        settings::write(&settings, &self.plan, &self.stock)
            .map_err(|source| failed(&settings, source))?;
        Ok(main)
    }

    /// Makes the server. One that is there already stays until the new one has proved that it runs.
    pub fn build(&self, options: Options, progress: &mut Progress) -> Result<Built, Failure> {
        let cargo = self.cargo()?;
        if options.locked {
            self.lock.check(&self.stock, &cargo)?;
        }
        let main = self.generate()?;
        let folder = self.output.server();
        let folder = folder.canonicalize().unwrap_or(folder);
        let job = Job {
            plan: &self.plan,
            stock: &self.stock,
            folder: &folder,
            main: &main,
            target: &self.target,
            profile: options.profile.unwrap_or(self.plan.profile),
            locked: options.locked,
            colour: options.colour,
        };
        let _alone = compile::alone_in(&self.target, progress)?;
        let compiled = compile::compile(&job, &cargo, progress)?;
        let Plan { name, version, .. } = &self.plan;
        let schema = match self.runs_on(&cargo.host) {
            true => {
                let starter = |schema: &Value| output::starter(&self.output.schema(), schema);
                let version = version.to_string();
                Some(smoke::run(&compiled.binary, name, &version, starter)?)
            }
            false => None,
        };

        let binary = self.output.binary(name, self.plan.target.as_deref());
        let written = |path: &Path, result: io::Result<bool>| {
            result.map_err(|source| Failure::Write {
                path: path.to_owned(),
                source,
            })
        };
        let placed = write::copy(&compiled.binary, &binary);
        written(&binary, placed.map(|()| true))?;
        let saved = self.lock.save(&folder, &self.stock, &cargo);
        written(&self.lock.path, saved.map(|()| true))?;
        let mut new_config = false;
        let schema_file = self.output.schema();
        if let Some(smoke::Schema { text, value }) = &schema {
            written(&schema_file, write::if_changed(&schema_file, text))?;
            let config = self.folder.join(".rr.yaml");
            new_config = written(&config, self.output.config(&self.folder, value))?;
        }
        Ok(Built {
            size: fs::metadata(&binary).map_or(0, |it| it.len()),
            binary,
            schema: schema.map(|_| schema_file),
            new_config,
            warnings: compiled.warnings,
        })
    }

    /// Copies all crates of others beside the manifest; how many there are.
    pub fn vendor(&self) -> Result<usize, Failure> {
        // Copies of before must not be taken for the source of new ones.
        let cargo = Cargo::find(self.stock.rust_version.as_ref())?;
        self.generate()?;
        let server = self.output.server();
        let count = vendor::make(&cargo, &server, &self.folder)?;
        let saved = self.lock.save(&server, &self.stock, &cargo);
        saved.map_err(|source| Failure::Write {
            path: self.lock.path.clone(),
            source,
        })?;
        Ok(count)
    }

    fn cargo(&self) -> Result<Cargo, CargoError> {
        let mut cargo = Cargo::find(self.stock.rust_version.as_ref())?;
        cargo.settings.clone_from(&self.settings);
        Ok(cargo)
    }

    /// Whether the server can be run here: it is for this processor and this system, with whatever
    /// C library.
    fn runs_on(&self, host: &str) -> bool {
        const SYSTEMS: [&str; 4] = ["linux", "darwin", "windows", "freebsd"];
        let kind = |triple: &str| {
            let system = SYSTEMS.into_iter().find(|it| triple.contains(it));
            (triple.split('-').next().map(str::to_owned), system)
        };
        let target = self.plan.target.as_deref();
        target.is_none_or(|it| kind(it) == kind(host))
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
    let folder = project.stock.root.join(stock::SERVICES).join("src");
    Ok(generate::main_rs(&project.plan, &folder))
}
