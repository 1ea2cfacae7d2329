//! How a service applies what has changed in its section.

use std::{any::TypeId, pin::Pin};

use crate::{
    config::{Config, Diagnostic, Diagnostics},
    container::{is_within, section},
    contributions::Contributions,
    service::{BoxError, Off, Service},
};

/// A section as it was and as it is to be; see [`Init::reconfigure`](crate::Init::reconfigure).
pub struct Anew<C> {
    /// What holds.
    pub before: C,
    /// What is to hold.
    pub after: C,
    around: Around,
}

/// What services are to find around them.
#[derive(Clone)]
pub(crate) struct Around {
    pub(super) contributions: Contributions,
    pub(super) off: Vec<Off>,
}

impl<C> Anew<C> {
    /// Every `T` that services contribute, those that are wired anew included.
    #[must_use]
    pub fn all<T: Clone + Send + 'static>(&self) -> Vec<T> {
        self.around.contributions.collection().all()
    }

    /// The services that are to be off, as they have no section.
    #[must_use]
    pub fn off(&self) -> &[Off] {
        &self.around.off
    }
}

/// What is to be done to apply a change, once all services have agreed to theirs.
pub struct Change {
    work: Pending<()>,
    findings: Vec<Diagnostic>,
}

impl Change {
    /// This. If it fails, all is to be as before.
    pub fn new(work: impl Future<Output = Result<(), BoxError>> + Send + 'static) -> Self {
        Self {
            work: Box::pin(work),
            findings: Vec::new(),
        }
    }

    /// Something that is done at once, and cannot fail.
    pub fn at_once(work: impl FnOnce() + Send + 'static) -> Self {
        Self::new(async move {
            work();
            Ok(())
        })
    }

    /// Adds what is odd or wrong about it; with an error among them nothing is applied. The places
    /// of findings are filled in from their paths.
    #[must_use]
    pub fn finding(mut self, findings: impl IntoIterator<Item = Diagnostic>) -> Self {
        self.findings.extend(findings);
        self
    }

    pub(super) fn findings(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.findings)
    }

    pub(super) async fn carry_out(self) -> Result<(), BoxError> {
        self.work.await
    }
}

type Pending<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

type Prepare = dyn Fn(&Config, &Config, &[&str], Around) -> Option<Pending<Change>> + Send + Sync;

/// What a service applies by itself, with its type erased.
pub(crate) struct Hook {
    keys: &'static [&'static str],
    section: &'static str,
    follows: Vec<TypeId>,
    prepare: Box<Prepare>,
}

impl Hook {
    pub(crate) fn new<S, F, Fut>(keys: &'static [&'static str], prepare: F) -> Self
    where
        S: Service,
        F: Fn(Anew<S::Config>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Change, BoxError>> + Send + 'static,
    {
        let read = |config: &Config, sections: &[&str]| {
            section::<S>(config, sections, &mut Diagnostics::default())
        };
        let prepare = move |before: &Config,
                            after: &Config,
                            sections: &[&str],
                            around|
              -> Option<Pending<Change>> {
            let anew = Anew {
                before: read(before, sections)?,
                after: read(after, sections)?,
                around,
            };
            Some(Box::pin(prepare(anew)))
        };
        Self {
            keys,
            section: S::SECTION,
            follows: Vec::new(),
            prepare: Box::new(prepare),
        }
    }

    pub(crate) fn following(self, types: &[TypeId]) -> Self {
        Self {
            follows: types.to_vec(),
            ..self
        }
    }

    /// Whether a setting is one of those that it applies.
    pub(super) fn claims(&self, path: &str) -> bool {
        let key = path.strip_prefix(self.section);
        let key = key.map(|it| it.trim_start_matches('.'));
        key.is_some_and(|key| self.keys.iter().any(|it| is_within(key, it)))
    }

    /// The types that it wants to hear of.
    pub(crate) fn followed(&self) -> impl Iterator<Item = TypeId> {
        self.follows.iter().copied()
    }

    /// Has the service look at the change.
    pub(super) async fn prepare(
        &self,
        before: &Config,
        after: &Config,
        sections: &[&str],
        around: Around,
    ) -> Result<Change, BoxError> {
        match (self.prepare)(before, after, sections, around) {
            Some(prepared) => prepared.await,
            None => Err("its section cannot be read".into()),
        }
    }
}
