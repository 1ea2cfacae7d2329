"""Field blocks that are no HPACK (RFC 9113, section 4.3, and RFC 7541)."""

import wire
from client import GET, Unexpected, integer
from suite import CODE, case

END = wire.END_HEADERS | wire.END_STREAM


def undecodable(client, tail):
    """A request whose block goes on with `tail`."""
    client.send(wire.frame(wire.HEADERS, END, 1, client.block_of(GET) + tail))
    client.connection_error(wire.COMPRESSION_ERROR)


@case("7541 2.3.3", known=CODE)
def index_zero(client):
    undecodable(client, b"\x80")


@case("7541 2.3.3", known=CODE)
def index_beyond_the_tables(client):
    undecodable(client, b"\xff\x7f")


@case("7541 5.1", known=CODE)
def integer_without_end(client):
    undecodable(client, b"\xff" + b"\xff" * 12)


@case("7541 5.2", known=CODE)
def literal_cut_off(client):
    undecodable(client, b"\x00\x03x-a\x7f\x00abc")


@case("7541 5.2", known=CODE)
def huffman_with_end_of_string(client):
    undecodable(client, b"\x00\x03x-a\x84\xff\xff\xff\xff")


@case("7541 5.2", known=CODE)
def huffman_padded_with_zeros(client):
    undecodable(client, b"\x00\x03x-a\x81\x00")


@case("7541 5.2", known=CODE)
def huffman_padded_too_long(client):
    undecodable(client, b"\x00\x03x-a\x82\x1f\xff")


@case("7541 6.3", known=CODE)
def table_larger_than_allowed(client):
    client.send(wire.frame(wire.HEADERS, END, 1, b"\x3f\xe1\xff\x03" + client.block_of(GET)))
    client.connection_error(wire.COMPRESSION_ERROR)


@case("7541 4.2", known=CODE)
def table_resized_in_the_midst(client):
    undecodable(client, b"\x20\x00\x01x\x01y")


@case("7541 2.3.2")
def table_is_shared_by_streams(client):
    entry = b"\x40\x03x-a\x05value"
    client.send(wire.frame(wire.HEADERS, END, 1, client.block_of(GET) + entry))
    client.answer(1)
    client.send(wire.frame(wire.HEADERS, END, 3, client.block_of(GET) + b"\xbe"))
    if b'"X-A":["value"]' not in client.answer(3).body:
        raise Unexpected("the value of the table", client.streams[3].body)


@case("7541 2.3.2")
def table_is_kept_up_by_refused_requests(client):
    entry = b"\x40\x03x-a\x05value"
    client.send(wire.frame(wire.HEADERS, END, 1, client.block_of((*GET, ("X-Bad", "v"))) + entry))
    client.malformed(1)
    if client.goaway or client.closed:
        return
    client.send(wire.frame(wire.HEADERS, END, 3, client.block_of(GET) + b"\xbe"))
    if b'"X-A":["value"]' not in client.answer(3).body:
        raise Unexpected("the value of the table", client.streams[3].body)


@case("9113 10.5.1")
def bomb_of_indices(client):
    """4 KiB in the table, named 16,000 times: 64 MB of fields in 20 KiB of frames."""
    value = b"v" * 4000
    entry = b"\x40\x03x-a" + integer(len(value), 7) + value
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, client.block_of(GET) + entry))
    client.send(wire.frame(wire.CONTINUATION, wire.END_HEADERS, 1, b"\xbe" * 16000))
    refused(client)


@case("9113 10.5.1")
def fields_of_1_mib(client):
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, client.block_of(GET)))
    for at in range(64):
        flags = wire.END_HEADERS if at == 63 else 0
        client.send(wire.frame(wire.CONTINUATION, flags, 1, client.block_of([("x-a", "v" * 16000)])))
    refused(client)


@case("6585 5")
def fields_in_thousands(client):
    client.send(wire.frame(wire.HEADERS, wire.END_STREAM, 1, client.block_of(GET)))
    for at in range(10):
        flags = wire.END_HEADERS if at == 9 else 0
        client.send(wire.frame(wire.CONTINUATION, flags, 1, client.block_of([("x", "y")] * 2000)))
    refused(client)


def refused(client):
    """By 431, a reset or the end of the connection; never is PHP given what was unpacked."""
    answer = client.streams[1]
    client.until(lambda: answer.over or answer.code is not None or client.goaway or client.closed, "a refusal")
    if answer.status not in (0, 431):
        raise Unexpected("431, RST_STREAM or GOAWAY", client.state())
    if seen := client.server.seen():
        raise Unexpected("PHP sees nothing", seen)
