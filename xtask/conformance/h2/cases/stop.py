"""The last case: the server is told to stop while a request is under way (section 6.8)."""

import os
import signal

import wire
from client import Unexpected
from suite import case


@case("9113 6.8")
def stop_with_goaway(client):
    client.get(1, path="/slow")
    client.alive()
    os.kill(client.server.pid, signal.SIGTERM)
    client.until(lambda: client.goaway, "GOAWAY")
    if client.goaway.error_code != wire.NO_ERROR:
        raise Unexpected("GOAWAY(NO_ERROR)", client.state())
    answer = client.streams[1]
    client.until(lambda: answer.over or client.closed, "the response that was under way")
    if answer.status != 200:
        raise Unexpected("the response that was under way", client.state())
    client.until(lambda: client.closed, "the end of the connection")
