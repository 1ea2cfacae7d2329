"""The states of streams (section 5.1)."""

import wire
from client import POST, Unexpected
from suite import CODE, case


@case("9113 5.1")
def stream_after_stream(client):
    for stream in (1, 3, 5, 7):
        client.get(stream)
        client.answer(stream)


@case("9113 5.1.1")
def streams_may_be_skipped(client):
    client.get(7)
    client.answer(7)
    client.get(101)
    client.answer(101)


@case("9113 5.1.2")
def streams_at_a_time(client):
    for stream in range(1, 101, 2):
        client.get(stream, path=f"/{stream}")
    for stream in range(1, 101, 2):
        if f"/{stream}\"".encode() not in client.answer(stream).body:
            raise Unexpected(f"the answer to /{stream}", client.streams[stream].body)


@case("9113 5.1.2")
def streams_beyond_the_limit(client):
    for stream in range(1, 2 * 200, 2):
        client.get(stream, path="/slow")
    def refused():
        return [it for it in client.streams.values() if it.code is not None]
    client.until(lambda: refused() or client.goaway, "a refusal of the 129th stream")
    wrong = [it.code for it in refused() if it.code not in (wire.REFUSED_STREAM, wire.PROTOCOL_ERROR)]
    if wrong:
        raise Unexpected("REFUSED_STREAM or PROTOCOL_ERROR", client.state())


@case("9113 5.1")
def stream_idle_and_data(client):
    client.data(1, b"hello")
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 5.1.1")
def stream_of_even_number(client):
    client.get(2)
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 5.1.1")
def stream_lower_than_the_last(client):
    client.get(5)
    client.answer(5)
    client.get(3)
    client.stream_error(3, wire.PROTOCOL_ERROR, wire.STREAM_CLOSED)


@case("9113 5.1", known=CODE)
def stream_half_closed_and_data(client):
    client.get(1, path="/slow")
    client.data(1, b"hello")
    client.stream_error(1, wire.STREAM_CLOSED)


@case("9113 5.1")
def stream_half_closed_and_headers(client):
    client.get(1, path="/slow")
    client.get(1)
    client.stream_error(1, wire.STREAM_CLOSED, wire.PROTOCOL_ERROR)


@case("9113 5.1")
def stream_closed_and_data(client):
    client.get(1)
    client.answer(1)
    client.data(1, b"hello")
    client.streams[1].over = False
    client.stream_error(1, wire.STREAM_CLOSED)


@case("9113 5.1")
def stream_closed_and_headers(client):
    client.get(1)
    client.answer(1)
    client.get(1)
    client.streams[1].over = False
    client.stream_error(1, wire.STREAM_CLOSED, wire.PROTOCOL_ERROR)


@case("9113 5.1")
def stream_reset_and_data(client):
    client.headers(1, POST, end=False)
    client.send(wire.reset(1))
    client.data(1, b"hello")
    # Frames on their way when a stream was reset are a matter of course.
    client.get(3)
    answer = client.streams[3]
    client.until(lambda: answer.over or client.closed, "an answer on stream 3, or the end")
    if client.goaway and client.goaway.error_code != wire.STREAM_CLOSED:
        raise Unexpected("GOAWAY(STREAM_CLOSED), if any", client.state())


@case("9113 5.4.2")
def stream_reset_and_the_next(client):
    client.headers(1, POST, end=False)
    client.send(wire.reset(1))
    client.get(3)
    client.answer(3)


@case("9113 5.4.2")
def stream_reset_while_it_is_answered(client):
    client.get(1, path="/slow")
    client.send(wire.reset(1))
    client.get(3)
    client.answer(3)
    if client.streams[1].heads:
        raise Unexpected("nothing on a stream that was reset", client.state())


@case("9113 5.1")
def stream_window_after_the_end(client):
    client.get(1)
    client.answer(1)
    client.send(wire.window_update(1, 100))
    client.alive()
