//! The workers redrawn each second, and what keys do to them.

use std::{future::Future, io, pin::Pin, time::Duration};

use crossterm::{event::EventStream, terminal};
use futures_util::StreamExt as _;
use tokio::time::interval;

use super::{
    Pool, ask, format,
    keys::{Action, Key},
    screen::Screen,
    table,
};
use crate::{
    cli::{Exit, Failure, Signals, remote::Remote, voice::Voice},
    rpc::Client,
};

const EACH: Duration = Duration::from_secs(1);

/// Redraws until `q`, Ctrl-C or a signal. A server that goes away is waited for.
pub(in crate::cli) async fn watch(
    remote: &Remote,
    services: &[String],
    mut signals: Signals,
    voice: &Voice<'_>,
) -> Result<(), Failure> {
    let Some(_) = voice.width else {
        return Err(Failure::new(
            Exit::Usage,
            "`-i` draws on a terminal, and stdout is none\nhelp: leave `-i` out",
        ));
    };
    // What is wrong from the start is an error of the command, said where it stays readable.
    let mut client = remote.connect().await?;
    let pools = ask(remote, &mut client, services).await?;
    let mut client = Some(client);
    let mut view = View {
        remote,
        colours: voice.colours.out,
        told: Ok(pools),
        chosen: 0,
        said: String::new(),
    };

    let on_terminal = |error: io::Error| Failure::new(Exit::Command, format!("terminal: {error}"));
    let screen = Screen::enter().map_err(on_terminal)?;
    let mut events = EventStream::new();
    let mut redraw = interval(EACH);
    let mut doing: Option<Doing<'_>> = None;
    loop {
        // Asking may take as long as it likes: it is dropped when a key comes.
        let told = async {
            redraw.tick().await;
            pools_of(remote, services, &mut client).await
        };
        tokio::select! {
            told = told => view.told = told,
            said = ended(&mut doing) => view.said = said,
            key = pressed(&mut events, &mut signals) => match (key, view.chosen()) {
                (Key::Quit, _) => return Ok(()),
                (Key::Next, _) => view.next(),
                (Key::Do(_), None) => {}
                (Key::Do(_), _) if doing.is_some() => {}
                (Key::Do(action), Some(service)) => {
                    view.said = format!("[{service}] {}", action.begun());
                    doing = Some(Box::pin(act(remote, action, service)));
                }
            },
        }
        screen.draw(&view.text()).map_err(on_terminal)?;
    }
}

/// Something that is done to a service, with what is to be said of it in the end.
type Doing<'a> = Pin<Box<dyn Future<Output = String> + 'a>>;

/// What is on the screen.
struct View<'a> {
    remote: &'a Remote,
    colours: bool,
    /// The workers, or why the server does not tell.
    told: Result<Vec<Pool>, Failure>,
    /// Which service keys are for.
    chosen: usize,
    /// What became of the last key.
    said: String,
}

impl View<'_> {
    fn chosen(&self) -> Option<String> {
        let pools = self.told.as_ref().ok()?;
        Some(pools.get(self.chosen % pools.len().max(1))?.service.clone())
    }

    fn next(&mut self) {
        let pools = self.told.as_ref().map_or(0, Vec::len);
        self.chosen = (self.chosen + 1) % pools.max(1);
    }

    fn text(&self) -> String {
        let style = table::Style {
            colours: self.colours,
            width: terminal::size().ok().map(|(columns, _)| columns),
            now: format::now(),
        };
        let shown = match &self.told {
            Ok(pools) => table::pools(pools, &style),
            Err(failure) => format!("{failure}\n"),
        };
        let keys = match (self.chosen(), &self.told) {
            (Some(service), Ok(pools)) => {
                let tab = if pools.len() > 1 { "tab next · " } else { "" };
                format!("[{service}] r reset · a add · d remove · {tab}")
            }
            _ => String::new(),
        };
        let address = self.remote.address.dsn();
        format!("{shown}\n{keys}q quit · {address}\n{}\n", self.said)
    }
}

/// Resolves with a key that means something; a signal, or the end of the terminal, is one to quit.
async fn pressed(events: &mut EventStream, signals: &mut Signals) -> Key {
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => {
                    if let Some(key) = Key::of(&event) {
                        return key;
                    }
                }
                _ => return Key::Quit,
            },
            () = signals.next() => return Key::Quit,
        }
    }
}

/// Resolves when what is done is done; never, while nothing is.
async fn ended(doing: &mut Option<Doing<'_>>) -> String {
    let said = match doing {
        Some(doing) => doing.await,
        None => std::future::pending().await,
    };
    *doing = None;
    said
}

async fn act(remote: &Remote, action: Action, service: String) -> String {
    let done = async {
        let mut client = remote.connect().await?;
        let done = client.call::<bool>(action.method(), &service).await;
        done.map_err(|error| remote.failed(&error))
    };
    match done.await {
        Ok(_) => format!("[{service}] {}", action.done()),
        Err(failure) => format!("[{service}] {}", failure.to_string().replace('\n', "; ")),
    }
}

async fn pools_of(
    remote: &Remote,
    services: &[String],
    client: &mut Option<Client>,
) -> Result<Vec<Pool>, Failure> {
    let mut connected = match client.take() {
        Some(connected) => connected,
        None => remote.connect().await?,
    };
    let pools = ask(remote, &mut connected, services).await?;
    *client = Some(connected);
    Ok(pools)
}
