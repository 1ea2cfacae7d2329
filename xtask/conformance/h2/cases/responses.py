"""What PHP answers, in frames (section 8.1)."""

from client import GET, Unexpected
from suite import case


def body(client, path, expected, status=200):
    client.get(1, path=path)
    found = client.answer(1, status).body
    if found != expected:
        raise Unexpected(expected, found)


@case("9113 8.1")
def response(client):
    client.get(1)
    fields = client.answer(1).fields
    for name in ("date", "content-length", "content-type"):
        if name not in fields:
            raise Unexpected(f"a `{name}`", fields)


@case("9110 9.3.2")
def response_of_head(client):
    client.headers(1, ((":method", "HEAD"), *GET[1:]))
    answer = client.answer(1)
    if answer.body or "content-length" not in answer.fields:
        raise Unexpected("a length and no body", client.state())


@case("9110 15.3.5")
def response_204(client):
    body(client, "/status?code=204", b"", 204)


@case("9110 15.4.5")
def response_304(client):
    body(client, "/status?code=304", b"", 304)


@case("9113 8.1")
def response_streamed(client):
    body(client, "/stream", b"one two three")


@case("9113 8.1")
def response_trailers(client):
    client.get(1, ("te", "trailers"), path="/trailers")
    answer = client.answer(1)
    if answer.body != b"body" or answer.trailers != {"x-sum": "42"}:
        raise Unexpected("`body`, then x-sum: 42", f"{answer.body!r}, then {answer.trailers}")


@case("9110 15.2")
def response_interim(client):
    client.get(1, path="/interim")
    client.answer(1, 404)


@case("9113 8.2.2")
def response_without_hop_by_hop_fields(client):
    body(client, "/hops", b"ok")


@case("9113 8.2.1")
def response_header_injection(client):
    client.get(1, path="/split")
    answer = client.answer(1)
    if "x-injected" in answer.fields or answer.body != b"ok":
        raise Unexpected("no other header", client.state())


@case("9113 8.1.1")
def response_length_that_lies(client):
    body(client, "/length?says=2", b"body")


@case("9113 8.1")
def response_of_a_file(client):
    body(client, "/file.txt", b"abcdefghijklmnopqrstuvwxyz")


@case("9110 14.2")
def response_of_a_range(client):
    client.get(1, ("range", "bytes=0-4"), path="/file.txt")
    if client.answer(1, 206).body != b"abcde":
        raise Unexpected("abcde", client.streams[1].body)


@case("9110 10.1.1", known="hyper sends no 100 (Continue) by HTTP/2")
def response_to_an_expectation(client):
    client.headers(1, ((":method", "POST"), *GET[1:], ("expect", "100-continue"), ("content-length", "5")), end=False)
    answer = client.streams[1]
    client.until(lambda: answer.heads, "100 (Continue)")
    client.data(1, b"hello")
    if b'"body":"hello"' not in client.answer(1).body:
        raise Unexpected("PHP sees `hello`", answer.body)


@case("9110 15.5.14")
def response_to_too_much(client):
    client.headers(1, ((":method", "POST"), *GET[1:], ("content-length", "2000000")), end=False)
    client.data(1, b"x" * 16384, end=False)
    answer = client.streams[1]
    client.until(lambda: answer.over or answer.code is not None, "413")
    if answer.status != 413:
        raise Unexpected("413", client.state())
    client.get(3)
    client.answer(3)


@case("9113 8.1")
def response_before_the_request_is_over(client):
    """A refusal ends the stream, and the client is told to stop by NO_ERROR alone."""
    client.headers(1, ((":method", "POST"), *GET[1:], ("content-length", "2000000")), end=False)
    answer = client.streams[1]
    client.until(lambda: answer.over or answer.code is not None, "413")
    client.data(1, b"x" * 1000, end=False)
    client.alive()
    if answer.code not in (None, 0):
        raise Unexpected("RST_STREAM(NO_ERROR), if any", client.state())
