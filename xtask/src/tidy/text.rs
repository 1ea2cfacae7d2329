//! Rules for any text: spaces, length, no path of the machine it was written on.

use super::{Finding, law};
use crate::repo::File;

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    if law::LEFTOVERS.contains(&file.extension()) {
        let message = "left by a failed test: review it with `cargo insta review`, then remove it";
        findings.push(Finding::error(file, 1, message));
        return;
    }
    machine_paths(file, findings);
    if law::VERBATIM.contains(&file.extension()) {
        return;
    }
    spaces(file, findings);
    length(file, findings);
}

fn machine_paths(file: &File, findings: &mut Vec<Finding>) {
    for (line, text) in numbered(file) {
        for path in law::MACHINE_PATHS {
            let begins =
                |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.');
            if text.match_indices(path).any(|(at, _)| begins(at)) {
                let message = format!("`{path}` is a path of one machine");
                findings.push(Finding::error(file, line, message));
            }
        }
    }
}

fn spaces(file: &File, findings: &mut Vec<Finding>) {
    for (line, text) in numbered(file) {
        if text.ends_with([' ', '\t', '\r']) {
            findings.push(Finding::error(file, line, "space at the end of the line"));
        }
        if text.contains('\t') {
            findings.push(Finding::error(file, line, "a tab: use spaces"));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        let last = file.text.lines().count();
        findings.push(Finding::error(file, last, "no newline at the end"));
    }
}

fn length(file: &File, findings: &mut Vec<Finding>) {
    let lines = file.text.lines().count();
    let code = matches!(file.extension(), "rs" | "php");
    if code && !file.is_test() && lines > law::LINES {
        let message = format!("{lines} lines: probably two files");
        findings.push(Finding::warning(file, law::LINES + 1, message));
    }
}

fn numbered(file: &File) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(file.text.split_terminator('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[track_caller]
    fn finds(text: &str, expected: &[&str]) {
        assert_eq!(found(check, "docs/a.md", text), expected);
    }

    #[test]
    fn clean_text_passes() {
        let deeper = concat!("a\n\nb /usr/wo", "rk/x and ./wo", "rk/y\n");
        finds(deeper, &[]);
        finds("", &[]);
    }

    #[test]
    fn spaces_are_found() {
        finds("a \nb\n", &["1: space at the end of the line"]);
        finds("a\r\n", &["1: space at the end of the line"]);
        finds("\ta\n", &["1: a tab: use spaces"]);
        finds("a\nb", &["2: no newline at the end"]);
    }

    #[test]
    fn machine_paths_are_found() {
        for path in law::MACHINE_PATHS {
            let expected = format!("1: `{path}` is a path of one machine");
            finds(&format!("see {path}x\n"), &[&expected]);
        }
    }

    #[test]
    fn what_a_program_printed_is_kept() {
        assert!(found(check, "a/b.snap", "a \n\tb").is_empty());
    }

    #[test]
    fn leftovers_of_tests_are_found() {
        assert_eq!(found(check, "a/.b.rs.pending-snap", "{}\n").len(), 1);
        assert_eq!(found(check, "a/b.snap.new", "a\n").len(), 1);
    }

    #[test]
    fn long_code_warns_but_long_tests_do_not() {
        let long = "x\n".repeat(law::LINES + 1);
        assert_eq!(found(check, "a/src/b.rs", &long).len(), 1);
        assert_eq!(found(check, "a/src/tests.rs", &long).len(), 0);
        assert_eq!(found(check, "docs/b.md", &long).len(), 0);
    }
}
