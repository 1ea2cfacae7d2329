//! A call that is over, for whoever watches calls.

use std::time::Duration;

/// A call that ran to its end just now. Contribute a [`Listener`](crate::events::Listener) of it to hear
/// of each: the `rpc` service tells it. Calls of methods that do not exist are not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// `service.Method`.
    pub method: String,
    /// How long it took.
    pub took: Duration,
    /// What its caller reads where it failed.
    pub error: Option<String>,
}
