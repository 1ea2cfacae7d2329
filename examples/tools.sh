# Sourced by the examples in the top folder: installs what they need as far as it is missing. On Debian
# and its relatives that is PHP, curl and a C compiler by apt, and Rust by rustup.
# shellcheck shell=sh
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

step() { printf '\n== %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing=
has php || missing="$missing php-cli"
has cc || missing="$missing gcc libc6-dev"
has curl || missing="$missing curl ca-certificates"
if [ -n "$missing" ]; then
    step "Installing$missing"
    if ! has apt-get; then
        echo "error: please install:$missing" >&2
        exit 1
    fi
    as_root apt-get update --quiet
    # shellcheck disable=SC2086 # the packages are words of their own
    as_root apt-get install --quiet --yes --no-install-recommends $missing
fi

# The Rust that rr is written in; `sort -V` puts the older version first.
needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
found=$(cargo --version 2>/dev/null | cut -d ' ' -f 2 || true)
oldest=$(printf '%s\n%s\n' "$needed" "${found:-0}" | sort -V | head -n 1)
if [ "$oldest" != "$needed" ]; then
    step "Installing Rust"
    if has rustup; then
        rustup toolchain install stable --profile minimal
    else
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
            sh -s -- -y --profile minimal --default-toolchain stable --no-modify-path
    fi
    export RUSTUP_TOOLCHAIN=stable
fi
