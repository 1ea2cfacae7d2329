//! The messages of `service.v1`, as PHP packages send and read them.

use std::collections::HashMap;

/// Argument of `service.Create`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Create {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) command: String,
    #[prost(int64, tag = "3")]
    pub(super) process_num: i64,
    /// Seconds.
    #[prost(int64, tag = "4")]
    pub(super) exec_timeout: i64,
    #[prost(bool, tag = "5")]
    pub(super) remain_after_exit: bool,
    #[prost(map = "string, string", tag = "6")]
    pub(super) env: HashMap<String, String>,
    #[prost(uint64, tag = "7")]
    pub(super) restart_sec: u64,
    #[prost(bool, tag = "8")]
    pub(super) service_name_in_logs: bool,
    #[prost(uint64, tag = "9")]
    pub(super) timeout_stop_sec: u64,
}

/// Which one.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Service {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

/// It was done.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Response {
    #[prost(string, tag = "1")]
    pub(super) message: String,
    #[prost(bool, tag = "2")]
    pub(super) ok: bool,
}

/// Result of `service.List`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct List {
    #[prost(string, repeated, tag = "1")]
    pub(super) services: Vec<String>,
}

/// Result of `service.Statuses`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Statuses {
    #[prost(message, repeated, tag = "1")]
    pub(super) status: Vec<Status>,
}

/// One process.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Status {
    #[prost(float, tag = "1")]
    pub(super) cpu_percent: f32,
    #[prost(int32, tag = "2")]
    pub(super) pid: i32,
    /// Bytes.
    #[prost(uint64, tag = "3")]
    pub(super) memory_usage: u64,
    #[prost(string, tag = "4")]
    pub(super) command: String,
    /// There where the process does not run.
    #[prost(message, optional, tag = "5")]
    pub(super) status: Option<Fault>,
}

/// `common.v1.Status`, without details.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Fault {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
}
