//! The tests that tables name are there: a column `test` holds names of tests alone.

use std::collections::HashSet;

use super::Finding;
use crate::repo::File;

/// What a column says that is no name of a test: a command that tests.
const COMMANDS: &str = "cargo xtask ";

/// The names of all tests, in Rust and in PHP.
pub(super) fn tests(files: &[File]) -> HashSet<&str> {
    let mut names = HashSet::new();
    for file in files {
        match file.extension() {
            "rs" => names.extend(of_rust(&file.text)),
            "php" => names.extend(file.text.lines().filter_map(|it| {
                let method = it.trim().strip_prefix("public function ")?;
                let name = method.split('(').next()?;
                name.starts_with("test").then_some(name)
            })),
            _ => {}
        }
    }
    names
}

fn of_rust(text: &str) -> Vec<&str> {
    let mut is_test = false;
    let mut names = Vec::new();
    for line in text.lines().map(str::trim) {
        let function = line.strip_prefix("async ").unwrap_or(line);
        if line.starts_with("#[") {
            is_test |= line.contains("test");
        } else if let Some(rest) = function.strip_prefix("fn ") {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            names.extend(is_test.then_some(name));
            is_test = false;
        } else if !line.starts_with("//") {
            is_test = false;
        }
    }
    names
}

pub(super) fn check(file: &File, tests: &HashSet<&str>, findings: &mut Vec<Finding>) {
    let mut has_column = false;
    for (number, line) in (1..).zip(file.text.lines()) {
        let Some(row) = line.trim().strip_suffix('|') else {
            has_column = false;
            continue;
        };
        let last = row.rsplit('|').next().unwrap_or_default().trim();
        if last == "test" {
            has_column = true;
        } else if has_column {
            let named = last.split('`').skip(1).step_by(2);
            for name in named.filter(|it| !tests.contains(it) && !it.starts_with(COMMANDS)) {
                let message = format!("no test is called `{name}`");
                findings.push(Finding::error(file, number, message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUST: &str = "#[test]\nfn one() {}\n\n\
        #[tokio::test(start_paused = true)]\n/// Says what.\nasync fn two() {}\n\
        fn helper() {}\n#[cfg(test)]\nmod tests {\n    fn inner() {}\n}\n";

    #[test]
    fn functions_below_an_attribute_are_tests() {
        let files = [
            File::new("a/tests/it.rs", RUST),
            File::new(
                "php-src/tests/A.php",
                "    public function testThree(): void\n    public function setUp()",
            ),
        ];
        let mut names: Vec<_> = tests(&files).into_iter().collect();
        names.sort_unstable();
        assert_eq!(names, ["one", "testThree", "two"]);
    }

    #[test]
    fn names_of_no_test_are_found() {
        let text = "| | test |\n|---|---|\n| `x` | `one`, `gone` and others |\n\
            | `y` | `cargo xtask chaos` |\n| `z` | |\n\n| `gone` | no column |\n";
        let file = File::new("docs/a.md", text);
        let mut findings = Vec::new();
        check(&file, &HashSet::from(["one"]), &mut findings);
        let found: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["docs/a.md:3: no test is called `gone`"]);
    }
}
