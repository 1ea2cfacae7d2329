//! Are the addresses of a configuration free?

use std::{io, net::TcpListener, path::Path};

use super::Finding;
use crate::usage;

/// Looks at every address in the configuration in `file` that a server would listen on.
pub(super) fn examine(file: &Path) -> Vec<Finding> {
    let what = |it: &str| format!("address {it}");
    match usage::addresses(file) {
        Ok(addresses) => {
            let findings = addresses.into_iter().filter_map(|address| {
                let host = address.trim_start_matches("tcp://").to_owned();
                // `:8080` is every address of this machine.
                let host = match host.strip_prefix(':') {
                    Some(port) => format!("0.0.0.0:{port}"),
                    None => host,
                };
                Some(match TcpListener::bind(&host) {
                    Ok(_) => Finding::good(&what(&address), "free"),
                    Err(error) if error.kind() == io::ErrorKind::InvalidInput => return None,
                    Err(error) => {
                        let help = match error.kind() {
                            io::ErrorKind::AddrInUse => {
                                "something listens there, perhaps this server: stop it, or choose another port"
                            }
                            io::ErrorKind::PermissionDenied => {
                                "ports below 1024 are for root: choose another, or let systemd hand it over"
                            }
                            _ => "choose an address that this machine has",
                        };
                        Finding::bad(&what(&address), error.to_string(), help)
                    }
                })
            });
            findings.collect()
        }
        Err(rejected) => {
            let text = rejected.to_string();
            let first = text.lines().next().unwrap_or_default().to_owned();
            let help = "`config check` of the server tells more";
            vec![Finding::bad("configuration", first, help)]
        }
    }
}
