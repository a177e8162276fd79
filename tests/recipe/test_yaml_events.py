"""The quick parser gives what ruamel's own gives, for good texts and for broken ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.recipe.editing.kit import TEXTS
from workbench.recipe.yaml_events import parse

BITS = [
    "\n", "  ", "\t", ": ", "- ", "{", "}", "[", "]", ",", "#", " #", "'", '"', "|\n", "> \n", "&a ", "*a ",
    "!t ", "---\n", "...\n", "? ", "%", "\u2028", "\x85", "\\", "\\n", "x: y\n", "  z: 1\n", "...", "-", "?",
    ":", "\n\n", "aaaaa", '"a\\\n b"', "|2-\n", ">+\n", "é", "@", "`", "\ufeff", "%YAML 1.1\n---\n",
    "'a\n  b'", "x" * 1100,
]  # fmt: skip


def ordinary(text: str) -> Iterator[Any]:
    """ruamel's parser as it is."""
    return YAML(typ="safe", pure=True).parse(text)  # type: ignore[no-any-return]


def told(parser: Callable[[str], Iterator[Any]], text: str) -> list[Any]:
    """All that a reader of the events can see, and the error that ended them."""
    found: list[Any] = []
    try:
        for event in parser(text):
            marks = [(mark.index, mark.line, mark.column) for mark in (event.start_mark, event.end_mark)]
            names = ("value", "style", "anchor", "flow_style", "implicit", "tag")
            found.append((type(event).__name__, marks, [str(getattr(event, name, None)) for name in names]))
    except Exception as error:
        mark = getattr(error, "problem_mark", None)
        place = (mark.index, mark.line, mark.column) if mark is not None else None
        found.append((type(error), getattr(error, "problem", ""), getattr(error, "context", ""), place))
    return found


def mutated(text: str, random: Random) -> str:
    """A part of a text with a few things put in and taken out."""
    if random.random() < 0.6:
        start = random.randrange(len(text))
        text = text[start : start + random.randrange(1, 300)]
    for _ in range(random.choice([0, 1, 1, 2, 3, 6])):
        place = random.randrange(len(text) + 1)
        gone = random.choice([0, 0, 1, 4])
        text = text[:place] + random.choice(BITS) + text[place + gone :]
    return text


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_and_its_slips_are_read_as_ruamel_reads_them(name: str) -> None:
    random = Random(name)
    for text in [TEXTS[name], *(mutated(TEXTS[name], random) for _ in range(120))]:
        assert told(parse, text) == told(ordinary, text), text
