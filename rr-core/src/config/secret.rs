//! Which settings hold secrets, and how a line that sets one is shown.

/// A key is taken for a secret if its name contains one of these.
const SECRET_WORDS: [&str; 6] = [
    "password",
    "passwd",
    "secret",
    "token",
    "key",
    "authorization",
];

/// Settings whose values are secrets whatever they are called: what is sent along to somebody
/// who knows us by it.
const SECRET_SETTINGS: [&str; 1] = ["otel.headers."];

/// Whether the value at `path` (or under the name) must not be shown.
pub(super) fn is_secret(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| path.contains(word))
        || SECRET_SETTINGS.iter().any(|it| path.starts_with(it))
}

/// A message about a secret, without its value.
pub(super) fn without(message: &str, value: &str) -> String {
    let quoted = message.replace(&format!("`{value}`"), "`***`");
    // A short value may be part of any word.
    if value.len() < 4 && quoted != message {
        quoted
    } else {
        quoted.replace(value, "***")
    }
}

/// The line with everything behind a secret's `:` or `=` starred, character for character, so
/// that columns stay true.
pub(super) fn masked(line: &str) -> String {
    let Some(start) = secret_value(line) else {
        return line.to_owned();
    };
    let (shown, hidden) = line.split_at(start);
    let stars = hidden.chars().map(|c| if c == ' ' { ' ' } else { '*' });
    shown.chars().chain(stars).collect()
}

/// A URL without the password in it.
pub(super) fn without_password(text: &str) -> String {
    let password = || {
        let start = text.find("://")? + 3;
        let authority = text[start..].split(['/', '?', '#']).next()?;
        let (user, _) = authority.rsplit_once('@')?;
        let (name, password) = user.split_once(':')?;
        let start = start + name.len() + 1;
        (!password.is_empty()).then(|| start..start + password.len())
    };
    match password() {
        Some(at) => format!("{}***{}", &text[..at.start], &text[at.end..]),
        None => text.to_owned(),
    }
}

/// Where the first value of a secret key begins.
fn secret_value(line: &str) -> Option<usize> {
    line.match_indices([':', '=']).find_map(|(at, _)| {
        let before = line[..at].trim_end_matches(['"', '\'', ' ']);
        let name = before
            .rsplit(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.'))
            .next()?;
        is_secret(name).then_some(at + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::{masked, without_password};

    #[test]
    fn values_of_secret_keys_are_starred() {
        for (line, expected) in [
            ("  password: hunter2", "  password: *******"),
            ("-o redis.password=hunter2", "-o redis.password=*******"),
            (
                r#"{"api_token": "x", "port": 1}"#,
                r#"{"api_token": **** ******* **"#,
            ),
            ("  address: 127.0.0.1:80", "  address: 127.0.0.1:80"),
        ] {
            assert_eq!(masked(line), expected);
        }
    }

    #[test]
    fn passwords_in_urls_are_starred() {
        for (text, expected) in [
            (
                "amqp://guest:pa:ss@host:5672/x",
                "amqp://guest:***@host:5672/x",
            ),
            ("amqp://guest@host", "amqp://guest@host"),
            ("tcp://127.0.0.1:6001", "tcp://127.0.0.1:6001"),
            ("http://host/a:b@c", "http://host/a:b@c"),
        ] {
            assert_eq!(without_password(text), expected);
        }
    }
}
