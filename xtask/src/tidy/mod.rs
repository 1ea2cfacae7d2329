//! The house rules that no compiler checks: boundaries, layout, text. `law.rs` holds the lists.

mod crates;
mod evidence;
mod generated;
mod law;
mod licences;
mod markdown;
mod rust;
mod source;
mod text;
mod walls;

use std::fmt;

use anyhow::{Result, bail};

use crate::repo::{self, File};

/// Checks every tracked file; prints what it finds.
///
/// # Errors
/// When a rule is broken. Warnings alone are fine.
pub(crate) fn run() -> Result<()> {
    let files = repo::files(&repo::shell()?)?;
    let mut findings = check(&files);
    findings.extend(crates::trees()?);
    findings.extend(licences::check()?);
    for finding in &findings {
        println!("{finding}");
    }
    let errors = findings.iter().filter(|it| !it.warning).count();
    let warnings = findings.len() - errors;
    println!(
        "tidy: {} files, {errors} errors, {warnings} warnings",
        files.len()
    );
    if errors > 0 {
        bail!("the tree is not tidy");
    }
    Ok(())
}

fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let of_core = crates::dependencies(files, "rr-core");
    let tests = evidence::tests(files);
    for file in files {
        text::check(file, &mut findings);
        match file.extension() {
            "rs" => {
                rust::check(file, &mut findings);
                walls::check(file, &of_core, &mut findings);
            }
            "md" => {
                markdown::check(file, files, &mut findings);
                evidence::check(file, &tests, &mut findings);
            }
            "hbs" => generated::check_template(file, &mut findings),
            _ => {}
        }
        if law::GENERATED.contains(&file.path.as_str()) {
            generated::check_main(file, &mut findings);
        }
    }
    crates::check_members(files, &mut findings);
    findings
}

/// A rule broken at a place.
#[derive(Debug, PartialEq)]
struct Finding {
    path: String,
    line: usize,
    message: String,
    warning: bool,
}

impl Finding {
    fn error(file: &File, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: file.path.clone(),
            line,
            message: message.into(),
            warning: false,
        }
    }

    fn warning(file: &File, line: usize, message: impl Into<String>) -> Self {
        Self {
            warning: true,
            ..Self::error(file, line, message)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.warning { "warning: " } else { "" };
        write!(f, "{}:{}: {kind}{}", self.path, self.line, self.message)
    }
}

/// What `rule` finds in `text`, as `line: message`.
#[cfg(test)]
fn found(rule: fn(&File, &mut Vec<Finding>), path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    rule(&File::new(path, text), &mut findings);
    let findings = findings.iter();
    findings
        .map(|it| format!("{}: {}", it.line, it.message))
        .collect()
}
