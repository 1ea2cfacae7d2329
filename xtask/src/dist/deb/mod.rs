//! The package for Debian and what is derived from it: `rr-server`, the stock server as a service of systemd.
//!
//! It is not called `rr`, as that is Debian's debugger; nor `roadrunner`, whose versions are higher.
//! The program has to be `/usr/bin/rr`, where tools for RoadRunner look, so the package cannot be
//! installed beside that debugger.

mod control;
mod tool;

use std::path::{Path, PathBuf};

use anyhow::Result;
use xshell::Shell;

use super::{
    archive::gzip,
    commit::Commit,
    target::Target,
    texts::OfServer,
    tree::{self, Tree},
};
use crate::repo;
use control::NAME;

/// What it is made of.
pub(super) struct Deb<'a> {
    pub(super) sh: &'a Shell,
    pub(super) commit: &'a Commit,
    pub(super) target: &'a Target,
    /// The program, and what it tells of itself.
    pub(super) binary: &'a [u8],
    pub(super) texts: &'a OfServer,
    /// Licences of others.
    pub(super) notices: &'a str,
    /// Whether it is made to be tried, so that its size does not matter.
    pub(super) quick: bool,
}

/// Why none can be made here, if so: Debian's tools read and write it.
pub(super) fn impossible(sh: &Shell, target: &Target) -> Option<String> {
    if !target.is_linux() || !target.is_host {
        return Some(format!("a package for {} is made there", target.triple));
    }
    tool::missing(sh)
}

impl Deb<'_> {
    /// Writes [`Deb::file_name`] into `folder`.
    ///
    /// # Errors
    /// When a tool of Debian fails.
    pub(super) fn build(&self, revision: u32, folder: &Path) -> Result<PathBuf> {
        let sh = self.sh;
        let version = control::version(repo::version(), revision);
        let path = folder.join(self.file_name(revision));
        let files = self.files(&version)?;
        let stage = sh.create_temp_dir()?;
        let stage = stage.path();
        files.write(stage)?;

        let mut control = Tree::default();
        let libraries = tool::libraries(sh, &stage.join("usr/bin/rr"))?;
        control.add(
            "control",
            control::file(self, &version, &libraries, files.size()),
        );
        control.add("md5sums", tool::md5sums(sh, stage, &files)?);
        for script in ["postinst", "prerm", "postrm"] {
            control.add_program(script, self.packaging(script)?);
        }
        control.write(&stage.join("DEBIAN"))?;
        let level = if self.quick { 0 } else { 6 };
        tool::pack(sh, stage, &path, self.commit, level)?;
        Ok(path)
    }

    pub(super) fn file_name(&self, revision: u32) -> String {
        let version = control::version(repo::version(), revision);
        format!("{NAME}_{version}_{}.deb", self.target.arch())
    }

    /// Everything that is installed.
    fn files(&self, version: &str) -> Result<Tree> {
        let mut files = Tree::default();
        files.add_program("usr/bin/rr", self.binary);
        files.add(
            "usr/lib/systemd/system/rr@.service",
            self.packaging("rr@.service")?,
        );
        files.add(
            format!("usr/lib/sysusers.d/{NAME}.conf"),
            self.packaging("rr-server.sysusers")?,
        );
        files.add(
            format!("usr/share/{NAME}/rr.schema.json"),
            &*self.texts.schema,
        );
        files.add(
            format!("usr/share/lintian/overrides/{NAME}"),
            self.packaging("lintian-overrides")?,
        );
        for (name, page) in &self.texts.texts.pages {
            files.add(format!("usr/share/man/man1/{name}.gz"), gzip(page)?);
        }
        for (name, script) in &self.texts.texts.completions {
            if let Some(path) = completion(name) {
                files.add(path, script.as_slice());
            }
        }
        self.documentation(version, &mut files)?;
        Ok(files)
    }

    fn documentation(&self, version: &str, files: &mut Tree) -> Result<()> {
        let folder = format!("usr/share/doc/{NAME}");
        let mut add = |name: &str, content: Vec<u8>| files.add(format!("{folder}/{name}"), content);
        add("copyright", self.packaging("copyright")?);
        add("README.Debian.gz", gzip(&self.packaging("README.Debian")?)?);
        add(
            "changelog.gz",
            gzip(&tree::read(repo::root().join("CHANGELOG.md"))?)?,
        );
        let changelog = control::changelog(version, self.commit)?;
        add("changelog.Debian.gz", gzip(changelog.as_bytes())?);
        add("third-party.gz", gzip(self.notices.as_bytes())?);
        add("examples/rr.yaml", self.sample());
        Ok(())
    }

    /// The configuration of `rr init`, which has the schema beside it.
    fn sample(&self) -> Vec<u8> {
        let sample = String::from_utf8_lossy(&self.texts.sample);
        let schema = format!("$schema=/usr/share/{NAME}/rr.schema.json");
        sample.replace("$schema=rr.schema.json", &schema).into()
    }

    fn packaging(&self, name: &str) -> Result<Vec<u8>> {
        tree::read(repo::root().join("xtask/packaging/deb").join(name))
    }
}

/// Where Debian's shells look for a file of completions; others have no such place.
fn completion(name: &str) -> Option<String> {
    Some(match name {
        "rr.bash" => "usr/share/bash-completion/completions/rr".into(),
        "rr.fish" => "usr/share/fish/vendor_completions.d/rr.fish".into(),
        "_rr" => "usr/share/zsh/vendor-completions/_rr".into(),
        _ => return None,
    })
}
