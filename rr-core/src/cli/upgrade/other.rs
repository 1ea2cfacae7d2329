//! Where sockets cannot be handed to another process: nobody asks for it, as there is no signal for it.

use std::{future::pending, path::PathBuf};

use super::Step;
use crate::{
    cli::{Failure, pid_file::PidFile},
    config::UpgradeTimes,
    lifecycle::Stop,
    succession::Succession,
};

pub(in crate::cli) struct Upgrade {
    up: Option<Stop>,
}

impl Upgrade {
    pub(in crate::cli) fn find() -> Result<Self, Failure> {
        Ok(Self::none())
    }

    pub(in crate::cli) fn none() -> Self {
        Self {
            up: Some(Stop::new()),
        }
    }

    pub(in crate::cli) fn succession(&self) -> Succession {
        Succession::default()
    }

    pub(in crate::cli) fn pid_file(&mut self, path: PathBuf) -> Result<PidFile, Failure> {
        PidFile::hold(path)
    }

    pub(in crate::cli) fn up(&self) {
        if let Some(up) = &self.up {
            up.cancel();
        }
    }

    pub(in crate::cli) fn begin(&mut self, _: Option<&PidFile>, _: UpgradeTimes) {}

    pub(in crate::cli) fn abandon(&mut self) {}

    pub(in crate::cli) async fn next(&mut self) -> Step {
        match &self.up {
            Some(up) => up.cancelled().await,
            None => pending().await,
        }
        self.up = None;
        Step::Serves
    }
}
