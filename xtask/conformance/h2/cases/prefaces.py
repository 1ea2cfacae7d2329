"""How a connection begins (section 3.4)."""

import time

import wire
from client import GET
from suite import case


@case("9113 3.4")
def preface(client):
    client.get(1)
    client.answer(1)


@case("9113 3.4", greet=False)
def preface_byte_by_byte(client):
    for byte in wire.PREFACE + wire.settings():
        client.send(bytes([byte]))
        time.sleep(0.001)
    client.get(1)
    client.answer(1)


@case("9113 3.4", greet=False)
def preface_and_request_at_once(client):
    block = client.block_of(GET)
    request = wire.frame(wire.HEADERS, wire.END_STREAM | wire.END_HEADERS, 1, block)
    client.send(wire.PREFACE, wire.settings(), request)
    client.answer(1)


@case("9113 3.4", greet=False, known="the h2 crate serves requests before it has seen SETTINGS")
def preface_without_settings(client):
    client.send(wire.PREFACE)
    client.get(1)
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 3.4", greet=False)
def preface_garbled(client):
    client.send(wire.PREFACE[:18] + b"XX\r\n\r\n" + wire.settings())
    closed(client)


@case("9113 3.4", greet=False)
def preface_cut_off(client):
    client.send(wire.PREFACE[:20])
    client.socket.close()
    # What is left to see is that the server lives.
    client.server.seen()


def closed(client):
    """Whatever is said, the connection ends."""
    client.socket.settimeout(3)
    said = b""
    while piece := receive(client.socket):
        said += piece
    if said.startswith(b"HTTP/1.1 5"):
        raise AssertionError(f"answered {said!r}")


def receive(stream):
    try:
        return stream.recv(65536)
    except ConnectionError:
        return b""
