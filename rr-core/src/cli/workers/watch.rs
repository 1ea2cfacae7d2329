//! The workers redrawn each second, on a screen that is put back as it was.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    event::{Event, EventStream, KeyCode, KeyEvent, KeyModifiers},
    execute, queue,
    style::Print,
    terminal::{
        self, Clear, ClearType, DisableLineWrap, EnableLineWrap, EnterAlternateScreen,
        LeaveAlternateScreen,
    },
};
use futures_util::StreamExt as _;
use tokio::time::interval;

use super::{ask, format, table};
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
    ask(remote, &mut client, services).await?;
    let mut client = Some(client);

    let on_terminal = |error: io::Error| Failure::new(Exit::Command, format!("terminal: {error}"));
    let screen = Screen::enter().map_err(on_terminal)?;
    let mut events = EventStream::new();
    let mut redraw = interval(EACH);
    loop {
        // Asking may take as long as it likes: it is dropped when the watch is over.
        let next = async {
            redraw.tick().await;
            picture(remote, services, &mut client, voice.colours.out).await
        };
        tokio::select! {
            text = next => screen.draw(&text).map_err(on_terminal)?,
            () = enough(&mut events, &mut signals) => return Ok(()),
        }
    }
}

/// Resolves with the key or the signal that ends the watch, or with the end of the terminal.
async fn enough(events: &mut EventStream, signals: &mut Signals) {
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) if !ends(&event) => {}
                _ => return,
            },
            () = signals.next() => return,
        }
    }
}

async fn picture(
    remote: &Remote,
    services: &[String],
    client: &mut Option<Client>,
    colours: bool,
) -> String {
    let asked = async {
        let mut connected = match client.take() {
            Some(connected) => connected,
            None => remote.connect().await?,
        };
        let pools = ask(remote, &mut connected, services).await?;
        *client = Some(connected);
        Ok::<_, Failure>(pools)
    };
    let style = table::Style {
        colours,
        width: terminal::size().ok().map(|(columns, _)| columns),
        now: format::now(),
    };
    let shown = match asked.await {
        Ok(pools) => table::pools(&pools, &style),
        Err(failure) => format!("{failure}\n"),
    };
    format!("{shown}\n{} · q quits\n", remote.address.dsn())
}

fn ends(event: &Event) -> bool {
    let Event::Key(KeyEvent {
        code, modifiers, ..
    }) = event
    else {
        return false;
    };
    match code {
        KeyCode::Char('q') | KeyCode::Esc => true,
        KeyCode::Char('c' | 'd') => modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    }
}

/// The alternate screen; dropped, the terminal is as it was.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let screen = Self;
        execute!(io::stdout(), EnterAlternateScreen, DisableLineWrap, Hide)?;
        Ok(screen)
    }

    /// Overwrites in place: clearing first would flicker.
    fn draw(&self, text: &str) -> io::Result<()> {
        let (_, rows) = terminal::size()?;
        let mut out = io::stdout().lock();
        queue!(out, MoveTo(0, 0))?;
        for (row, line) in (0..rows).zip(text.lines()) {
            queue!(
                out,
                MoveTo(0, row),
                Print(line),
                Clear(ClearType::UntilNewLine)
            )?;
        }
        queue!(out, Clear(ClearType::FromCursorDown))?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        execute!(io::stdout(), Show, EnableLineWrap, LeaveAlternateScreen).ok();
        terminal::disable_raw_mode().ok();
    }
}
