//! Hears of changes from the system, or looks for them, and keeps those that matter.

use std::{path::PathBuf, sync::Arc, time::Duration};

use notify::{
    Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};
use tokio::sync::mpsc::UnboundedSender;

use super::rules::Rules;

/// A file that matters to a service has changed; without a path where some changes were lost.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) service: usize,
    pub(super) path: Option<PathBuf>,
}

/// A folder that cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot watch `{}`: {source}\nhelp: correct `reload.services.{service}.dirs`; too many folders on Linux: raise the sysctl `fs.inotify.max_user_watches`, or set `reload.poll: true`",
    path.display()
)]
pub(super) struct WatchError {
    pub(super) service: String,
    pub(super) path: PathBuf,
    pub(super) source: notify::Error,
}

/// Watches as long as it is there.
pub(super) struct Watch(
    #[expect(dead_code, reason = "it watches until it is dropped")] Box<dyn Watcher + Send>,
);

impl Watch {
    /// Sends each change that matters to one of `services`, from a thread of the watcher. Blocks
    /// while it walks through the folders.
    pub(super) fn start(
        services: &Arc<Vec<(String, Rules)>>,
        poll: Option<Duration>,
        changes: UnboundedSender<Change>,
    ) -> Result<Self, WatchError> {
        let rules = Arc::clone(services);
        let hear = move |heard: notify::Result<Event>| tell(&rules, heard, &changes);
        let made: notify::Result<Box<dyn Watcher + Send>> = match poll {
            None => RecommendedWatcher::new(hear, Config::default()).map(|it| Box::new(it) as _),
            Some(every) => {
                let config = Config::default().with_poll_interval(every);
                PollWatcher::new(hear, config).map(|it| Box::new(it) as _)
            }
        };
        let mut watcher = made.map_err(|source| WatchError {
            service: services.first().map(|it| it.0.clone()).unwrap_or_default(),
            path: PathBuf::new(),
            source,
        })?;
        for (service, rules) in services.iter() {
            let mode = match rules.recursive {
                true => RecursiveMode::Recursive,
                false => RecursiveMode::NonRecursive,
            };
            for dir in &rules.dirs {
                watcher.watch(dir, mode).map_err(|source| WatchError {
                    service: service.clone(),
                    path: dir.clone(),
                    source,
                })?;
            }
        }
        Ok(Self(watcher))
    }
}

fn tell(
    services: &[(String, Rules)],
    heard: notify::Result<Event>,
    changes: &UnboundedSender<Change>,
) {
    let event = match heard {
        Ok(event) if event.need_rescan() => return all(services, changes),
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(target: "reload", "changes may have been missed: {error}");
            return;
        }
    };
    let is_change = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    };
    if !is_change {
        return;
    }
    for path in event.paths {
        for (service, (_, rules)) in services.iter().enumerate() {
            if rules.concern(&path) {
                let path = Some(path.clone());
                // Nobody listens any more: the server stops.
                changes.send(Change { service, path }).ok();
            }
        }
    }
}

/// The system had more to tell than it could keep.
fn all(services: &[(String, Rules)], changes: &UnboundedSender<Change>) {
    for service in 0..services.len() {
        let path = None;
        changes.send(Change { service, path }).ok();
    }
}
