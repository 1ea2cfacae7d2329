//! The `reload` section: replaces the workers of a service when its files change.

mod config;
mod quiet;
mod rules;
mod watch;

use std::{env, future::pending, path::Path, sync::Arc, time::Duration};

use rr_core::{
    BoxError, Collection, Init, Service,
    config::{Diagnostic, nearest},
    lifecycle::Stop,
    pool::Pool,
    reconfigure::Change,
};
use tokio::{
    sync::mpsc,
    task::{JoinSet, spawn_blocking},
    time::{Instant, sleep_until},
};

use config::ReloadConfig;
use quiet::{Changes, Quiet};
use rules::Rules;
use watch::Watch;

/// Watches files, and resets the pools of the services that they belong to. For development.
#[derive(Debug)]
pub struct Reload;

type Services = Arc<Vec<(String, Rules)>>;

impl Service for Reload {
    const NAME: &'static str = "reload";
    type Config = ReloadConfig;
    type Needs = ();
    type Offers = ();

    fn init(self, config: ReloadConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let pools = cx.collect::<Pool>();
        let names: Vec<String> = config.services.keys().cloned().collect();
        let known = pools.clone();
        cx.check(move |_| strangers(&names, &known.all()));
        let (sender, others) = mpsc::unbounded_channel();
        cx.reconfigure::<Self, _, _>(&[""], move |anew| {
            let sender = sender.clone();
            let names: Vec<String> = anew.after.services.keys().cloned().collect();
            let findings = strangers(&names, &anew.all::<Pool>());
            let change = Change::new(async move {
                // What cannot be watched leaves the old watch in place.
                let watching = Watching::start(anew.after).await?;
                sender.send(watching).map_err(|_| "the service has ended")?;
                Ok(())
            });
            async move { Ok(change.finding(findings)) }
        });
        cx.run(async move |running| {
            let first = Watching::start(config).await?;
            running.ready.release();
            serve(first, others, &pools, running.stop).await;
            Ok(())
        });
        Ok(())
    }
}

/// A watch on the files of all services.
struct Watching {
    services: Services,
    /// How long nothing may change before workers are replaced.
    interval: Duration,
    changes: mpsc::UnboundedReceiver<watch::Change>,
    /// It ends when this is dropped.
    _watch: Watch,
}

impl Watching {
    async fn start(config: ReloadConfig) -> Result<Self, BoxError> {
        let interval = match Duration::from(config.interval) {
            Duration::ZERO => Duration::from_secs(1),
            interval => interval,
        };
        let poll = config.poll.then_some(interval);
        let services = Arc::new(services(config, &env::current_dir()?)?);
        let (sender, changes) = mpsc::unbounded_channel();
        let watched = Arc::clone(&services);
        let watch = spawn_blocking(move || Watch::start(&watched, poll, sender)).await??;
        Ok(Self {
            services,
            interval,
            changes,
            _watch: watch,
        })
    }
}

/// Services in the section that have no workers.
fn strangers(names: &[String], pools: &[Pool]) -> Vec<Diagnostic> {
    let known: Vec<&str> = pools.iter().map(Pool::name).collect();
    let unknown = names.iter().filter(|it| !known.contains(&it.as_str()));
    unknown
        .map(|name| {
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "remove it, or turn the service on".to_owned(),
            };
            Diagnostic::warning(format!("no service `{name}` has workers: nothing is reset"))
                .path(format!("reload.services.{name}"))
                .help(help)
        })
        .collect()
}

fn services(config: ReloadConfig, folder: &Path) -> Result<Vec<(String, Rules)>, BoxError> {
    let patterns = config.patterns;
    let services = config.services.into_iter();
    let rules = services.map(
        |(name, watched)| match Rules::new(watched, &patterns, folder) {
            Ok(rules) => Ok((name, rules)),
            Err((path, error)) => Err(format!(
                "cannot watch `{}`: {error}\nhelp: correct `reload.services.{name}.dirs`",
                path.display()
            )
            .into()),
        },
    );
    rules.collect()
}

/// Resets the pools of services whose files change, until `stop`; by the latest of `others` that
/// there is.
async fn serve(
    mut watching: Watching,
    mut others: mpsc::UnboundedReceiver<Watching>,
    pools: &Collection<Pool>,
    stop: Stop,
) {
    let mut quiet = Quiet::new(watching.interval);
    let mut resets: JoinSet<usize> = JoinSet::new();
    // A service is reset once at a time; what changes meanwhile is for the next time.
    let mut busy = vec![false; watching.services.len()];
    loop {
        let due = quiet.next(|it| !busy[it]);
        let over = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            Some(other) = others.recv() => {
                quiet = Quiet::new(other.interval);
                busy = vec![false; other.services.len()];
                resets.detach_all();
                watching = other;
            }
            Some(change) = watching.changes.recv() => quiet.note(change.service, change.path, Instant::now()),
            Some(Ok(service)) = resets.join_next() => busy[service] = false,
            () = over => {
                for (service, changes) in quiet.take(Instant::now(), |it| !busy[it]) {
                    busy[service] = true;
                    let name = &watching.services[service].0;
                    tell(name, &changes);
                    let all = pools.all().into_iter();
                    let pools: Vec<Pool> = all.filter(|it| it.name() == name).collect();
                    resets.spawn(async move {
                        for pool in pools {
                            // What fails is in the log, and the old workers stay.
                            pool.reset().await.ok();
                        }
                        service
                    });
                }
            }
        }
    }
}

fn tell(service: &str, changes: &Changes) {
    let count = changes.count;
    match &changes.path {
        Some(path) => {
            let path = path.display().to_string();
            tracing::info!(target: "reload", service, path, count, "files have changed: resetting workers");
        }
        None => {
            tracing::info!(target: "reload", service, "files may have changed: resetting workers")
        }
    }
}
