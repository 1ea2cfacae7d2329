//! Tells the age of a file by its version and, where it has none, by names that only one had.

use super::Line;
use crate::config::node::Node;

/// Settings that stood nowhere else but in files of RoadRunner 1.
const OF_ONE: [&str; 14] = [
    "env",
    "grpc.workers",
    "gzip",
    "headers",
    "health",
    "http.maxrequest",
    "http.maxrequestsize",
    "http.trustedsubnets",
    "http.workers",
    "jobs.dispatch",
    "jobs.workers",
    "limit",
    "rpc.enable",
    "static",
];

/// For whom a file was written.
pub(in crate::config) fn detect(root: &Node) -> Line {
    let version = root.find("version");
    match version.as_ref().and_then(Node::as_text) {
        Some(version) if version == "2" || version.starts_with("2.") => Line::Two,
        Some(version) if !version.is_empty() => Line::Three,
        _ if is_of_one(root) => Line::One,
        _ => Line::Two,
    }
}

fn is_of_one(root: &Node) -> bool {
    OF_ONE.iter().any(|path| root.find(path).is_some())
}
