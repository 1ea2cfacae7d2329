//! A path as seen from another folder, so that a project can be moved as a whole.

use std::path::{Component, Path, PathBuf};

/// How to reach `to` from within the folder `from`; both absolute and free of `..`. What shares
/// nothing with it stays absolute.
pub(crate) fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components());
    let shared = shared.take_while(|(left, right)| left == right);
    let depth = shared.count();
    let real = |it: &Component<'_>| matches!(it, Component::Normal(_));
    if !to.components().take(depth).any(|it| real(&it)) {
        return to.to_owned();
    }
    let up = from.components().skip(depth).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(depth)).collect();
    match path.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, to: &str, expected: &str) {
        let path = relative(Path::new(from), Path::new(to));
        assert_eq!(path, Path::new(expected), "{from} -> {to}");
    }

    #[test]
    fn what_is_near_is_relative() {
        check("/shop/build/server", "/shop/inventory", "../../inventory");
        check(
            "/shop",
            "/shop/build/rr.schema.json",
            "build/rr.schema.json",
        );
        check("/a/b", "/a/c/d", "../c/d");
        check("/a/b", "/a/b", ".");
    }

    #[test]
    fn what_is_elsewhere_is_not() {
        check("/shop/build", "/cache/rr", "/cache/rr");
    }
}
