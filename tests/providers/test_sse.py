"""The event parser: however the bytes are cut, the same events come out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.providers.sse import EventParser, ServerEvent, looks_like_events

TEXT = st.text(
    st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])
    | st.sampled_from("\u2028\u0085\x0c\x0b€🙂:"),
    max_size=20,
)
BREAK = st.sampled_from(["\n", "\r", "\r\n"])


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[ServerEvent]]:
    """The bytes of a stream, and the events in it."""
    text, events = draw(st.sampled_from(["", "\ufeff"])), []
    for _ in range(draw(st.integers(0, 5))):
        name, data = draw(st.sampled_from(["", "error", "ünï"])), draw(st.lists(TEXT, min_size=1, max_size=3))
        newline = draw(BREAK)
        lines = [f"data: {each}" for each in data]
        if name:
            lines.insert(draw(st.integers(0, len(lines))), f"event: {name}")
        for extra in draw(
            st.lists(st.sampled_from([": comment", ":", "id: 7", "retry: 10", "unknown"]), max_size=2)
        ):
            lines.insert(draw(st.integers(0, len(lines))), extra)
        text += "".join(line + newline for line in (*lines, ""))
        events.append(ServerEvent(name or "message", "\n".join(data)))
    return text.encode(), events


def parse(pieces: list[bytes]) -> list[ServerEvent]:
    parser = EventParser()
    return [event for piece in pieces for event in parser.feed(piece)]


@given(streams(), st.data())
def test_any_cut_gives_the_same_events(stream: tuple[bytes, list[ServerEvent]], data: st.DataObject) -> None:
    content, events = stream
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
    pieces = [content[start:end] for start, end in pairwise([0, *cuts, len(content)])]
    assert parse(pieces) == parse([content]) == events


@given(streams())
def test_byte_by_byte(stream: tuple[bytes, list[ServerEvent]]) -> None:
    content, events = stream
    assert parse([content[index : index + 1] for index in range(len(content))]) == events


@given(st.binary(max_size=200), st.data())
def test_any_bytes_at_all(content: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(content)))
    assert parse([content[:cut], content[cut:]]) == parse([content])


@pytest.mark.parametrize(
    ("content", "events"),
    [
        (b"data: a\n\ndata:b\n\n", [("message", "a"), ("message", "b")]),
        (b"data:  two spaces\n\n", [("message", " two spaces")]),
        (b"data: a\r\ndata: b\r\n\r\n", [("message", "a\nb")]),
        (b"event: error\ndata: x\n\n", [("error", "x")]),
        (b"event: error\n\ndata: x\n\n", [("message", "x")]),
        (b": hello\n\n: again\n\ndata: x\n\n", [("message", "x")]),
        (b"data\n\n", [("message", "")]),
        (b"\xef\xbb\xbfdata: x\n\n", [("message", "x")]),
        ("data: a\u2028b\u0085c\n\n".encode(), [("message", "a\u2028b\u0085c")]),
        (b"data: \xff\n\n", [("message", "\ufffd")]),
        (b"data: x\n", []),
    ],
)
def test_lines(content: bytes, events: list[tuple[str, str]]) -> None:
    assert parse([content]) == [ServerEvent(*each) for each in events]


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (b"data: x\n\n", None),
        (b"data: x\n", "x"),
        (b"data: x", "x"),
        (b"data: x\ndata: y", "x\ny"),
        (b": c", None),
    ],
)
def test_what_was_still_open(content: bytes, left: str | None) -> None:
    parser = EventParser()
    parser.feed(content)
    event = parser.close()
    assert (event.data if event else None) == left


@pytest.mark.parametrize(
    ("start", "events"),
    [
        (b"", None), (b"d", None), (b"data", None), (b"data:", True), (b"\xef\xbb", None),
        (b"\n\nevent: x", True), (b": hi", True), (b'{"a"', False), (b"<html", False), (b" data: x", True),
        (b"id: 1", True), (b"dat1", False),
    ],
)  # fmt: skip
def test_what_a_stream_looks_like(start: bytes, events: bool | None) -> None:
    assert looks_like_events(start) is events
