"""Frames by themselves: sizes, flags, streams they may stand on (sections 4 and 6)."""

import struct

import wire
from client import GET, POST, Unexpected
from suite import CODE, case


@case("9113 5.5")
def frame_of_unknown_type(client):
    client.send(wire.frame(0x2A, 0xFF, 0, b"what is this"), wire.frame(0x2B, 0xFF, 5, b"and this"))
    client.get(1)
    client.answer(1)


@case("9113 4.1")
def frame_with_unknown_flags(client):
    client.send(wire.frame(wire.PING, 0xFE, 0, b"12345678"))
    client.until(lambda: client.pings, "an answer to a PING")


@case("9113 4.1")
def frame_with_reserved_bit(client):
    client.send(wire.frame(wire.PING, 0, 1 << 31, b"12345678"))
    client.until(lambda: client.pings, "an answer to a PING")


@case("9113 4.2")
def frame_of_the_largest_size(client):
    client.post(1, b"x" * 16384)
    client.answer(1)


@case("9113 4.2")
def frame_data_too_large(client):
    client.post(1, b"x" * 16385)
    client.stream_error(1, wire.FRAME_SIZE_ERROR)


@case("9113 4.2")
def frame_headers_too_large(client):
    client.headers(1, (*POST, ("x-a", "v" * 17000)))
    client.connection_error(wire.FRAME_SIZE_ERROR)


@case("9113 4.2")
def frame_of_unknown_type_too_large(client):
    client.send(wire.frame(0x2A, 0, 0, b"x" * 16385))
    client.connection_error(wire.FRAME_SIZE_ERROR)


@case("9113 6.7")
def ping(client):
    client.send(wire.frame(wire.PING, payload=b"\0\1\2\3\4\5\6\7"))
    client.until(lambda: client.pings, "an answer to a PING")
    if client.pings != [b"\0\1\2\3\4\5\6\7"]:
        raise Unexpected("the same 8 bytes", client.pings)


@case("9113 6.7")
def ping_unasked_answer(client):
    client.send(wire.frame(wire.PING, wire.ACK, 0, b"12345678"))
    client.alive()


@case("9113 6.7")
def ping_on_a_stream(client):
    client.send(wire.frame(wire.PING, 0, 1, b"12345678"))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.7", known=CODE)
def ping_of_seven_bytes(client):
    client.send(wire.frame(wire.PING, payload=b"1234567"))
    client.connection_error(wire.FRAME_SIZE_ERROR)


@case("9113 6.8")
def goaway_on_a_stream(client):
    client.send(wire.frame(wire.GOAWAY, 0, 1, struct.pack(">II", 0, 0)))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.8")
def goaway_and_the_rest_is_answered(client):
    client.get(1, path="/slow")
    client.send(wire.frame(wire.GOAWAY, 0, 0, struct.pack(">II", 0, 0)))
    answer = client.streams[1]
    client.until(lambda: answer.over or client.closed, "a response on stream 1")
    if answer.status != 200:
        raise Unexpected("status 200 on stream 1", client.state())


@case("9113 6.3")
def priority_is_ignored(client):
    client.send(wire.frame(wire.PRIORITY, 0, 7, b"\0\0\0\5\x10"))
    flags = wire.END_HEADERS | wire.END_STREAM | wire.PRIORITIZED
    client.send(wire.frame(wire.HEADERS, flags, 9, b"\x80\0\0\7\xff" + client.block_of(GET)))
    client.answer(9)


@case("9113 6.3")
def priority_of_no_stream(client):
    client.send(wire.frame(wire.PRIORITY, 0, 0, b"\0\0\0\5\x10"))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.3", known=CODE)
def priority_of_four_bytes(client):
    client.get(1)
    client.answer(1)
    client.send(wire.frame(wire.PRIORITY, 0, 3, b"\0\0\0\5"))
    client.stream_error(3, wire.FRAME_SIZE_ERROR)


@case("9113 6.4")
def reset_of_no_stream(client):
    client.send(wire.reset(0))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.4")
def reset_of_an_idle_stream(client):
    client.send(wire.reset(1))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.4", known=CODE)
def reset_of_three_bytes(client):
    client.headers(1, POST, end=False)
    client.send(wire.frame(wire.RST_STREAM, 0, 1, b"\0\0\0"))
    client.connection_error(wire.FRAME_SIZE_ERROR)


@case("9113 8.4")
def push_promise_of_a_client(client):
    client.headers(1, POST, end=False)
    client.send(wire.frame(wire.PUSH_PROMISE, wire.END_HEADERS, 1, b"\0\0\0\2" + client.block_of(GET)))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.1")
def data_on_no_stream(client):
    client.data(0, b"hello")
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.1")
def data_padded(client):
    client.headers(1, POST, end=False)
    client.send(wire.frame(wire.DATA, wire.PADDED | wire.END_STREAM, 1, b"\x03hello\0\0\0"))
    body = client.answer(1).body
    if b'"body":"hello"' not in body:
        raise Unexpected("PHP sees `hello`", body)


@case("9113 6.1")
def data_of_padding_alone(client):
    client.headers(1, POST, end=False)
    client.send(wire.frame(wire.DATA, wire.PADDED | wire.END_STREAM, 1, b"\x05hello"[:1] + b"\0" * 5))
    if b'"body":""' not in client.answer(1).body:
        raise Unexpected("PHP sees no body", client.answer(1).body)


@case("9113 6.1")
def data_padded_beyond_its_end(client):
    client.headers(1, POST, end=False)
    client.send(wire.frame(wire.DATA, wire.PADDED | wire.END_STREAM, 1, b"\x06hello"))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.2")
def headers_padded(client):
    flags = wire.PADDED | wire.END_HEADERS | wire.END_STREAM
    client.send(wire.frame(wire.HEADERS, flags, 1, b"\x04" + client.block_of(GET) + b"\0" * 4))
    client.answer(1)


@case("9113 6.2")
def headers_padded_beyond_their_end(client):
    flags = wire.PADDED | wire.END_HEADERS | wire.END_STREAM
    client.send(wire.frame(wire.HEADERS, flags, 1, b"\xff" + client.block_of(GET)))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.2")
def headers_on_no_stream(client):
    client.headers(0, GET)
    client.connection_error(wire.PROTOCOL_ERROR)
