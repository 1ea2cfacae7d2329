//! What every scenario is given: a server to start, the time to take, dice.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use fastrand::Rng;

use super::{
    rest::Rest,
    server::{Server, Setup},
    storm::{Load, Storm, Target, storm},
    tally::Tally,
};
use crate::interrupt::Interrupt;

/// The place of a scenario.
pub(super) struct Ring {
    pub(super) rr: PathBuf,
    /// How long the server is under load.
    pub(super) time: Duration,
    pub(super) seed: u64,
    pub(super) interrupt: Interrupt,
}

impl Ring {
    /// A server, and what it holds at rest.
    pub(super) fn start(&self, setup: Setup<'_>) -> Result<(Server, Rest)> {
        let server = Server::start(&self.rr as &Path, setup, &self.interrupt)?;
        // What is made at the first request, and not again, is made now.
        self.storm(&server, Load::default(), |storm| {
            storm.wait(Duration::from_millis(50))
        })?;
        let rest = Rest::of(&server)?;
        Ok((server, rest))
    }

    /// Loads `server` while `trouble` is made.
    pub(super) fn storm<T>(
        &self,
        server: &Server,
        load: Load,
        trouble: impl FnOnce(&Storm<'_>) -> Result<T>,
    ) -> Result<(Tally, T)> {
        let target = Target {
            port: server.port,
            ids: Arc::clone(&server.ids),
            newest: Arc::clone(&server.newest),
            random: self.random(),
            interrupt: &self.interrupt,
        };
        storm(load, self.time, target, trouble)
    }

    /// Dice that fall the same way for the same seed.
    pub(super) fn random(&self) -> Rng {
        Rng::with_seed(self.seed)
    }
}
