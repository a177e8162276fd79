"""What people, and the data, say of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Span, flat, line, title
from workbench.cli.formats import short

if TYPE_CHECKING:
    from workbench.ledger.opinions import Expected, Label

ANSWER_SHOWN = 200


def opinion_blocks(labels: Sequence[Label], expected: Sequence[Expected]) -> list[Block]:
    """Labels by hand, and what the data expected; nothing where there is none."""
    blocks: list[Block] = []
    if labels:
        blocks += [line(), title("labels by hand")]
        blocks += [label_line(each) for each in labels]
    if expected:
        blocks += [line(), title("what the data expects")]
        for each in expected:
            mark = Span("✓ ", "green") if each.passed else Span("✗ ", "red")
            blocks.append(flat(mark, f"{each.target} {each.gate}: {each.reason}", indent=2))
    return blocks


def label_line(label: Label) -> Block:
    """One label."""
    word = Span(label.word, "green" if label.word == "good" else "red")
    answer = f", should be: {short(label.answer, ANSWER_SHOWN)}" if label.answer is not None else ""
    return flat(f"{label.path or 'the run'}: ", word, answer, indent=2)
