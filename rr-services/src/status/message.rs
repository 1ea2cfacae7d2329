//! The messages of `status.v1`, as the Go server has them.

/// Which service.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Request {
    #[prost(string, tag = "1")]
    pub(super) plugin: String,
}

/// How it is.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Response {
    /// As of HTTP.
    #[prost(int64, tag = "1")]
    pub(super) code: i64,
    /// What is wrong, if something is.
    #[prost(string, tag = "2")]
    pub(super) message: String,
}
