"""JSON out of answers as models write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.providers.port import ModelRequest
from workbench.providers.structured import NotJson, chosen_label, find_json, parse_json, structured, whole

LABELS = {"billing": "", "Technical issue": ""}


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1]}',
        '  \n{"a": [1]}\n',
        '```json\n{"a": [1]}\n```',
        'Sure! Here it is:\n```\n{"a": [1]}\n```\nAnything else?',
        'The answer is {"a": [1]} as asked.',
        '\ufeff{"a": [1]}',
        'First ```py\nprint(1)\n``` then ```json\n{"a": [1]}\n```',
    ],
)
def test_found(text: str) -> None:
    assert find_json(text) == {"a": [1]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        '{"a": NaN}',
        '{"a": ',
        "[" * 300 + "]" * 300,
        "[" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
        "{a: 1}",
    ],
    ids=range(8),
)
def test_not_json(text: str) -> None:
    with pytest.raises(NotJson):
        find_json(text)


@given(st.text())
def test_nothing_but_not_json_is_raised(text: str) -> None:
    for read in (find_json, parse_json):
        try:
            read(text)
        except NotJson as error:
            assert str(error)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('{"label": "billing"}', "billing"),
        ("billing", "billing"),
        ('"Billing."', "billing"),
        ("**technical ISSUE**", "Technical issue"),
        ('```json\n{"label": "Technical issue", "why": 1}\n```', "Technical issue"),
    ],
)
def test_labels(text: str, label: str) -> None:
    assert chosen_label(text, LABELS) == label


@pytest.mark.parametrize("text", ["other", '{"label": 3}', '{"lable": "billing"}', "[]", ""])
def test_no_label(text: str) -> None:
    with pytest.raises(NotJson):
        chosen_label(text, LABELS)


def test_data_by_task() -> None:
    assert structured(ModelRequest("prompt", ()), "{}") is None
    assert structured(ModelRequest("prompt", (), schema={}), "{}") == {}
    assert structured(ModelRequest("extract", ()), "[1]") == [1]
    chosen = structured(ModelRequest("classify", (), labels=LABELS), "billing")
    assert chosen == {"label": "billing", "confidence": None, "scores": {}}


def test_halves_of_characters() -> None:
    assert whole(["a\ud83d", "\ude42b"]) == "a🙂b"
    assert whole(["a\ud83d", "b€"]) == "a\ufffdb€"
    assert structured(ModelRequest("extract", ()), '{"\\ud83d": ["\\ude42", "\\ud83d\\ude42"]}') == {
        "\ufffd": ["\ufffd", "🙂"]
    }
