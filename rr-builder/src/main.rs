//! Builds servers.

fn main() {}
