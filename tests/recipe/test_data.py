"""Data sources: documents and examples, and where a broken file is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import RecipeError
from workbench.recipe.data import documents, examples
from workbench.recipe.model import Data


def write(folder: Path, name: str, content: str | bytes) -> Data:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Data(file=name)


def test_a_folder_is_one_document_a_file(tmp_path: Path) -> None:
    write(tmp_path, "kb/refunds.md", "intro\n# Refunds *now*\n\nWe refund.\n")
    write(tmp_path, "kb/deep/plain.txt", "no heading")
    write(tmp_path, "kb/.hidden.md", "x")
    write(tmp_path, "kb/other.csv.bak", "x")
    found = documents(Data(folder="kb", glob="**/*.[mt]*"), tmp_path)
    assert [(one.id, one.title, one.source) for one in found] == [
        ("deep/plain", "plain", "kb/deep/plain.txt"),
        ("refunds", "Refunds *now*", "kb/refunds.md"),
    ]
    assert found[1].text == "intro\n# Refunds *now*\n\nWe refund.\n"


def test_tables_of_documents(tmp_path: Path) -> None:
    csv = write(tmp_path, "d.csv", 'id,title,body\na,First,"two\nlines, one"\nb,Second,text\n')
    assert [(one.id, one.title, one.text, one.source) for one in documents(csv, tmp_path)] == [
        ("a", "First", "two\nlines, one", "d.csv:2"),
        ("b", "Second", "text", "d.csv:4"),
    ]
    jsonl = write(tmp_path, "d.jsonl", '{"text": "x", "id": 7}\n\n{"text": "y"}\n')
    assert [(one.id, one.text, one.source) for one in documents(jsonl, tmp_path)] == [
        ("7", "x", "d.jsonl:1"),
        ("d-2", "y", "d.jsonl:3"),
    ]


def test_examples(tmp_path: Path) -> None:
    csv = write(tmp_path, "e.csv", '\ufeffText,Label\r\nmy bill,billing\r\n"it, broke",tech\r\n')
    found = examples(csv, tmp_path)
    assert (found.texts, found.labels) == (["my bill", "it, broke"], ["billing", "tech"])
    same = write(
        tmp_path, "e.jsonl", '{"label": "billing", "text": "my bill"}\n{"label": "tech", "text": "it, broke"}'
    )
    assert examples(same, tmp_path).hash == found.hash
    tsv = write(tmp_path, "e.tsv", 'text\tlabel\nsays "hi", twice\tx\n'.replace('"', ""))
    assert examples(tsv, tmp_path).texts == ["says hi, twice"]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "e.csv",
            "text,label\na,b\nc\n",
            "e.csv:3: this row has 1 values, the first line names 2 (put a value",
        ),
        ("e.csv", 'text,label\na,b\n"x,y\n', "e.csv:3: not CSV: unexpected end of data"),
        ("e.csv", "text,lable\na,b\n", "e.csv:2: there is no column label (there is: text, lable)"),
        (
            "e.csv",
            "text,label\n,b\nx,\n",
            "e.csv:2: this example has no text\ne.csv:3: this example has no label",
        ),
        ("e.csv", "text,label\n", "e.csv: the file holds no examples"),
        ("e.csv", "", "e.csv: the file holds no examples"),
        ("e.csv", b"text,label\na,b\n\xff,c\n", "e.csv:3: the file is not UTF-8 text"),
        ("e.csv", "text,label\na\x00,b\n", "e.csv"),
        ("e.jsonl", '{"text": "a", "label": "b"}\n{"text": \n', "e.jsonl:2: not JSON: Expecting value"),
        ("e.jsonl", '{"text": "a", "label": "b"}\n[1]\n', "e.jsonl:2: each line must be one JSON object"),
        ("e.jsonl", "[" * 100_000, "e.jsonl:1: not JSON: nested too deep"),
        ("e.md", "text", "e.md: examples are a CSV or JSONL file with text and label"),
    ],
)
def test_broken_examples_say_where(tmp_path: Path, name: str, content: str | bytes, expected: str) -> None:
    data = write(tmp_path, name, content)
    if "\x00" in str(content):
        # A NUL is just a character of the text.
        assert examples(data, tmp_path).texts == ["a\x00"]
        return
    with pytest.raises(RecipeError) as caught:
        examples(data, tmp_path)
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (Data(file="no.csv"), "no.csv: cannot be read: no such file or directory"),
        (Data(folder="no"), "no: there is no folder no"),
        (Data(folder="kb", glob="*.pdf"), "kb: no file in kb matches *.pdf"),
        (Data(folder="kb", glob="../*"), "kb: '../*' is not a pattern for files in a folder"),
        (Data(file="../x.csv"), "../x.csv: ../x.csv leads out of the recipe's folder"),
        (Data(file="twins.csv"), "twins.csv:3: the id a stands here twice (first in twins.csv:2)"),
        (Data(file="empty.jsonl"), "empty.jsonl: the file holds no documents"),
    ],
)
def test_broken_documents_say_where(tmp_path: Path, data: Data, expected: str) -> None:
    write(tmp_path, "kb/a.md", "x")
    write(tmp_path, "twins.csv", "id,text\na,x\na,y\n")
    write(tmp_path, "empty.jsonl", "\n\n")
    with pytest.raises(RecipeError) as caught:
        documents(data, tmp_path)
    assert str(caught.value) == expected
