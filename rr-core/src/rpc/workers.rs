//! The workers of a pool as `informer.Workers` tells them and `rr workers` reads them.

use std::{pin::Pin, sync::Arc};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct as _};

use crate::service::BoxError;

/// The answer of `informer.Workers`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Workers {
    /// `None` where no pool has the name that was asked for: `null` on the wire, which PHP
    /// tells from the empty list.
    pub workers: Option<Vec<Worker>>,
}

/// One worker.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Worker {
    /// Process id.
    pub pid: u32,
    /// The number of its state.
    pub status: u8,
    /// Requests it has worked on.
    pub num_execs: u64,
    /// When it was started: nanoseconds since 1970.
    pub created: i64,
    /// Resident memory in bytes.
    pub memory_usage: u64,
    /// Of one core, since it was started.
    #[serde(rename = "CPUPercent")]
    pub cpu_percent: f64,
    /// Its command line; empty for the workers of a pool.
    pub command: String,
    /// The text of its state.
    pub status_str: String,
    /// What it is at; nothing while it is idle. The Go server does not tell.
    #[serde(default)]
    pub doing: Option<Doing>,
}

/// A task that a worker is at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Doing {
    /// What: method and URI of a request.
    pub what: String,
    /// How long it has been at it: seconds.
    pub since: f64,
}

/// The processes of a service that has no pool: contribute it, and they are listed beside workers.
#[derive(Clone)]
pub struct Processes {
    name: &'static str,
    list: Arc<dyn Fn() -> Listing + Send + Sync>,
    reset: Option<Arc<dyn Fn() -> Resetting + Send + Sync>>,
}

type Listing = Pin<Box<dyn Future<Output = Vec<Worker>> + Send>>;
type Resetting = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

impl Processes {
    /// Those that `list` gives whenever somebody asks, under the name of their service.
    pub fn new<F, Fut>(name: &'static str, list: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Vec<Worker>> + Send + 'static,
    {
        Self {
            name,
            list: Arc::new(move || Box::pin(list())),
            reset: None,
        }
    }

    /// `reset` ends all of them and starts them anew, with the code that is there by then.
    #[must_use]
    pub fn with_reset<F, Fut>(mut self, reset: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.reset = Some(Arc::new(move || Box::pin(reset())));
        self
    }

    /// Whether they can be reset.
    #[must_use]
    pub const fn can_reset(&self) -> bool {
        self.reset.is_some()
    }

    /// Resets them, where that can be done.
    ///
    /// # Errors
    /// When one does not come up again.
    pub async fn reset(&self) -> Result<(), BoxError> {
        match &self.reset {
            Some(reset) => reset().await,
            None => Ok(()),
        }
    }

    /// The service's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// As they are now.
    pub async fn list(&self) -> Vec<Worker> {
        (self.list)().await
    }
}

/// JSON has names of its own, MessagePack those of the fields of the Go server: PHP relies on both.
struct Names {
    json: bool,
}

impl Names {
    fn of<S: Serializer>(to: &S) -> Self {
        Self {
            json: to.is_human_readable(),
        }
    }

    const fn pick(&self, json: &'static str, go: &'static str) -> &'static str {
        if self.json { json } else { go }
    }
}

impl Serialize for Workers {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let names = Names::of(&to);
        let mut to = to.serialize_struct("Workers", 1)?;
        to.serialize_field(names.pick("workers", "Workers"), &self.workers)?;
        to.end()
    }
}

impl Serialize for Worker {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let names = Names::of(&to);
        // Only where there is something to tell: others know a record of eight fields.
        let fields = 8 + usize::from(self.doing.is_some());
        let mut to = to.serialize_struct("Worker", fields)?;
        to.serialize_field(names.pick("pid", "Pid"), &self.pid)?;
        to.serialize_field(names.pick("status", "Status"), &self.status)?;
        to.serialize_field(names.pick("numExecs", "NumExecs"), &self.num_execs)?;
        to.serialize_field(names.pick("created", "Created"), &self.created)?;
        to.serialize_field(names.pick("memoryUsage", "MemoryUsage"), &self.memory_usage)?;
        to.serialize_field("CPUPercent", &self.cpu_percent)?;
        to.serialize_field(names.pick("command", "Command"), &self.command)?;
        to.serialize_field(names.pick("statusStr", "StatusStr"), &self.status_str)?;
        match &self.doing {
            Some(doing) => to.serialize_field(names.pick("doing", "Doing"), doing)?,
            None => to.skip_field(names.pick("doing", "Doing"))?,
        }
        to.end()
    }
}
