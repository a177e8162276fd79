"""Reading YAML: places, YAML 1.2, and nothing a file holds makes it crash or hang."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workbench.errors import RecipeError
from workbench.recipe.source import MAX_BYTES, position, read_bytes, read_text


def problem_of(text: str) -> str:
    with pytest.raises(RecipeError) as caught:
        read_text(text, "f.yaml")
    return str(caught.value.problems[0])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2024-01-31", "2024-01-31"),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("1_000", "1_000"),
        ("~", None),
        ("", None),
        ("True", True),
        ("'true'", "true"),
        ("=", "="),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    read = read_text(f"a: {text}", "f").data["a"]
    assert read == value
    assert type(read) is type(value)


def test_every_key_and_value_has_its_place() -> None:
    source = read_text("a: 1\nb:\n  - x\n  - c: {d: 2}\n", "f")
    assert (source.place(("b", 1, "c", "d")).line, source.place(("b", 1, "c", "d")).column) == (4, 12)
    assert (source.key_place(("b", 1, "c")).line, source.key_place(("b", 1, "c")).column) == (4, 5)
    assert (source.place(("b", 0)).line, source.place(("b", 0)).column) == (3, 5)
    # A place that does not exist is the nearest thing around it.
    assert source.place(("b", 1, "nothing", "here")) == source.place(("b", 1))


@pytest.mark.parametrize(
    "written",
    [
        "|\n    first {{ one }}\n      more {{ two }}\n\n    last {{ three }}\n",
        ">\n    folded {{ one }}\n    still {{ two }}\n\n    last {{ three }}\n",
        ">-\n    folded {{ one }}\n    {{ two }}\n    {{ three }}\n",
        "'it''s {{ one }} and {{ two }}\n    on the next line {{ three }}'\n",
        '"a \\"quote\\" {{ one }}\\t{{ two }} \\u00e9\\n {{ three }}"\n',
        '"a long \\\n    line {{ one }} {{ two }}\n    {{ three }}"\n',
        "plain {{ one }} text {{ two }}\n    and more {{ three }}\n",
    ],
)
def test_a_place_inside_a_text_is_the_place_in_the_file(written: str) -> None:
    text = f"a:\n  b: {written}"
    source = read_text(text, "f")
    value = source.data["a"]["b"]
    for word in ("one", "two", "three"):
        place = source.inside(("a", "b"), value.index(word))
        assert (place.line, place.column) == position(text, text.index(word)), word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: [1, 2\n", "f.yaml:3:1: not YAML"),
        ("a: b: c", "f.yaml:1:5: not YAML: mapping values are not allowed here (quote a text"),
        ("a: {{ x }}", "f.yaml:1:5: a key must be a text (put quotes around a text that begins with {{)"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1: the key a stands here twice (first on line 1)"),
        ("a: &x 1", "f.yaml:1:4: anchors are not read: &x"),
        ("a: *x", "f.yaml:1:4: aliases are not read: *x"),
        ("<<: {a: 1}", "f.yaml:1:1: merge keys are not read"),
        ("a: !!python/name:os.system x", "f.yaml:1:4: tags are not read"),
        ("1: a", 'f.yaml:1:1: a key must be a text, not 1 (write "1" in quotes)'),
        ("null: a", "f.yaml:1:1: a key must be a text, not null"),
        ("? [a]\n: b", "f.yaml:1:3: a key must be a text"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: a second document begins here"),
        ("a: .inf", "f.yaml:1:4: .inf is not a number that can be used"),
        ("a: 1e999", "f.yaml:1:4: 1e999 is too large a number"),
        ("a: " + "9" * 5000, "f.yaml:1:4: a number of more than 300 digits"),
        ("a: x\x07y", "f.yaml:1:5: the control character U+0007 is not allowed here"),
        ("ok: 1\nke\u202ey: 1", "f.yaml:2:1: a key holds an invisible or control character: 'ke\\u202ey'"),
        ("zero\u200bwidth: 1", "f.yaml:1:1: a key holds an invisible or control character"),
        ("[" * 100, "f.yaml:1:65: nested more than 64 deep"),
        ('a: "\\ud800"', "f.yaml:1:4: half of a surrogate pair is not a character"),
        ("x" * (MAX_BYTES + 1), "f.yaml:1:1: the file is larger than 1 MiB"),
    ],
)
def test_what_is_refused_says_where(text: str, expected: str) -> None:
    assert problem_of(text).startswith(expected)


def test_several_refusals_come_together() -> None:
    with pytest.raises(RecipeError) as caught:
        read_text("a: &x 1\nb: 1\nb: 2\nc: !t 3\n", "f")
    assert [problem.line for problem in caught.value.problems] == [1, 3, 4]


def test_bytes_that_are_not_text() -> None:
    with pytest.raises(RecipeError) as caught:
        read_bytes("a: é\nb: ".encode() + b"\xff\xfe", "f")
    assert str(caught.value.problems[0]) == "f:2:4: the file is not UTF-8 text"
    assert read_bytes(b"\xef\xbb\xbfa: 1", "f").data == {"a": 1}
    assert read_bytes(b"a: 1\r\nb: 2\r\n", "f").key_place(("b",)).line == 2


SIZE = 1 << 19
HOSTILE = {
    "brackets": "[" * SIZE,
    "braces": "{" * SIZE,
    "dashes": "- " * (SIZE // 2),
    "question marks": "? " * (SIZE // 2),
    "nested keys": "".join(" " * depth + "a:\n" for depth in range(1000)),
    "anchors": "".join(f"- &a{number} x\n" for number in range(30_000)),
    "tags": "- !a x\n" * (SIZE // 7),
    "duplicates": "a: 1\n" * (SIZE // 5),
    "merge bomb": "a: &a {x: 1}\n" + "".join(f"b{number}:\n  <<: [*a, *a]\n" for number in range(99)),
    "alias bomb": "a: &a [x]\n" + "".join(f"b{number}: &b{number} [*a, *a]\n" for number in range(99)),
    "blank lines": "a: |\n" + " \n" * (SIZE // 2),
    "quoted lines": 'a: "' + "b\n\n" * (SIZE // 3) + '"',
    "simple keys": "[" + "a b " * (SIZE // 4) + "]",
    "escapes": '"' + "\\x41" * (SIZE // 4),
    "percent": "%" * SIZE,
    "values": "[" + "1," * (SIZE // 2) + "]",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_read_or_refused_soon(name: str) -> None:
    began = time.process_time()
    try:
        json.dumps(read_text(HOSTILE[name], "f").data)
    except RecipeError as error:
        assert 0 < len(error.problems) <= 60
    assert time.process_time() - began < 20


PIECES = [
    *"ab:-?[]{},&*!|>'\"%@`# \n\t\\<=.~0159eExo",
    "é",
    "\u2028",
    "\x85",
    "\ufeff",
    "- ",
    ": ",
    "---\n",
    "\n  ",
]
YAMLISH = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def never_crashes(content: bytes) -> None:
    try:
        source = read_bytes(content, "f")
    except RecipeError as error:
        assert error.problems
        assert all(
            problem.file == "f" and problem.line >= 1 and problem.column >= 1 for problem in error.problems
        )
    else:
        json.dumps(source.data, allow_nan=False)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
@example(b"\x00")
@example(b"")
def test_any_bytes(content: bytes) -> None:
    never_crashes(content)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(YAMLISH)
def test_anything_like_yaml(text: str) -> None:
    never_crashes(text.encode())


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(PLAIN)
def test_json_is_read_as_itself(value: Any) -> None:
    """JSON is YAML 1.2: what is written as JSON comes back the same."""
    assert read_text(json.dumps({"a": value}), "f").data == {"a": value}
