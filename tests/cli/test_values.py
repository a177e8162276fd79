"""``name=value`` options: every spelling, and every way to get them wrong."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from workbench.cli import values
from workbench.errors import UsageError


def test_inputs_come_from_text_files_and_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("letter.txt").write_text("\ufeffDear you,\nhé", "utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped")))
    given = ["a=x=y", "b=@letter.txt", "c=-", "d=@@me", "e="]
    assert values.inputs(given, None) == {"a": "x=y", "b": "Dear you,\nhé", "c": "piped", "d": "@me", "e": ""}


def test_options_win_over_the_file() -> None:
    Path("in.json").write_text('{"a": 1, "b": [2]}', "utf-8")
    assert values.inputs(["a=9"], Path("in.json")) == {"a": "9", "b": [2]}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["a"], "takes name=value"),
        (["=x"], "takes name=value"),
        (["a=1", "a=2"], "gives 'a' twice"),
        (["a=@gone.txt"], "cannot read gone.txt: No such file"),
        (["a=@."], "cannot read .: Is a directory"),
        (["a=@"], "names no file"),
        (["a=@bytes"], "bytes is not UTF-8 text: byte 3"),
        (["a=@x\0y"], "cannot read"),
        (["a=-", "b=-"], "one input only"),
        (["a=x\udcff"], "not UTF-8 text"),
    ],
)
def test_wrong_inputs(given: list[str], told: str) -> None:
    Path("bytes").write_bytes(b"ab\xff")
    with pytest.raises(UsageError, match=told):
        values.inputs(given, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "must hold one JSON object"),
        ('{"a": 1,\n "b": }', r"in\.json:2:7: not JSON"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": ' + "9" * 5000 + "}", "not JSON that can be used"),
        ("[" * 200_000, "not JSON that can be used"),
        ("", r"in\.json:1:1: not JSON"),
    ],
    ids=["list", "syntax", "nan", "digits", "depth", "empty"],
)
def test_wrong_input_files(text: str, told: str) -> None:
    Path("in.json").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=told):
        values.inputs([], Path("in.json"))


def test_edits_are_json_where_they_can_be() -> None:
    given = ["steps.a.top=3", "steps.a.prompt=Say it", "x=[1, 2]", 'y="3"', "z=true", "n=NaN", "e="]
    assert values.edits(given) == {
        "steps.a.top": 3, "steps.a.prompt": "Say it", "x": [1, 2], "y": "3", "z": True, "n": "NaN", "e": "",
    }  # fmt: skip
