"""What is asked for: methods, paths, authorities (section 8.3.1), and what would be another request in HTTP/1."""

from client import GET, Unexpected
from cases.fields import malformed
from suite import case


def uri(client, fields, expected):
    """PHP sees `expected`."""
    client.headers(1, fields)
    body = client.answer(1).body
    if f'"uri":"{expected}"'.encode() not in body:
        raise Unexpected(f"PHP sees `{expected}`", body)


@case("9113 8.3.1")
def target(client):
    uri(client, (*GET[:3], (":path", "/a%20b?c=d")), f"{scheme(client)}://a/a%20b?c=d")


@case("9113 8.3.1")
def target_by_host_alone(client):
    uri(client, (GET[0], GET[1], GET[3], ("host", "b")), f"{scheme(client)}://b/")


@case("9113 8.3.1")
def target_and_the_same_host(client):
    uri(client, (*GET, ("host", "a")), f"{scheme(client)}://a/")


@case("9113 8.3.1")
def target_and_another_host(client):
    malformed(client, (*GET, ("host", "b")))


@case("9113 8.3.1")
def target_and_two_hosts(client):
    malformed(client, (*GET, ("host", "a"), ("host", "b")))


@case("9113 8.3.1")
def target_without_authority(client):
    malformed(client, (GET[0], GET[1], GET[3]))


@case("9113 8.3.1")
def target_with_user(client):
    malformed(client, (*GET[:2], (":authority", "u:p@a"), GET[3]))


@case("9113 8.3.1")
def target_authority_with_path(client):
    malformed(client, (*GET[:2], (":authority", "a/b"), GET[3]))


@case("9113 8.3.1")
def target_authority_with_space(client):
    malformed(client, (*GET[:2], (":authority", "a b"), GET[3]))


@case("9113 8.3.1")
def target_authority_with_line_end(client):
    malformed(client, (*GET[:2], (":authority", "a\r\nx-injected: yes"), GET[3]))


@case("9113 8.3.1")
def target_relative(client):
    malformed(client, (*GET[:3], (":path", "hello")))


@case("9113 8.3.1")
def target_absolute(client):
    malformed(client, (*GET[:3], (":path", "http://b/")))


@case("9113 8.3.1")
def target_with_space(client):
    malformed(client, (*GET[:3], (":path", "/a HTTP/1.1")))


@case("9113 10.3")
def target_with_line_end(client):
    malformed(client, (*GET[:3], (":path", "/ HTTP/1.1\r\nHost: evil\r\n\r\nGET /hidden")))


@case("9113 8.3.1")
def target_with_fragment(client):
    client.headers(1, (*GET[:3], (":path", "/a#b")))
    answer = client.streams[1]
    client.until(lambda: answer.over or answer.code is not None, "an answer")
    if answer.status == 200 and b"#" in answer.body:
        raise Unexpected("no fragment", answer.body)


@case("9113 8.3.1")
def target_asterisk(client):
    client.headers(1, ((":method", "OPTIONS"), *GET[1:3], (":path", "*")))
    body = client.answer(1).body
    if f'"uri":"{scheme(client)}://a/*"'.encode() not in body and f'"{scheme(client)}://a"'.encode() not in body:
        raise Unexpected("PHP sees the server itself, or `*` as a path", body)


@case("9113 8.3.1")
def target_asterisk_of_get(client):
    malformed(client, (*GET[:3], (":path", "*")))


@case("9113 8.5")
def connect(client):
    client.headers(1, ((":method", "CONNECT"), (":authority", "b:443")), end=False)
    answer = client.streams[1]
    client.until(lambda: answer.heads or answer.code is not None, "a refusal")
    if 200 <= answer.status < 300 or answer.status == 500:
        raise Unexpected("405, 501 or RST_STREAM", client.state())


@case("9113 8.5")
def connect_with_path(client):
    malformed(client, ((":method", "CONNECT"), *GET[1:]))


@case("9113 8.5")
def connect_without_authority(client):
    malformed(client, ((":method", "CONNECT"),))


@case("9113 10.3")
def method_with_space(client):
    malformed(client, ((":method", "GET /hidden HTTP/1.1"), *GET[1:]))


@case("9113 10.3")
def method_with_line_end(client):
    malformed(client, ((":method", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET"), *GET[1:]))


@case("9113 8.3.1")
def method_empty(client):
    malformed(client, ((":method", ""), *GET[1:]))


@case("9110 9.1")
def method_of_an_application(client):
    client.headers(1, ((":method", "BREW"), *GET[1:]))
    if b'"method":"BREW"' not in client.answer(1).body:
        raise Unexpected("PHP sees `BREW`", client.streams[1].body)


@case("9113 8.3.1")
def scheme_with_line_end(client):
    malformed(client, (GET[0], (":scheme", "http\r\nx: y"), *GET[2:]))


@case("9110 7.4")
def scheme_of_another_port(client):
    """Whether TLS is spoken is nothing that a client can decide by a word."""
    claimed = "http" if client.server.tls else "https"
    client.headers(1, (GET[0], (":scheme", claimed), *GET[2:]))
    answer = client.streams[1]
    client.until(lambda: answer.over or answer.code is not None or client.closed, "an answer")
    if f'"uri":"{claimed}:'.encode() in answer.body:
        raise Unexpected(f"PHP sees `{scheme(client)}`, or a status of 4xx", answer.body)


@case("9113 8.3.1")
def scheme_of_another_protocol(client):
    malformed(client, (GET[0], (":scheme", "ftp"), *GET[2:]))


def scheme(client):
    return "https" if client.server.tls else "http"
