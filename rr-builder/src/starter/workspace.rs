//! A new crate in a workspace of others: cargo refuses one that lies within and is no member.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use toml::de::DeTable;

use crate::{generate::literal, relative::relative, write};

/// What became of the workspace above a crate.
#[derive(Debug, PartialEq, Eq)]
pub enum Joined {
    /// There is none, or it wants nothing of the crate.
    Nothing,
    /// Its `Cargo.toml` lists the crate now.
    Added(PathBuf),
    /// Its `Cargo.toml` has no `members` to add the crate to.
    ByHand(PathBuf),
}

/// Adds the crate in `folder` to the workspace that it lies in.
pub(super) fn join(folder: &Path) -> Result<Joined, (PathBuf, io::Error)> {
    for above in folder.ancestors().skip(1) {
        let path = above.join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let Ok(root) = DeTable::parse(&text) else {
            continue;
        };
        let Some(workspace) = root.get_ref().get("workspace") else {
            continue;
        };
        let name = relative(above, folder);
        let name = name.to_string_lossy();
        let strings = |key: &str| -> Vec<&str> {
            let array = workspace.get_ref().get(key);
            let array = array.and_then(|it| it.get_ref().as_array());
            array
                .into_iter()
                .flatten()
                .filter_map(|it| it.get_ref().as_str())
                .collect()
        };
        let is_below = |it: &&str| Path::new(&*name).starts_with(it);
        if strings("exclude").iter().any(is_below) || strings("members").contains(&&*name) {
            return Ok(Joined::Nothing);
        }
        let members = workspace.get_ref().get("members");
        let members = members.and_then(|it| Some((it.span(), it.get_ref().as_array()?)));
        let Some((span, members)) = members else {
            return Ok(Joined::ByHand(path));
        };
        let (at, comma) = match members.iter().last() {
            Some(last) => (last.span().end, ", "),
            None => (span.start + 1, ""),
        };
        let more = format!("{comma}{}", literal(&name));
        let text = format!("{}{more}{}", &text[..at], &text[at..]);
        return match write::if_changed(&path, text) {
            Ok(_) => Ok(Joined::Added(path)),
            Err(error) => Err((path, error)),
        };
    }
    Ok(Joined::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, expected: Option<&str>) {
        let root = tempfile::TempDir::new().unwrap();
        let path = root.path().join("Cargo.toml");
        fs::write(&path, before).unwrap();
        let joined = join(&root.path().join("crates/coupons")).unwrap();
        assert_eq!(joined == Joined::Added(path.clone()), expected.is_some());
        let after = fs::read_to_string(path).unwrap();
        assert_eq!(after, expected.unwrap_or(before));
    }

    #[test]
    fn members_grow_by_one() {
        check(
            "[workspace]\nmembers = [\"a\", \"b\"]\n",
            Some("[workspace]\nmembers = [\"a\", \"b\", \"crates/coupons\"]\n"),
        );
        check(
            "[workspace]\nmembers = [\n    \"a\", # first\n]\n",
            Some("[workspace]\nmembers = [\n    \"a\", \"crates/coupons\", # first\n]\n"),
        );
        check(
            "[workspace]\nmembers = []\n",
            Some("[workspace]\nmembers = [\"crates/coupons\"]\n"),
        );
    }

    #[test]
    fn nothing_is_added_twice_or_against_its_will() {
        check("[workspace]\nmembers = [\"crates/coupons\"]\n", None);
        check("[workspace]\nmembers = []\nexclude = [\"crates\"]\n", None);
        check("[workspace]\n", None);
        check("[package]\nname = \"a\"\n", None);
    }
}
