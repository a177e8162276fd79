"""A text read entry by entry is read as the whole of it is, or not at all."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.recipe.editing.kit import SAMPLES, TEXTS
from workbench.recipe.editing.pieces import read_pieces
from workbench.recipe.editing.tree import draft
from workbench.recipe.source import Source, read_text

BITS = [
    *" \n\t:#-?,[]{}'\"|>&*!%@`\\~ab1", "\n  ", "\n- ", "? ", ": ", "---\n", "''", "{{ a }}", "<<: ",
    "|\n  x\n", "|+\n", ">-\n  a\n  b\n", "\n\n\n", "\nfoo: bar\n", "\n  foo: 1\n", "\nsteps:\n",
    "\n    x:\n", "|2\n", " #c\n", "\n#c\n", "\n  # c\n", "\nname: |\n", "\n  b: {a: 1,\n  c: 2}\n",
    "'a\nb: c'", "\t# c", "\x85", "\ufeff",
]  # fmt: skip


def told(source: Source) -> tuple[Any, ...]:
    """All that was read, in its order; ``1``, ``1.0`` and ``true`` are three."""
    return repr(source.data), list(source.values.items()), list(source.keys.items()), source.flow


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_read_entry_by_entry(name: str) -> None:
    source = read_pieces(SAMPLES[name])
    assert source is not None
    assert told(source) == told(read_text(SAMPLES[name], ""))


def test_texts_at_random_read_the_same_or_not_at_all() -> None:
    random, alike = Random(7), 0
    for _ in range(800):
        text = random.choice(list(TEXTS.values()))
        for _ in range(random.randrange(4)):
            at = random.randrange(len(text) + 1)
            text = text[:at] + random.choice(BITS) + text[at + random.choice([0, 0, 1, 3, 20]) :]
        source = read_pieces(text)
        if source is not None:
            assert told(source) == told(read_text(text, "")), text
            alike += 1
    assert alike > 150


@pytest.mark.parametrize(
    "text",
    [
        "a: 'x\nb: y'\n",
        "a: {x: 1,\nb: 2}\n",
        "a: 1\na: 2\n",
        "s:\n  a: 1\n  a: 2\nb: 1\n",
        "a: 1\n---\nb: 2\n",
        "a: &x 1\nb: 2\n",
        "a:\n    b: 1\n  c: 2\nd: 3\n",
        "a: 1\n b: 2\nc: 3\n",
        "".join(f"k{number}: 1\n" for number in range(2000)),
    ],
)
def test_what_reaches_over_an_entry_is_not_read_by_entries(text: str) -> None:
    assert read_pieces(text) is None


def test_what_is_remembered_is_not_what_is_given_out() -> None:
    text = "name: x\nsteps:\n  a: {set: {v: [1]}}\n"
    first = read_pieces(text)
    assert first is not None
    first.data["steps"]["a"]["set"]["v"].append(2)
    again = read_pieces(text)
    assert again is not None
    assert again.data["steps"]["a"]["set"]["v"] == [1]


def test_lines_of_windows_are_counted_as_such() -> None:
    at = draft("\ufeffname: x\r\nsteps:\r\n  a: {human: hi}\r\n")
    assert at.text[at.node(("steps", "a", "human")).start :] == "hi}\n"
