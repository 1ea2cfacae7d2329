//! The `http.retry` section: which requests go to another worker when theirs is lost.

use std::num::NonZeroU32;

use http::Method;
use rr_core::pool::Repeat;
use schemars::JsonSchema;
use serde::Deserialize;

/// Requests whose worker dies before it answers are given to another worker where that does no harm.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RetryConfig {
    /// Methods that are safe to repeat. Requests of any other are repeated only where the worker had not taken them as a whole.
    pub methods: Vec<String>,
    /// How often such a request is given to a worker at most; 1 is never again, as always with `pool.debug`.
    pub attempts: NonZeroU32,
}

impl Default for RetryConfig {
    fn default() -> Self {
        let safe = [Method::GET, Method::HEAD, Method::OPTIONS];
        Self {
            methods: safe.iter().map(Method::to_string).collect(),
            attempts: NonZeroU32::MIN.saturating_add(2),
        }
    }
}

/// The same, as the server asks for it with each request.
#[derive(Debug)]
pub(super) struct SafeMethods(Vec<Method>);

impl SafeMethods {
    /// # Errors
    /// When a name cannot be a method.
    pub(super) fn new(config: &RetryConfig) -> Result<Self, String> {
        let method = |name: &String| {
            let upper = name.to_ascii_uppercase();
            Method::from_bytes(upper.as_bytes())
                .map_err(|_| format!("`retry.methods` has `{name}`, which is no HTTP method"))
        };
        config
            .methods
            .iter()
            .map(method)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(super) fn repeat(&self, method: &Method) -> Repeat {
        match self.0.contains(method) {
            true => Repeat::Safe,
            false => Repeat::Untaken,
        }
    }
}
