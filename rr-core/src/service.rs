//! What a service is: a function from its config and its needs to what it offers.

use std::{any::TypeId, future::Future, pin::Pin};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{
    check::Check,
    config::Diagnostic,
    contributions::{Collection, Contributions},
    events::{Bus, Listener},
    lifecycle::{Ready, Stop},
    needs::{Needs, Offers},
    reconfigure::{Anew, Change, Hook},
    succession::Succession,
};

/// Any error with its causes.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A unit that the server configures, starts and stops.
///
/// ```
/// use rr_core::{BoxError, Init, Service};
///
/// /// Says hello when the server starts.
/// struct Hello;
///
/// /// The `hello` section of `.rr.yaml`.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct HelloConfig {
///     /// Whom to greet.
///     name: String,
/// }
///
/// impl Service for Hello {
///     const NAME: &'static str = "hello";
///     type Config = HelloConfig;
///     type Needs = ();
///     type Offers = ();
///
///     fn init(self, config: HelloConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
///         cx.run(async move |running| {
///             tracing::info!(target: "hello", "hello {}", config.name);
///             running.ready.release();
///             running.stop.cancelled().await;
///             Ok(())
///         });
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service",
    label = "not a service",
    note = "`.service(..)` takes a value whose type implements `rr_core::Service`"
)]
pub trait Service: Sized + Send + 'static {
    /// Its name in logs, in RPC and in messages.
    const NAME: &'static str;

    /// Where its section stands in `.rr.yaml`: its name, or a dotted path such as `http.static`.
    const SECTION: &'static str = Self::NAME;

    /// The section, typed. Doc comments become the descriptions of the JSON Schema.
    type Config: DeserializeOwned + JsonSchema + Send + 'static;

    /// What it takes from other services, by type.
    type Needs: Needs;

    /// What other services can need from it.
    type Offers: Offers;

    /// The config of a service whose section is absent; `None` leaves the service off.
    #[must_use]
    fn absent() -> Option<Self::Config> {
        None
    }

    /// The service once more, to be wired anew when its section has changed while the server runs.
    /// `None`, the default: it cannot be, and what [`Init::reconfigure`] does not claim of its
    /// section needs a restart.
    ///
    /// For services that run nothing and hold nothing that must outlive a change: a middleware. What
    /// one of them contributes is replaced by what it contributes then, if all who collect that
    /// [follow](Init::follow) it. Such a service can be turned on and off as well.
    #[must_use]
    fn again() -> Option<Self> {
        None
    }

    /// Tells what the config asks for that others must know: what is listened on. Also the place
    /// for what a type cannot check, two keys that exclude one another.
    ///
    /// Called for each service that is on, before any is wired, and also where another service's
    /// section is wrong. What depends on contributions is for [`Init::check`].
    fn check(config: &Self::Config, cx: &mut Check<'_>) {
        let _ = (config, cx);
    }

    /// Wires the service; opens nothing yet.
    ///
    /// # Errors
    /// When the config, valid in form, cannot be carried out.
    fn init(
        self,
        config: Self::Config,
        needs: Self::Needs,
        cx: &mut Init,
    ) -> Result<Self::Offers, BoxError>;
}

pub(crate) type TaskFuture = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
pub(crate) type Task = Box<dyn FnOnce(Running) -> TaskFuture + Send>;

/// What is done before anything stops; see [`Init::before_stop`].
pub(crate) type Farewell = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is wrong with the config in the light of all services; see [`Init::check`].
pub(crate) type Look = Box<dyn FnOnce(&[Off]) -> Vec<Diagnostic> + Send>;

/// A service that is in the server and off, as it has no section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Off {
    /// Its name.
    pub name: &'static str,
    /// The section that would turn it on.
    pub section: &'static str,
}

/// What a service hands over while it is wired.
pub struct Init {
    /// What all have contributed.
    contributions: Contributions,
    /// Where this service's part goes, and as whose.
    into: Contributions,
    owner: usize,
    pub(crate) checks: Vec<Look>,
    pub(crate) task: Option<Task>,
    is_trial: bool,
    pub(crate) farewells: Vec<Farewell>,
    pub(crate) hook: Option<Hook>,
    pub(crate) follows: Vec<TypeId>,
}

impl Init {
    pub(crate) fn new(contributions: &Contributions, owner: usize, is_trial: bool) -> Self {
        Self {
            contributions: contributions.clone(),
            into: contributions.clone(),
            owner,
            checks: Vec::new(),
            task: None,
            is_trial,
            farewells: Vec::new(),
            hook: None,
            follows: Vec::new(),
        }
    }

    /// For a service that is wired anew: what it contributes is gathered apart.
    pub(crate) fn anew(contributions: &Contributions, into: &Contributions, owner: usize) -> Self {
        Self {
            into: into.clone(),
            ..Self::new(contributions, owner, false)
        }
    }

    /// Whether the services are wired to look for mistakes alone, and never run: what cannot be
    /// taken back, a global subscriber for one, is to be left out then.
    #[must_use]
    pub fn is_trial(&self) -> bool {
        self.is_trial
    }

    /// Adds one `T` to those that some service collects: an RPC method, a middleware, a pool.
    pub fn contribute<T: Clone + Send + 'static>(&mut self, value: T) {
        self.into.add(Some(self.owner), value);
    }

    /// Asks for every `T` that services contribute, those wired later included.
    pub fn collect<T: Clone + Send + 'static>(&mut self) -> Collection<T> {
        self.contributions.collection()
    }

    /// Where this service tells events of one type: a worker pool's, for one.
    pub fn bus<E: 'static>(&mut self) -> Bus<E> {
        Bus::new(self.collect::<Listener<E>>())
    }

    /// Adds a look at the config that is taken once every service is wired, before any starts:
    /// what was contributed is known by then. The places of findings are filled in from their paths.
    pub fn check(&mut self, check: impl FnOnce(&[Off]) -> Vec<Diagnostic> + Send + 'static) {
        self.checks.push(Box::new(check));
    }

    /// Adds what is to be done when the server was asked to stop, and before any service is: to
    /// tell the outside, for one. All of them run side by side, and the stop waits for them; that
    /// counts towards the grace period. A server that is not up yet, that fails, or that another
    /// process has succeeded leaves them out.
    pub fn before_stop(&mut self, farewell: impl Future<Output = ()> + Send + 'static) {
        self.farewells.push(Box::pin(farewell));
    }

    /// Says which settings of its section the service can apply while it runs, and how. `keys` are
    /// those below the section, `pool` being all of `pool.*` and an empty one the whole section.
    ///
    /// When the configuration is read again and one of them has changed, `prepare` gets the section
    /// as it was and as it is to be; settings that need a restart are as before in both. It looks
    /// whether that can be carried out, changes nothing, and says what is to be done. That is done
    /// once all services have agreed; it is all or nothing, and leaves what was before if it fails.
    pub fn reconfigure<S, F, Fut>(&mut self, keys: &'static [&'static str], prepare: F)
    where
        S: Service,
        F: Fn(Anew<S::Config>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Change, BoxError>> + Send + 'static,
    {
        self.hook = Some(Hook::new::<S, F, Fut>(keys, prepare));
    }

    /// Has what is given to [`reconfigure`](Self::reconfigure) called as well when services that are
    /// wired anew contribute other `T`s than before: [`Anew::all`] are those that will hold.
    pub fn follow<T: 'static>(&mut self) {
        self.follows.push(TypeId::of::<T>());
    }

    /// Sets what runs between start and stop. A task that returns before it was asked
    /// to stop ends the server.
    pub fn run<F, Fut>(&mut self, task: F)
    where
        F: FnOnce(Running) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.task = Some(Box::new(|running| Box::pin(task(running))));
    }
}

/// What a started service holds.
pub struct Running {
    /// Resolves when the service is to stop: whatever needs it has ended by then.
    pub stop: Stop,
    /// To be released when the service can serve; its dependents wait for that.
    pub ready: Ready,
    /// The processes before and after this one, where the program is replaced while it serves.
    pub succession: Succession,
}
