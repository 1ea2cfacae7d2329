//! Reads a TOML table key by key and collects every mistake instead of stopping at the first.

use std::{ops::Range, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::variables::{self, Lookup};
use crate::{
    diagnostic::Diagnostic,
    nearest::{nearest, quoted},
    source::{Place, Source},
};

/// A table being read; the mistakes of the tables within it are collected here too.
pub(crate) struct TableReader<'a> {
    source: Arc<Source>,
    /// What the table is, for messages: `the manifest`.
    owner: String,
    /// What stands for it when something is missing from it.
    span: Range<usize>,
    table: &'a DeTable<'a>,
    /// Where variables in values are looked up; `None`: they have no meaning.
    variables: Option<Lookup>,
    mistakes: Vec<Diagnostic>,
}

/// A mistake was noted; there is nothing to go on with.
#[derive(Debug)]
pub(crate) struct Noted;

impl<'a> TableReader<'a> {
    pub(crate) fn new(
        source: Arc<Source>,
        owner: impl Into<String>,
        span: Range<usize>,
        table: &'a DeTable<'a>,
    ) -> Self {
        Self {
            source,
            owner: owner.into(),
            span,
            table,
            variables: None,
            mistakes: Vec::new(),
        }
    }

    /// The same, with variables in its values filled in.
    pub(crate) fn with_variables(self, lookup: Lookup) -> Self {
        Self {
            variables: Some(lookup),
            ..self
        }
    }

    /// A reader for a table within this one; give its mistakes back to [`Self::absorb`].
    pub(crate) fn within<'b>(
        &self,
        owner: impl Into<String>,
        span: Range<usize>,
        table: &'b DeTable<'b>,
    ) -> TableReader<'b> {
        TableReader {
            variables: self.variables,
            ..TableReader::new(Arc::clone(&self.source), owner, span, table)
        }
    }

    /// The value at `key`, whatever it is.
    pub(crate) fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    /// The value of `key` is none of `names`.
    pub(crate) fn no_such(&mut self, key: &str, text: &Spanned<String>, names: &[&str]) -> Noted {
        let help = match nearest(text.get_ref(), names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it is one of {}", quoted(names.iter().copied())),
        };
        let message = format!("there is no {key} `{}`", text.get_ref());
        self.mistake(text.span(), |it| Diagnostic::new(message).at(it).help(help))
    }

    /// Takes over the mistakes of an inner table.
    pub(crate) fn absorb(&mut self, mistakes: Vec<Diagnostic>) {
        self.mistakes.extend(mistakes);
    }

    pub(crate) fn into_mistakes(self) -> Vec<Diagnostic> {
        self.mistakes
    }

    /// Notes a mistake at `span`.
    pub(crate) fn mistake(
        &mut self,
        span: Range<usize>,
        with: impl FnOnce(Place) -> Diagnostic,
    ) -> Noted {
        let place = self.place(span);
        self.mistakes.push(with(place));
        Noted
    }

    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        Place {
            source: Arc::clone(&self.source),
            span,
        }
    }

    /// Every key but these is a mistake; true if there is none.
    pub(crate) fn only(&mut self, known: &[&str]) -> bool {
        let before = self.mistakes.len();
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys are {}", quoted(known.iter().copied())),
            };
            let place = self.place(key.span());
            self.mistakes.push(
                Diagnostic::new(format!("{} has no key `{name}`", self.owner))
                    .at(place)
                    .help(help),
            );
        }
        self.mistakes.len() == before
    }

    /// `value` is not what `key` takes.
    pub(crate) fn expected(
        &mut self,
        key: &str,
        wanted: &str,
        value: &Spanned<DeValue<'_>>,
        help: Option<String>,
    ) -> Noted {
        let found = value.get_ref().type_str();
        let article = match found {
            "array" | "integer" => "an",
            _ => "a",
        };
        let mistake = Diagnostic::new(format!("`{key}` must be {wanted}"))
            .at(self.place(value.span()))
            .label(format!("this is {article} {found}"));
        self.mistakes.push(match help {
            Some(help) => mistake.help(help),
            None => mistake,
        });
        Noted
    }

    /// The string at `key`, if there is one, with its variables filled in.
    pub(crate) fn string(&mut self, key: &str) -> Result<Option<Spanned<String>>, Noted> {
        let Some(text) = self.verbatim(key)? else {
            return Ok(None);
        };
        let text = self.expanded(text)?;
        match text.get_ref().trim().is_empty() {
            true => Err(self.empty(key, text.span())),
            false => Ok(Some(text)),
        }
    }

    /// The string at `key` as it is written.
    pub(crate) fn verbatim(&mut self, key: &str) -> Result<Option<Spanned<String>>, Noted> {
        let Some(value) = self.table.get(key) else {
            return Ok(None);
        };
        match value.get_ref().as_str() {
            None => Err(self.expected(key, "a string", value, None)),
            Some(text) if text.trim().is_empty() => Err(self.empty(key, value.span())),
            Some(text) => Ok(Some(Spanned::new(value.span(), text.to_owned()))),
        }
    }

    fn empty(&mut self, key: &str, span: Range<usize>) -> Noted {
        let message = format!("`{key}` is empty");
        self.mistake(span, |it| Diagnostic::new(message).at(it))
    }

    fn expanded(&mut self, text: Spanned<String>) -> Result<Spanned<String>, Noted> {
        let Some(lookup) = self.variables else {
            return Ok(text);
        };
        match variables::expand(text.get_ref(), lookup) {
            Ok(expanded) => Ok(Spanned::new(text.span(), expanded)),
            Err(reason) => Err(self.mistake(text.span(), |it| {
                Diagnostic::new(reason)
                    .at(it)
                    .help("`${NAME:-default}` has a default, `$${` stands for `${`")
            })),
        }
    }

    /// The strings at those of `keys` that are there.
    pub(crate) fn strings_at(
        &mut self,
        keys: &[&'static str],
    ) -> Result<Vec<(&'static str, Spanned<String>)>, Noted> {
        let mut found = Vec::new();
        for key in keys {
            found.extend(self.string(key)?.map(|text| (*key, text)));
        }
        found.sort_by_key(|(_, text)| text.span().start);
        Ok(found)
    }

    /// The string at `key`; its absence is a mistake.
    pub(crate) fn required_string(
        &mut self,
        key: &str,
        help: &str,
    ) -> Result<Spanned<String>, Noted> {
        if let Some(text) = self.string(key)? {
            return Ok(text);
        }
        let message = format!("{} has no `{key}`", self.owner);
        let span = self.span.clone();
        Err(self.mistake(span, |it| Diagnostic::new(message).at(it).help(help)))
    }

    /// The `true` or `false` at `key`; `false` if there is none.
    pub(crate) fn flag(&mut self, key: &str) -> Result<bool, Noted> {
        let Some(value) = self.table.get(key) else {
            return Ok(false);
        };
        match value.get_ref().as_bool() {
            Some(flag) => Ok(flag),
            None => Err(self.expected(key, "`true` or `false`", value, None)),
        }
    }

    /// The list of strings at `key`; empty if there is none.
    pub(crate) fn strings(&mut self, key: &str) -> Vec<Spanned<String>> {
        let Some(value) = self.table.get(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            self.expected(key, "a list of strings", value, None);
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in array {
            match item.get_ref().as_str() {
                Some(text) => {
                    let text = Spanned::new(item.span(), text.to_owned());
                    found.extend(self.expanded(text).ok());
                }
                None => {
                    self.expected(key, "a list of strings", item, None);
                }
            }
        }
        found
    }

    /// The table at `key`, if there is one.
    pub(crate) fn table(&mut self, key: &str) -> Option<&'a DeTable<'a>> {
        let value = self.table.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => {
                let help = format!("begin it with `[{key}]`");
                self.expected(key, "a table", value, Some(help));
                None
            }
        }
    }

    /// The tables of the list at `key`; `written` is the form the file should have.
    pub(crate) fn tables(&mut self, key: &str, written: &str) -> Vec<Spanned<&'a DeTable<'a>>> {
        let Some(value) = self.table.get(key) else {
            return Vec::new();
        };
        let help = Some(format!("begin each with `{written}`"));
        let Some(array) = value.get_ref().as_array() else {
            self.expected(key, "a list of tables", value, help);
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in array {
            match item.get_ref() {
                DeValue::Table(table) => found.push(Spanned::new(item.span(), table)),
                _ => {
                    self.expected(key, "a list of tables", item, help.clone());
                }
            }
        }
        found
    }
}
