"""Answers of HTTP/1.1 from bytes: framing, however cut; what is no answer; h11 as the second opinion."""

from __future__ import annotations

from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.providers.http_answer import LONGEST_HEAD, HttpAnswer

OK = b"HTTP/1.1 200 OK\r\n"


def read(*pieces: bytes, ends: bool = False) -> tuple[HttpAnswer, bytes]:
    answer = HttpAnswer()
    for piece in pieces:
        answer.feed(piece)
    if ends:
        answer.end()
    return answer, answer.take()


def chunked(body: bytes, size: int) -> bytes:
    cut = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in cut) + b"0\r\n\r\n"


def by_h11(answer: bytes, ends: bool) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """What h11 makes of it."""
    peer = h11.Connection(h11.CLIENT)
    peer.send(h11.Request(method="POST", target="/", headers=[("Host", "any")]))
    peer.send(h11.EndOfMessage())
    peer.receive_data(answer)
    if ends:
        peer.receive_data(b"")
    head = peer.next_event()
    while isinstance(head, h11.InformationalResponse):
        head = peer.next_event()
    assert isinstance(head, h11.Response)
    body = b""
    while isinstance(event := peer.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    return head.status_code, list(head.headers), body


names = st.text("abcXYZ-09", min_size=1, max_size=8).map(lambda name: f"X-{name}".encode())
values = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20).map(str.encode)


@given(st.data())
def test_read_as_h11_reads_it_however_it_was_cut(data: st.DataObject) -> None:
    body = data.draw(st.binary(max_size=200))
    headers = data.draw(st.lists(st.tuples(names, values), max_size=4))
    framing = data.draw(st.sampled_from(["length", "chunked", "close"]))
    answer = OK + b"".join(b"%b: %b\r\n" % each for each in headers)
    if framing == "length":
        answer += b"Content-Length: %d\r\n\r\n" % len(body) + body
    elif framing == "chunked":
        answer += b"Transfer-Encoding: chunked\r\n\r\n" + chunked(body, data.draw(st.integers(1, 50)))
    else:
        answer += b"\r\n" + body
    if data.draw(st.booleans()):
        answer = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer
    edges = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=8)))
    edges = [0, *edges, len(answer)]
    pieces = [answer[start:end] for start, end in pairwise(edges) if start < end]
    ends = framing == "close"
    found, received = read(*pieces, ends=ends)
    headers_found = [(name.lower(), value) for name, value in found.headers]
    assert (found.status, headers_found, received) == by_h11(answer, ends)
    assert (found.is_complete, found.error, found.keeps_open) == (True, "", not ends)


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 5\r\n\r\nhell",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"Content-Len",
    ],
)
def test_an_answer_cut_short_is_an_error(rest: bytes) -> None:
    found, _ = read(OK + rest, ends=True)
    assert not found.is_complete
    assert not found.keeps_open
    assert found.error == "the server closed it before the answer was complete"


@pytest.mark.parametrize(
    "received", [b"<html>Hello", b"HTTP/2 200 OK\r\n\r\n", OK + b"Bad Name: 1\r\n\r\n", b"\x16\x03\x01"]
)
def test_what_is_no_http(received: bytes) -> None:
    found, _ = read(received)
    assert found.error.startswith("the answer is no HTTP: ")
    assert found.status == 0


def test_what_came_before_the_fault_is_there() -> None:
    found, body = read(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n")
    assert body == b"hi"
    assert "chunk size" in found.error
    assert not found.is_complete


def test_another_protocol_is_refused() -> None:
    found, _ = read(b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: tea\r\n\r\nhello")
    assert found.error == "the server wants to speak another protocol"


def test_headers_without_end_are_stopped() -> None:
    found, _ = read(OK + b"X-Long: " + b"a" * 1000, *[b"a" * 1000] * (LONGEST_HEAD // 1000))
    assert "headers are longer" in found.error


def test_more_than_was_asked_for_spoils_the_connection() -> None:
    found, body = read(OK + b"Content-Length: 2\r\n\r\nhi" + OK + b"Content-Length: 3\r\n\r\nyou")
    assert (found.status, body, found.is_complete, found.keeps_open) == (200, b"hi", True, False)


def test_a_closing_answer_is_complete_but_not_kept() -> None:
    found, body = read(OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi there")
    assert (body, found.is_complete, found.keeps_open, found.error) == (b"hi", True, False, "")


def test_trailers_are_no_headers() -> None:
    found, body = read(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-After: 1\r\n\r\n")
    assert (body, found.is_complete) == (b"hi", True)
    assert [name for name, _ in found.headers] == [b"Transfer-Encoding"]


def test_lines_that_end_in_a_line_feed_alone() -> None:
    found, body = read(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi")
    assert (found.status, body, found.keeps_open) == (200, b"hi", True)


def test_one_answer_after_another() -> None:
    answer = HttpAnswer()
    for body in (b"one", b"three"):
        answer.begin()
        answer.feed(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert (answer.take(), answer.keeps_open) == (body, True)
