"""Runs the cases against a server; prints a verdict a line, as JSON.

    suite.py HOST:PORT JOURNAL PID FILTER [tls]

JOURNAL is where the PHP worker notes down what it saw; PID is the server's, to be stopped by the last case.
"""

import importlib
import json
import socket
import ssl
import sys
import traceback

import client
import wire
from client import Client, Unexpected

TOPICS = (
    "prefaces settings frames continuations streams fields targets compression windows floods responses programs stop"
).split()


# Why cases fail that want another error code.
CODE = "the h2 crate ends the connection, but says PROTOCOL_ERROR for every frame it cannot read"


class Case:
    """A function that talks to a server, with what it is about."""

    def __init__(self, run, section, known, greet):
        self.run, self.section, self.known, self.greet = run, section, known, greet
        self.name = run.__name__.replace("_", "-").strip("-")


class Server:
    """Where the server is and what its PHP worker saw."""

    def __init__(self, address, journal, pid, tls):
        host, port = address.rsplit(":", 1)
        self.host, self.port, self.pid, self.tls = host, int(port), int(pid), tls
        self.journal = open(journal, encoding="utf-8")
        self.seen()

    def connect(self):
        stream = socket.create_connection((self.host, self.port), timeout=5)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.tls:
            return stream
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        stream = context.wrap_socket(stream)
        if stream.selected_alpn_protocol() != "h2":
            raise Unexpected("h2 by ALPN", stream.selected_alpn_protocol())
        return stream

    def seen(self):
        """What PHP has seen since this was asked last: a request behind all others comes back first."""
        asker = Client(self.connect)
        asker.get(1, path="/mark")
        asker.answer(1)
        asker.socket.close()
        requests = [json.loads(line) for line in self.journal.readlines()]
        return [it for it in requests if not it["uri"].endswith("/mark")]


def case(section, known=None, greet=True):
    """Makes a function a case; it gets a client that has exchanged settings unless `greet` is off.

    `known` says why the case is expected to fail today.
    """

    def wrap(run):
        return Case(run, section, known, greet)

    return wrap


def check(case, server):
    """What is wrong, or nothing."""
    peer = None
    try:
        server.seen()
        peer = Client(server.connect, greet=case.greet)
        peer.server = server
        case.run(peer)
        return None
    except Unexpected as error:
        expected, got = error.expected, error.got
    except Exception:  # a frame that cannot be read is a failure of the server, one of ours shows where
        expected, got = "frames that can be read", traceback.format_exc(limit=-3)
    sent = b"".join(peer.sent) if peer else b""
    return {"sent": wire.told(sent.removeprefix(wire.PREFACE)), "expected": str(expected), "got": str(got)}


def main():
    address, journal, pid, wanted, *rest = sys.argv[1:]
    server = Server(address, journal, pid, "tls" in rest)
    if server.tls:
        client.GET, client.POST = (((it[0], (":scheme", "https"), *it[2:])) for it in (client.GET, client.POST))
    for topic in TOPICS:
        module = importlib.import_module(f"cases.{topic}")
        for found in vars(module).values():
            if isinstance(found, Case) and wanted in found.name:
                fault = check(found, server)
                verdict = {"name": found.name, "section": found.section, "known": found.known, "fault": fault}
                print(json.dumps(verdict), flush=True)


if __name__ == "__main__":
    # Cases import this module by its name: let it be the one that runs.
    sys.modules["suite"] = sys.modules["__main__"]
    main()
