"""Datasets are read row by row, and name the line that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.batch.dataset import Row, open_dataset
from workbench.errors import RecipeError, UsageError


def rows(path: Path, content: str | bytes) -> list[Row]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(open_dataset(path).rows())


def test_json_lines(tmp_path: Path) -> None:
    found = rows(tmp_path / "d.jsonl", '\ufeff{"a": 1}\n\n{"a": [2]}\n')
    assert [(row.position, row.line, dict(row.values)) for row in found] == [
        (1, 1, {"a": 1}),
        (2, 3, {"a": [2]}),
    ]


def test_a_table(tmp_path: Path) -> None:
    found = rows(tmp_path / "d.csv", 'a,b\n1,"x, ""y""\nz"\n2,w\n')
    assert [(row.line, dict(row.values)) for row in found] == [
        (2, {"a": "1", "b": 'x, "y"\nz'}),
        (4, {"a": "2", "b": "w"}),
    ]
    assert [dict(row.values) for row in rows(tmp_path / "d.tsv", "a\tb\n1, 2\t3\n")] == [
        {"a": "1, 2", "b": "3"}
    ]


def test_a_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("b.txt", "in/a.md", "picture.png", ".hidden.txt"):
        (tmp_path / name).write_text(name)
    found = list(open_dataset(tmp_path).rows())
    assert [dict(row.values) for row in found] == [
        {"text": "b.txt", "name": "b", "path": "b.txt"},
        {"text": "in/a.md", "name": "a", "path": "in/a.md"},
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("d.jsonl", '{"a": 1}\n{"a": \n', "d.jsonl:2: not JSON"),
        ("d.jsonl", '{"a": NaN}\n', "d.jsonl:1: not JSON"),
        ("d.jsonl", "[1]\n", "d.jsonl:1: each line must be one JSON object"),
        ("d.jsonl", b'{"a": 1}\n\xff\n', "d.jsonl:2: not UTF-8 text"),
        ("d.csv", "a,b\n1\n", "d.csv:2: this row has 1 values, the first line names 2"),
        ("d.csv", 'a,b\n1,"2\n', "d.csv:2: cannot be read as a table"),
        ("d.csv", "a,a\n", "d.csv:1: the column a is named twice"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, content: str | bytes, told: str) -> None:
    with pytest.raises(RecipeError) as caught:
        rows(tmp_path / name, content)
    assert told in str(caught.value)


def test_what_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no data"):
        open_dataset(tmp_path / "none.csv")
    (tmp_path / "d.pdf").touch()
    with pytest.raises(UsageError, match="no dataset"):
        open_dataset(tmp_path / "d.pdf")


def test_a_key_is_of_content_and_position(tmp_path: Path) -> None:
    one, same, other = rows(tmp_path / "d.jsonl", '{"a": 1, "b": 2}\n{"b": 2, "a": 1}\n{"a": 2}\n')
    assert one.key != same.key
    assert one.key.split(":")[0] == same.key.split(":")[0] != other.key.split(":")[0]


def test_rows_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"a": 1}\nbroken\n')
    assert next(open_dataset(path).rows()).values == {"a": 1}
