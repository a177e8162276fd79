"""Patterns: each is a recipe that checks, and fits into any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipe.editing.kit import SAMPLES, done
from workbench.recipe.check import check
from workbench.recipe.editing.formatting import formatted
from workbench.recipe.editing.patterns import insert_pattern, palette, pattern, patterns
from workbench.recipe.editing.reading import read
from workbench.recipe.editing.steps import add_step
from workbench.recipe.editing.tree import EditError, draft

NAMES = [each.name for each in patterns()]
EMPTY = "schema: workbench/v1\nname: test\n"


def errors(text: str, folder: Path) -> list[str]:
    return [str(problem) for problem in read(text, folder).errors]


@pytest.mark.parametrize("name", NAMES)
def test_a_pattern_is_a_good_recipe_also_when_inserted_into_nothing(name: str) -> None:
    assert check(pattern(name).folder) == []
    own = (pattern(name).folder / "recipe.yaml").read_text("utf-8")
    assert formatted(own) == own
    new = done(EMPTY, insert_pattern(EMPTY, name))
    assert errors(new, pattern(name).folder) == []


@pytest.mark.parametrize("second", NAMES)
@pytest.mark.parametrize("first", NAMES)
def test_two_patterns_fit_into_one_recipe(first: str, second: str, tmp_path: Path) -> None:
    text = done(EMPTY, insert_pattern(EMPTY, first))
    after = next(iter(draft(text).data["steps"]))
    new = done(text, insert_pattern(text, second, after=after))
    for each in (first, second):
        for file, content in pattern(each).files().items():
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_bytes(content)
    assert errors(new, tmp_path) == []
    assert new.startswith(text[: text.index("steps:")].rstrip().split("\n")[0])


def test_a_pattern_uses_the_inputs_and_roles_there_are() -> None:
    text = SAMPLES["draft-until-good"]
    new = done(text, insert_pattern(text, "retrieve-answer-verify"))
    assert draft(new).data["models"]["writer"] == draft(text).data["models"]["writer"]


def test_a_pattern_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(EditError) as caught:
        pattern("rout")
    assert caught.value.hint == "did you mean route?"


def test_every_verb_of_the_palette_can_be_added(tmp_path: Path) -> None:
    text = done(EMPTY, insert_pattern(EMPTY, "retrieve-answer-verify"))
    for choice in palette(text, after="search"):
        new = done(text, add_step(text, "fresh", choice.step, after="search"))
        found = errors(new, pattern("retrieve-answer-verify").folder)
        assert all("tool" in each or "part.yaml" in each for each in found), found
        if choice.verb == "prompt":
            assert "{{ search.text }}" in str(choice.step)
