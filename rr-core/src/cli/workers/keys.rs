//! The keys of the live table.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The screen is to go.
    Quit,
    /// The next service is to be the chosen one.
    Next,
    /// Something is to be done to the chosen service.
    Do(Action),
}

/// What can be done to the workers of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Reset,
    Add,
    Remove,
}

impl Key {
    /// `None` where the event means nothing.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::Key(KeyEvent {
            code,
            modifiers,
            kind: KeyEventKind::Press | KeyEventKind::Repeat,
            ..
        }) = event
        else {
            return None;
        };
        if modifiers.contains(KeyModifiers::CONTROL) {
            return matches!(code, KeyCode::Char('c' | 'd')).then_some(Self::Quit);
        }
        Some(match code {
            KeyCode::Char('q') | KeyCode::Esc => Self::Quit,
            KeyCode::Tab | KeyCode::Down | KeyCode::Right => Self::Next,
            KeyCode::Char('r') => Self::Do(Action::Reset),
            KeyCode::Char('a' | '+') => Self::Do(Action::Add),
            KeyCode::Char('d' | '-') => Self::Do(Action::Remove),
            _ => return None,
        })
    }
}

impl Action {
    /// The method that does it, given the name of a service.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Reset => "resetter.Reset",
            Self::Add => "informer.AddWorker",
            Self::Remove => "informer.RemoveWorker",
        }
    }

    /// What is said while it is done.
    pub(super) fn begun(self) -> &'static str {
        match self {
            Self::Reset => "resetting ...",
            Self::Add => "adding a worker ...",
            Self::Remove => "removing a worker ...",
        }
    }

    /// What is said when it is done.
    pub(super) fn done(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Add => "one worker more",
            Self::Remove => "one worker less, where there was more than one",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: KeyCode, modifiers: KeyModifiers, expected: Option<Key>) {
        let event = Event::Key(KeyEvent::new(code, modifiers));
        assert_eq!(Key::of(&event), expected, "{event:?}");
    }

    #[test]
    fn keys_mean_what_the_screen_says() {
        const NONE: KeyModifiers = KeyModifiers::NONE;
        for c in ['q', 'r', 'a', 'd', '+', '-'] {
            let expected = match c {
                'q' => Key::Quit,
                'r' => Key::Do(Action::Reset),
                'a' | '+' => Key::Do(Action::Add),
                _ => Key::Do(Action::Remove),
            };
            check(KeyCode::Char(c), NONE, Some(expected));
        }
        check(KeyCode::Tab, NONE, Some(Key::Next));
        check(KeyCode::Esc, NONE, Some(Key::Quit));
        check(KeyCode::Char('x'), NONE, None);
        // Ctrl-D is the end of the input, not a worker less.
        check(KeyCode::Char('d'), KeyModifiers::CONTROL, Some(Key::Quit));
        check(KeyCode::Char('a'), KeyModifiers::CONTROL, None);
    }
}
