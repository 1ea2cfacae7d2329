//! Walls between the modules of a crate: which may name which.

use super::{Finding, law, source::Source};
use crate::repo::File;

/// Finds paths across a wall; `dependencies` are the crates that rr-core depends on.
pub(super) fn check(file: &File, dependencies: &[String], findings: &mut Vec<Finding>) {
    let inside = |it: &&law::Boundary| {
        let rest = file.path.strip_prefix(it.under);
        rest.is_some_and(|rest| rest.starts_with(['/', '.']))
    };
    if file.is_test() {
        return;
    }
    let Some(wall) = law::BOUNDARIES.iter().find(inside) else {
        return;
    };
    let Some(source) = Source::parse(&file.path, &file.text) else {
        return;
    };
    for path in source.paths() {
        let first = &*path.segments[0];
        let crossed = match (source.in_crate(&path), wall.crates) {
            (Some(named), _) => named.first().is_some_and(|it| wall.never.contains(&&**it)),
            (None, Some(allowed)) => {
                path.segments.len() > 1
                    && dependencies.iter().any(|it| it == first)
                    && !allowed.contains(&first)
            }
            (None, None) => first == "serde_yaml",
        };
        if crossed {
            let message = format!(
                "`{}` never knows `{}`",
                wall.under,
                path.segments.join("::")
            );
            findings.push(Finding::error(file, path.line, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(path: &str, text: &str, expected: &[&str]) {
        let dependencies = ["bytes", "tokio", "serde_yaml"].map(String::from);
        let mut findings = Vec::new();
        check(&File::new(path, text), &dependencies, &mut findings);
        let found: Vec<_> = findings.iter().map(|it| it.message.clone()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn goridge_is_pure() {
        let path = "rr-core/src/goridge/frame.rs";
        finds(
            path,
            "use bytes::Bytes;\nuse std::io;\nuse super::Flags;",
            &[],
        );
        finds(path, "fn f() { flag::NONE; prefix::decode(); }", &[]);
        finds(
            path,
            "fn f() -> tokio::io::Result<()> {}",
            &["`rr-core/src/goridge` never knows `tokio::io::Result`"],
        );
        finds(
            path,
            "use crate::{goridge::Frame, pool::Pool};",
            &["`rr-core/src/goridge` never knows `crate::pool::Pool`"],
        );
        finds("rr-core/src/goridge/tests.rs", "use tokio::x;", &[]);
    }

    #[test]
    fn the_pool_knows_no_service() {
        let path = "rr-core/src/pool/lease.rs";
        finds(path, "use tokio::io;\nuse crate::goridge::Frame;", &[]);
        finds(
            path,
            "use crate::poolish::x;\nuse super::config::PoolConfig;",
            &[],
        );
        finds(
            path,
            "use super::super::config::Section;",
            &["`rr-core/src/pool` never knows `super::super::config::Section`"],
        );
        finds(
            "rr-core/src/pool.rs",
            "use crate::cli;\nuse serde_yaml::Value;",
            &[
                "`rr-core/src/pool` never knows `crate::cli`",
                "`rr-core/src/pool` never knows `serde_yaml::Value`",
            ],
        );
    }
}
