//! The builder that generated and hand-written `main.rs` files use.

use std::{any::type_name, future::pending, time::Duration};

use bytes::Bytes;
use tokio::sync::watch;

use crate::{
    cli::{Command, Extra},
    config::{self, Config, Diagnostics},
    container::{Container, Entry, RunError, StopSignals, WireError},
    contributions::Contributions,
    embed::{Carried, File},
    events::Listener,
    lifecycle::{Stop, StopServer},
    reconfigure::{self, Orders, Readings, Reloader},
    rpc::{EffectiveConfig, Methods},
    service::Service,
};

/// A server, wired and ready to run; see [`Server::builder`].
pub struct Server {
    container: Container,
    grace: Duration,
    uncollected: Vec<&'static str>,
    warnings: Diagnostics,
    asked: StopServer,
    reloader: Reloader,
}

/// Collects services; one type, however many are added.
#[derive(Default)]
pub struct ServerBuilder {
    pub(crate) name: Option<(&'static str, &'static str)>,
    entries: Vec<Entry>,
    contributions: Contributions,
    pub(crate) carried: Carried,
    pub(crate) commands: Vec<Extra>,
}

impl Server {
    /// Starts an empty server.
    #[must_use]
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// What is odd about the config, though the server runs with it.
    #[must_use]
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// Says how the configuration can be read again, for reloads; without that there are none.
    #[must_use]
    pub fn rereading(mut self, readings: Readings) -> Self {
        self.reloader.reads(readings);
        self
    }

    #[cfg(test)]
    pub(crate) fn asker(&self) -> reconfigure::Asker {
        self.reloader.asker()
    }

    #[cfg(test)]
    pub(crate) fn effective(&self) -> EffectiveConfig {
        self.reloader.effective()
    }

    /// How long a stop may take: `endure.grace_period`.
    #[must_use]
    pub fn grace_period(&self) -> Duration {
        self.grace
    }

    /// Runs until it is told to stop, a service fails, or the grace period is over.
    /// `started` is called once, when every service is ready.
    ///
    /// # Errors
    /// When a service fails, ends by itself, or does not stop in time.
    pub async fn run(self, signals: StopSignals, started: impl FnOnce()) -> Result<(), RunError> {
        for it in self.warnings.iter() {
            tracing::warn!(target: "config", "{}", it.unlabelled().to_string().trim_end());
        }
        for it in self.uncollected {
            tracing::debug!(target: "server", "`{it}` was contributed, but no service that is on collects it");
        }
        let stop = signals.stop.clone();
        let asked = async {
            self.asked.0.cancelled().await;
            stop.cancel();
            pending().await
        };
        let up = Stop::new();
        let told = up.clone();
        let started = move || {
            told.cancel();
            started();
        };
        let reloads = self.reloader.run(up, signals.stop.clone());
        tokio::select! {
            ended = self.container.run(signals, self.grace, started) => ended,
            ended = asked => ended,
            () = reloads => unreachable!("it goes on for ever"),
        }
    }
}

impl ServerBuilder {
    /// Says what the program is called, for `--version`.
    #[must_use]
    pub fn name(mut self, name: &'static str, version: &'static str) -> Self {
        self.name = Some((name, version));
        self
    }

    /// Adds a service; `.rr.yaml` decides whether it is on.
    ///
    /// The first listed starts first, unless it needs one listed later.
    #[must_use]
    pub fn service<S: Service>(mut self, service: S) -> Self {
        self.entries.push(Entry::new(service));
        self
    }

    /// A configuration that holds where none is named with `-c`, and none lies in the folder.
    #[must_use]
    pub fn default_config(mut self, text: &'static str) -> Self {
        self.carried.config = Some(text);
        self
    }

    /// Files to carry. The server unpacks them when it starts, and says where by the variable
    /// [`RR_APP`](crate::embed::VARIABLE).
    #[must_use]
    pub fn embed(mut self, files: &'static [File]) -> Self {
        self.carried.files = files;
        self
    }

    /// Adds a command to the command line.
    #[must_use]
    pub fn command<C: Command>(mut self, command: C) -> Self {
        self.commands.push(Extra::new(command));
        self
    }

    /// Adds a value to those of its type that some service collects.
    #[must_use]
    pub fn contribute<T: Clone + Send + 'static>(self, value: T) -> Self {
        self.contributions.add(None, value);
        self
    }

    /// Calls `listener` with each event of type `E` that a service tells.
    ///
    /// ```
    /// use rr_core::{Server, pool};
    ///
    /// let server = Server::builder().listen(|event: &pool::Event| {
    ///     if let pool::What::Died { pid, status, .. } = &event.what {
    ///         eprintln!("worker {pid} of {} died: {status}", event.pool);
    ///     }
    /// });
    /// ```
    ///
    /// It is called in the task of whoever tells, so it must not block.
    #[must_use]
    pub fn listen<E: 'static>(self, listener: impl Fn(&E) + Send + Sync + 'static) -> Self {
        self.contribute(Listener::new(listener))
    }

    /// The JSON Schema of `.rr.yaml` for just these services.
    #[must_use]
    pub fn schema(&self) -> serde_json::Value {
        config::schema::document(self.sections())
    }

    /// The sections of these services, in the order of their registration.
    pub(crate) fn sections(&self) -> impl Iterator<Item = config::schema::Section> {
        self.entries.iter().map(|it| it.schema.clone())
    }

    /// What is contributed to this server, now and while it is wired.
    pub(crate) fn contributions(&self) -> &Contributions {
        &self.contributions
    }

    /// Reads every section, looks whether the services go together, and wires them where they do;
    /// runs nothing. Needs a runtime, as wiring does.
    /// All mistakes are in `found` then; what has no effect is a warning among them.
    ///
    /// # Errors
    /// When the services themselves cannot make a server, whatever the config says.
    pub fn check(self, config: &Config, found: &mut Diagnostics) -> Result<(), WireError> {
        let sections: Vec<&str> = self.entries.iter().map(|it| it.section).collect();
        config.grace_period(found);
        config.unknown_sections(&sections, found);
        let (_, effective) = watch::channel(Bytes::new());
        self.contributions.add(None, EffectiveConfig(effective));
        Container::check(self.entries, config, &self.contributions, found)
    }

    /// Reads every section and wires the services.
    ///
    /// # Errors
    /// With all mistakes of the config at once, those in `found` included, and when services
    /// do not fit together. `strict` makes errors of what are warnings otherwise.
    pub fn build(
        self,
        config: &Config,
        mut found: Diagnostics,
        strict: bool,
    ) -> Result<Server, WireError> {
        let sections: Vec<&str> = self.entries.iter().map(|it| it.section).collect();
        let grace = config.grace_period(&mut found);
        let effective = serde_json::to_vec(&config.to_json()).expect("a tree of JSON is JSON");
        let (effective, shown) = watch::channel(effective.into());
        self.contributions.add(None, EffectiveConfig(shown));
        let asked = StopServer::default();
        self.contributions.add(None, asked.clone());
        let orders = Orders::new();
        let methods = reconfigure::methods(&orders.asker());
        self.contributions.add(None, methods);
        let described: Vec<_> = self.sections().collect();
        let check = |diagnostics: &mut Diagnostics| {
            config.unknown_sections(&sections, diagnostics);
            if strict {
                diagnostics.deny_warnings();
            }
        };
        let (container, standings, mut warnings) =
            Container::wire(self.entries, config, &self.contributions, found, check)?;
        if strict {
            warnings.deny_warnings();
        }
        if warnings.has_errors() {
            return Err(WireError::Config(warnings));
        }
        let mut uncollected = self.contributions.uncollected();
        // The kernel's own, which without `rpc` nobody needs.
        let own = [
            type_name::<EffectiveConfig>(),
            type_name::<StopServer>(),
            type_name::<Methods>(),
        ];
        uncollected.retain(|it| !own.contains(it));
        Ok(Server {
            container,
            grace,
            uncollected,
            warnings,
            asked,
            reloader: Reloader::new(
                config.clone(),
                described,
                standings,
                strict,
                effective,
                orders,
            ),
        })
    }
}
