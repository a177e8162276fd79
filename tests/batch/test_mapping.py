"""Columns become inputs, and every wrong row is named before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.kit import recipe
from workbench.batch.dataset import open_dataset
from workbench.batch.mapping import first_row, mapped, survey
from workbench.errors import RecipeError, UsageError

TWO = """
inputs: {ticket: string, count: {type: integer, default: 1}}
steps: {s: {set: {x: "{{ ticket }} {{ count }}"}}}
"""


def inputs(folder: Path, content: str, **wanted: str) -> list[dict[str, object]]:
    path = folder / "d.csv"
    path.write_text(content)
    dataset = open_dataset(path)
    mapping = mapped(recipe(folder / "r", TWO), first_row(dataset), wanted)
    survey(dataset, mapping, None)
    return [dict(mapping.inputs(row)) for row in dataset.rows()]


def test_columns_named_like_inputs(tmp_path: Path) -> None:
    assert inputs(tmp_path, "ticket,count,more\na,2,x\nb,,y\n") == [
        {"ticket": "a", "count": 2},
        {"ticket": "b", "count": 1},
    ]


def test_columns_mapped_by_hand(tmp_path: Path) -> None:
    assert inputs(tmp_path, "text,n\na,2\n", text="ticket", n="count") == [{"ticket": "a", "count": 2}]
    assert inputs(tmp_path, "text,ticket\na,b\n", text="ticket") == [{"ticket": "a", "count": 1}]


@pytest.mark.parametrize(
    ("wanted", "told", "hint"),
    [
        ({}, "d.csv:2: no column for the input ticket", "--map text=ticket"),
        ({"text": "tiket"}, "has no input tiket", "ticket"),
        ({"txt": "ticket"}, "there is no column txt", "text"),
        ({"text": "ticket", "n": "ticket"}, "two columns are mapped", ""),
    ],
)
def test_what_cannot_be_mapped(tmp_path: Path, wanted: dict[str, str], told: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        inputs(tmp_path, "text,n\na,2\n", **wanted)
    assert told in caught.value.message
    assert hint in caught.value.hint


def test_all_wrong_rows_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        inputs(tmp_path, "ticket,count\na,1\nb,many\nc,2\nd,few\n")
    told = str(caught.value)
    assert "d.csv:3: the input count must be a whole number" in told
    assert "d.csv:5" in told


def test_the_texts_of_a_folder_serve_the_one_input_that_is_needed(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("hello")
    row = first_row(open_dataset(tmp_path / "texts"))
    assert mapped(recipe(tmp_path / "r", TWO), row, {}).columns == {"ticket": "text"}


def test_no_rows(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no rows"):
        inputs(tmp_path, "ticket\n")
