"""Which requests are malformed: names, values, pseudo-header fields, lengths (sections 8.1 to 8.3). PHP sees none of them."""

import wire
from client import GET, POST, Unexpected
from suite import case


def malformed(client, fields, end=True):
    client.headers(1, fields, end=end)
    client.malformed(1)
    unseen(client)


def unseen(client):
    if seen := client.server.seen():
        raise Unexpected("PHP sees nothing", seen)


@case("9113 8.2")
def field_name_in_capitals(client):
    malformed(client, (*GET, ("X-A", "v")))


@case("9113 8.2.1")
def field_name_empty(client):
    malformed(client, (*GET, ("", "v")))


@case("9113 8.2.1")
def field_name_with_space(client):
    malformed(client, (*GET, ("x a", "v")))


@case("9113 8.2.1")
def field_name_with_colon(client):
    malformed(client, (*GET, ("x:a", "v")))


@case("9113 8.2.1")
def field_name_with_line_end(client):
    malformed(client, (*GET, ("x\r\nhost: evil", "v")))


@case("9113 8.2.1")
def field_name_with_nul(client):
    malformed(client, (*GET, ("x\0a", "v")))


@case("9113 8.2.1")
def field_value_with_line_end(client):
    malformed(client, (*GET, ("x-a", "v\r\nx-injected: yes")))


@case("9113 8.2.1")
def field_value_with_lf(client):
    malformed(client, (*GET, ("x-a", "v\nx-injected: yes")))


@case("9113 8.2.1")
def field_value_with_cr(client):
    malformed(client, (*GET, ("x-a", "v\rw")))


@case("9113 8.2.1")
def field_value_with_nul(client):
    malformed(client, (*GET, ("x-a", "v\0w")))


@case("9113 8.2.1", known="the h2 crate lets whitespace around values pass")
def field_value_behind_space(client):
    malformed(client, (*GET, ("x-a", " v")))


@case("9113 8.2.1", known="the h2 crate lets whitespace around values pass")
def field_value_before_tab(client):
    malformed(client, (*GET, ("x-a", "v\t")))


@case("9113 8.2.1")
def field_value_of_latin_1(client):
    client.get(1, ("x-a", "caf\xe9"))
    client.answer(1)


@case("9113 8.2.2")
def field_connection(client):
    malformed(client, (*GET, ("connection", "close")))


@case("9113 8.2.2")
def field_keep_alive(client):
    malformed(client, (*GET, ("keep-alive", "5")))


@case("9113 8.2.2")
def field_proxy_connection(client):
    malformed(client, (*GET, ("proxy-connection", "close")))


@case("9113 8.2.2")
def field_transfer_encoding(client):
    malformed(client, (*POST, ("transfer-encoding", "chunked")))


@case("9113 8.2.2")
def field_upgrade(client):
    malformed(client, (*GET, ("upgrade", "websocket")))


@case("9113 8.2.2")
def field_te_other_than_trailers(client):
    malformed(client, (*GET, ("te", "gzip, trailers")))


@case("9113 8.2.2")
def field_te_trailers(client):
    client.get(1, ("te", "trailers"))
    client.answer(1)


@case("9113 8.2.3")
def field_cookies_in_crumbs(client):
    client.get(1, ("cookie", "a=1"), ("cookie", "b=2"))
    body = client.answer(1).body
    if b'"Cookie":["a=1; b=2"]' not in body:
        raise Unexpected("one Cookie of both crumbs", body)


@case("9113 8.3")
def pseudo_behind_a_field(client):
    malformed(client, (*GET[:3], ("x-a", "v"), GET[3]))


@case("9113 8.3")
def pseudo_unknown(client):
    malformed(client, (*GET, (":cow", "moo")))


@case("9113 8.3")
def pseudo_of_responses(client):
    malformed(client, (*GET, (":status", "200")))


@case("9113 8.3.1")
def pseudo_method_missing(client):
    malformed(client, GET[1:])


@case("9113 8.3.1")
def pseudo_scheme_missing(client):
    malformed(client, (GET[0], *GET[2:]))


@case("9113 8.3.1")
def pseudo_path_missing(client):
    malformed(client, GET[:3])


@case("9113 8.3.1")
def pseudo_method_twice(client):
    malformed(client, (GET[0], *GET))


@case("9113 8.3.1")
def pseudo_scheme_twice(client):
    malformed(client, (GET[1], *GET))


@case("9113 8.3.1")
def pseudo_path_twice(client):
    malformed(client, (GET[3], *GET))


@case("9113 8.3.1")
def pseudo_authority_twice(client):
    malformed(client, (*GET, (":authority", "b")))


@case("9113 8.3.1")
def pseudo_path_empty(client):
    malformed(client, (*GET[:3], (":path", "")))


@case("9113 8.1", known="the h2 crate drops pseudo-header fields of trailers, and serves the request")
def pseudo_in_trailers(client):
    client.headers(1, POST, end=False)
    client.data(1, b"hello", end=False)
    client.headers(1, ((":path", "/evil"),))
    client.malformed(1)
    unseen(client)


@case("9113 8.1")
def trailers(client):
    client.headers(1, POST, end=False)
    client.data(1, b"hello", end=False)
    client.headers(1, (("x-trailer", "late"), ("host", "evil")))
    body = client.answer(1).body
    if b'"body":"hello"' not in body or b"late" in body or b"evil" in body:
        raise Unexpected("PHP sees the body and no trailer", body)


@case("9113 8.1")
def trailers_that_do_not_end(client):
    client.headers(1, POST, end=False)
    client.data(1, b"hello", end=False)
    client.headers(1, (("x-trailer", "late"),), end=False)
    client.malformed(1)
    unseen(client)


@case("9113 8.1.1")
def length_longer_than_the_body(client):
    client.post(1, b"hello", ("content-length", "9"))
    client.malformed(1)
    unseen(client)


@case("9113 8.1.1")
def length_shorter_than_the_body(client):
    client.post(1, b"hello", ("content-length", "2"))
    client.malformed(1)
    unseen(client)


@case("9113 8.1.1")
def length_and_no_body(client):
    malformed(client, (*POST, ("content-length", "5")))


@case("9113 8.1.1")
def length_of_letters(client):
    client.post(1, b"hello", ("content-length", "five"))
    client.malformed(1)
    unseen(client)


@case("9113 8.1.1")
def length_with_plus(client):
    client.post(1, b"hello", ("content-length", "+5"))
    client.malformed(1)
    unseen(client)


@case("9113 8.1.1")
def length_twice_and_different(client):
    client.post(1, b"hello", ("content-length", "5"), ("content-length", "6"))
    client.malformed(1)
    unseen(client)


@case("9113 8.1.1")
def length(client):
    client.post(1, b"hello", ("content-length", "5"))
    if b'"body":"hello"' not in client.answer(1).body:
        raise Unexpected("PHP sees `hello`", client.streams[1].body)
