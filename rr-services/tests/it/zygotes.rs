//! Workers that are forked off one process, `server.zygote`: what they share, and what becomes of
//! them when the one or the other ends.
#![cfg(target_os = "linux")]

use std::{collections::HashSet, fs, path::Path};

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use rr_core::rpc::{Client, Workers};
use tempfile::TempDir;

use crate::{
    client::get,
    procfs::{eventually, is_alive, parent, signal},
    server::{Running, free_port, run, services},
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/zygote.php");

/// The beginning of the command, as items of a list in YAML.
const PHP: &str = "php";

/// A server with forked workers, and the files that its application reads and writes.
struct Nest {
    server: Running,
    dir: TempDir,
}

async fn start(program: &str, server: &str, pool: &str) -> Nest {
    let dir = tempfile::tempdir().unwrap();
    let (http, rpc) = (free_port(), free_port());
    let (boots, code) = {
        let path = |name: &str| dir.path().join(name).display().to_string();
        (path("boots"), path("code.php"))
    };
    fs::write(&code, "<?php return 'first';").unwrap();
    let text = format!(
        "version: '3'\nrpc: {{listen: 'tcp://{rpc}'}}\n\
         server:\n  command: [{program}, {SCRIPT}]\n  zygote: true\n\
         {server}  env: {{BOOTS: '{boots}', CODE: '{code}'}}\n\
         http: {{address: '{http}', pool: {{destroy_timeout: 5s, {pool}}}}}\n"
    );
    let server = run(services(), http, rpc, &text).await.unwrap();
    Nest { server, dir }
}

impl Nest {
    async fn ask(&self, path: &str) -> String {
        let reply = get(self.server.http, path).await;
        assert_eq!(reply.status, 200, "{path}");
        reply.text().to_owned()
    }

    /// Pids, one for each boot of the application.
    fn boots(&self) -> Vec<u32> {
        let notes = fs::read_to_string(self.dir.path().join("boots")).unwrap();
        notes.lines().filter_map(|it| it.parse().ok()).collect()
    }

    fn change(&self, code: &str) {
        fs::write(self.dir.path().join("code.php"), code).unwrap();
    }

    async fn client(&self) -> Client {
        let address = format!("tcp://{}", self.server.rpc).parse().unwrap();
        Client::connect(&address).await.unwrap()
    }

    async fn pids(&self) -> HashSet<u32> {
        let told: Workers = self
            .client()
            .await
            .call("informer.Workers", &"http")
            .await
            .unwrap();
        told.workers
            .unwrap_or_default()
            .iter()
            .map(|it| it.pid)
            .collect()
    }

    async fn reset(&self) -> Result<bool, String> {
        let done = self.client().await.call("resetter.Reset", &"http").await;
        done.map_err(|it| it.to_string())
    }

    /// Answers of several requests at once, from several workers.
    async fn at_once(&self, path: &str) -> HashSet<String> {
        join_all((0..8).map(|_| self.ask(path)))
            .await
            .into_iter()
            .collect()
    }
}

#[tokio::test]
async fn workers_share_one_boot_and_nothing_else() {
    let nest = start(PHP, "", "num_workers: 4").await;
    let [zygote] = nest.boots()[..] else {
        panic!("{:?}", nest.boots());
    };
    let workers = nest.pids().await;
    assert_eq!(workers.len(), 4);
    assert!(workers.iter().all(|it| parent(*it) == Some(zygote)));
    assert_eq!(nest.at_once("/token").await.len(), 1);
    assert!(nest.at_once("/busy").await.len() > 1);
    assert_eq!(nest.ask("/group").await, "own");
    let random = nest.at_once("/random").await;
    assert!(random.len() > 4, "{random:?}");
    assert_eq!(nest.at_once("/rpc").await, HashSet::from(["mine".into()]));

    let folder = sockets_of(&workers);
    let Nest { server, dir } = nest;
    server.stop().await;
    eventually("nothing is left", async || {
        workers.iter().all(|it| !is_alive(*it)) && !is_alive(zygote)
    })
    .await;
    assert!(
        folder.iter().all(|it| !Path::new(it).exists()),
        "{folder:?}"
    );
    let notes = fs::read_to_string(dir.path().join("boots")).unwrap();
    let ended = notes.lines().filter(|it| *it == "ended").count();
    assert_eq!(
        ended, 4,
        "the workers end as ever, the zygote runs none of it"
    );
}

/// The paths of the sockets that workers are told.
fn sockets_of(workers: &HashSet<u32>) -> Vec<String> {
    let of = |pid: &u32| {
        let all = fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
        let found = all
            .split('\0')
            .find_map(|it| it.strip_prefix("RR_ZYGOTE=unix://"));
        let found = found.unwrap().to_owned();
        assert!(Path::new(&found).exists());
        found
    };
    workers.iter().map(of).collect()
}

#[tokio::test]
async fn a_reset_boots_the_application_anew() {
    let nest = start(PHP, "", "num_workers: 2").await;
    let before = nest.pids().await;
    assert_eq!(nest.ask("/code").await, "first");
    nest.change("<?php return 'second';");
    assert_eq!(nest.reset().await, Ok(true));
    assert_eq!(
        nest.at_once("/code").await,
        HashSet::from(["second".into()])
    );
    let boots = nest.boots();
    assert_eq!(boots.len(), 2);
    assert!(nest.pids().await.is_disjoint(&before));
    eventually("the old zygote has ended", async || !is_alive(boots[0])).await;
    assert!(is_alive(boots[1]));

    nest.change("<?php throw new Exception('broken');");
    let error = nest.reset().await.unwrap_err();
    assert!(error.contains("broken"), "{error}");
    assert_eq!(nest.ask("/code").await, "second", "the old workers stay");
    nest.server.stop().await;
}

#[tokio::test]
async fn the_death_of_a_worker_costs_that_worker_alone() {
    let nest = start(PHP, "", "num_workers: 2").await;
    let before = nest.pids().await;
    before.iter().for_each(|it| signal(*it, Signal::SIGKILL));
    eventually("they are replaced", async || {
        let now = nest.pids().await;
        now.len() == 2 && now.is_disjoint(&before)
    })
    .await;
    assert_eq!(get(nest.server.http, "/exit").await.status, 500);
    eventually("it is replaced", async || nest.pids().await.len() == 2).await;
    assert_eq!(nest.ask("/code").await, "first");
    assert_eq!(nest.boots().len(), 1, "all were forked off the first");
    eventually("no zombie stays", async || {
        before
            .iter()
            .all(|it| !Path::new(&format!("/proc/{it}")).exists())
    })
    .await;
    nest.server.stop().await;
}

#[tokio::test]
async fn workers_survive_the_death_of_their_zygote() {
    let nest = start(PHP, "", "num_workers: 2").await;
    let workers = nest.pids().await;
    let zygote = nest.boots()[0];
    signal(zygote, Signal::SIGKILL);
    eventually("it is gone", async || !is_alive(zygote)).await;
    assert_eq!(nest.ask("/code").await, "first");
    assert_eq!(nest.pids().await, workers);
    // The next one is forked off another zygote; that an orphan ends is noticed as well.
    let orphan = *workers.iter().next().unwrap();
    signal(orphan, Signal::SIGKILL);
    eventually("it is replaced", async || {
        let now = nest.pids().await;
        now.len() == 2 && !now.contains(&orphan)
    })
    .await;
    assert_eq!(nest.boots().len(), 2);
    nest.server.stop().await;
    eventually("the orphans end as well", async || {
        workers.iter().all(|it| !is_alive(*it))
    })
    .await;
}

#[tokio::test]
async fn without_pcntl_each_worker_is_started_by_itself() {
    let php = "php, -d, disable_functions=pcntl_fork";
    let nest = start(php, "", "num_workers: 3").await;
    assert_eq!(nest.pids().await.len(), 3);
    assert_eq!(nest.boots().len(), 3);
    assert_eq!(nest.at_once("/code").await, HashSet::from(["first".into()]));
    nest.server.stop().await;
}

/// The numbers of its workers may be those of others: of a namespace, for one.
#[tokio::test]
async fn a_zygote_that_is_no_child_of_the_server_forks_nothing() {
    let wrapper = "sh, -c, 'php \"$0\"; true'";
    let nest = start(wrapper, "", "num_workers: 2").await;
    assert_eq!(nest.pids().await.len(), 2);
    let boots = nest.boots();
    assert_eq!(boots.len(), 3, "one that was tried");
    eventually("it is gone", async || !is_alive(boots[0])).await;
    assert_eq!(nest.ask("/code").await, "first");
    nest.server.stop().await;
}

#[tokio::test]
async fn workers_over_a_socket_are_forked_as_well() {
    let relay = format!("  relay: tcp://{}\n", free_port());
    let nest = start(PHP, &relay, "num_workers: 3").await;
    assert_eq!(nest.pids().await.len(), 3);
    assert_eq!(nest.boots().len(), 1);
    assert_eq!(nest.ask("/code").await, "first");
    nest.server.stop().await;
}

#[tokio::test]
async fn a_pool_for_development_reads_its_code_for_each_request() {
    let nest = start(PHP, "", "debug: true").await;
    assert_eq!(nest.ask("/code").await, "first");
    nest.change("<?php return 'second';");
    assert_eq!(nest.ask("/code").await, "second");
    nest.server.stop().await;
}
