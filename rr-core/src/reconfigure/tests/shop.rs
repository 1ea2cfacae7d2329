//! A server made up for the purpose: a shop whose shelves can be moved while it is open.

use std::sync::{Arc, Mutex};

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use crate::{
    BoxError, Collection, Init, Server, Service, StopSignals,
    config::{Config, Diagnostic, Diagnostics},
    reconfigure::{Asker, Change, Reading, Report, rereads},
    rpc::EffectiveConfig,
};

/// What a shop goes by.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct ShopConfig {
    /// Where it is.
    #[allow(dead_code, reason = "it is compared, not used")]
    street: String,
    /// How many.
    #[serde(default)]
    shelves: u32,
    /// What it smells of.
    #[serde(default)]
    smell: String,
    /// By the name of what lies on it.
    #[allow(dead_code, reason = "it is compared, not used")]
    #[serde(default)]
    prices: std::collections::BTreeMap<String, u32>,
    /// Who has the key.
    #[allow(dead_code, reason = "it is compared, not used")]
    #[serde(default)]
    key_holder: String,
}

/// Applies shelves, smell and the key by itself.
pub(super) struct Shop(pub(super) mpsc::UnboundedSender<String>);

/// A sign at the door, wired anew when it changes.
struct Sign;

#[derive(Clone)]
struct Board(String);

/// The word on the sign.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct SignConfig {
    /// The word.
    word: String,
}

impl Service for Shop {
    const NAME: &'static str = "shop";
    type Config = ShopConfig;
    type Needs = ();
    type Offers = ();

    fn init(self, _: ShopConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let boards: Collection<Board> = cx.collect();
        cx.follow::<Board>();
        cx.reconfigure::<Self, _, _>(&["shelves", "smell", "key_holder", "prices"], move |anew| {
            let (told, boards) = (self.0.clone(), boards.clone());
            async move {
                let ShopConfig { shelves, smell, .. } = &anew.after;
                assert_ne!(*shelves, 13, "on purpose");
                if *shelves > 100 {
                    return Err("`shelves` are too many\nhelp: build another shop".into());
                }
                let new: Vec<String> = anew.all::<Board>().into_iter().map(|it| it.0).collect();
                let text = format!("{} {shelves} {smell} {new:?}", anew.before.shelves);
                let fails = smell == "burnt";
                let odd = Diagnostic::warning("no shelf is left").path("shop.shelves");
                let odd = (*shelves == 0).then_some(odd);
                let change = Change::new(async move {
                    assert!(boards.all().len() <= 1, "those that hold until now");
                    match fails {
                        true => Err("the kitchen is on fire".into()),
                        false => Ok(told.send(text)?),
                    }
                });
                Ok(change.finding(odd))
            }
        });
        cx.run(async move |running| {
            running.ready.release();
            running.stop.cancelled().await;
            Ok(())
        });
        Ok(())
    }
}

impl Service for Sign {
    const NAME: &'static str = "sign";
    const SECTION: &'static str = "shop.sign";
    type Config = SignConfig;
    type Needs = ();
    type Offers = ();

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(self, config: SignConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        if config.word.is_empty() {
            return Err("`word` is empty".into());
        }
        cx.contribute(Board(config.word));
        Ok(())
    }
}

/// A shop that is open, and its papers.
pub(super) struct Open {
    pub(super) asker: Asker,
    pub(super) text: Arc<Mutex<String>>,
    told: mpsc::UnboundedReceiver<String>,
    effective: EffectiveConfig,
    pub(super) signals: StopSignals,
}

pub(super) fn read(text: &str) -> Reading {
    let (config, found) = match Config::from_text(".rr.yaml", text) {
        Ok(config) => (Some(config), Diagnostics::default()),
        Err(found) => (None, found),
    };
    Reading {
        config,
        found,
        variables: Vec::new(),
    }
}

pub(super) async fn open(text: &str) -> Open {
    let (sender, told) = mpsc::unbounded_channel();
    let builder = Server::builder().service(Shop(sender)).service(Sign);
    let config = read(text).config.unwrap();
    let server = builder.build(&config, Diagnostics::default(), false);
    let (mut rereads, readings) = rereads();
    let server = server.unwrap().rereading(readings);
    let (asker, effective) = (server.asker(), server.effective());
    let text = Arc::new(Mutex::new(text.to_owned()));
    let papers = Arc::clone(&text);
    let signals = StopSignals::default();
    let (started, up) = oneshot::channel();
    let running = server.run(signals.clone(), || started.send(()).unwrap());
    tokio::spawn(async move {
        let rereading = async {
            loop {
                let to = rereads.next().await;
                let reading = read(&papers.lock().unwrap());
                drop(to.send(reading));
            }
        };
        tokio::select! {
            ended = running => ended.unwrap(),
            () = rereading => {}
        }
    });
    up.await.unwrap();
    Open {
        asker,
        text,
        told,
        effective,
        signals,
    }
}

impl Open {
    pub(super) async fn reload(&mut self, text: &str) -> Report {
        *self.text.lock().unwrap() = text.to_owned();
        self.asker.ask(false).await.unwrap()
    }

    pub(super) fn holds(&self) -> serde_json::Value {
        serde_json::from_slice(&self.effective.json()).unwrap()
    }

    /// What the shop did last.
    pub(super) fn did(&mut self) -> Option<String> {
        self.told.try_recv().ok()
    }
}
