//! The `pool` section of every service that has workers.

use std::{num::NonZero, thread};

use rr_core::{
    config::{CommandLine, Duration},
    pool::Options,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// The most workers that one pool may have.
const MOST: u16 = 2048;

/// The workers of one service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PoolConfig {
    /// How many workers; 0 is one for each CPU.
    #[schemars(range(max = 2048))]
    pub num_workers: u16,
    /// Tasks after which a worker is replaced, up to 14 % more so that they do not all go at once; 0 is never.
    pub max_jobs: u64,
    /// Tasks that may wait for a worker; one more is refused at once. 0 is no limit.
    pub max_queue_size: usize,
    /// How long a worker may take to boot, and how long a task may wait for a worker.
    pub allocate_timeout: Duration,
    /// How long a stop waits for busy workers before it kills them.
    pub destroy_timeout: Duration,
    /// How long a reset waits for busy workers before it kills them.
    pub reset_timeout: Duration,
    /// How long a streamed answer may go on after its client has left.
    pub stream_timeout: Duration,
    /// Runs these workers instead of `server.command`.
    pub command: Option<CommandLine>,
}

impl Default for PoolConfig {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            num_workers: 0,
            max_jobs: 0,
            max_queue_size: 0,
            allocate_timeout: minute,
            destroy_timeout: minute,
            reset_timeout: minute,
            stream_timeout: minute,
            command: None,
        }
    }
}

impl PoolConfig {
    /// The options for the pool itself.
    ///
    /// # Errors
    /// When there are more workers than a pool may have.
    pub fn options(&self) -> Result<Options, String> {
        if self.num_workers > MOST {
            let asked = self.num_workers;
            return Err(format!(
                "`num_workers` is {asked}, at most {MOST} are allowed"
            ));
        }
        let workers = match usize::from(self.num_workers) {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            workers => workers,
        };
        Ok(Options {
            workers,
            max_jobs: self.max_jobs,
            max_queue: self.max_queue_size,
            allocate_timeout: self.allocate_timeout.into(),
            destroy_timeout: self.destroy_timeout.into(),
            reset_timeout: self.reset_timeout.into(),
            stream_timeout: self.stream_timeout.into(),
        })
    }
}
