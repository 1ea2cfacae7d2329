//! Which files matter to which service.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::config::WatchConfig;

/// What is watched for one service, and what of it matters.
#[derive(Debug)]
pub(super) struct Rules {
    /// Absolute.
    pub(super) dirs: Vec<PathBuf>,
    pub(super) recursive: bool,
    patterns: Vec<String>,
    ignore: Vec<Ignored>,
}

#[derive(Debug)]
enum Ignored {
    /// Wherever it is.
    Name(PathBuf),
    /// And all that is in it; absolute.
    Beneath(PathBuf),
}

impl Rules {
    /// The rules of a service; `patterns` are those of all services. Relative paths start at `folder`.
    ///
    /// # Errors
    /// When a folder to watch is none.
    pub(super) fn new(
        config: WatchConfig,
        patterns: &[String],
        folder: &Path,
    ) -> Result<Self, (PathBuf, io::Error)> {
        let absolute = |dir: PathBuf| match folder.join(&dir).canonicalize() {
            Ok(path) if path.is_dir() => Ok(path),
            Ok(_) => Err((dir, io::ErrorKind::NotADirectory.into())),
            Err(error) => Err((dir, error)),
        };
        let dirs = config.dirs.into_iter().map(absolute);
        let ignored = |path: PathBuf| match path.components().count() {
            1 if !path.has_root() => Ignored::Name(path),
            // What is not there yet is compared as it is written.
            _ => {
                let path = folder.join(path);
                Ignored::Beneath(path.canonicalize().unwrap_or(path))
            }
        };
        Ok(Self {
            dirs: dirs.collect::<Result<_, _>>()?,
            recursive: config.recursive,
            patterns: [patterns, &config.patterns].concat(),
            ignore: config.ignore.into_iter().map(ignored).collect(),
        })
    }

    /// Whether a change of the file `path`, which is absolute, is to replace workers.
    pub(super) fn concern(&self, path: &Path) -> bool {
        let beneath = self
            .dirs
            .iter()
            .filter_map(|dir| path.strip_prefix(dir).ok());
        let Some(inner) = beneath.min_by_key(|it| it.components().count()) else {
            return false;
        };
        if !self.recursive && inner.components().count() > 1 {
            return false;
        }
        let is_ignored = self.ignore.iter().any(|it| match it {
            Ignored::Name(name) => inner.iter().any(|part| part == name),
            Ignored::Beneath(folder) => path.starts_with(folder),
        });
        let name = inner.file_name().unwrap_or_default().to_string_lossy();
        !is_ignored && self.patterns.iter().any(|it| name.contains(it))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn names_folders_and_patterns_decide() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["src/vendor", "src/Cache", "other"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let config = WatchConfig {
            dirs: vec!["src".into()],
            recursive: true,
            ignore: vec!["vendor".into(), "src/Cache".into(), "Gone.php".into()],
            patterns: vec![".twig".to_owned()],
        };
        let patterns = [".php".to_owned()];
        let rules = Rules::new(config.clone(), &patterns, &root).unwrap();
        for (path, expected) in [
            ("src/A.php", true),
            ("src/deep/er/A.php", true),
            ("src/page.html.twig", true),
            ("src/A.php.swp", true),
            ("src/A.txt", false),
            ("src/vendor/A.php", false),
            ("src/deep/vendor/A.php", false),
            ("src/vendors/A.php", true),
            ("src/Cache/A.php", false),
            ("src/deep/Cache/A.php", true),
            ("src/Gone.php", false),
            ("other/A.php", false),
            ("src", false),
        ] {
            assert_eq!(rules.concern(&root.join(path)), expected, "{path}");
        }
        let flat = WatchConfig {
            recursive: false,
            ..config.clone()
        };
        let flat = Rules::new(flat, &patterns, &root).unwrap();
        assert!(flat.concern(&root.join("src/A.php")));
        assert!(!flat.concern(&root.join("src/deep/A.php")));

        let missing = WatchConfig {
            dirs: vec!["nope".into()],
            ..config
        };
        let (path, _) = Rules::new(missing, &patterns, &root).unwrap_err();
        assert_eq!(path, Path::new("nope"));
    }
}
