//! The command that starts a worker, written as one text or as a list.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, SeqAccess, Visitor},
};

pub(super) const TYPE_NAME: &str = "rr::CommandLine";

/// A program and its arguments, in a configuration.
///
/// `php worker.php` is split at spaces; with a comma in it (`php,my worker.php`) it is split at
/// commas instead, so that arguments may contain spaces. A list of one is treated as text, a
/// longer list is taken as it is. No shell is involved: quotes are ordinary characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CommandLine {
    program: String,
    args: Vec<String>,
}

/// Why there is no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("command should not be empty\nhelp: write the program and its arguments: `php worker.php`")]
pub struct CommandLineError;

impl CommandLine {
    /// Of words that are split already.
    ///
    /// # Errors
    /// If there is no word, or the first is empty.
    pub fn new(
        words: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, CommandLineError> {
        let mut words = words.into_iter().map(Into::into);
        match words.next() {
            Some(program) if !program.is_empty() => Ok(Self {
                program,
                args: words.collect(),
            }),
            _ => Err(CommandLineError),
        }
    }

    /// What to start: a name on the `PATH`, or a path.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// What to hand to it.
    pub fn args(&self) -> &[String] {
        &self.args
    }

    fn words(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.program).chain(&self.args)
    }
}

impl FromStr for CommandLine {
    type Err = CommandLineError;

    fn from_str(text: &str) -> Result<Self, CommandLineError> {
        match text.contains(',') {
            true => Self::new(text.split(',').map(str::trim)),
            false => Self::new(text.split_whitespace()),
        }
    }
}

impl fmt::Display for CommandLine {
    /// For reading, not for a shell: words with spaces in quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            match word.is_empty() || word.contains(char::is_whitespace) {
                true => write!(f, "\"{word}\"")?,
                false => f.write_str(word)?,
            }
        }
        Ok(())
    }
}

impl Serialize for CommandLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.words())
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TYPE_NAME, CommandVisitor)
    }
}

struct CommandVisitor;

impl<'de> Visitor<'de> for CommandVisitor {
    type Value = CommandLine;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a command such as `php worker.php`")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<CommandLine, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<CommandLine, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<CommandLine, A::Error> {
        let mut words: Vec<String> = Vec::new();
        while let Some(word) = seq.next_element()? {
            words.push(word);
        }
        let command = match words.as_slice() {
            [one] => one.parse(),
            _ => CommandLine::new(words),
        };
        command.map_err(de::Error::custom)
    }
}

impl JsonSchema for CommandLine {
    fn schema_name() -> Cow<'static, str> {
        "CommandLine".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "command",
            "type": ["string", "array"],
            "items": { "type": "string" },
            "minLength": 1,
            "minItems": 1,
            "examples": ["php worker.php"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CommandLine, CommandLineError};

    fn check(text: &str, expected: &[&str]) {
        let command: CommandLine = text.parse().expect("a command");
        assert_eq!(command.words().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn text_is_split_at_commas_or_spaces() {
        check("php worker.php", &["php", "worker.php"]);
        check(
            "php  -d x=1   worker.php ",
            &["php", "-d", "x=1", "worker.php"],
        );
        check("php,worker.php", &["php", "worker.php"]);
        check(
            "/usr/bin/php, /my app/worker",
            &["/usr/bin/php", "/my app/worker"],
        );
        check("php \"a b\"", &["php", "\"a", "b\""]);
    }

    #[test]
    fn nothing_is_no_command() {
        for text in ["", "  ", ",", ",php"] {
            assert_eq!(text.parse::<CommandLine>(), Err(CommandLineError), "{text}");
        }
    }

    #[test]
    fn words_with_spaces_are_shown_in_quotes() {
        let command = CommandLine::new(["php", "my worker.php"]).expect("a command");
        assert_eq!(command.to_string(), "php \"my worker.php\"");
    }
}
