//! The look at pools and the asking of probes; what is wrong with a service, by its name.

use std::{collections::BTreeMap, fmt, time::Duration};

use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use rr_core::{
    Collection,
    pool::{Pool, WorkerState},
    probe::{Condition, Probe},
};
use tokio::time::timeout;

/// How long a pool may take to tell its workers: one that is not up yet does not tell.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is looked at.
pub(super) struct Checks {
    pub(super) pools: Collection<Pool>,
    pub(super) probes: Collection<Probe>,
}

/// What somebody wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Whether it works.
    Health,
    /// Whether it can take a request.
    Readiness,
}

impl Question {
    /// What stands against a yes.
    pub(super) fn fault(self, condition: Condition) -> Option<String> {
        match (self, condition) {
            (_, Condition::Ready) | (Self::Health, Condition::Busy(_)) => None,
            (_, Condition::Busy(why) | Condition::Down(why)) => Some(why),
        }
    }
}

impl Checks {
    /// How each of the services in `names` is, or each there is if none is named. Names that
    /// nobody has are left out. One that takes longer than `limit` is down.
    pub(super) async fn of(
        &self,
        names: &[String],
        limit: Duration,
    ) -> BTreeMap<String, Condition> {
        let wanted = |name: &str| names.is_empty() || names.iter().any(|it| it == name);
        let mut pools = BTreeMap::<String, Vec<Pool>>::new();
        for pool in self.pools.all().into_iter().filter(|it| wanted(it.name())) {
            pools.entry(pool.name().to_owned()).or_default().push(pool);
        }
        let pools = pools.into_iter().map(|(name, pools)| {
            let look = async move { look(&pools).await }.boxed();
            (name, look)
        });
        let probes = self.probes.all().into_iter().filter(|it| wanted(it.name()));
        let probes = probes.map(|it| {
            let name = it.name().to_owned();
            (name, async move { it.ask().await }.boxed())
        });
        let asked = pools.chain(probes).map(|(name, check)| async move {
            let condition = in_time(check, limit).await;
            (name, condition)
        });
        let mut found = BTreeMap::new();
        for (name, condition) in join_all(asked).await {
            let before = found.entry(name).or_insert(Condition::Ready);
            if rank(&condition) > rank(before) {
                *before = condition;
            }
        }
        found
    }
}

async fn in_time(check: BoxFuture<'_, Condition>, limit: Duration) -> Condition {
    let late = |_| Condition::Down(format!("no answer within {limit:?}"));
    timeout(limit, check).await.unwrap_or_else(late)
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checks")
    }
}

/// Of several answers for one name the worst counts.
fn rank(condition: &Condition) -> u8 {
    match condition {
        Condition::Ready => 0,
        Condition::Busy(_) => 1,
        Condition::Down(_) => 2,
    }
}

/// The pools of one service, as if they were one: a worker is enough.
async fn look(pools: &[Pool]) -> Condition {
    if pools.iter().any(|it| it.load().idle > 0) {
        return Condition::Ready;
    }
    let workers = join_all(pools.iter().map(Pool::workers));
    let Ok(workers) = timeout(PATIENCE, workers).await else {
        return Condition::Down("its workers are not up".to_owned());
    };
    let has = |state| workers.iter().flatten().any(|it| it.state == state);
    // In debug mode there are none between requests.
    let on_demand = pools.iter().any(|it| it.load().workers == 0);
    if on_demand || has(WorkerState::Ready) {
        Condition::Ready
    } else if has(WorkerState::Working) {
        Condition::Busy("all workers are busy".to_owned())
    } else {
        Condition::Down("no worker is ready or working".to_owned())
    }
}
