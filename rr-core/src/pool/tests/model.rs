//! Whatever happens in whatever order: no worker has two tasks, no task is lost or done twice, and in
//! the end there are as many workers as there should be.

use proptest::prelude::*;
use tokio::runtime::Builder;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Exec {
        takes: u64,
        safe: bool,
    },
    Die,
    Wish,
    /// A caller who leaves after a while.
    Leave {
        takes: u64,
        after: u64,
    },
    Reset,
    Add,
    Remove,
    /// The code is broken, or mended.
    Code {
        broken: bool,
    },
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..400u64, any::<bool>()).prop_map(|(takes, safe)| Step::Exec { takes, safe }),
        2 => Just(Step::Die),
        1 => Just(Step::Wish),
        2 => (0..400u64, 0..200u64).prop_map(|(takes, after)| Step::Leave { takes, after }),
        2 => Just(Step::Reset),
        1 => Just(Step::Add),
        1 => Just(Step::Remove),
        1 => any::<bool>().prop_map(|broken| Step::Code { broken }),
        5 => (0..300u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..60)
}

fn options() -> impl Strategy<Value = Options> {
    (1..5usize, 0..6u64, any::<bool>(), any::<bool>()).prop_map(
        |(workers, max_jobs, scales, dies_young)| Options {
            max_jobs,
            scaling: scales.then_some(Scaling {
                most: 3,
                step: 2,
                idle: secs(1),
            }),
            limits: Limits {
                tick: ms(200),
                ttl: dies_young.then_some(ms(900)),
                ..Limits::default()
            },
            ..super::workers(workers)
        },
    )
}

struct Model {
    stage: Arc<Stage>,
    pool: Pool,
    running: Vec<tokio::task::JoinHandle<Result<(), ExecError>>>,
    changes: Vec<tokio::task::JoinHandle<()>>,
}

impl Model {
    fn take(&mut self, number: usize, step: &Step) {
        let pool = self.pool.clone();
        match *step {
            Step::Exec { takes, safe } => {
                let repeat = if safe { Repeat::Safe } else { Repeat::Untaken };
                let task = task(&format!("sleep {takes} {number}"));
                self.running.push(tokio::spawn(async move {
                    pool.exec_with(&task, repeat, std::sync::Arc::new(()))
                        .await
                        .map(drop)
                }));
            }
            Step::Die | Step::Wish => {
                let what = if matches!(step, Step::Die) {
                    "die"
                } else {
                    "wish"
                };
                // Their outcome depends on the other workers.
                let pool = self.pool.clone();
                let task = task(&format!("{what} {number}"));
                self.running.push(tokio::spawn(async move {
                    pool.exec(&task).await.ok();
                    Ok(())
                }));
            }
            Step::Leave { takes, after } => {
                let task = task(&format!("sleep {takes} {number}"));
                self.running.push(tokio::spawn(async move {
                    tokio::time::timeout(ms(after), pool.exec(&task)).await.ok();
                    Ok(())
                }));
            }
            Step::Reset => self.changes.push(tokio::spawn(async move {
                pool.reset().await.ok();
            })),
            Step::Add => self.changes.push(tokio::spawn(async move {
                pool.add_worker().await.ok();
            })),
            Step::Remove => self.changes.push(tokio::spawn(async move {
                pool.remove_worker().await;
            })),
            Step::Code { broken } => self.stage.is_broken.store(broken, SeqCst),
            Step::Wait(_) => {}
        }
    }
}

async fn run(options: Options, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let stage = stage();
    let pool = stage.start(options.clone()).await;
    let mut model = Model {
        stage: Arc::clone(&stage),
        pool: pool.clone(),
        running: Vec::new(),
        changes: Vec::new(),
    };
    for (number, step) in steps.iter().enumerate() {
        model.take(number, step);
        if let Step::Wait(time) = step {
            sleep(ms(*time)).await;
        }
    }
    stage.is_broken.store(false, SeqCst);
    for it in model.running.drain(..) {
        let outcome = it.await.expect("no panic");
        prop_assert!(outcome.is_ok(), "{outcome:?}");
    }
    for it in model.changes.drain(..) {
        it.await.expect("no panic");
    }
    sleep(secs(12)).await;
    let taken = stage.taken();
    for (number, step) in steps.iter().enumerate() {
        let number = number.to_string();
        let times = taken
            .iter()
            .filter(|it| it.split(' ').nth(2) == Some(&number));
        match (step, times.count()) {
            (Step::Exec { .. }, 1) | (Step::Leave { .. }, 0 | 1) => {}
            (Step::Exec { .. } | Step::Leave { .. }, times) => {
                prop_assert!(false, "{step:?} was done {times} times");
            }
            _ => {}
        }
    }
    prop_assert_eq!(stage.doubled.load(SeqCst), 0);
    let load = pool.load();
    let members = pool.workers().await.len();
    prop_assert!(load.workers >= 1);
    prop_assert_eq!(load.waiting, 0);
    match options.limits.ttl {
        None => prop_assert_eq!((members, stage.alive()), (load.workers, load.workers)),
        // There is always one that is being exchanged.
        Some(_) => prop_assert!(members >= load.workers, "{} of {}", members, load.workers),
    }
    pool.stop().await;
    prop_assert_eq!(stage.alive(), 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_pool_keeps_its_promises(options in options(), steps in steps()) {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(run(options, steps))?;
    }
}
