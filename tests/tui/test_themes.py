"""Colours that mean something stay apart, also where a terminal has few of them."""

from __future__ import annotations

from itertools import combinations

from rich.color import Color, ColorSystem

from workbench.tui.themes import SIXTEEN


def test_sixteen_colours_keep_what_they_mean():
    meant = {
        name: Color.parse(value).downgrade(ColorSystem.STANDARD).number
        for name, value in {
            "good": SIXTEEN.success,
            "warning": SIXTEEN.warning,
            "bad": SIXTEEN.error,
            "text": SIXTEEN.foreground,
            "dim": SIXTEEN.variables["ink-dim"],
            "key": SIXTEEN.primary,
            "step": SIXTEEN.variables["ink-step"],
            "passage": SIXTEEN.variables["ink-passage"],
            "ground": SIXTEEN.background,
            "cursor": SIXTEEN.variables["block-cursor-background"],
        }.items()
    }
    assert [pair for pair in combinations(meant, 2) if meant[pair[0]] == meant[pair[1]]] == []
