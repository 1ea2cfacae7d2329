//! The messages of `lock.v1beta1`, as the published PHP package sends and reads them.

/// What every method takes; fields that do not concern it are left out.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Request {
    #[prost(string, tag = "1")]
    pub(super) resource: String,
    /// Of the one who holds the lock, or is to hold it.
    #[prost(string, tag = "2")]
    pub(super) id: String,
    /// In microseconds.
    #[prost(int64, optional, tag = "3")]
    pub(super) ttl: Option<i64>,
    /// In microseconds.
    #[prost(int64, optional, tag = "4")]
    pub(super) wait: Option<i64>,
}

/// What every method answers.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Response {
    #[prost(bool, tag = "1")]
    pub(super) ok: bool,
}
