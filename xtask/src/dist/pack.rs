//! What goes into which archive, under which name.

use std::path::Path;

use anyhow::Result;
use xshell::{Shell, cmd};

use super::{
    archive,
    binaries::{Binaries, Product},
    commit::Commit,
    notices,
    parts::Parts,
    php, sbom,
    target::Target,
    texts::Texts,
    tree::{self, Tree},
};
use crate::repo;

/// A program, and what has to go with it.
pub(super) struct Material {
    pub(super) product: Product,
    pub(super) binary: Vec<u8>,
    /// Licences of what is linked into it.
    pub(super) notices: String,
}

/// Writes archives.
pub(super) struct Packer<'a> {
    pub(super) sh: &'a Shell,
    pub(super) folder: &'a Path,
    pub(super) commit: &'a Commit,
    pub(super) target: &'a Target,
    /// Whether symbols are still to be taken out of programs.
    pub(super) strip: bool,
}

impl Packer<'_> {
    /// Reads a program, and writes the bill of what it is made of.
    pub(super) fn material(&self, product: Product, binaries: &Binaries) -> Result<Material> {
        let parts = Parts::of(self.sh, product.package, &self.target.triple)?;
        let bill = sbom::document(product.binary, &parts, self.commit.time)?;
        self.write(&format!("{}.cdx.json", self.name(product)), bill.as_bytes())?;
        Ok(Material {
            product,
            binary: self.program(&binaries.path(product))?,
            notices: notices::text(product.binary, &parts)?,
        })
    }

    fn program(&self, path: &Path) -> Result<Vec<u8>> {
        if !self.strip {
            return tree::read(path);
        }
        let folder = self.sh.create_temp_dir()?;
        let stripped = folder.path().join("stripped");
        cmd!(self.sh, "strip -o {stripped} {path}").quiet().run()?;
        tree::read(stripped)
    }

    /// The archive of a program, with `more` in it.
    pub(super) fn archive(
        &self,
        material: &Material,
        texts: &Texts,
        more: &[(&str, &[u8])],
    ) -> Result<()> {
        let mut tree = Tree::default();
        let (binary, suffix) = (material.product.binary, self.target.suffix());
        tree.add_program(format!("{binary}{suffix}"), material.binary.as_slice());
        tree.add("THIRD-PARTY.txt", material.notices.as_str());
        for name in ["CHANGELOG.md", "LICENSE", "README.md"] {
            tree.add(name, tree::read(repo::root().join(name))?);
        }
        pages(&mut tree, &repo::root())?;
        texts.add_to(&mut tree);
        for &(name, content) in more {
            tree.add(name, content);
        }
        let name = self.name(material.product);
        let (bytes, suffix) = match self.target.is_windows() {
            true => (archive::zip(&name, &tree, self.commit.time)?, "zip"),
            false => (archive::tar_gz(&name, &tree, self.commit.time)?, "tar.gz"),
        };
        self.write(&format!("{name}.{suffix}"), &bytes)
    }

    /// The archive of the PHP library.
    pub(super) fn php(&self) -> Result<()> {
        let name = format!("rr-php-{}", repo::version());
        let library = php::library(&repo::root())?;
        let bytes = archive::tar_gz(&name, &library, self.commit.time)?;
        self.write(&format!("{name}.tar.gz"), &bytes)
    }

    /// `roadrunner-0.1.0-linux-amd64`.
    fn name(&self, product: Product) -> String {
        let (version, platform) = (repo::version(), self.target.name());
        format!("{}-{version}-{platform}", product.archive)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        Ok(self.sh.write_file(self.folder.join(name), bytes)?)
    }
}

/// Adds the documentation, which the README leads to.
fn pages(tree: &mut Tree, root: &Path) -> Result<()> {
    for page in tree::walk(&root.join("docs"))? {
        if page.extension().is_some_and(|it| it == "md") {
            let name = page.strip_prefix(root)?.display().to_string();
            tree.add(name.replace('\\', "/"), tree::read(&page)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_of_the_builder_goes_with_it() {
        let mut tree = Tree::default();
        pages(&mut tree, &repo::root()).unwrap();
        let names: Vec<&str> = tree.files().map(|(name, _)| name).collect();
        for name in [
            "docs/builder.md",
            "docs/writing-a-service.md",
            "docs/compatibility/keys.md",
        ] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(names.iter().all(|it| it.ends_with(".md")), "{names:?}");
    }
}
