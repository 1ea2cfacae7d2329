//! Everything that can be set, as the types of the sections describe it: one tree of settings,
//! from the same doc comments as the schema. Knows no file.

mod build;
mod kind;

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{nearest::nearest, schema::Section};

pub use kind::Kind;

/// One setting, or a section of them.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// In dots from the top; empty for the whole file.
    pub path: String,
    /// What it means, from the doc comment.
    pub about: String,
    /// What is to be written.
    pub kind: Kind,
    /// What holds where nothing is written; `None` where that cannot be told in a word.
    pub default: Option<Value>,
    /// Whether it must be there, once its section is.
    pub required: bool,
    /// Whether it has no effect, or is not served.
    pub is_useless: bool,
    /// Values as one would write them.
    pub examples: Vec<Value>,
    /// The least and the most, where there are such.
    pub range: (Option<Value>, Option<Value>),
    /// The words it may be, each with its meaning.
    pub words: Vec<(String, String)>,
    /// What is below it, in the order of declaration.
    pub keys: Vec<Self>,
    /// What is below it under names of the user's choice.
    pub named: Option<Box<Self>>,
    /// Whether the service of this section is on without it.
    pub implied: bool,
    /// Whether a service of its own reads this section.
    pub is_section: bool,
}

/// A path at which nothing can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSetting {
    /// The part that is known; empty where nothing is.
    pub known: String,
    /// The first name that is not.
    pub name: String,
    /// The whole path that was probably meant.
    pub meant: Option<String>,
    /// The names that are known there.
    pub beside: Vec<String>,
}

impl Setting {
    /// The whole of a server with these sections.
    pub fn of(sections: impl IntoIterator<Item = Section>) -> Self {
        build::root(sections.into_iter().collect())
    }

    /// Its own name.
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// What it means, in one sentence without its full stop.
    pub fn brief(&self) -> &str {
        let line = self.about.lines().next().unwrap_or_default();
        let sentence = line.split_once(". ").map_or(line, |it| it.0);
        sentence.trim_end_matches('.')
    }

    /// The setting at a dotted path below this one, in any case.
    ///
    /// # Errors
    /// Where there is none, with what was probably meant.
    pub fn find(&self, path: &str) -> Result<&Self, UnknownSetting> {
        let path = path.to_lowercase();
        let mut at = self;
        let mut names = path.split('.');
        while let Some(name) = names.next() {
            at = match at.below(name) {
                Some(below) => below,
                None => return Err(at.unknown(name, &names.collect::<Vec<_>>(), self)),
            };
        }
        Ok(at)
    }

    /// What is set under `name` here.
    pub fn below(&self, name: &str) -> Option<&Self> {
        let key = self.keys.iter().find(|it| it.name() == name);
        key.or(self.named.as_deref())
    }

    /// All settings, the sections among them, each before what is below it.
    pub fn all(&self) -> Vec<&Self> {
        let below = self.keys.iter().flat_map(Self::all);
        std::iter::once(self).chain(below).collect()
    }

    fn unknown(&self, name: &str, rest: &[&str], root: &Self) -> UnknownSetting {
        let beside: Vec<String> = self.keys.iter().map(|it| it.name().to_owned()).collect();
        let meant = nearest(name, beside.iter().map(String::as_str));
        // A slip on the way may be followed by names that are right.
        let here = meant.and_then(|meant| self.below(meant));
        let deeper = here.map(|here| match here.find(&rest.join(".")) {
            Ok(found) if !rest.is_empty() => found.path.clone(),
            _ => here.path.clone(),
        });
        UnknownSetting {
            known: self.path.clone(),
            name: name.to_owned(),
            meant: deeper.or_else(|| root.elsewhere(name)),
            beside,
        }
    }

    /// The one setting of this name, wherever it is.
    fn elsewhere(&self, name: &str) -> Option<String> {
        let mut named = self.all().into_iter().filter(|it| it.name() == name);
        let first = named.next()?;
        named.next().is_none().then(|| first.path.clone())
    }
}
