//! What services say of their configs before anything starts: what they listen on, and what
//! they cannot do. Knows no service.

#[cfg(test)]
mod tests;

use crate::config::{Address, Config, Diagnostic, Diagnostics};

/// Takes what a service has to say of its config; see [`Service::check`](crate::Service::check).
///
/// Keys are relative to the section of the service: `address`, `middleware[0]`.
pub struct Check<'a> {
    section: &'static str,
    config: &'a Config,
    said: &'a mut Said,
}

/// What all services have said.
#[derive(Default)]
pub(crate) struct Said {
    listens: Vec<(String, Address)>,
    found: Diagnostics,
}

impl Check<'_> {
    /// This service will listen on `address`, which is written under `key`: nobody else may.
    pub fn listens(&mut self, key: &str, address: &Address) {
        self.said.listens.push((self.path(key), address.clone()));
    }

    /// Something is wrong with the value under `key`. The place is looked up.
    pub fn find(&mut self, key: &str, finding: Diagnostic) {
        let path = self.path(key);
        let finding = placed(finding, &path, self.config);
        self.said.found.push(finding);
    }

    fn path(&self, key: &str) -> String {
        match key {
            "" => self.section.to_owned(),
            key => format!("{}.{key}", self.section),
        }
    }
}

impl Said {
    pub(crate) fn of<'a>(&'a mut self, section: &'static str, config: &'a Config) -> Check<'a> {
        Check {
            section,
            config,
            said: self,
        }
    }

    /// What does not go together, and what services have found themselves.
    pub(crate) fn judge(mut self, config: &Config, found: &mut Diagnostics) {
        found.extend(std::mem::take(&mut self.found));
        for (at, (path, address)) in self.listens.iter().enumerate() {
            let mut first = self.listens[..at].iter();
            let Some((first, taken)) = first.find(|(_, it)| clash(it, address)) else {
                continue;
            };
            // Told at the one that somebody wrote.
            let is_default = config.place(path).is_none();
            let (path, address, first, taken) = match is_default {
                true => (first, taken, path, address),
                false => (path, address, first, taken),
            };
            let finding = already_taken(first, taken, address, config);
            found.push(placed(finding, path, config));
        }
    }
}

fn placed(finding: Diagnostic, path: &str, config: &Config) -> Diagnostic {
    let finding = finding.path(path);
    match config.place(path) {
        Some(place) => finding.at(&place),
        None => finding,
    }
}

fn already_taken(first: &str, taken: &Address, address: &Address, config: &Config) -> Diagnostic {
    let place = config.place(first).map(|it| format!(" at {it}"));
    let place = place.unwrap_or_else(|| " by default".to_owned());
    let message = format!("`{address}` is taken: `{first}` listens on `{taken}`");
    let help = match address {
        Address::Tcp { .. } => "give one of the two another port",
        Address::Unix(_) => "give one of the two another path",
        Address::Inherited(_) => "give one of the two another socket",
    };
    Diagnostic::error(message).help(format!("`{first}` is set{place}: {help}"))
}

/// Whether both cannot be listened on at once.
fn clash(one: &Address, other: &Address) -> bool {
    match (one, other) {
        (Address::Unix(one), Address::Unix(other)) => one == other,
        (Address::Inherited(one), Address::Inherited(other)) => one == other,
        (
            Address::Tcp { host, port },
            Address::Tcp {
                host: other,
                port: same,
            },
        ) => {
            let (host, other) = (interface(host), interface(other));
            port == same && *port != 0 && (host == other || host.is_none() || other.is_none())
        }
        _ => false,
    }
}

/// `None` is every interface.
fn interface(host: &str) -> Option<&str> {
    match host {
        "" | "0.0.0.0" | "::" => None,
        "localhost" => Some("127.0.0.1"),
        host => Some(host),
    }
}
