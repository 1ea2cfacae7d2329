//! Links in markdown lead to files and headings that exist.

use super::Finding;
use crate::repo::File;

pub(super) fn check(file: &File, files: &[File], findings: &mut Vec<Finding>) {
    for (line, target) in links(&file.text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (path, heading) = target.split_once('#').unwrap_or((target, ""));
        let path = resolve(&file.path, path);
        let broken = match files.iter().find(|it| it.path == path) {
            Some(page) if !heading.is_empty() && page.extension() == "md" => {
                !headings(&page.text).any(|it| it == heading)
            }
            Some(_) => false,
            None => {
                let folder = format!("{path}/");
                !path.is_empty() && !files.iter().any(|it| it.path.starts_with(&folder))
            }
        };
        if broken {
            let message = format!("the link to `{target}` leads nowhere");
            findings.push(Finding::error(file, line, message));
        }
    }
}

/// Targets of `[text](target)` and `[name]: target` outside of code, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (line, text) in prose(text) {
        let outside_code = text.split('`').step_by(2);
        for part in outside_code.flat_map(|it| it.split("](").skip(1)) {
            if let Some((target, _)) = part.split_once(')') {
                found.push((line, target.split(' ').next().unwrap_or_default()));
            }
        }
        if text.starts_with('[')
            && let Some((_, target)) = text.split_once("]: ")
        {
            found.push((line, target.trim()));
        }
    }
    found
}

/// The headings as the anchors that GitHub gives them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let titles = prose(text).filter_map(|(_, line)| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then_some(title.trim())
    });
    titles.map(|title| {
        title
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    })
}

/// The numbered lines outside of fenced code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    })
}

/// `target` as seen from the folder of `from`; empty for the root.
fn resolve(from: &str, target: &str) -> String {
    if target.is_empty() {
        return from.into();
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut path: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(path.pop()),
            name => path.push(name),
        }
    }
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(text: &str, expected: &[&str]) {
        let page = File::new("docs/a.md", text);
        let files = [
            File::new("docs/a.md", text),
            File::new("README.md", "# Read me\n## What's it for?\n"),
            File::new("examples/shop/worker.php", ""),
        ];
        let mut findings = Vec::new();
        check(&page, &files, &mut findings);
        let found: Vec<_> = findings.iter().map(|it| it.message.clone()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        finds(
            "[a](../README.md), [b](../examples/shop/) and [c](https://x.y/z)\n",
            &[],
        );
        finds("[a](../README.md#whats-it-for) [b](#here)\n# Here\n", &[]);
        finds("[a]: ../examples/shop/worker.php\n[root](..)", &[]);
        finds("`[a](nowhere)`\n```\n[a](nowhere)\n```\n", &[]);
    }

    #[test]
    fn broken_links_are_found() {
        finds("[a](b.md)", &["the link to `b.md` leads nowhere"]);
        finds(
            "[a](../README.md#x)",
            &["the link to `../README.md#x` leads nowhere"],
        );
        finds("[a](#there)", &["the link to `#there` leads nowhere"]);
        finds("x\n[a]: ../exam", &["the link to `../exam` leads nowhere"]);
    }
}
