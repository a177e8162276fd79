"""Long texts are cut where their content says so."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.kit import Story
from workbench.ledger.pieces import LONGEST, pieces_of
from workbench.ledger.store import open_ledger

WORDS = ("the", "ledger", "keeps", "what", "was", "asked", "and", "answered", "so", "nobody", "pays", "twice")


def prose(size: int, seed: int) -> str:
    """Lines of words."""
    draw = random.Random(seed)
    lines: list[str] = []
    while size > 0:
        lines.append(" ".join(draw.choices(WORDS, k=draw.randint(3, 14))) + f" {draw.random()}\n")
        size -= len(lines[-1])
    return "".join(lines)


@given(text=st.text("ab\né€😀", max_size=200), times=st.integers(1, 600))
def test_pieces_make_the_whole_and_never_split_a_character(text: str, times: int) -> None:
    whole = (text * times).encode()
    pieces = pieces_of(whole)
    assert b"".join(pieces) == whole
    assert all(0 < len(piece) <= LONGEST for piece in pieces)
    assert all(piece.decode() for piece in pieces)


def test_a_longer_text_keeps_the_pieces_of_the_shorter() -> None:
    short, more = prose(200_000, 1).encode(), prose(20_000, 2).encode()
    before, after = pieces_of(short), pieces_of(short + more)
    assert after[: len(before) - 1] == before[:-1]


def test_a_change_in_the_middle_moves_only_the_cuts_around_it() -> None:
    text = prose(400_000, 3).encode()
    changed = text[:200_000] + b" changed " + text[200_000:]
    new = set(pieces_of(changed)) - set(pieces_of(text))
    assert sum(map(len, new)) < 4 * LONGEST


def test_a_growing_context_costs_what_is_new(path: Path) -> None:
    ledger = open_ledger(path)
    story = Story(receive=ledger.writer().receive).start()
    context = ""
    for call in range(1, 401):
        context += prose(4_000, call)
        story.begin(f"s{call}").ask(f"s{call}", call, context, durable=False)
        story.answer(f"s{call}", call, "ok", durable=False).end(f"s{call}", {"text": context})
        if call % 50 == 0:
            ledger.writer().flush()
    story.finish()
    ledger.writer().flush()
    assert ledger.reader().step("last", "s400").calls[0].request["messages"][0]["text"] == context
    assert (
        ledger.reader().step("last", "s333").output["text"]
        == context[: len(ledger.reader().step("last", "s333").output["text"])]
    )
    ledger.close()
    assert path.stat().st_size < 2_500_000
