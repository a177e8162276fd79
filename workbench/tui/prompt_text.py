"""Messages as lines, each part in the ink of where it came from, with a legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.events import Json
from workbench.providers.port import Message, Segment
from workbench.providers.tool_calls import said_by
from workbench.tui.ink import SHOWN_CHARACTERS, Line, Piece, ink, paragraphs

NO_BREAK = "\u00a0"
ORIGINS = {"input": "an input", "passage": "a passage", "step": "an earlier step"}


def messages_of(request: Mapping[str, Json]) -> list[Message]:
    """The messages of a recorded request, with their segments; what cannot be read is left out."""
    found = []
    for each in request.get("messages") or ():
        if isinstance(each, Mapping):
            found.append(Message(each.get("role") or "user", said_by(each), _segments(each.get("segments"))))
    return found


def _segments(value: Json) -> tuple[Segment, ...]:
    segments = []
    for each in value or ():
        if isinstance(each, Mapping):
            try:
                segments.append(
                    Segment(
                        int(each["start"]),
                        int(each["end"]),
                        each["kind"],
                        str(each.get("source", "")),
                        str(each.get("id", "")),
                    )
                )
            except (KeyError, TypeError, ValueError):
                continue
        elif isinstance(each, list | tuple) and len(each) >= 4:
            segments.append(
                Segment(
                    int(each[0]), int(each[1]), each[2], str(each[3]), str(each[4]) if len(each) > 4 else ""
                )
            )
    return tuple(segments)


def message_lines(messages: Sequence[Message], *, roles: bool = True) -> list[Line]:
    """All messages, each beneath its role; the legend first, where parts have an origin."""
    lines: list[Line] = []
    legend = _legend(messages)
    if legend:
        lines += [legend, ()]
    for index, message in enumerate(messages):
        if index:
            lines.append(())
        if roles:
            lines.append(ink((f"── {message.role} ──", "dim")))
        lines += _inked(message)
    return lines


def _legend(messages: Sequence[Message]) -> Line:
    seen: dict[tuple[str, str], None] = {}
    for message in messages:
        for segment in message.segments:
            seen.setdefault((segment.kind, segment.source))
    pieces: list[str | Piece] = []
    for kind, source in seen:
        origin = ORIGINS.get(kind, kind).replace(" ", NO_BREAK)
        pieces += [(f"▌{source}", kind), (f"{NO_BREAK}{origin}   ", "dim")]
    return ink(*pieces)


def _inked(message: Message) -> list[Line]:
    """The text of a message, its segments in their inks."""
    shown = message.text[:SHOWN_CHARACTERS]
    lines: list[Line] = []
    current: list[Piece] = []
    for text, kind in _parts(shown, message.segments):
        first, *rest = paragraphs(text, kind)
        current.extend(first)
        for line in rest:
            lines.append(tuple(current))
            current = list(line)
    lines.append(tuple(current))
    hidden = len(message.text) - len(shown)
    if hidden > 0:
        lines.append(ink((f"… {hidden:,} more characters (y copies all)", "dim")))
    return lines


def _parts(text: str, segments: Sequence[Segment]) -> list[Piece]:
    """``text`` cut where segments begin and end."""
    parts: list[Piece] = []
    position = 0
    for segment in sorted(segments, key=lambda each: (each.start, -each.end)):
        start, end = max(position, segment.start), min(len(text), segment.end)
        if start >= end:
            continue
        if start > position:
            parts.append((text[position:start], ""))
        parts.append((text[start:end], segment.kind))
        position = end
    if position < len(text) or not parts:
        parts.append((text[position:], ""))
    return parts
