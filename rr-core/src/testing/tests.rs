//! The server for tests tells the truth: what works, what fails, and when it ends.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{StartError, Stub, TestServer};
use crate::{
    BoxError, Init, Server, Service,
    probe::{Condition, Probe},
    rpc::{CallError, Methods, Plain, RpcError},
};

struct Prices(u32);

/// Takes what another offers, answers a call, and fails where its config says so.
struct Till;

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(default)]
struct TillConfig {
    mood: String,
}

impl Default for TillConfig {
    fn default() -> Self {
        Self {
            mood: "well".to_owned(),
        }
    }
}

impl Service for Till {
    const NAME: &'static str = "till";
    type Config = TillConfig;
    type Needs = Arc<Prices>;
    type Offers = ();

    fn init(self, config: TillConfig, prices: Arc<Prices>, cx: &mut Init) -> Result<(), BoxError> {
        if config.mood == "refuses" {
            return Err("not today".into());
        }
        let sum = async |prices: Arc<Prices>, Plain(count): Plain<u32>| match count {
            0 => Err(RpcError::fixed("nothing to pay for")),
            count => Ok(Plain(count * prices.0)),
        };
        cx.contribute(Methods::new(Self::NAME).method_with("Sum", &prices, sum));
        cx.contribute(Probe::new(Self::NAME, async || Condition::Ready));
        cx.run(async move |running| {
            match config.mood.as_str() {
                "fails" => return Err("out of paper".into()),
                "waits" => std::future::pending().await,
                _ => running.ready.release(),
            }
            let leaves = config.mood == "leaves";
            tokio::select! {
                () = running.stop.cancelled() => {}
                () = sleep(Duration::from_secs(60)), if leaves => {}
            }
            Ok(())
        });
        Ok(())
    }
}

async fn start(config: &str) -> Result<TestServer, StartError> {
    let server = Server::builder()
        .service(Stub(Arc::new(Prices(3))))
        .service(Till);
    TestServer::start(server, &format!("version: '3'\n{config}")).await
}

#[tokio::test]
async fn methods_are_called_without_a_listener() {
    let server = start("till: {}").await.unwrap();
    for _ in 0..2 {
        assert_eq!(server.call::<u32>("till.Sum", &4).await.unwrap(), 12);
    }
    let failed = server.call::<u32>("till.Sum", &0).await.unwrap_err();
    assert!(matches!(failed, CallError::Failed(_)), "{failed}");
    assert_eq!(failed.to_string(), "nothing to pay for");
    let unknown = server.call::<u32>("till.Pay", &0).await.unwrap_err();
    assert_eq!(unknown.to_string(), "rpc: can't find method till.Pay");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn contributions_are_at_hand() {
    let server = start("till: {}").await.unwrap();
    let probes = server.contributed::<Probe>();
    let [probe] = probes.as_slice() else {
        panic!("{} probes", probes.len());
    };
    assert_eq!(probe.name(), "till");
    assert_eq!(probe.ask().await, Condition::Ready);
    assert!(server.contributed::<u8>().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_keeps_a_server_from_starting_is_told() {
    for (config, expected) in [
        ("till: [", "unclosed bracket"),
        ("till: {mood: [1, 2]}", "till.mood"),
        ("till: {mood: refuses}", "not today"),
        ("till: {mood: fails}", "out of paper"),
        ("till: {mood: waits}", "running.ready.release()"),
    ] {
        let Err(error) = start(config).await else {
            panic!("{config} starts");
        };
        let text = error.to_string();
        assert!(text.contains(expected), "{config}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_of_its_own_is_told() {
    let mut server = start("till: {mood: leaves}").await.unwrap();
    let ended = server.ended().await.unwrap_err().to_string();
    assert_eq!(ended, "`till` ended without being asked to stop");
}
