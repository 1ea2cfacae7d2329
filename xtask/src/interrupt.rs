//! Ctrl-C as an error that unwinds, so that every server started is stopped on the way out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use signal_hook::{consts::TERM_SIGNALS, flag};

/// Asked by everything that waits.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Catches SIGINT, SIGTERM and SIGQUIT from here on.
    pub(crate) fn catch() -> Result<Self> {
        let caught = Arc::new(AtomicBool::new(false));
        for signal in TERM_SIGNALS {
            flag::register(*signal, Arc::clone(&caught))?;
        }
        Ok(Self(caught))
    }

    /// # Errors
    /// Once a signal has come.
    pub(crate) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            bail!("interrupted: every server is stopped");
        }
        Ok(())
    }

    /// Calls `ready` every `pause` until it gives a value.
    ///
    /// # Errors
    /// What `ready` fails with, a signal, or that `limit` has passed.
    pub(crate) fn wait<T>(
        &self,
        what: &str,
        limit: Duration,
        pause: Duration,
        mut ready: impl FnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let begun = Instant::now();
        loop {
            if let Some(value) = ready()? {
                return Ok(value);
            }
            self.check()?;
            if begun.elapsed() > limit {
                bail!("{what} took more than {limit:?}");
            }
            thread::sleep(pause);
        }
    }
}
