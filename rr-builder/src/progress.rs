//! How far the compiler is: a bar on a terminal, a line now and then elsewhere.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// Tells on standard error how far a build is.
#[derive(Debug)]
pub struct Progress {
    form: Form,
}

#[derive(Debug)]
enum Form {
    Bar(ProgressBar),
    Lines {
        total: usize,
        told: usize,
        begun: bool,
    },
    Silent,
}

impl Progress {
    /// A bar if standard error is a terminal, else plain lines.
    pub fn on_stderr() -> Self {
        let form = match io::stderr().is_terminal() {
            true => Form::Bar(ProgressBar::new_spinner()),
            false => Form::Lines {
                total: 0,
                told: 0,
                begun: false,
            },
        };
        Self { form }
    }

    /// One that tells nothing.
    pub fn silent() -> Self {
        Self { form: Form::Silent }
    }

    /// What happens now, before anything can be counted.
    pub(crate) fn step(&self, what: &str) {
        match &self.form {
            Form::Bar(bar) => {
                bar.set_message(what.to_owned());
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            Form::Lines { .. } => line(what),
            Form::Silent => {}
        }
    }

    /// From now on there are `count` crates to compile.
    pub(crate) fn begin(&mut self, count: usize) {
        match &mut self.form {
            Form::Bar(bar) => {
                let template =
                    "{spinner} compiling {bar:32} {pos}/{len} crates, {elapsed}: {wide_msg}";
                let style = ProgressStyle::with_template(template);
                bar.set_style(style.expect("the template is well-formed"));
                bar.set_length(count as u64);
            }
            Form::Lines { total, .. } => *total = count,
            Form::Silent => {}
        }
    }

    /// The compiler takes up `name`.
    pub(crate) fn compiling(&mut self, name: &str) {
        match &mut self.form {
            Form::Bar(bar) => bar.set_message(name.to_owned()),
            // A build that has nothing to do says nothing.
            Form::Lines { total, begun, .. } => {
                if !std::mem::replace(begun, true) {
                    line(&format!(
                        "compiling what is not compiled yet of {total} crates"
                    ));
                }
            }
            Form::Silent => {}
        }
    }

    /// So many crates are compiled; `fresh` if the last of them was before.
    pub(crate) fn done(&mut self, count: usize, fresh: bool) {
        match &mut self.form {
            Form::Bar(bar) => bar.set_position(count as u64),
            Form::Lines { .. } if fresh => {}
            Form::Lines { total, told, .. } => {
                // A line for each quarter is enough of a log.
                let quarter = count * 4 / (*total).max(1);
                if quarter > *told && count < *total {
                    *told = quarter;
                    line(&format!("compiled {count} of {total} crates"));
                }
            }
            Form::Silent => {}
        }
    }

    /// Clears the bar away.
    pub(crate) fn end(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}

/// A closed standard error is no reason to stop a build.
fn line(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}
