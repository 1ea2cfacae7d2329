//! Probes in `rr` where it asks for memory, as long as they are needed.

use std::path::Path;

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

/// What Rust calls of the allocator, by the event that counts it.
pub(super) const FUNCTIONS: [(&str, &str); 3] = [
    ("rr_bench:rr_malloc", "mi_malloc_aligned"),
    ("rr_bench:rr_zalloc", "mi_zalloc_aligned"),
    ("rr_bench:rr_realloc", "mi_realloc_aligned"),
];

/// Probes in a binary; they go when this is dropped.
pub(super) struct Probes(Shell);

impl Probes {
    /// # Errors
    /// When the kernel takes no probes, or the binary has not the functions.
    pub(super) fn set(sh: &Shell, binary: &Path) -> Result<Self> {
        let probes = Self(sh.clone());
        // Those of a run that was killed.
        probes.remove();
        for (event, function) in FUNCTIONS {
            let set = cmd!(sh, "perf probe --quiet --exec {binary} {event}={function}").quiet();
            let why = || format!("`{function}` of {} cannot be probed", binary.display());
            set.run().with_context(why)?;
        }
        Ok(probes)
    }

    fn remove(&self) {
        let sh = &self.0;
        let remove = cmd!(sh, "perf probe --quiet --del rr_bench:*").quiet();
        // There is none, mostly.
        remove.ignore_stderr().run().ok();
    }
}

impl Drop for Probes {
    fn drop(&mut self) {
        self.remove();
    }
}
