//! The container with services made up for the purpose, in simulated time.

mod checks;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{RunError, StopSignals, WireError};
use crate::{
    BoxError, Init, Server, ServerBuilder, Service,
    config::{Config, Diagnostic, Diagnostics},
};

/// What happened, in order.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, what: &str) {
        self.0.lock().unwrap().push(what.to_owned());
    }
    fn read(&self) -> String {
        self.0.lock().unwrap().join(" ")
    }
}

/// Offers a number after `delay`, and takes as long to stop.
struct Numbers {
    diary: Diary,
    delay: Duration,
}

#[derive(Debug)]
struct Number(u64);

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct NumbersConfig {
    value: u64,
}

impl Service for Numbers {
    const NAME: &'static str = "numbers";
    type Config = NumbersConfig;
    type Needs = ();
    type Offers = Arc<Number>;

    fn init(self, config: NumbersConfig, (): (), cx: &mut Init) -> Result<Arc<Number>, BoxError> {
        let Self { diary, delay } = self;
        cx.run(async move |running| {
            sleep(delay).await;
            diary.note("+numbers");
            running.ready.release();
            running.stop.cancelled().await;
            sleep(delay).await;
            diary.note("-numbers");
            Ok(())
        });
        Ok(Arc::new(Number(config.value)))
    }
}

/// What [`Adder`] does once it runs.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Well,
    Fails,
    Returns,
    Panics,
    NeverStops,
}

/// Needs a number and every contribution.
struct Adder(Diary, Mood);

impl Service for Adder {
    const NAME: &'static str = "adder";
    type Config = ();
    type Needs = Arc<Number>;
    type Offers = ();

    fn absent() -> Option<()> {
        Some(())
    }

    fn init(self, (): (), number: Arc<Number>, cx: &mut Init) -> Result<(), BoxError> {
        let Self(diary, mood) = self;
        let others = cx.collect::<u64>();
        cx.run(async move |running| {
            let sum: u64 = number.0 + others.all().iter().sum::<u64>();
            diary.note(&format!("+adder={sum}"));
            running.ready.release();
            match mood {
                Mood::Fails => return Err("out of numbers".into()),
                Mood::Returns => return Ok(()),
                Mood::Panics => panic!("as the test wants"),
                Mood::Well | Mood::NeverStops => running.stop.cancelled().await,
            }
            if mood == Mood::NeverStops {
                std::future::pending::<()>().await;
            }
            diary.note("-adder");
            Ok(())
        });
        Ok(())
    }
}

/// Contributes five; wired after the one who collects.
struct Five;

impl Service for Five {
    const NAME: &'static str = "five";
    type Config = ();
    type Needs = ();
    type Offers = ();
    fn absent() -> Option<()> {
        Some(())
    }
    fn init(self, (): (), (): (), cx: &mut Init) -> Result<(), BoxError> {
        cx.contribute(5_u64);
        Ok(())
    }
}

fn builder(diary: &Diary, mood: Mood) -> ServerBuilder {
    Server::builder()
        .service(Adder(diary.clone(), mood))
        .service(Numbers {
            diary: diary.clone(),
            delay: Duration::from_secs(3),
        })
        .service(Five)
        .contribute(1_u64)
}

fn build(builder: ServerBuilder, text: &str) -> Result<Server, WireError> {
    let config = Config::from_text(".rr.yaml", text).unwrap();
    builder.build(&config, Diagnostics::default(), false)
}

async fn run(mood: Mood, stop_after: Duration) -> (String, Result<(), RunError>) {
    let diary = Diary::default();
    let text = "numbers: {value: 10}\nendure: {grace_period: 20s}\n";
    let server = build(builder(&diary, mood), text).unwrap();
    let signals = StopSignals::default();
    let stop = signals.stop.clone();
    let started = diary.clone();
    let stopper = async move {
        sleep(stop_after).await;
        stop.cancel();
        std::future::pending::<()>().await;
    };
    let result = tokio::select! {
        result = server.run(signals, move || started.note("started")) => result,
        () = stopper => unreachable!("it never ends"),
    };
    (diary.read(), result)
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn services_start_after_what_they_need_and_stop_before_it() {
    let began = Instant::now();
    let (diary, result) = run(Mood::Well, MINUTE).await;
    result.unwrap();
    assert_eq!(diary, "+numbers +adder=16 started -adder -numbers");
    assert_eq!(began.elapsed().as_secs(), 63);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ends_ends_the_server() {
    for (mood, expected) in [
        (Mood::Fails, "`adder` failed: out of numbers"),
        (Mood::Returns, "`adder` ended without being asked to stop"),
    ] {
        let (diary, result) = run(mood, MINUTE).await;
        let error = result.unwrap_err().to_string();
        assert!(diary.ends_with("-numbers"), "{diary}");
        // Whether it had started yet is a matter of which is noticed first.
        assert_eq!(error.replace("cannot start", "failed"), expected);
    }
    let (diary, result) = run(Mood::Panics, MINUTE).await;
    assert!(diary.ends_with("-numbers"), "{diary}");
    assert!(result.unwrap_err().to_string().contains("panicked"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_the_start_is_a_stop() {
    let (diary, result) = run(Mood::Well, Duration::from_secs(1)).await;
    result.unwrap();
    assert_eq!(diary, "+numbers -numbers");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_stop_is_cut_off_after_the_grace_period() {
    let began = Instant::now();
    let (_, result) = run(Mood::NeverStops, MINUTE).await;
    let error = result.unwrap_err().to_string();
    assert_eq!(
        error,
        "did not stop within 20s and were cut off: numbers, adder"
    );
    assert_eq!(began.elapsed().as_secs(), 80);
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_cuts_at_once() {
    let diary = Diary::default();
    let server = build(builder(&diary, Mood::NeverStops), "numbers: {value: 1}").unwrap();
    let signals = StopSignals::default();
    let (stop, cut) = (signals.stop.clone(), signals.cut.clone());
    let task = tokio::spawn(server.run(signals, || {}));
    sleep(MINUTE).await;
    stop.cancel();
    sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    cut.cancel();
    let error = task.await.unwrap().unwrap_err();
    assert!(matches!(error, RunError::Forced(left) if left == ["numbers", "adder"]));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

fn refused(builder: ServerBuilder, text: &str) -> String {
    build(builder, text).map(drop).unwrap_err().to_string()
}

/// Says good-bye for four seconds.
struct Polite(Diary);

impl Service for Polite {
    const NAME: &'static str = "polite";
    type Config = ();
    type Needs = ();
    type Offers = ();
    fn absent() -> Option<()> {
        Some(())
    }
    fn init(self, (): (), (): (), cx: &mut Init) -> Result<(), BoxError> {
        cx.before_stop(async move {
            self.0.note("bye..");
            sleep(Duration::from_secs(4)).await;
            self.0.note("..bye");
        });
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn farewells_come_before_any_stop_where_the_server_was_up() {
    for (mood, stop_after, seconds, expected) in [
        (
            Mood::Well,
            60,
            67,
            "+numbers +adder=16 bye.. ..bye -adder -numbers",
        ),
        (Mood::Well, 1, 6, "+numbers -numbers"),
        (Mood::Fails, 60, 6, "+numbers +adder=16 -numbers"),
        (Mood::NeverStops, 60, 80, "+numbers +adder=16 bye.. ..bye"),
    ] {
        let diary = Diary::default();
        let text = "numbers: {value: 10}\nendure: {grace_period: 20s}\n";
        let services = builder(&diary, mood).service(Polite(diary.clone()));
        let server = build(services, text).unwrap();
        let signals = StopSignals::default();
        let began = Instant::now();
        let task = tokio::spawn(server.run(signals.clone(), || {}));
        sleep(Duration::from_secs(stop_after)).await;
        signals.stop.cancel();
        task.await.unwrap().ok();
        assert_eq!(diary.read(), expected);
        let took = began.elapsed().as_secs();
        assert_eq!(took, seconds.max(stop_after), "{expected}");
    }
}

#[test]
fn services_that_do_not_fit_are_refused() {
    let diary = Diary::default();
    let adder = || Adder(diary.clone(), Mood::Well);
    let numbers = || Numbers {
        diary: diary.clone(),
        delay: Duration::ZERO,
    };
    let new = Server::builder;
    insta::assert_snapshot!(refused(new().service(adder()), ""), @"
    `adder` needs `tests::Number`, which no service of this server offers
    help: add the service that offers it to the manifest or to `main.rs`
    ");
    insta::assert_snapshot!(refused(new().service(adder()).service(numbers()), ""), @"
    `adder` needs `numbers`, which is off
    help: give `numbers` a section `numbers:` in .rr.yaml
    ");
    insta::assert_snapshot!(refused(new().service(Five).service(Five), ""), @"
    the service `five` is registered twice
    help: remove one from the manifest or from `main.rs`
    ");
    insta::assert_snapshot!(refused(new().service(Chicken).service(Egg), ""), @"services need one another in a circle: chicken -> egg");
    insta::assert_snapshot!(refused(new().service(Egg).service(OtherEgg), ""), @"
    both `egg` and `other-egg` offer `alloc::string::String`
    help: register one of them only
    ");
}

macro_rules! service {
    ($name:ident, $text:literal, $needs:ty, $offers:ty) => {
        struct $name;
        impl Service for $name {
            const NAME: &'static str = $text;
            type Config = ();
            type Needs = $needs;
            type Offers = $offers;
            fn init(self, (): (), _: $needs, _: &mut Init) -> Result<$offers, BoxError> {
                Err("never wired".into())
            }
        }
    };
}

service!(Chicken, "chicken", Arc<String>, Arc<u8>);
service!(Egg, "egg", Arc<u8>, Arc<String>);
service!(OtherEgg, "other-egg", (), Arc<String>);

#[test]
fn every_mistake_of_the_config_is_told_at_once() {
    let diary = Diary::default();
    let text = "numbers: {value: many}\nadder: {x: 1}\nnumbres: {}\n";
    let error = refused(builder(&diary, Mood::Well), text);
    insta::assert_snapshot!(error, @"
    warning: `adder.x`: unknown key, it has no effect
     --> .rr.yaml:2:9
      |
    2 | adder: {x: 1}
      |         ^

    error: `numbers.value`: expected a whole number, not negative, found `many`
     --> .rr.yaml:1:18
      |
    1 | numbers: {value: many}
      |                  ^^^^

    warning: `numbres`: this server has no service for this section, it has no effect
     --> .rr.yaml:3:1
      |
    3 | numbres: {}
      | ^^^^^^^
      = help: did you mean `numbers`?
    ");
}

#[test]
fn a_stricter_look_makes_errors_of_warnings() {
    let text = "numbers: {value: 1, valeu: 2}\n";
    let config = Config::from_text(".rr.yaml", text).unwrap();
    let build = |strict| {
        let builder = builder(&Diary::default(), Mood::Well);
        builder.build(&config, Diagnostics::default(), strict)
    };
    assert_eq!(
        build(false).map(|it| it.warnings().iter().count()).unwrap(),
        1
    );
    assert!(build(true).is_err());
}
