"""Much of what is allowed once: the connection ends, or everything is answered; the server goes on (section 10.5)."""

import wire
from client import GET, POST, Unexpected
from suite import case


def survived(client):
    """Either the connection has ended in good order, or it still answers."""
    client.send(wire.frame(wire.PING, payload=b"isalive?"))
    client.until(lambda: client.goaway or client.closed or b"isalive?" in client.pings, "GOAWAY or an answer", 10)
    calm = (wire.ENHANCE_YOUR_CALM, wire.PROTOCOL_ERROR, wire.NO_ERROR)
    if client.goaway and client.goaway.error_code not in calm:
        raise Unexpected("GOAWAY(ENHANCE_YOUR_CALM)", client.state())
    # Another client is served at once.
    client.server.seen()


@case("9113 10.5")
def rapid_reset(client):
    request = client.block_of((*GET[:3], (":path", "/slow")))
    for stream in range(1, 2001, 2):
        client.send(wire.frame(wire.HEADERS, wire.END_STREAM | wire.END_HEADERS, stream, request), wire.reset(stream))
    client.until(lambda: client.goaway or client.closed, "GOAWAY(ENHANCE_YOUR_CALM)", 10)
    if client.goaway and client.goaway.error_code != wire.ENHANCE_YOUR_CALM:
        raise Unexpected("GOAWAY(ENHANCE_YOUR_CALM)", client.state())
    seen = client.server.seen()
    if len(seen) > 200:
        raise Unexpected("PHP is not busied by what nobody waits for", f"{len(seen)} requests")


@case("9113 10.5")
def resets_made_by_the_server(client):
    """Each stream is made to fail by its own window: the server resets in the client's place."""
    request = client.block_of((*GET[:3], (":path", "/slow")))
    for stream in range(1, 4001, 2):
        head = wire.frame(wire.HEADERS, wire.END_STREAM | wire.END_HEADERS, stream, request)
        client.send(head, wire.window_update(stream, 0))
    survived(client)


@case("9113 10.5")
def flood_of_pings(client):
    for _ in range(100):
        client.send(wire.frame(wire.PING, payload=b"12345678") * 100)
    survived(client)


@case("9113 10.5")
def flood_of_settings(client):
    for _ in range(100):
        client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 65535)) * 100)
    survived(client)


@case("9113 10.5")
def flood_of_priorities(client):
    for _ in range(100):
        client.send(wire.frame(wire.PRIORITY, 0, 9, b"\0\0\0\5\x10") * 100)
    survived(client)


@case("9113 10.5")
def flood_of_window_updates(client):
    for _ in range(100):
        client.send(wire.window_update(0, 1) * 100)
    survived(client)


@case("9113 10.5")
def flood_of_empty_data(client):
    client.headers(1, POST, end=False)
    for _ in range(100):
        client.send(wire.frame(wire.DATA, 0, 1) * 500)
    survived(client)


@case("9113 10.5")
def flood_of_unknown_frames(client):
    for _ in range(100):
        client.send(wire.frame(0x2A, 0, 0, b"x") * 100)
    survived(client)


@case("9113 10.5")
def flood_of_refused_requests(client):
    for stream in range(1, 1001, 2):
        client.headers(stream, (*GET, ("Bad", "v")))
    survived(client)


@case("9113 10.5")
def window_of_one_byte_at_a_time(client):
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 0)))
    client.get(1, path="/large?bytes=2000")
    client.send(wire.window_update(1, 1) * 2000)
    client.answer(1)
