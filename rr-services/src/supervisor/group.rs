//! All processes of one program: started together, restarted and stopped on order.

use std::sync::Arc;

use rr_core::{lifecycle::Stop, process::Process};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
};

use super::{
    program::{Program, StartError},
    slot::{self, State, Tell},
};

/// What the processes of a program are asked.
#[derive(Debug)]
pub(super) enum Order {
    /// To end and to be started anew; answered when that is done.
    Restart(oneshot::Sender<Result<(), StartError>>),
    /// To end for good; answered when they have.
    Stop(oneshot::Sender<()>),
}

/// The way to a group.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) program: Arc<Program>,
    pub(super) orders: mpsc::UnboundedSender<Order>,
    pub(super) states: Vec<watch::Receiver<State>>,
}

/// A group that was not started yet.
#[derive(Debug)]
pub(super) struct Group {
    program: Arc<Program>,
    tells: Vec<Tell>,
    orders: mpsc::UnboundedReceiver<Order>,
}

impl Group {
    pub(super) fn new(program: Program) -> (Handle, Self) {
        let program = Arc::new(program);
        let (sender, orders) = mpsc::unbounded_channel();
        let down = || watch::channel(State::Down("not started yet".to_owned()));
        let slots = (0..program.processes).map(|_| down());
        let (tells, states) = slots.map(|(tell, state)| (Arc::new(tell), state)).unzip();
        let handle = Handle {
            program: Arc::clone(&program),
            orders: sender,
            states,
        };
        (
            handle,
            Self {
                program,
                tells,
                orders,
            },
        )
    }

    /// Starts the processes, says whether that went well, and keeps them until an order or the
    /// drop of the [`Handle`] ends them. Ends at once where they cannot be started.
    pub(super) async fn run(mut self, started: oneshot::Sender<Result<(), StartError>>) {
        let mut slots = match self.start().await {
            Ok(slots) => slots,
            // Who asked may have gone.
            Err(error) => return drop(started.send(Err(error))),
        };
        started.send(Ok(())).unwrap_or_default();
        loop {
            match self.orders.recv().await {
                Some(Order::Restart(reply)) => {
                    slots.stop().await;
                    if self.orders.is_closed() {
                        // The server stops.
                        return;
                    }
                    let started = self.start().await;
                    let outcome = started.map(|anew| slots = anew);
                    reply.send(outcome).unwrap_or_default();
                }
                Some(Order::Stop(reply)) => {
                    slots.stop().await;
                    return reply.send(()).unwrap_or_default();
                }
                None => return slots.stop().await,
            }
        }
    }

    /// All or none.
    async fn start(&self) -> Result<Slots, StartError> {
        let mut slots = Slots::default();
        for tell in &self.tells {
            match self.program.start().await {
                Ok(process) => slots.keep(&self.program, process, tell),
                Err(error) => {
                    slots.stop().await;
                    tell.send_replace(State::Down(error.to_string()));
                    return Err(error);
                }
            }
        }
        Ok(slots)
    }
}

/// The processes between two orders.
#[derive(Debug, Default)]
struct Slots {
    stop: Stop,
    running: JoinSet<()>,
}

impl Slots {
    fn keep(&mut self, program: &Arc<Program>, process: Process, tell: &Tell) {
        let (program, tell, stop) = (Arc::clone(program), Arc::clone(tell), self.stop.clone());
        self.running.spawn(slot::keep(program, process, tell, stop));
    }

    async fn stop(&mut self) {
        self.stop.cancel();
        while self.running.join_next().await.is_some() {}
    }
}
