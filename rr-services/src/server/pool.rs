//! The `pool` section of every service that has workers.

use std::{num::NonZero, thread, time};

use rr_core::{
    config::{CommandLine, Duration, Megabytes},
    pool::{Limits, Options, Scaling},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most workers that one pool may have.
const MOST: u16 = 2048;

/// The workers of one service.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct PoolConfig {
    /// How many workers; 0 is one for each CPU.
    #[schemars(range(max = 2048))]
    pub num_workers: u16,
    /// A fresh worker for each request, so that changed code is seen at once; errors of the application are shown to the client. For development.
    pub debug: bool,
    /// Tasks after which a worker is replaced, up to 14 % more so that they do not all go at once; 0 is never.
    pub max_jobs: u64,
    /// Tasks in work and waiting for a worker; one more is refused at once unless a worker is idle. 0 is no limit.
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
    /// Limits on single workers; without this section there are none.
    pub supervisor: Option<SupervisorConfig>,
    /// More workers while requests wait; without this section their number is fixed.
    pub dynamic_allocator: Option<DynamicAllocatorConfig>,
}

/// More workers while requests wait, and fewer again afterwards.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct DynamicAllocatorConfig {
    /// The most workers beyond `num_workers`; 0 is 10.
    #[schemars(range(max = 2048))]
    pub max_workers: u16,
    /// How many are added at a time, once a request has waited for 50 ms; 0 is 5.
    pub spawn_rate: u16,
    /// The time without such a wait after which idle ones go again; a minute where it is shorter than a second.
    pub idle_timeout: Duration,
}

impl Default for DynamicAllocatorConfig {
    fn default() -> Self {
        Self {
            max_workers: 10,
            spawn_rate: 5,
            idle_timeout: Duration::from_secs(60),
        }
    }
}

impl DynamicAllocatorConfig {
    fn scaling(&self) -> Scaling {
        let or = |value: u16, default| match value {
            0 => default,
            value => usize::from(value),
        };
        let idle = time::Duration::from(self.idle_timeout);
        Scaling {
            most: or(self.max_workers, 10),
            step: or(self.spawn_rate, 5),
            idle: match idle >= time::Duration::from_secs(1) {
                true => idle,
                false => time::Duration::from_secs(60),
            },
        }
    }
}

/// Limits on single workers; 0 is no limit.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct SupervisorConfig {
    /// How often workers are looked at.
    pub watch_tick: Duration,
    /// The longest that a worker lives; it finishes its task first.
    pub ttl: Duration,
    /// The longest that a worker stays idle after a task.
    pub idle_ttl: Duration,
    /// The longest that a task, or a part of a streamed answer, takes; then the worker is killed.
    pub exec_ttl: Duration,
    /// The most memory of a worker, in megabytes; it finishes its task first.
    pub max_worker_memory: Megabytes,
}

impl Default for SupervisorConfig {
    fn default() -> Self {
        let off = Duration::from_secs(0);
        Self {
            watch_tick: Duration::from_secs(5),
            ttl: off,
            idle_ttl: off,
            exec_ttl: off,
            max_worker_memory: Megabytes::default(),
        }
    }
}

impl SupervisorConfig {
    fn exec_timeout(&self) -> Option<time::Duration> {
        limit(self.exec_ttl)
    }

    fn limits(&self) -> Limits {
        let memory = self.max_worker_memory;
        Limits {
            tick: self.watch_tick.into(),
            ttl: limit(self.ttl),
            idle_ttl: limit(self.idle_ttl),
            memory: (!memory.is_zero()).then(|| memory.bytes()),
        }
    }
}

fn at_most(key: &str, asked: u16) -> Result<(), String> {
    match asked > MOST {
        true => Err(format!("`{key}` is {asked}, at most {MOST} are allowed")),
        false => Ok(()),
    }
}

/// Zero stands for the default, as in the Go server.
fn or_a_minute(duration: Duration) -> time::Duration {
    limit(duration).unwrap_or(time::Duration::from_secs(60))
}

fn limit(duration: Duration) -> Option<time::Duration> {
    let duration = time::Duration::from(duration);
    (!duration.is_zero()).then_some(duration)
}

impl Default for PoolConfig {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            num_workers: 0,
            debug: false,
            max_jobs: 0,
            max_queue_size: 0,
            allocate_timeout: minute,
            destroy_timeout: minute,
            reset_timeout: minute,
            stream_timeout: minute,
            command: None,
            supervisor: None,
            dynamic_allocator: None,
        }
    }
}

impl PoolConfig {
    /// The options for the pool itself.
    ///
    /// # Errors
    /// When there are more workers than a pool may have.
    pub fn options(&self) -> Result<Options, String> {
        at_most("num_workers", self.num_workers)?;
        if let Some(scaling) = &self.dynamic_allocator {
            at_most("dynamic_allocator.max_workers", scaling.max_workers)?;
        }
        let workers = match usize::from(self.num_workers) {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            workers => workers,
        };
        Ok(Options {
            workers,
            scaling: self
                .dynamic_allocator
                .as_ref()
                .map(DynamicAllocatorConfig::scaling),
            debug: self.debug,
            max_jobs: self.max_jobs,
            max_queue: self.max_queue_size,
            allocate_timeout: or_a_minute(self.allocate_timeout),
            destroy_timeout: or_a_minute(self.destroy_timeout),
            reset_timeout: or_a_minute(self.reset_timeout),
            stream_timeout: or_a_minute(self.stream_timeout),
            exec_timeout: self
                .supervisor
                .as_ref()
                .and_then(SupervisorConfig::exec_timeout),
            limits: self
                .supervisor
                .as_ref()
                .map(SupervisorConfig::limits)
                .unwrap_or_default(),
            ..Options::default()
        })
    }
}
