//! What went wrong in a method, as the text that its caller reads.

use std::{borrow::Cow, fmt};

/// The failure of a method. Made from any string and any error by `?` or `into()`; its
/// text travels to the client as it is, so it must say nothing that the client may not know.
///
/// Like other catch-all errors it is itself no [`std::error::Error`]: that keeps the
/// conversion from every displayable type possible.
pub struct RpcError(Cow<'static, str>);

impl RpcError {
    /// An error with a fixed text.
    #[must_use]
    pub const fn fixed(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// What the client reads.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl<E: fmt::Display> From<E> for RpcError {
    fn from(error: E) -> Self {
        Self(Cow::Owned(error.to_string()))
    }
}

impl fmt::Debug for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RpcError({:?})", self.0)
    }
}
