//! What came out of a suite: verdicts, the score, and how both are shown.

use std::fmt::{self, Write as _};

use serde::Deserialize;

/// The longest text of a failure that is shown whole.
const SHOWN: usize = 400;

/// What was found about one case.
#[derive(Debug, Deserialize)]
pub(super) struct Verdict {
    pub(super) name: String,
    /// The number of the RFC and its section: `9112 6.3`.
    pub(super) section: String,
    /// Why the case is expected to fail today.
    pub(super) known: Option<String>,
    /// `None`: the server did what the RFC wants.
    pub(super) fault: Option<Fault>,
}

/// What went wrong.
#[derive(Debug, Deserialize)]
pub(super) struct Fault {
    pub(super) sent: String,
    pub(super) expected: String,
    pub(super) got: String,
}

/// What a suite comes to.
pub(super) enum Outcome {
    Ran(Vec<Verdict>),
    /// Something that it needs is not there: what, and how to get it.
    Absent(String),
}

/// How many cases ended how.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Score {
    pub(super) passed: usize,
    pub(super) known: usize,
    pub(super) failed: usize,
    /// Passed, and expected to fail.
    pub(super) mended: usize,
}

impl Score {
    pub(super) fn of(verdicts: &[Verdict]) -> Self {
        let mut score = Self::default();
        for verdict in verdicts {
            *match (&verdict.fault, &verdict.known) {
                (None, None) => &mut score.passed,
                (Some(_), Some(_)) => &mut score.known,
                (Some(_), None) => &mut score.failed,
                (None, Some(_)) => &mut score.mended,
            } += 1;
        }
        score
    }

    pub(super) fn cases(&self) -> usize {
        self.passed + self.known + self.failed + self.mended
    }

    /// Whether exactly the cases failed that were expected to.
    pub(super) fn is_as_expected(&self) -> bool {
        self.failed == 0 && self.mended == 0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            known,
            failed,
            mended,
        } = self;
        write!(f, "{passed} of {} cases passed", self.cases())?;
        for (count, word) in [
            (known, "known to fail"),
            (failed, "failed"),
            (mended, "passed although marked as known to fail"),
        ] {
            if *count > 0 {
                write!(f, ", {count} {word}")?;
            }
        }
        Ok(())
    }
}

/// Failures and surprises, each as a paragraph; known failures as a line; the score.
pub(super) fn plain(outcome: &Outcome) -> String {
    let verdicts = match outcome {
        Outcome::Ran(verdicts) => verdicts,
        Outcome::Absent(what) => return format!("absent: {what}\n"),
    };
    let mut text = String::new();
    for verdict in verdicts {
        let Verdict { name, section, .. } = verdict;
        match (&verdict.fault, &verdict.known) {
            (None, None) => {}
            (Some(_), Some(why)) => {
                line(&mut text, format!("known   {name} (RFC {section}): {why}"))
            }
            (None, Some(why)) => line(
                &mut text,
                format!(
                    "mended  {name} (RFC {section}): {why}\n    help: it passes now, take its `known` away"
                ),
            ),
            (Some(fault), None) => line(
                &mut text,
                format!(
                    "FAILED  {name} (RFC {section})\n    sent:     {}\n    expected: {}\n    got:      {}",
                    cut(&fault.sent),
                    cut(&fault.expected),
                    cut(&fault.got),
                ),
            ),
        }
    }
    line(&mut text, Score::of(verdicts));
    text
}

/// The tables of the documentation: a row a suite, then what is known to fail, by reason.
pub(super) fn markdown(suites: &[(&str, Outcome)]) -> String {
    let mut text = String::from(
        "| suite | cases | passed | known to fail |\n\
         |---|---:|---:|---:|\n",
    );
    let mut known: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for (title, outcome) in suites {
        let verdicts = match outcome {
            Outcome::Ran(verdicts) => verdicts,
            Outcome::Absent(what) => {
                let what = what.lines().next().unwrap_or_default();
                line(&mut text, format!("| {title} | not run: {what} | | |"));
                continue;
            }
        };
        let score = Score::of(verdicts);
        let (cases, passed, failed) = (score.cases(), score.passed, score.known);
        line(
            &mut text,
            format!("| {title} | {cases} | {passed} | {failed} |"),
        );
        for Verdict {
            name,
            section,
            known: why,
            ..
        } in verdicts
        {
            let Some(why) = why else { continue };
            let name = format!("`{name}` ({section})");
            match known.iter_mut().find(|it| (it.0, it.1) == (title, why)) {
                Some((.., names)) => names.push(name),
                None => known.push((title, why, vec![name])),
            }
        }
    }
    if !known.is_empty() {
        text += "\nKnown to fail, with the section of the RFC:\n\n| suite | why | cases |\n|---|---|---|\n";
    }
    for (title, why, names) in known {
        line(
            &mut text,
            format!("| {title} | {why} | {} |", names.join(", ")),
        );
    }
    text
}

fn line(text: &mut String, line: impl fmt::Display) {
    writeln!(text, "{line}").expect("a string takes all");
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}.. ({} bytes in all)", &text[..at], text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts() -> Vec<Verdict> {
        let verdict = |name: &str, known: Option<&str>, fails: bool| Verdict {
            name: name.into(),
            section: "9112 6.3".into(),
            known: known.map(String::from),
            fault: fails.then(|| Fault {
                sent: "a".into(),
                expected: "b".into(),
                got: "c".into(),
            }),
        };
        vec![
            verdict("good", None, false),
            verdict("bad", None, true),
            verdict("old", Some("hyper does not"), true),
            verdict("new", Some("we did not"), false),
        ]
    }

    #[test]
    fn only_what_was_expected_to_fail_may_fail() {
        let mut verdicts = verdicts();
        let score = Score::of(&verdicts);
        assert!(!score.is_as_expected());
        insta::assert_snapshot!(score, @"1 of 4 cases passed, 1 known to fail, 1 failed, 1 passed although marked as known to fail");
        verdicts.retain(|it| it.name == "good" || it.name == "old");
        assert!(Score::of(&verdicts).is_as_expected());
    }

    #[test]
    fn failures_show_what_was_sent_and_what_came() {
        insta::assert_snapshot!(plain(&Outcome::Ran(verdicts())), @r"
        FAILED  bad (RFC 9112 6.3)
            sent:     a
            expected: b
            got:      c
        known   old (RFC 9112 6.3): hyper does not
        mended  new (RFC 9112 6.3): we did not
            help: it passes now, take its `known` away
        1 of 4 cases passed, 1 known to fail, 1 failed, 1 passed although marked as known to fail
        ");
    }

    #[test]
    fn the_documentation_names_what_fails() {
        let absent = Outcome::Absent("no browser\nhelp: get one".into());
        let suites = [("HTTP/1", Outcome::Ran(verdicts())), ("browser", absent)];
        insta::assert_snapshot!(markdown(&suites), @r"
        | suite | cases | passed | known to fail |
        |---|---:|---:|---:|
        | HTTP/1 | 4 | 1 | 1 |
        | browser | not run: no browser | | |

        Known to fail, with the section of the RFC:

        | suite | why | cases |
        |---|---|---|
        | HTTP/1 | hyper does not | `old` (9112 6.3) |
        | HTTP/1 | we did not | `new` (9112 6.3) |
        ");
    }
}
