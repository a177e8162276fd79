"""Inputs of a run: defaults, types out of texts, all mistakes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.recipe.kit import recipe
from workbench.errors import RecipeError
from workbench.recipe.inputs import read_input, read_inputs
from workbench.recipe.model import Input

BODY = """
inputs:
  ticket: {type: string, about: what they wrote.}
  size: {type: integer, default: 3}
  loud: {type: boolean, default: false}
  kind: {choices: [red, green], default: red}
  maybe: {default: null}
steps: {a: {set: {x: "{{ ticket }}{{ size }}{{ loud }}{{ kind }}{{ maybe }}"}}}
"""


def test_defaults_are_filled_in(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, BODY)
    assert read_inputs(loaded, {"ticket": "t", "size": "7"}) == {
        "ticket": "t", "size": 7, "loud": False, "kind": "red", "maybe": None,
    }  # fmt: skip


def test_every_mistake_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        read_inputs(recipe(tmp_path, BODY), {"tiket": "t", "size": "many", "kind": "blue", "loud": 5})
    assert [str(problem) for problem in caught.value.problems] == [
        "the recipe test has no input tiket (did you mean ticket?)",
        "the input ticket is missing (a text: what they wrote; give it as ticket=…)",
        'the input size must be a whole number, not "many"',
        "the input loud must be true or false, not 5",
        'the input kind must be one of red, green, not "blue"',
    ]


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        ("string", "5", "5"),
        ("string", 5, "5"),
        ("string", "true", "true"),
        ("number", "5", 5),
        ("number", " 2.5 ", 2.5),
        ("number", 7, 7),
        ("integer", "5", 5),
        ("integer", 5.0, 5),
        ("integer", "5.0", 5),
        ("boolean", "yes", True),
        ("boolean", "0", False),
        ("boolean", True, True),
        ("list", "a, b", ["a", "b"]),
        ("list", '["a", 1]', ["a", 1]),
        ("object", '{"a": 1}', {"a": 1}),
    ],
)
def test_texts_are_read_as_the_type(kind: Any, given: Any, read: Any) -> None:
    found = read_input(Input(type=kind), given)
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("number", "NaN"),
        ("number", "1e999"),
        ("number", float("inf")),
        ("number", "9" * 5000),
        ("number", True),
        ("integer", "5.5"),
        ("boolean", "maybe"),
        ("boolean", 1),
        ("list", "{"),
        ("list", ""),
        ("object", "[1]"),
        ("object", "[" * 100_000),
        ("string", ["a"]),
        ("string", None),
        ("string", True),
    ],
)
def test_what_is_not_of_the_type(kind: Any, given: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        read_input(Input(type=kind), given)
