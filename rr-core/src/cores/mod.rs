//! One single-threaded runtime a core: where connections are at home, beside the workers that serve them.
//!
//! A request that stays on its core costs no wake-up of another one, which is most of what a small
//! request costs otherwise. Knows neither connections nor workers: it runs tasks.

#[cfg_attr(target_os = "linux", path = "affinity/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "affinity/other.rs")]
pub(crate) mod affinity;

use std::{
    cell::Cell,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use tokio::runtime::{Builder, Handle};

use crate::lifecycle::Stop;
use affinity::Cpu;

thread_local! {
    /// Which core's runtime this thread is.
    static HERE: Cell<usize> = const { Cell::new(0) };
}

/// The number of the core whose runtime runs the caller; 0 in any other thread.
pub(crate) fn here() -> usize {
    HERE.get()
}

/// The runtimes; cheap to clone. Their threads end with the last handle.
#[derive(Clone, Debug)]
pub struct Cores(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cores: Vec<Core>,
    end: Stop,
}

#[derive(Debug)]
struct Core {
    runtime: Handle,
    cpu: Cpu,
    /// How many hold a [`Seat`].
    guests: Arc<AtomicUsize>,
}

/// A place on a core, for as long as a connection is open.
#[derive(Debug)]
pub struct Seat {
    runtime: Handle,
    core: usize,
    guests: Arc<AtomicUsize>,
}

impl Cores {
    /// How many cores this process has to itself: those that it may run on. `None` where it may use
    /// less of them than that (a quota of its control group: other processes expect to run there
    /// as well), where there is but one, and where threads cannot be bound to cores.
    #[must_use]
    pub fn available() -> Option<usize> {
        let allowed = affinity::allowed().len();
        let usable = thread::available_parallelism().map_or(1, usize::from);
        (allowed > 1 && usable >= allowed).then_some(allowed)
    }

    /// Starts a runtime on each core that this process may run on.
    ///
    /// # Errors
    /// When threads cannot be had, or not be bound to their cores.
    pub fn start() -> io::Result<Self> {
        Self::start_on(affinity::allowed())
    }

    fn start_on(cpus: Vec<Cpu>) -> io::Result<Self> {
        let end = Stop::new();
        let cores = cpus
            .into_iter()
            .enumerate()
            .map(|(number, cpu)| Core::start(number, cpu, end.clone()))
            .collect::<io::Result<Vec<_>>>();
        match cores {
            Ok(cores) if !cores.is_empty() => Ok(Self(Arc::new(Inner { cores, end }))),
            other => {
                end.cancel();
                let none = || io::Error::other("threads cannot be bound to cores on this system");
                Err(other.err().unwrap_or_else(none))
            }
        }
    }

    /// How many there are; never none.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.cores.len()
    }

    /// A place on the core with the fewest guests; of several the first.
    #[must_use]
    pub fn seat(&self) -> Seat {
        let cores = self.0.cores.iter().enumerate();
        let (number, core) = cores
            .min_by_key(|(_, core)| core.guests.load(Relaxed))
            .expect("there is one");
        core.guests.fetch_add(1, Relaxed);
        Seat {
            runtime: core.runtime.clone(),
            core: number,
            guests: Arc::clone(&core.guests),
        }
    }

    /// The runtime of the first core.
    #[must_use]
    pub fn first(&self) -> &Handle {
        self.runtime(0)
    }

    pub(crate) fn runtime(&self, core: usize) -> &Handle {
        &self.0.cores[core].runtime
    }

    pub(crate) fn cpu(&self, core: usize) -> Cpu {
        self.0.cores[core].cpu
    }
}

impl Seat {
    /// Where the guest is to run.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Whether the caller runs there already.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.core == here()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.guests.fetch_sub(1, Relaxed);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

impl Core {
    fn start(number: usize, cpu: Cpu, end: Stop) -> io::Result<Self> {
        let (tell, told) = mpsc::channel();
        let run = move || {
            let runtime = affinity::bind_thread(cpu).and_then(|()| {
                HERE.set(number);
                // Threads for what blocks inherit the core, and are to leave it to who does not.
                Builder::new_current_thread()
                    .enable_all()
                    .on_thread_start(|| drop(affinity::free_thread()))
                    .build()
            });
            match runtime {
                Ok(runtime) => {
                    tell.send(Ok(runtime.handle().clone())).ok();
                    runtime.block_on(end.cancelled());
                    runtime.shutdown_background();
                }
                Err(error) => drop(tell.send(Err(error))),
            }
        };
        thread::Builder::new()
            .name(format!("core-{number}"))
            .spawn(run)?;
        let ended = |_| io::Error::other("the thread has ended");
        Ok(Self {
            runtime: told.recv().map_err(ended)??,
            cpu,
            guests: Arc::default(),
        })
    }
}

#[cfg(test)]
mod tests;
