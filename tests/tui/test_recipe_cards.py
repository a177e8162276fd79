"""Recipes of a folder as cards: two of one name are told apart."""

from __future__ import annotations

from pathlib import Path

from workbench.tui.ink import plain
from workbench.tui.recipe_cards import card_lines, card_of, card_row, read_card, told_apart

RECIPE = "schema: workbench/v1\nname: triage\nsteps: {a: {set: {n: %d}}}\n"


def recipe(folder: Path, number: int) -> Path:
    folder.mkdir(parents=True)
    path = folder / "recipe.yaml"
    path.write_text(RECIPE % number)
    return path


def test_two_recipes_of_one_name_say_where_they_are(tmp_path: Path) -> None:
    paths = [recipe(tmp_path / "here", 0), recipe(tmp_path / "a", 1), recipe(tmp_path / "b", 2)]
    alone = read_card(recipe(tmp_path / "alone", 3))
    cards = told_apart([read_card(path) for path in paths], tmp_path / "here")
    rows = [plain(card_row(each)).split() for each in cards]
    assert rows == [["this", "folder", "triage"], ["a", "triage"], ["b", "triage"]]
    named = read_card(recipe(tmp_path / "triage", 4))
    assert plain(card_row(told_apart([named, cards[1]], tmp_path)[0])).split() == ["triage"]
    assert plain(card_lines(cards[1])[0]).split() == ["triage", "a"]
    assert plain(card_row(told_apart([alone], tmp_path)[0])).split() == ["triage"]


def test_a_run_goes_to_the_recipe_that_it_is_of(tmp_path: Path) -> None:
    cards = [read_card(recipe(tmp_path / name, number)) for number, name in enumerate("ab")]
    second = cards[1].recipe
    assert second is not None
    assert card_of(cards, "triage", second.hash) is cards[1]
    assert card_of(cards, "triage", "changed since") is cards[0]
    assert card_of(cards, "another", second.hash) is None
