//! A registered service with its type erased, one step at a time: registered, configured, wired.

use std::any::TypeId;

use crate::{
    check::{Check, Said},
    config::{Config, Diagnostics, schema},
    needs::{Need, Needs as _, Offered, Offers as _},
    service::{BoxError, Init, Service},
};

/// A service as it was registered.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) section: &'static str,
    pub(crate) schema: schema::Section,
    pub(super) needs: Vec<Need>,
    pub(super) offers: Vec<(TypeId, &'static str)>,
    pub(super) examine: Examine,
    /// `None` where it cannot be wired anew.
    pub(super) again: Option<Again>,
    service: Box<dyn Registered>,
}

/// Reads a section and has its service say what it thinks of it, without a value of that service.
pub(super) type Examine = fn(&Config, &[&str], &mut Diagnostics, &mut Said);

/// Reads a section for its service once more.
pub(super) type Again = fn(&Config, &[&str], &mut Diagnostics) -> Option<Box<dyn Configured>>;

impl Entry {
    pub(crate) fn new<S: Service>(service: S) -> Self {
        let (mut needs, mut offers) = (Vec::new(), Vec::new());
        S::Needs::declare(&mut needs);
        S::Offers::declare(&mut offers);
        Self {
            name: S::NAME,
            section: S::SECTION,
            schema: schema::Section::of::<S::Config>(S::SECTION).implied(S::absent().is_some()),
            needs,
            offers,
            examine: examine::<S>,
            again: S::again().map(|_| again::<S> as Again),
            service: Box::new(service),
        }
    }

    /// Reads the service's section; `None` where the service is off or its section is wrong.
    pub(super) fn read(
        self,
        config: &Config,
        sections: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Option<Box<dyn Configured>> {
        self.service.read(config, sections, diagnostics)
    }
}

fn examine<S: Service>(
    config: &Config,
    sections: &[&str],
    found: &mut Diagnostics,
    said: &mut Said,
) {
    if let Some(read) = section::<S>(config, sections, found) {
        S::check(&read, &mut said.of(S::SECTION, config));
    }
}

/// The section of a service, or what holds without one; `None` where the service is off or its
/// section is wrong.
pub(crate) fn section<S: Service>(
    config: &Config,
    sections: &[&str],
    found: &mut Diagnostics,
) -> Option<S::Config> {
    let read = config.section::<S::Config>(S::SECTION, sections, found);
    match config.has(S::SECTION) {
        true => read,
        false => S::absent(),
    }
}

fn again<S: Service>(
    config: &Config,
    sections: &[&str],
    found: &mut Diagnostics,
) -> Option<Box<dyn Configured>> {
    Box::new(S::again()?).read(config, sections, found)
}

trait Registered: Send {
    fn read(
        self: Box<Self>,
        config: &Config,
        sections: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Option<Box<dyn Configured>>;
}

impl<S: Service> Registered for S {
    fn read(
        self: Box<Self>,
        config: &Config,
        sections: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Option<Box<dyn Configured>> {
        let config = section::<S>(config, sections, diagnostics)?;
        Some(Box::new(WithConfig {
            service: *self,
            config,
        }))
    }
}

/// A service that is on and knows its config.
pub(super) trait Configured {
    fn check(&self, cx: &mut Check<'_>);
    fn init(self: Box<Self>, offered: &mut Offered, cx: &mut Init) -> Result<(), BoxError>;
}

struct WithConfig<S: Service> {
    service: S,
    config: S::Config,
}

impl<S: Service> Configured for WithConfig<S> {
    fn check(&self, cx: &mut Check<'_>) {
        S::check(&self.config, cx);
    }

    fn init(self: Box<Self>, offered: &mut Offered, cx: &mut Init) -> Result<(), BoxError> {
        let needs = S::Needs::take(offered);
        self.service.init(self.config, needs, cx)?.put(offered);
        Ok(())
    }
}
