//! `server.placement`: whether a request stays on the core where it came in.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use rr_core::cores::Cores;
use schemars::JsonSchema;
use serde::Deserialize;

/// Where requests are served and their workers run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// `per_core` where the server has several cores to itself and at least as many workers, else `shared`.
    #[default]
    Auto,
    /// All threads serve all requests, and the system chooses where they and the workers run.
    Shared,
    /// A thread for each core serves its share of the connections, by the workers at home there and, when these are busy, by others. Workers whose tasks take less than a quarter of a millisecond of CPU are bound to their core.
    PerCore,
}

/// The cores of a server, started when a pool is first spread over them.
#[derive(Debug)]
pub(super) struct Places {
    placement: Placement,
    cores: Mutex<Option<Cores>>,
}

impl Places {
    pub(super) fn new(placement: Placement) -> Self {
        Self {
            placement,
            cores: Mutex::new(None),
        }
    }

    /// The cores to spread a pool of so many workers over, where it is to be.
    ///
    /// # Errors
    /// When their threads cannot be had.
    pub(super) fn cores(&self, workers: usize) -> io::Result<Option<Cores>> {
        let is_spread = match self.placement {
            Placement::Shared => false,
            Placement::Auto => Cores::available().is_some_and(|cores| workers >= cores),
            Placement::PerCore => true,
        };
        if !is_spread {
            return Ok(None);
        }
        let mut cores = self.cores.lock().unwrap_or_else(PoisonError::into_inner);
        if cores.is_none() {
            *cores = Some(Cores::start()?);
        }
        Ok(cores.clone())
    }
}
