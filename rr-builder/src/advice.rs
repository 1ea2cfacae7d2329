//! What cargo and the compiler say when something outside of the crates is in their way, and what to
//! do then.

/// What to do about `said`, in one sentence; `None` if there is nothing to add.
pub(crate) fn advice(said: &str) -> Option<String> {
    let known: [(&[&str], &str); 10] = [
        (
            // A linker that writes through memory dies of a full disk.
            &[
                "No space left on device",
                "os error 28",
                "os error 112",
                "ld terminated with signal 7",
            ],
            "the disk is full: free some space; `rr-builder clean --all` removes what was compiled",
        ),
        (
            &["linker `", "linker not found"],
            "there is no linker: install a C compiler, as by `apt-get install gcc libc6-dev`; \
             `rr-builder doctor` looks for it",
        ),
        (
            &["target may not be installed", "may not be installed"],
            "install the target: `rustup target add TARGET`, with the name from `target` in `[build]`",
        ),
        (
            &["location searched: directory source"],
            "the copies in `rr-vendor/` are older than what the server is made of now: run \
             `rr-builder vendor` where there is a network, or remove the folder",
        ),
        (
            &["candidate versions found which didn't match"],
            "there is no such version: write one that there is",
        ),
        (
            &[
                "failed to select a version",
                "links to the native library",
                "the same `links` value",
            ],
            "two crates ask for versions that exclude one another: change the version in one of \
             them, or put one crate in the place of both with `[patch]`",
        ),
        (
            &[
                "attempting to make an HTTP request, but --offline",
                "you may want to retry without",
                "--offline was specified",
            ],
            "what is missing was never fetched: run `rr-builder vendor` where there is a network",
        ),
        (
            &[
                "Could not resolve host",
                "could not resolve host",
                "Couldn't resolve host",
                "failed to resolve address",
                "Connection refused",
                "failed to connect",
                "Couldn't connect to server",
                "timed out",
                "spurious network error",
                "failed to clone into",
                "failed to fetch into",
                "unable to update",
                "Unable to update",
            ],
            "look whether the address is right and the host can be reached; `rr-builder vendor` \
             keeps a copy of everything for builds without a network",
        ),
        (
            &[
                "does not have feature",
                "does not have that feature",
                "does not have these features",
            ],
            "take the feature out of `features`, or name one that the crate has",
        ),
        (
            &[
                "cannot update the lock file",
                "needs to be updated but --locked",
            ],
            "the manifest or a crate asks for other versions than the lock file has: build without \
             `--locked` to renew it",
        ),
    ];
    let found = known
        .iter()
        .find(|(words, _)| words.iter().any(|it| said.contains(it)));
    found.map(|(_, advice)| (*advice).to_owned())
}

/// `said`, and what to do about it below.
pub(crate) fn with_advice(said: &str) -> String {
    match advice(said) {
        Some(advice) => format!("{said}\nhelp: {advice}"),
        None => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::advice;

    fn check(said: &str, expected: Option<&str>) {
        let found = advice(said);
        let right = match expected {
            None => found.is_none(),
            Some(words) => found.as_ref().is_some_and(|it| it.contains(words)),
        };
        assert!(right, "{said}: {found:?}");
    }

    #[test]
    fn what_is_in_the_way_is_recognised() {
        check(
            "failed to write `a.rlib`: No space left on device (os error 28)",
            Some("disk is full"),
        );
        check(
            "collect2: fatal error: ld terminated with signal 7 [Bus error]",
            Some("disk is full"),
        );
        check("linker `cc` not found", Some("install a C compiler"));
        check(
            "the `x86_64-unknown-linux-musl` target may not be installed",
            Some("rustup target add"),
        );
        check(
            "failed to select a version for `geo`.",
            Some("exclude one another"),
        );
        check(
            "no matching package named `a` found\nlocation searched: directory source `rr-vendor`\n\
             you may want to retry without `--offline`",
            Some("older than what the server is made of"),
        );
        check(
            "failed to select a version for the requirement `geo = \"^9\"`\n\
             candidate versions found which didn't match: 1.0.0",
            Some("write one that there is"),
        );
        check(
            "[6] Could not resolve host: git.example.com",
            Some("host can be reached"),
        );
        check("mismatched types", None);
    }
}
