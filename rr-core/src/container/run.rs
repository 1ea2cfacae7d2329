//! Starts wired services in order, waits for the end, stops them in reverse.

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;
use tokio::{
    task::{self, JoinSet},
    time::{MissedTickBehavior, interval, sleep},
};

use super::{Container, Wired};
use crate::{
    lifecycle::{self, Stop, WhenReady},
    service::{BoxError, Off, Running},
    succession::Succession,
};

/// How often services that are not ready yet are named in the log.
const REMINDER: Duration = Duration::from_secs(10);

/// Why a server that had been wired is down.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A service could not start, before all were ready.
    #[error("`{service}` cannot start: {source}")]
    Start {
        /// Which one.
        service: &'static str,
        /// Its own words.
        source: BoxError,
    },
    /// A service failed.
    #[error("`{service}` failed: {source}")]
    Failed {
        /// Which one.
        service: &'static str,
        /// Its own words.
        source: BoxError,
    },
    /// A service returned although nobody had asked it to stop.
    #[error("`{0}` ended without being asked to stop")]
    Ended(&'static str),
    /// The grace period is over.
    #[error("did not stop within {grace:?} and were cut off: {}", left.join(", "))]
    CutOff {
        /// How long it was.
        grace: Duration,
        /// Who was still busy.
        left: Vec<&'static str>,
    },
    /// A second signal came.
    #[error("stop was forced, cut off: {}", .0.join(", "))]
    Forced(Vec<&'static str>),
}

/// When to end, from outside.
#[derive(Clone, Debug, Default)]
pub struct StopSignals {
    /// Stop in good order.
    pub stop: Stop,
    /// Stop at once.
    pub cut: Stop,
    /// The processes before and after this one.
    pub succession: Succession,
}

impl Container {
    /// Runs until `signals.stop`, a failure, or the end of the grace period.
    ///
    /// `started` is called once, when every service is ready. A service is told to stop
    /// only when all that need it have ended.
    pub(crate) async fn run(
        self,
        signals: StopSignals,
        grace: Duration,
        started: impl FnOnce(),
    ) -> Result<(), RunError> {
        self.tell_what_is_off();
        let mut tasks = Tasks {
            succession: signals.succession.clone(),
            ..Tasks::default()
        };
        for wired in self.wired {
            tasks.start(wired);
        }
        let outcome = tasks.serve(&signals.stop, started).await;
        let succession = &signals.succession;
        // To the outside nothing ends where another process goes on.
        let is_end = outcome.is_ok() && tasks.are_ready() && !succession.is_handed_over();
        let farewells = match is_end {
            true => self.farewells,
            false => Vec::new(),
        };
        let limit = async {
            if succession.is_handed_over() {
                succession.patience().await;
            }
            sleep(grace).await;
        };
        let stop = async {
            join_all(farewells).await;
            tasks.stop_in_reverse().await;
        };
        let stopped = tokio::select! {
            biased;
            () = stop => Ok(()),
            () = limit => Err(true),
            () = signals.cut.cancelled() => Err(false),
        };
        outcome.and(stopped.map_err(|late| match late {
            true => RunError::CutOff {
                grace,
                left: tasks.left(),
            },
            false => RunError::Forced(tasks.left()),
        }))
    }

    fn tell_what_is_off(&self) {
        for Off {
            name: service,
            section,
        } in &self.off
        {
            tracing::debug!(target: "server", service, "off: .rr.yaml has no section `{section}`");
        }
        if self.wired.iter().all(|it| it.task.is_none()) {
            // A section within another's adds to that one: it serves nothing by itself.
            let whole = self.off.iter().filter(|it| !it.section.contains('.'));
            let off: Vec<_> = whole.map(|it| format!("`{}:`", it.section)).collect();
            let sections = off.join(", ");
            tracing::warn!(
                target: "server",
                "nothing is served: every service that would do something is off; \
                 help: write a section for it in .rr.yaml: {sections}",
            );
        }
    }
}

struct Member {
    name: &'static str,
    stop: Stop,
    when_ready: WhenReady,
    ended: bool,
}

#[derive(Default)]
struct Tasks {
    members: Vec<Member>,
    running: JoinSet<Result<(), BoxError>>,
    ids: HashMap<task::Id, usize>,
    succession: Succession,
}

impl Tasks {
    fn start(&mut self, Wired { name, after, task }: Wired) {
        let (ready, when_ready) = lifecycle::ready();
        let stop = Stop::new();
        let ended = task.is_none();
        match task {
            Some(task) => {
                let needs: Vec<WhenReady> = after
                    .iter()
                    .map(|at| self.members[*at].when_ready.clone())
                    .collect();
                let running = Running {
                    stop: stop.clone(),
                    ready,
                    succession: self.succession.clone(),
                };
                self.succession.began(name);
                let own = stop.clone();
                let handle = self.running.spawn(async move {
                    let ready = join_all(needs.into_iter().map(WhenReady::wait));
                    tokio::select! {
                        _ = ready => task(running).await,
                        () = own.cancelled() => Ok(()),
                    }
                });
                self.ids.insert(handle.id(), self.members.len());
            }
            None => ready.release(),
        }
        self.members.push(Member {
            name,
            stop,
            when_ready,
            ended,
        });
    }

    /// Resolves when the server is to stop, with the reason where that is a failure.
    async fn serve(&mut self, stop: &Stop, started: impl FnOnce()) -> Result<(), RunError> {
        let all = join_all(self.members.iter().map(|it| it.when_ready.clone().wait()));
        let mut all = std::pin::pin!(all);
        let mut started = Some(started);
        let mut reminder = interval(REMINDER);
        reminder.set_missed_tick_behavior(MissedTickBehavior::Delay);
        reminder.tick().await;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                Some((service, result)) = self.next_end() => {
                    return Err(match (result, &started) {
                        (Ok(()), _) => RunError::Ended(service),
                        (Err(source), Some(_)) => RunError::Start { service, source },
                        (Err(source), None) => RunError::Failed { service, source },
                    });
                }
                _ = &mut all, if started.is_some() => {
                    if let Some(started) = started.take() {
                        started();
                    }
                }
                _ = reminder.tick(), if started.is_some() => self.remind(),
            }
        }
    }

    fn remind(&self) {
        for it in self.members.iter().filter(|it| !it.when_ready.is_ready()) {
            tracing::warn!(target: "server", service = it.name, "not ready yet");
        }
    }

    /// Whether all of them had started.
    fn are_ready(&self) -> bool {
        self.members.iter().all(|it| it.when_ready.is_ready())
    }

    /// The next service to end, a panic being one way to fail; `None` when none is left.
    async fn next_end(&mut self) -> Option<(&'static str, Result<(), BoxError>)> {
        let (id, result) = match self.running.join_next_with_id().await? {
            Ok((id, result)) => (id, result),
            Err(panic) => (panic.id(), Err(panic.into())),
        };
        let member = &mut self.members[self.ids[&id]];
        member.ended = true;
        self.succession.ended(member.name);
        Some((member.name, result))
    }

    async fn stop_in_reverse(&mut self) {
        for at in (0..self.members.len()).rev() {
            self.members[at].stop.cancel();
            while !self.members[at].ended {
                if let Some((service, Err(error))) = self.next_end().await {
                    tracing::error!(target: "server", service, error, "failed while stopping");
                }
            }
        }
    }

    fn left(&self) -> Vec<&'static str> {
        let left = self.members.iter().filter(|it| !it.ended);
        left.map(|it| it.name).collect()
    }
}
