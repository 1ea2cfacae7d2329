//! The id of a request.

use std::sync::Arc;

/// The id of a request, in its extensions where a middleware gave it one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);
