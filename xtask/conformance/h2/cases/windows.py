"""Flow control (sections 5.2 and 6.9)."""

import wire
from client import POST, Client, Unexpected
from suite import CODE, case

INITIAL = 65535


@case("9113 6.9.1")
def window_of_the_connection_is_kept(client):
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 1 << 20)))
    client.get(1, path="/large?bytes=200000")
    answer = client.streams[1]
    client.until(lambda: len(answer.body) == INITIAL, f"{INITIAL} bytes")
    client.alive()
    if len(answer.body) != INITIAL:
        raise Unexpected(f"{INITIAL} bytes and no more", client.state())
    client.send(wire.window_update(0, 200000))
    client.answer(1)


@case("9113 6.9.1")
def window_of_a_stream_is_kept(client):
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 10)))
    client.get(1, path="/large?bytes=25")
    answer = client.streams[1]
    for due in (10, 20):
        client.until(lambda due=due: len(answer.body) == due, f"{due} bytes")
        client.alive()
        if len(answer.body) != due:
            raise Unexpected(f"{due} bytes and no more", client.state())
        client.send(wire.window_update(1, 10))
    client.answer(1)


@case("9113 6.9.2")
def window_opened_by_a_setting(client):
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 0)))
    client.get(1, path="/large?bytes=1000")
    answer = client.streams[1]
    client.until(lambda: answer.heads, "the head of the response")
    client.alive()
    if answer.body:
        raise Unexpected("no body yet", client.state())
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 2000)))
    client.answer(1)


@case("9113 6.9.2")
def window_below_zero(client):
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 100)))
    client.get(1, path="/large?bytes=300")
    answer = client.streams[1]
    client.until(lambda: len(answer.body) == 100, "100 bytes")
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 50)), wire.window_update(1, 40))
    client.alive()
    if len(answer.body) != 100:
        raise Unexpected("no more than 100 bytes", client.state())
    client.send(wire.window_update(1, 500))
    client.answer(1)


@case("9113 6.9.1")
def window_closed_for_one_stream_alone(client):
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 0)))
    client.get(1, path="/large?bytes=1000")
    client.get(3, path="/large?bytes=1000")
    client.send(wire.window_update(3, 1000))
    client.answer(3)


@case("9113 6.9.1")
def window_overflow_of_the_connection(client):
    client.send(wire.window_update(0, (1 << 31) - 1), wire.window_update(0, 1))
    client.connection_error(wire.FLOW_CONTROL_ERROR)


@case("9113 6.9.1")
def window_overflow_of_a_stream(client):
    client.headers(1, POST, end=False)
    client.send(wire.window_update(1, (1 << 31) - 1), wire.window_update(1, 1))
    client.stream_error(1, wire.FLOW_CONTROL_ERROR)


@case("9113 6.9.2")
def window_overflow_by_a_setting(client):
    client.headers(1, POST, end=False)
    client.send(wire.window_update(1, (1 << 31) - 1 - INITIAL))
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, INITIAL + 1)))
    client.connection_error(wire.FLOW_CONTROL_ERROR)


@case("9113 6.9")
def window_of_nothing_of_the_connection(client):
    client.send(wire.window_update(0, 0))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.9")
def window_of_nothing_of_a_stream(client):
    client.get(1, path="/slow")
    client.send(wire.window_update(1, 0))
    client.stream_error(1, wire.PROTOCOL_ERROR)


@case("9113 6.9", known=CODE)
def window_of_three_bytes(client):
    client.send(wire.frame(wire.WINDOW_UPDATE, 0, 0, b"\0\0\1"))
    client.connection_error(wire.FRAME_SIZE_ERROR)


@case("9113 6.9")
def window_of_an_idle_stream(client):
    client.send(wire.window_update(1, 1))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.9.1")
def window_exceeded_by_the_client(client):
    client.headers(1, POST, end=False)
    # More than any window that was granted: the server's settings and updates are what counts.
    window = client.settings.get(wire.INITIAL_WINDOW_SIZE, INITIAL)
    for _ in range(window // 16384 + 200):
        client.data(1, b"x" * 16384, end=False)
    answer = client.streams[1]
    client.until(lambda: answer.over or answer.code is not None or client.goaway or client.closed, "an end of it")
    # A window may be larger than what a body may be.
    code = client.goaway.error_code if client.goaway else answer.code
    if answer.status != 413 and code not in (wire.FLOW_CONTROL_ERROR, None):
        raise Unexpected("RST_STREAM(FLOW_CONTROL_ERROR), GOAWAY or 413", client.state())


@case("9113 6.9")
def window_granted_for_uploads(client):
    body, at, stream = b"x" * 500_000, 0, 1
    client.headers(stream, POST, end=False)
    whole = client.credit[0] + INITIAL
    own = client.credit[stream] + client.settings.get(wire.INITIAL_WINDOW_SIZE, INITIAL)
    granted = dict(client.credit)
    while at < len(body):
        whole += client.credit[0] - granted.get(0, 0)
        own += client.credit[stream] - granted.get(stream, 0)
        granted = dict(client.credit)
        size = min(whole, own, 16384, len(body) - at)
        if size <= 0:
            client.until(lambda: dict(client.credit) != granted, "WINDOW_UPDATE")
            continue
        client.data(stream, body[at : at + size], end=at + size == len(body))
        at, whole, own = at + size, whole - size, own - size
    if b"(500000 bytes)" not in client.answer(stream).body:
        raise Unexpected("PHP sees 500000 bytes", client.state())


@case("9113 6.9", greet=False)
def window_of_nothing_from_the_start(client):
    client = Client(client.server.connect, settings=[(wire.INITIAL_WINDOW_SIZE, 0)])
    client.get(1)
    client.until(lambda: client.streams[1].heads, "the head of the response")
    client.send(wire.window_update(1, 10_000))
    client.answer(1)
