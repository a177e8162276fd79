"""Requests longer than a model's window: what is left out of them, in which order, and what is said of it.

First earlier turns of the conversation go (``drop_oldest``), then passages, whole: the oldest first, or those
of the lowest score.  Then the longest input or step's output loses its
beginning (``drop_oldest``) or its end.  The author's own text is never cut.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from workbench.engine.requests import USUAL_ANSWER, USUAL_CHARACTERS
from workbench.events import Json
from workbench.providers.port import ModelRequest, Segment
from workbench.recipe.model import Role

Order = Literal["drop_oldest", "drop_lowest"]


def order_of(role: Role) -> Order | None:
    """What is cut first of a role's request that is too long; None where nothing is."""
    return role.fit if role.fit == "drop_oldest" or role.fit == "drop_lowest" else None


@dataclass(frozen=True, slots=True)
class Cut:
    """One piece left out, and about how many tokens it had."""

    what: str
    tokens: int

    def plain(self) -> dict[str, Json]:
        """As it is kept with the call."""
        return {"what": self.what, "tokens": self.tokens}


def shortened(request: ModelRequest, window: int, order: Order) -> tuple[ModelRequest, tuple[Cut, ...]]:
    """The request cut until it fits into ``window`` tokens, answer included, or nothing more can be cut."""
    cuts: list[Cut] = []
    for shorter, cut in _cuts(request, window, order):
        if tokens_in(request, window) <= window:
            break
        request = shorter
        cuts.append(cut)
    return request, tuple(cuts)


def window_for(request: ModelRequest, share: float) -> int:
    """The window into which so large a share of the request's text fits."""
    text = sum(len(each.text) for each in request.messages) // USUAL_CHARACTERS * share
    limit = request.params.get("max_tokens")
    return int(min(text / 0.75, text + (limit if isinstance(limit, int) else USUAL_ANSWER)))


def tokens_in(request: ModelRequest, window: int) -> int:
    """About the tokens of a request and its answer, for which a small window keeps a quarter free."""
    characters = sum(len(each.text) for each in request.messages)
    limit = request.params.get("max_tokens")
    answer = limit if isinstance(limit, int) else USUAL_ANSWER
    return characters // USUAL_CHARACTERS + min(answer, window // 4)


def told(cuts: tuple[Cut, ...]) -> str:
    """What was left out, in a few words; empty for nothing."""
    if not cuts:
        return ""
    names = ", ".join(cut.what for cut in cuts[:3]) + (f" and {len(cuts) - 3} more" if len(cuts) > 3 else "")
    return f"left out to fit: {names} (about {sum(cut.tokens for cut in cuts):,} tokens)"


def _cuts(request: ModelRequest, window: int, order: Order) -> Iterator[tuple[ModelRequest, Cut]]:
    """The request with one piece less each time."""
    while order == "drop_oldest" and (turn := _oldest_turn(request)) is not None:
        gone = request.messages[turn]
        request = replace(request, messages=request.messages[:turn] + request.messages[turn + 1 :])
        yield request, Cut(f"an earlier {gone.role} turn", len(gone.text) // USUAL_CHARACTERS)
    while (found := _passage(request, order)) is not None:
        at, segment = found
        scored = "" if segment.score is None else f", score {segment.score:.2g}"
        name = f"passage {segment.id or '?'} of {segment.source}{scored}"
        request = without(request, at, segment, segment.start, segment.end)
        yield request, Cut(name, (segment.end - segment.start) // USUAL_CHARACTERS)
    found = _longest(request)
    if found is not None:
        at, segment = found
        over = (tokens_in(request, window) - window + 1) * USUAL_CHARACTERS
        size = min(over, segment.end - segment.start)
        start = segment.start if order == "drop_oldest" else segment.end - size
        side = "beginning" if order == "drop_oldest" else "end"
        shorter = without(request, at, segment, start, start + size)
        yield shorter, Cut(f"the {side} of {segment.source}", size // USUAL_CHARACTERS)


def _oldest_turn(request: ModelRequest) -> int | None:
    """The first turn that is neither the system's nor the first or last question."""
    turns = [at for at, message in enumerate(request.messages) if message.role != "system"]
    return turns[1] if len(turns) > 2 else None


def _passage(request: ModelRequest, order: Order) -> tuple[int, Segment] | None:
    found = [
        (at, segment)
        for at, message in enumerate(request.messages)
        for segment in message.segments
        if segment.kind == "passage"
    ]
    if not found:
        return None
    if order == "drop_oldest":
        return found[0]
    # of equal ones, and where nothing has a score, the last: a retrieval gives its best first
    return min(reversed(found), key=lambda each: math.inf if each[1].score is None else each[1].score)


def _longest(request: ModelRequest) -> tuple[int, Segment] | None:
    found = [
        (at, segment)
        for at, message in enumerate(request.messages)
        for segment in message.segments
        if segment.kind != "passage"
    ]
    return max(found, key=lambda each: each[1].end - each[1].start, default=None)


def without(request: ModelRequest, at: int, segment: Segment, start: int, end: int) -> ModelRequest:
    """The request without some characters of one segment of a message; the others keep their places."""
    before = request.messages[at]
    text = before.text[:start] + before.text[end:]
    gone = end - start
    kept: list[Segment] = []
    for each in before.segments:
        if each is segment:
            if gone < segment.end - segment.start:
                kept.append(replace(each, end=each.end - gone))
        elif each.start >= end:
            kept.append(replace(each, start=each.start - gone, end=each.end - gone))
        else:
            kept.append(each)
    after = replace(before, text=text, segments=tuple(kept))
    return replace(request, messages=(*request.messages[:at], after, *request.messages[at + 1 :]))
