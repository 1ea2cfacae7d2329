//! The alternate screen of a terminal, which is put back as it was.

use std::io::{self, Write as _};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    execute, queue,
    style::Print,
    terminal::{
        self, Clear, ClearType, DisableLineWrap, EnableLineWrap, EnterAlternateScreen,
        LeaveAlternateScreen,
    },
};

/// The alternate screen; dropped, the terminal is as it was.
pub(super) struct Screen;

impl Screen {
    pub(super) fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let screen = Self;
        execute!(io::stdout(), EnterAlternateScreen, DisableLineWrap, Hide)?;
        Ok(screen)
    }

    /// Overwrites in place: clearing first would flicker.
    pub(super) fn draw(&self, text: &str) -> io::Result<()> {
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
