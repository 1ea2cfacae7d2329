//! What a server does for its clients, its operator, and when it is killed.

use anyhow::{Result, ensure};

use super::{
    cross::Programs,
    server::{PAGE, Server},
    wine::Wine,
};
use crate::interrupt::Interrupt;

/// How workers are connected: to a port of their own, and by their stdin and stdout.
pub(super) const RELAYS: [&str; 2] = ["tcp", "pipes"];

/// Other names of the one file, and names of devices: asked of workers, as whatever is no file.
const DISGUISED: [&str; 7] = [
    "/page.txt.",
    "/page.txt%20",
    "/page.txt::$DATA",
    "/page.txt:stream",
    "/NUL",
    "/com1.txt",
    "/..%5c.rr.yaml",
];

/// Starts, asks, resets, stops; starts once more and kills.
///
/// # Errors
/// When something is not as it should be.
pub(super) fn check(
    wine: &Wine,
    programs: &Programs,
    relay: &str,
    interrupt: &Interrupt,
) -> Result<()> {
    let mut server = Server::start(wine, programs, relay, interrupt)?;
    has(
        &server.get("/hello?a=1")?,
        &["200 OK", "\"system\":\"windows\"", "/hello?a=1"],
    )?;
    let body = "b".repeat(200_000);
    has(
        &server.post("/upload", &body)?,
        &["\"method\":\"POST\"", &body],
    )?;
    println!("workers answer");

    has(
        &server.get("/page.txt")?,
        &["200 OK", "content-length: 27", PAGE],
    )?;
    for path in DISGUISED {
        let response = server.get(path)?;
        ensure!(
            !response.contains(PAGE),
            "`{path}` is served as a file:\n{response}"
        );
        has(&response, &["\"uri\""])?;
    }
    println!("files are served, by their own names alone");

    let before = server.command(&["workers", "--format", "json"])?;
    server.command(&["reset"])?;
    let after = server.command(&["workers", "--format", "json"])?;
    ensure!(
        before != after && after.contains("\"pid\""),
        "no reset:\n{before}\n{after}"
    );
    has(&server.get("/after")?, &["200 OK"])?;
    println!("`workers` and `reset` reach it");

    has(&server.command(&["stop"])?, &["stopped"])?;
    server.ends()?;
    ensure!(
        server.workers()?.is_empty(),
        "workers are left after a stop"
    );
    println!("`stop` ends it in good order");

    Server::start(wine, programs, relay, interrupt)?.kill()?;
    println!("killed, it leaves no worker behind");
    Ok(())
}

fn has(text: &str, parts: &[&str]) -> Result<()> {
    for part in parts {
        ensure!(text.contains(part), "expected `{part}` in:\n{text}");
    }
    Ok(())
}
