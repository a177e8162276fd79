"""What a line ends with: found as a pattern would find it, and each letter read once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.recipe.editing.completing import complete
from workbench.recipe.editing.line_end import LETTERS, last_chain, last_name, last_of

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
CHAIN = re.compile(r"([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\.([A-Za-z0-9_]*)\Z")


@given(st.text(alphabet="ab_1. -é", max_size=14))
def test_the_last_name_and_chain_are_those_of_the_pattern(text: str) -> None:
    name, chain = NAME.search(text), CHAIN.search(text)
    assert last_name(text) == (name.group() if name else "")
    assert last_chain(text) == ((tuple(chain.group(1).split(".")), chain.group(2)) if chain else None)


class Counted(str):
    """A text that counts how often it is looked at."""

    looks = 0

    def __getitem__(self, key: object) -> str:
        self.looks += 1
        return super().__getitem__(key)  # type: ignore[index]


@pytest.mark.parametrize("ending", ["", " ", "-"])
def test_twice_as_long_a_word_is_twice_the_work(ending: str) -> None:
    def work(length: int) -> int:
        text = Counted("{{ " + "a" * length + ending)
        last_of(text, LETTERS)
        return text.looks

    assert work(20_000) <= 2 * work(10_000) <= 2 * 10_001


@pytest.mark.parametrize("line", ["prompt: {{ LONG", "prompt: {{ LONG-", "LONG", "LONG-",
                                  "- LONG.a. ", "if: LONG.", "model: LONG ", "BLANKS x", "x BLANKS",
                                  "DOTS", "{{ DOTS "])  # fmt: skip
def test_a_line_of_any_length_is_completed(line: str) -> None:
    # with any work that grows as the square of the length, this would take hours
    long = (
        line.replace("LONG", "a" * 300_000).replace("BLANKS", " " * 300_000).replace("DOTS", "a." * 150_000)
    )
    complete(f"schema: workbench/v1\nsteps:\n  a:\n    {long}", 4, len(long) + 5)
