//! The scenarios: what is done to the server, and what must hold all the same.

mod clients;
mod deaths;
mod ends;
mod garbage;
mod mixed;
mod outage;
mod overload;
mod recycling;
mod reloads;
mod resets;
mod scaling;
mod stuck;
mod upgrades;

use anyhow::Result;
use clap::ValueEnum;

use super::{judge::Report, ring::Ring};

/// One kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(super) enum Scenario {
    /// `kill -9` of a worker, five times a second
    Kill,
    /// `kill -9` of all workers at once, every second
    Wipe,
    /// All workers killed, and code that does not start for a quarter of the time
    Outage,
    /// SIGSTOP of a worker for 300 ms, twice a second
    Freeze,
    /// A worker exits right after its answer, 20 times a second
    Exit,
    /// A reset twice a second, every third with code that does not start
    Reset,
    /// Another configuration three times a second: more and fewer workers, variables, middleware, mistakes
    Reload,
    /// Workers print on stdout, where frames go, at every tenth request
    Garbage,
    /// Three times as many requests as the workers can answer, and a bounded queue
    Overload,
    /// Workers are replaced after some requests
    Jobs,
    /// Workers are replaced after some time
    Ttl,
    /// Workers are replaced when they have grown
    Memory,
    /// More workers while requests wait, fewer when it is quiet
    Scale,
    /// Deaths, exits, resets and limits, all at once
    Mixed,
    /// The same with workers that dial in by a unix socket
    Socket,
    /// Requests that never end, three a second, and a limit
    Stuck,
    /// Clients leave in the middle of everything
    Leave,
    /// Workers die inside a streamed answer
    Stream,
    /// `kill -9` of the server
    Crash,
    /// SIGTERM under load
    Stop,
    /// SIGTERM under load that goes elsewhere when the server says so
    Drain,
    /// SIGUSR2 under load, again and again
    Upgrade,
    /// The same with configurations and code that cannot be served
    UpgradeFails,
}

impl Scenario {
    /// As the command line names it.
    pub(super) fn name(self) -> String {
        let value = self.to_possible_value().expect("none is hidden");
        value.get_name().to_owned()
    }

    /// # Errors
    /// When the scenario cannot be played: the server does not start, for one.
    pub(super) fn play(self, ring: &Ring) -> Result<Report> {
        match self {
            Self::Kill => deaths::kill(ring),
            Self::Wipe => outage::wipe(ring),
            Self::Outage => outage::outage(ring),
            Self::Freeze => deaths::freeze(ring),
            Self::Exit => deaths::exit(ring),
            Self::Reset => resets::reset(ring),
            Self::Reload => reloads::reload(ring),
            Self::Garbage => garbage::garbage(ring),
            Self::Overload => overload::overload(ring),
            Self::Jobs => recycling::jobs(ring),
            Self::Ttl => recycling::ttl(ring),
            Self::Memory => recycling::memory(ring),
            Self::Scale => scaling::scale(ring),
            Self::Mixed => mixed::mixed(ring),
            Self::Socket => mixed::socket(ring),
            Self::Stuck => stuck::stuck(ring),
            Self::Leave => clients::leave(ring),
            Self::Stream => clients::stream(ring),
            Self::Crash => ends::crash(ring),
            Self::Stop => ends::stop(ring),
            Self::Drain => ends::drain(ring),
            Self::Upgrade => upgrades::upgrade(ring),
            Self::UpgradeFails => upgrades::refused(ring),
        }
    }
}
