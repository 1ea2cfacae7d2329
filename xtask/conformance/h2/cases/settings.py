"""Settings: which are taken, which end the connection (section 6.5)."""

import wire
from client import Client, Unexpected
from suite import CODE, case


@case("9113 6.5.3")
def settings_acknowledged(client):
    count = client.acks
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 70000)))
    client.until(lambda: client.acks > count, "an acknowledgement")
    client.alive()


@case("9113 6.5.2")
def settings_unknown(client):
    client.send(wire.settings((0x7F3A, 1), (0x99, 0xFFFFFFFF)))
    client.get(1)
    client.answer(1)


@case("9113 6.5.2")
def settings_announce_a_limit_of_streams(client):
    limit = client.settings.get(wire.MAX_CONCURRENT_STREAMS)
    if limit != 128:
        raise Unexpected("128 concurrent streams", limit)


@case("9113 6.5", known=CODE)
def settings_ack_with_payload(client):
    client.send(wire.settings((wire.ENABLE_PUSH, 0), flags=wire.ACK))
    client.connection_error(wire.FRAME_SIZE_ERROR)


@case("9113 6.5")
def settings_on_a_stream(client):
    client.send(wire.settings((wire.ENABLE_PUSH, 0), stream=1))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.5", known=CODE)
def settings_of_odd_length(client):
    client.send(wire.frame(wire.SETTINGS, payload=b"\0\2\0\0\0"))
    client.connection_error(wire.FRAME_SIZE_ERROR)


@case("9113 6.5.2")
def settings_push_neither_on_nor_off(client):
    client.send(wire.settings((wire.ENABLE_PUSH, 2)))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.5.2", known=CODE)
def settings_window_too_large(client):
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 1 << 31)))
    client.connection_error(wire.FLOW_CONTROL_ERROR)


@case("9113 6.5.2")
def settings_frame_size_too_small(client):
    client.send(wire.settings((wire.MAX_FRAME_SIZE, 16383)))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.5.2")
def settings_frame_size_too_large(client):
    client.send(wire.settings((wire.MAX_FRAME_SIZE, 1 << 24)))
    client.connection_error(wire.PROTOCOL_ERROR)


@case("9113 6.5.3")
def settings_last_value_counts(client):
    client.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 1), (wire.INITIAL_WINDOW_SIZE, 65535)))
    client.get(1, path="/large?bytes=1000")
    client.answer(1)


@case("7541 4.2", greet=False)
def settings_no_table(client):
    client = Client(client.server.connect, settings=[(wire.HEADER_TABLE_SIZE, 0)])
    client.decoder.max_allowed_table_size = 0
    for stream in (1, 3, 5):
        client.get(stream)
        client.answer(stream)


@case("9113 6.5.2", greet=False)
def settings_larger_frames_are_no_duty(client):
    client = Client(client.server.connect, settings=[(wire.MAX_FRAME_SIZE, 1 << 20), (wire.INITIAL_WINDOW_SIZE, 1 << 20)])
    client.get(1, path="/large?bytes=60000")
    client.answer(1)
