"""Texts side by side on wide screens, one below the other on narrow ones; nothing of others poses as ours."""

from __future__ import annotations

import pytest

from tests.cli.rows import HOSTILE
from tests.cli.test_blocks import drawn
from workbench.cli.blocks import Line, plain
from workbench.cli.render_differences import difference_blocks, text_blocks
from workbench.safe_text import FORBIDDEN
from workbench.study.explain import Difference

LEFT = "\n".join(
    ["Dear customer,", *(f"line {number} stays" for number in range(12)), "we refund it in ten days."]
)
RIGHT = LEFT.replace("ten days", "three weeks").replace("Dear customer", "Dear Ann")


def test_narrow() -> None:
    assert plain(text_blocks(LEFT, RIGHT, 80)) == (
        "    Dear [-customer-]{+Ann+},\n    line 0 stays\n    line 1 stays\n    line 2 stays\n    …\n"
        "    line 9 stays\n    line 10 stays\n    line 11 stays\n"
        "    we refund it in [-ten days-]{+three weeks+}.\n"
    )


def test_wide() -> None:
    shown = plain(text_blocks(LEFT, RIGHT, 120)).splitlines()
    assert [line.split("│")[0].strip() for line in shown][0::8] == [
        "Dear customer,",
        "we refund it in ten days.",
    ]
    assert shown[0].split("│")[1].strip() == "Dear Ann,"
    assert {line.index("│") for line in shown if "│" in line} == {61}
    assert [line.strip() for line in shown].count("…") == 1


@pytest.mark.parametrize("width", [40, 80, 110, 111, 200])
@pytest.mark.parametrize("other", ["", "日本語 " * 60, "x" * 500, HOSTILE])
def test_any_text_fits_and_is_harmless(width: int, other: str) -> None:
    blocks = text_blocks(HOSTILE + LEFT, other + RIGHT, width)
    for block in blocks:
        assert isinstance(block, Line)
    text = plain(blocks)
    assert not FORBIDDEN.search(text.replace("\n", ""))
    if width >= 110:
        assert max(len(line) for line in drawn(*blocks, width=width).splitlines()) <= width


def test_short_and_long_differences() -> None:
    assert plain(difference_blocks(Difference("model", "a/b", "c/d"), 80)) == "  model a/b → c/d\n"
    assert plain(difference_blocks(Difference("params", None, {"top_p": 1}), 80)) == (
        '  params none → {"top_p": 1}\n'
    )
    assert plain(difference_blocks(Difference("prompt", "one\ntwo", "one\nthree"), 80)) == (
        "  prompt\n    one\n    [-two-]{+three+}\n"
    )
