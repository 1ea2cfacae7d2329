"""A client that sends what it is told to, and reads what comes as strictly as RFC 9113 allows."""

import socket
import time
from collections import defaultdict

from hpack import Decoder
from hyperframe.frame import Frame

import wire

# How long a server may be silent where something is due.
PATIENCE = 5.0

# What a request has before its own fields; by TLS, `suite` says so before the cases take it from here.
GET = ((":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/"))
POST = ((":method", "POST"), *GET[1:])


class Unexpected(Exception):
    """The server did something else than it should."""

    def __init__(self, expected, got):
        super().__init__(f"expected {expected}, got {got}")
        self.expected, self.got = expected, got


class Answer:
    """What came on one stream."""

    def __init__(self):
        self.heads, self.body, self.over, self.code = [], b"", False, None

    @property
    def fields(self):
        """Of the final response."""
        final = [head for head in self.heads if not dict(head).get(":status", "").startswith("1")]
        return dict(final[0]) if final else {}

    @property
    def status(self):
        return int(self.fields.get(":status", 0))

    @property
    def trailers(self):
        return dict(self.heads[-1]) if ":status" not in dict(self.heads[-1]) else {}


class Client:
    """One connection."""

    def __init__(self, connect, greet=True, settings=()):
        self.socket = connect()
        self.sent, self.buffer, self.closed = [], b"", False
        self.streams = defaultdict(Answer)
        self.settings, self.pings, self.goaway = None, [], None
        self.acks, self.credit, self.block = 0, defaultdict(int), None
        self.decoder = Decoder()
        self.largest = dict(settings).get(wire.MAX_FRAME_SIZE, 16384)
        if greet:
            self.send(wire.PREFACE)
            self.send(wire.settings(*settings))
            self.until(lambda: self.settings is not None, "the server's SETTINGS")

    # What is sent.

    def send(self, *pieces):
        """A peer that has closed already is found out by reading."""
        data = b"".join(pieces)
        self.sent.append(data)
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def block_of(self, fields):
        """Fields as literals without index, so that no value is touched on its way."""
        block = b""
        for name, value in fields:
            name, value = (it if isinstance(it, bytes) else it.encode("latin-1") for it in (name, value))
            block += b"\x00" + integer(len(name), 7) + name + integer(len(value), 7) + value
        return block

    def headers(self, stream, fields, end=True, flags=wire.END_HEADERS):
        self.send(wire.frame(wire.HEADERS, flags | (wire.END_STREAM if end else 0), stream, self.block_of(fields)))

    def get(self, stream, *fields, path="/"):
        self.headers(stream, (*GET[:3], (":path", path), *fields))

    def post(self, stream, body, *fields, path="/"):
        self.headers(stream, (*POST[:3], (":path", path), *fields), end=False)
        self.data(stream, body)

    def data(self, stream, body, end=True):
        self.send(wire.frame(wire.DATA, wire.END_STREAM if end else 0, stream, body))

    # What comes.

    def until(self, ready, what, patience=PATIENCE):
        """Reads until `ready`; fails where that does not come."""
        limit = time.monotonic() + patience
        while not ready():
            if self.closed:
                raise Unexpected(what, self.state())
            if not self.read(limit):
                raise Unexpected(what, f"nothing for {patience:g} s; {self.state()}")

    def read(self, limit):
        """Takes one frame in; false when none has come by then. A closed connection counts as one."""
        while True:
            if self.take():
                return True
            self.socket.settimeout(max(limit - time.monotonic(), 0.001))
            try:
                piece = self.socket.recv(65536)
            except (TimeoutError, socket.timeout):
                return False
            except OSError:
                piece = b""
            if not piece:
                self.closed = True
                return True
            self.buffer += piece

    def take(self):
        if len(self.buffer) < 9:
            return False
        length = int.from_bytes(self.buffer[:3], "big")
        if len(self.buffer) < 9 + length:
            return False
        if self.buffer.startswith(b"HTTP/1."):
            raise Unexpected("frames", repr(self.buffer[:80]))
        found, _ = Frame.parse_frame_header(memoryview(self.buffer[:9]))
        found.parse_body(memoryview(self.buffer[9 : 9 + length]))
        self.buffer = self.buffer[9 + length :]
        if length > self.largest:
            raise Unexpected(f"frames of {self.largest} bytes at most", f"one of {length}")
        if self.block is not None and type(found).__name__ != "ContinuationFrame":
            raise Unexpected("a CONTINUATION", repr(found))
        getattr(self, f"on_{type(found).__name__}", lambda _: None)(found)
        return True

    def on_SettingsFrame(self, found):
        if "ACK" in found.flags:
            self.acks += 1
        else:
            self.settings = {**(self.settings or {}), **found.settings}
            self.send(wire.settings(flags=wire.ACK))

    def on_PingFrame(self, found):
        if "ACK" in found.flags:
            self.pings.append(bytes(found.opaque_data))
        else:
            self.send(wire.frame(wire.PING, wire.ACK, 0, bytes(found.opaque_data)))

    def on_GoAwayFrame(self, found):
        self.goaway = found

    def on_RstStreamFrame(self, found):
        self.streams[found.stream_id].code = found.error_code

    def on_WindowUpdateFrame(self, found):
        self.credit[found.stream_id] += found.window_increment

    def on_HeadersFrame(self, found):
        self.block = (found.stream_id, "END_STREAM" in found.flags, b"")
        self.on_ContinuationFrame(found)

    def on_ContinuationFrame(self, found):
        stream, end, block = self.block
        block += bytes(found.data)
        self.block = (stream, end, block)
        if "END_HEADERS" in found.flags:
            self.block = None
            fields = [(str(name), str(value)) for name, value in self.decoder.decode(block)]
            self.check_fields(fields)
            self.streams[stream].heads.append(fields)
            self.streams[stream].over |= end

    def on_DataFrame(self, found):
        answer = self.streams[found.stream_id]
        answer.body += bytes(found.data)
        answer.over |= "END_STREAM" in found.flags

    @staticmethod
    def check_fields(fields):
        """What no response may have (section 8.2)."""
        for name, _ in fields:
            hop = name in ("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade")
            if hop or name != name.lower():
                raise Unexpected("fields of HTTP/2", f"`{name}`")

    # What is due.

    def answer(self, stream, status=200):
        """The whole response on `stream`."""
        answer = self.streams[stream]
        self.until(lambda: answer.over or answer.code is not None or self.goaway, f"a response on stream {stream}")
        if not answer.over or answer.status != status:
            raise Unexpected(f"status {status} on stream {stream}", self.state())
        length = answer.fields.get("content-length")
        if length is not None and answer.body and int(length) != len(answer.body):
            raise Unexpected(f"a body of {length} bytes", f"{len(answer.body)}")
        return answer

    def connection_error(self, *codes):
        """The connection ends, with one of `codes` where it says why."""
        what = f"GOAWAY({names(codes)}) or the end of the connection"
        self.until(lambda: self.goaway or self.closed, what)
        if self.goaway and self.goaway.error_code not in codes:
            raise Unexpected(what, self.state())
        self.until(lambda: self.closed, "the end of the connection after GOAWAY")

    def stream_error(self, stream, *codes):
        """The stream is reset with one of `codes`, or the connection ends with it (section 5.4.2)."""
        answer = self.streams[stream]
        what = f"RST_STREAM({names(codes)}) of stream {stream}, or GOAWAY"
        self.until(lambda: answer.code is not None or answer.over or self.goaway or self.closed, what)
        code = self.goaway.error_code if self.goaway else answer.code
        if code not in codes and not (code is None and self.closed):
            raise Unexpected(what, self.state())

    def malformed(self, stream):
        """The request is refused: a stream error, or a response of 4xx before it (section 8.1.1)."""
        answer = self.streams[stream]
        what = f"RST_STREAM(PROTOCOL_ERROR) of stream {stream}, GOAWAY, or a status of 4xx"
        self.until(lambda: answer.code is not None or answer.over or self.goaway or self.closed, what)
        code = self.goaway.error_code if self.goaway else answer.code
        if not (code == wire.PROTOCOL_ERROR or 400 <= answer.status < 500 or code is None and self.closed):
            raise Unexpected(what, self.state())

    def alive(self):
        """The connection answers a PING."""
        count = len(self.pings)
        self.send(wire.frame(wire.PING, payload=b"isalive?"))
        self.until(lambda: len(self.pings) > count or self.goaway, "an answer to a PING")
        if len(self.pings) == count:
            raise Unexpected("an answer to a PING", self.state())

    def state(self):
        words = []
        for stream, answer in self.streams.items():
            if answer.heads or answer.code is not None:
                end = "" if answer.code is None else f", RST_STREAM({names([answer.code])})"
                words.append(f"status {answer.status} with {len(answer.body)} bytes on stream {stream}{end}")
        if self.goaway:
            words.append(f"GOAWAY({names([self.goaway.error_code])}) {bytes(self.goaway.additional_data)!r}")
        if self.closed:
            words.append("closed")
        return "; ".join(words[:5]) or "open, nothing came"


def integer(value, bits):
    """An integer of HPACK (RFC 7541, section 5.1)."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([value])
    out, value = bytes([most]), value - most
    while value >= 128:
        out, value = out + bytes([value % 128 + 128]), value // 128
    return out + bytes([value])


def names(codes):
    return " or ".join(wire.ERRORS[code] if code < len(wire.ERRORS) else str(code) for code in codes)
