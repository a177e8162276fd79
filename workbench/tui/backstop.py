"""The last line of defence: no forbidden character leaves the program, whichever widget drew it."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from workbench.safe_text import FORBIDDEN


class InertFilter(LineFilter):
    """Drops every forbidden character from drawn lines, and every link.

    Text is made safe and visible before it is drawn; what still arrives here was missed by mistake.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without anything a terminal obeys."""
        if not any(_suspicious(segment) for segment in segments):
            return segments
        return [_clean(segment) for segment in segments]


def _suspicious(segment: Segment) -> bool:
    text, style, control = segment
    if control:
        return False
    return bool(FORBIDDEN.search(text) or "\t" in text or "\n" in text or (style and style.link))


def _clean(segment: Segment) -> Segment:
    text, style, control = segment
    if control:
        return segment
    if style is not None and style.link:
        style = style.update_link(None)
    return Segment(FORBIDDEN.sub("", text).replace("\t", " ").replace("\n", " "), style)
