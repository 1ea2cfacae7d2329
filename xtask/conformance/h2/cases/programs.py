"""Clients that people use: curl, nghttp, h2load. One that is not installed has no case."""

import re
import shutil
import subprocess

from client import Unexpected
from suite import Case


def program(name, command, pattern):
    """A case that runs `command` and looks for `pattern` in what it prints."""

    def run(client):
        server = client.server
        url = f"{'https' if server.tls else 'http'}://{server.host}:{server.port}"
        line = [it.format(url=url) for it in command]
        found = subprocess.run(line, capture_output=True, text=True, timeout=60)
        text = found.stdout + found.stderr
        client.sent = [" ".join(line).encode()]
        if found.returncode != 0 or not re.search(pattern, text):
            raise Unexpected(f"`{pattern}`", f"exit code {found.returncode}: {text[-600:]}")

    run.__name__ = name
    return Case(run, "9113 3.3", None, True)


if shutil.which("curl"):
    knowledge = ["curl", "-sk", "--http2-prior-knowledge", "-w", "%{{http_version}} %{{http_code}}"]
    curl = program("curl", [*knowledge, "{url}/"], r"\b2 200$")
    curl_post = program("curl_post", [*knowledge, "-d", "a=b", "{url}/"], r'"POST".*\b2 200$')
    curl_large = program("curl_large", [*knowledge, "-o", "/dev/null", "{url}/large?bytes=1000000"], r"2 200$")
    curl_upgrade = program(
        "curl_upgrade", ["curl", "-sk", "--http2", "-w", "%{{http_code}}", "{url}/"], r"200$"
    )

if shutil.which("nghttp"):
    nghttp = program("nghttp", ["nghttp", "-nv", "{url}/file.txt", "{url}/stream"], r"(?s):status: 200.*:status: 200")
    nghttp_window = program("nghttp_small_window", ["nghttp", "-w", "1", "{url}/large?bytes=1000"], r"x{1000}")
    nghttp_padding = program("nghttp_padding", ["nghttp", "-nv", "-b", "64", "{url}/"], r":status: 200")
    # It sends more than 32 KiB of fields, which may be too much.
    continuation = ["nghttp", "-nv", "--continuation", "{url}/"]
    nghttp_continuation = program("nghttp_continuation", continuation, r":status: (200|431)")

if shutil.which("h2load"):
    many = ["h2load", "-n", "2000", "-c", "4", "-m", "100", "{url}/"]
    h2load = program("h2load", many, r"2000 succeeded, 0 failed")
