//! What is wrong, where, and what to do: one mistake, and all those of one run.

use std::fmt;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::source::Place;

/// One mistake of the manifest (or of a crate it names).
#[derive(Debug, Clone)]
pub struct Diagnostic {
    is_warning: bool,
    message: String,
    place: Option<Place>,
    label: Option<Box<str>>,
    notes: Vec<String>,
    helps: Vec<String>,
}

/// All mistakes of one run, in the order of the file; never empty.
#[derive(Debug)]
pub struct Rejected(Vec<Diagnostic>);

impl Diagnostic {
    /// A mistake, in one line.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            is_warning: false,
            message: message.into(),
            place: None,
            label: None,
            notes: Vec::new(),
            helps: Vec::new(),
        }
    }

    /// Something odd that keeps nothing from working.
    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            is_warning: true,
            ..Self::new(message)
        }
    }

    /// Where it stands.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Without the place where it stands.
    pub(crate) fn nowhere(mut self) -> Self {
        self.place = None;
        self
    }

    /// Where it stands, unless it says so already.
    pub fn or_at(self, place: Place) -> Self {
        match self.place {
            Some(_) => self,
            None => self.at(place),
        }
    }

    /// A few words beneath the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into().into_boxed_str());
        self
    }

    /// A fact that explains it.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// What to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// The message with the line it points at; with colours if `colour`.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let level = match self.is_warning {
            true => Level::WARNING,
            false => Level::ERROR,
        };
        let group = Group::with_title(level.primary_title(self.message.as_str()));
        renderer.render(&[group.elements(self.elements())])
    }

    fn elements(&self) -> Vec<Element<'_>> {
        let mut elements = Vec::new();
        if let Some(place) = &self.place {
            let annotation = AnnotationKind::Primary
                .span(place.span.clone())
                .label(self.label.as_deref());
            let snippet = Snippet::source(place.source.text.as_str())
                .path(place.source.path.to_string_lossy())
                .annotation(annotation);
            elements.push(snippet.into());
        }
        let notes = self.notes.iter().map(|it| Level::NOTE.message(it.as_str()));
        let helps = self.helps.iter().map(|it| Level::HELP.message(it.as_str()));
        elements.extend(notes.chain(helps).map(Element::from));
        elements
    }

    fn order(&self) -> (String, usize) {
        self.place.as_ref().map_or_else(Default::default, |place| {
            (
                place.source.path.to_string_lossy().into_owned(),
                place.span.start,
            )
        })
    }
}

impl Rejected {
    /// All of them with the lines they point at; with colours if `colour`.
    pub fn render(&self, colour: bool) -> String {
        let texts: Vec<String> = self.0.iter().map(|it| it.render(colour)).collect();
        texts.join("\n\n")
    }
}

/// In the order of the file. Collecting none is a mistake of the caller.
impl FromIterator<Diagnostic> for Rejected {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(mistakes: I) -> Self {
        let mut mistakes = Vec::from_iter(mistakes);
        mistakes.sort_by_cached_key(Diagnostic::order);
        Self(mistakes)
    }
}

impl From<Diagnostic> for Rejected {
    fn from(mistake: Diagnostic) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Rejected {}
