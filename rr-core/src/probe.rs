//! How a service is, for load balancers and whoever restarts servers: asked when they ask.

use std::{future::Future, pin::Pin, sync::Arc};

/// How a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It can take a request now.
    Ready,
    /// It works, but can take nothing now; why.
    Busy(String),
    /// It does not work; why.
    Down(String),
}

type Asking = Pin<Box<dyn Future<Output = Condition> + Send>>;

/// A service's answer to how it is: contribute one, whoever tells the outside collects them.
/// Worker pools need none: they are looked at by themselves.
///
/// ```
/// use rr_core::probe::{Condition, Probe};
///
/// let probe = Probe::new("inventory", async || match std::fs::exists("stock.db") {
///     Ok(true) => Condition::Ready,
///     _ => Condition::Down("`stock.db` is not there".to_owned()),
/// });
/// # drop(probe);
/// ```
#[derive(Clone)]
pub struct Probe {
    name: Arc<str>,
    ask: Arc<dyn Fn() -> Asking + Send + Sync>,
}

impl Probe {
    /// `ask` is called each time that somebody wants to know how the service `name` is. One that
    /// takes too long counts as [`Condition::Down`].
    pub fn new<F, Fut>(name: &str, ask: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Condition> + Send + 'static,
    {
        Self {
            name: name.into(),
            ask: Arc::new(move || Box::pin(ask())),
        }
    }

    /// The service's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the service is now.
    pub async fn ask(&self) -> Condition {
        (self.ask)().await
    }
}
