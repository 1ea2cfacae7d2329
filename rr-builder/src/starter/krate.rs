//! A crate of one's own, as `rr-builder new --service` and `--middleware` make it: a service or a
//! middleware whose tests pass as it is.

use std::path::{Path, PathBuf};

use semver::Version;
use serde_json::json;

use super::{
    StarterError, refuse_used,
    workspace::{self, Joined},
};
use crate::{
    generate::{literal, render},
    manifest,
    relative::relative,
    settings,
    stock::{self, Stock},
    write,
};

/// What the crate is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A section of `.rr.yaml`, and a method that PHP calls.
    Service,
    /// A tower layer.
    Middleware,
}

/// A crate that was made.
#[derive(Debug)]
pub struct Made {
    /// What a manifest says to have it in the server.
    pub lines: String,
    /// The section of a service in `.rr.yaml`.
    pub section: Option<String>,
    /// The manifest above the crate, if there is one.
    pub manifest: Option<PathBuf>,
    /// Whether a workspace above the crate has it now.
    pub joined: Joined,
}

/// Path and template of each file.
type Templates = &'static [(&'static str, &'static str)];

const SERVICE: Templates = &[
    (
        ".gitignore",
        include_str!("../../../templates/service/gitignore"),
    ),
    (
        "Cargo.toml",
        include_str!("../../../templates/service/Cargo.toml.hbs"),
    ),
    (
        "README.md",
        include_str!("../../../templates/service/README.md.hbs"),
    ),
    (
        "src/lib.rs",
        include_str!("../../../templates/service/src/lib.rs.hbs"),
    ),
    (
        "src/numbers.rs",
        include_str!("../../../templates/service/src/numbers.rs"),
    ),
    (
        "tests/server.rs",
        include_str!("../../../templates/service/tests/server.rs.hbs"),
    ),
];

const MIDDLEWARE: Templates = &[
    (
        ".gitignore",
        include_str!("../../../templates/middleware/gitignore"),
    ),
    (
        "Cargo.toml",
        include_str!("../../../templates/middleware/Cargo.toml.hbs"),
    ),
    (
        "README.md",
        include_str!("../../../templates/middleware/README.md.hbs"),
    ),
    (
        "src/lib.rs",
        include_str!("../../../templates/middleware/src/lib.rs.hbs"),
    ),
];

/// Types that the templates use themselves.
const USED: [&str; 12] = [
    "BoxError", "Context", "Default", "Init", "Layer", "Methods", "Numbers", "Plain", "Request",
    "Response", "Server", "Service",
];

/// Crates that the templates use.
const CRATES: [&str; 5] = ["http", "schemars", "serde", "tokio", "tower"];

/// Makes a crate in `folder`, which must be empty or absent, and is called like it. `stock` is
/// where the crate finds those of rr until a server is built of it.
pub fn write(folder: &Path, kind: Kind, stock: &Stock) -> Result<Made, StarterError> {
    refuse_used(folder)?;
    let folder = resolved(folder);
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let camel = camel(&name);
    let mut offers = stock.services.services.iter();
    let taken = offers.any(|it| it.name == name.replace('-', "_"));
    let taken = taken.then_some("rr has a service or a middleware of this name");
    if let Some(reason) = refuse(&name, &camel).or(taken) {
        let name = name.into_owned();
        return Err(StarterError::Name { name, reason });
    }
    let version = Version::parse(env!("CARGO_PKG_VERSION")).expect("cargo checks it");
    let snake = name.replace('-', "_");
    let data = json!({
        "name": name,
        "library": snake,
        "section": snake,
        "type": camel,
        "requirement": stock::requirement(&version),
    });
    let failed = |path: &Path, source| StarterError::Write {
        path: path.to_owned(),
        source,
    };
    let templates = match kind {
        Kind::Service => SERVICE,
        Kind::Middleware => MIDDLEWARE,
    };
    for (file, template) in templates {
        let path = folder.join(file);
        write::if_absent(&path, render(template, &data)).map_err(|it| failed(&path, it))?;
    }

    let above = folder.ancestors().skip(1);
    let mut projects = above.filter(|it| it.join(manifest::DEFAULT).is_file());
    let project = projects.next();
    if kind == Kind::Service {
        // Those of a project are for all of its crates, and rr-builder keeps them up to date.
        let settings = project.unwrap_or(&folder).join(settings::PLACE);
        if !settings.exists() {
            settings::write_for(&settings, &[stock::CORE], stock)
                .map_err(|it| failed(&settings, it))?;
        }
    }
    let joined = workspace::join(&folder).map_err(|(path, it)| failed(&path, it))?;
    let path = match project {
        Some(project) => relative(project, &folder).to_string_lossy().into_owned(),
        None => folder.to_string_lossy().into_owned(),
    };
    let path = literal(&path);
    Ok(Made {
        lines: match kind {
            Kind::Service => format!("[services]\n{snake} = {{ path = {path} }}"),
            Kind::Middleware => format!("[[middleware]]\npath = {path}"),
        },
        section: (kind == Kind::Service).then_some(snake),
        manifest: project.map(|it| it.join(manifest::DEFAULT)),
        joined,
    })
}

/// Absolute, and the part that is there already free of `..` and links.
fn resolved(folder: &Path) -> PathBuf {
    let folder = std::path::absolute(folder).unwrap_or(folder.to_owned());
    match (
        folder.parent().and_then(|it| it.canonicalize().ok()),
        folder.file_name(),
    ) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => folder,
    }
}

/// Why a crate cannot be called `name`.
fn refuse(name: &str, camel: &str) -> Option<&'static str> {
    if name.chars().any(|it| it.is_ascii_uppercase()) {
        return Some("its letters are to be small ones");
    }
    if USED.contains(&camel) || CRATES.contains(&name) {
        return Some("the code has something of this name already");
    }
    manifest::refuse_name(name)
}

/// `served-by` as `ServedBy`.
fn camel(name: &str) -> String {
    let words = name.split(['-', '_']);
    let words = words.map(|word| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_ascii_uppercase() + rest,
        None => String::new(),
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_called_like_the_crate() {
        assert_eq!(camel("coupons"), "Coupons");
        assert_eq!(camel("served-by_2"), "ServedBy2");
    }

    #[test]
    fn what_would_not_compile_is_refused() {
        for name in [
            "Coupons", "my shop", "9lives", "match", "service", "rr-core", "tower", "",
        ] {
            assert!(refuse(name, &camel(name)).is_some(), "{name}");
        }
        assert_eq!(refuse("coupons", "Coupons"), None);
    }
}
