//! The `reload` section: replaces the workers of a service when its files change.

mod config;
mod quiet;
mod rules;
mod watch;

use std::{env, future::pending, path::Path, sync::Arc, time::Duration};

use rr_core::{
    BoxError, Collection, Init, Running, Service,
    config::{Diagnostic, nearest},
    pool::Pool,
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
        cx.check(move |_| strangers(&names, &known));
        let interval = match Duration::from(config.interval) {
            Duration::ZERO => Duration::from_secs(1),
            interval => interval,
        };
        cx.run(async move |running| {
            let poll = config.poll.then_some(interval);
            let services = Arc::new(services(config, &env::current_dir()?)?);
            serve(services, interval, poll, &pools, running).await
        });
        Ok(())
    }
}

/// Services in the section that have no workers.
fn strangers(names: &[String], pools: &Collection<Pool>) -> Vec<Diagnostic> {
    let pools = pools.all();
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

async fn serve(
    services: Services,
    interval: Duration,
    poll: Option<Duration>,
    pools: &Collection<Pool>,
    running: Running,
) -> Result<(), BoxError> {
    let (sender, mut changes) = mpsc::unbounded_channel();
    let watched = Arc::clone(&services);
    let _watch = spawn_blocking(move || Watch::start(&watched, poll, sender)).await??;
    running.ready.release();

    let mut quiet = Quiet::new(interval);
    let mut resets: JoinSet<usize> = JoinSet::new();
    // A service is reset once at a time; what changes meanwhile is for the next time.
    let mut busy = vec![false; services.len()];
    loop {
        let due = quiet.next(|it| !busy[it]);
        let over = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = running.stop.cancelled() => return Ok(()),
            Some(change) = changes.recv() => quiet.note(change.service, change.path, Instant::now()),
            Some(Ok(service)) = resets.join_next() => busy[service] = false,
            () = over => {
                for (service, changes) in quiet.take(Instant::now(), |it| !busy[it]) {
                    busy[service] = true;
                    let name = &services[service].0;
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
