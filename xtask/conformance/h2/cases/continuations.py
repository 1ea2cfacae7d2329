"""Field blocks in several frames (section 6.10)."""

import wire
from client import GET, Unexpected
from suite import case


def parts(client, stream, *extra, count=3):
    """The block of a GET in `count` pieces."""
    block = client.block_of((*GET, *extra))
    size = len(block) // count + 1
    return [block[at : at + size] for at in range(0, len(block), size)]


@case("9113 6.10")
def continuation(client):
    first, *rest, last = parts(client, 1)
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, first))
    for piece in rest:
        client.send(wire.frame(wire.CONTINUATION, 0, 1, piece))
    client.send(wire.frame(wire.CONTINUATION, wire.END_HEADERS, 1, last))
    client.answer(1)


@case("9113 6.10")
def continuation_after_empty_headers(client):
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, b""))
    client.send(wire.frame(wire.CONTINUATION, wire.END_HEADERS, 1, client.block_of(GET)))
    client.answer(1)


@case("9113 6.10")
def continuation_without_headers(client):
    client.send(wire.frame(wire.CONTINUATION, wire.END_HEADERS, 1, client.block_of(GET)))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.10")
def continuation_after_the_end_of_headers(client):
    client.get(1, path="/slow")
    client.send(wire.frame(wire.CONTINUATION, wire.END_HEADERS, 1, client.block_of([("x", "y")])))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.10")
def continuation_of_another_stream(client):
    first, *_, last = parts(client, 1)
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, first))
    client.send(wire.frame(wire.CONTINUATION, wire.END_HEADERS, 3, last))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.10")
def continuation_of_no_stream(client):
    first, *_, last = parts(client, 1)
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, first))
    client.send(wire.frame(wire.CONTINUATION, wire.END_HEADERS, 0, last))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.10")
def continuation_behind_data(client):
    first, *_ = parts(client, 1)
    client.send(wire.frame(wire.HEADERS, 0, 1, first))
    client.data(1, b"hello")
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.10")
def continuation_behind_ping(client):
    first, *_ = parts(client, 1)
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, first))
    client.send(wire.frame(wire.PING, payload=b"12345678"))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 5.5")
def continuation_behind_an_unknown_frame(client):
    first, *_ = parts(client, 1)
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, first))
    client.send(wire.frame(0x2A, 0, 1, b"what is this"))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 10.5.1")
def continuations_without_end(client):
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, client.block_of(GET)))
    piece = wire.frame(wire.CONTINUATION, 0, 1, client.block_of([("x-a", "v" * 16000)]))
    for _ in range(200):
        client.send(piece)
    refused(client)


@case("9113 10.5")
def continuations_of_nothing(client):
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, client.block_of(GET)))
    client.send(wire.frame(wire.CONTINUATION, 0, 1) * 100_000)
    refused(client)


def refused(client):
    """The connection ends, or the request alone does, with 431."""
    answer = client.streams[1]
    client.until(lambda: answer.over or answer.code is not None or client.goaway or client.closed, "a refusal")
    if answer.status not in (0, 431):
        raise Unexpected("431, RST_STREAM or GOAWAY", client.state())
    if seen := client.server.seen():
        raise Unexpected("PHP sees nothing", seen)
