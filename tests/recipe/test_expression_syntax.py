"""Expressions are read as minijinja reads them, and nothing can overflow its parser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from minijinja import Environment, TemplateError

from workbench.recipe.expression_syntax import Node, parse
from workbench.recipe.expressions import ENVIRONMENT, ExpressionError, evaluate
from workbench.recipe.tokens import ExpressionSyntaxError
from workbench.recipe.vocabulary import FILTERS, TESTS


def spelled(node: Node) -> str:
    """A tree with all its brackets."""
    if node.kind == "name":
        return str(node.value)
    if node.kind == "literal":
        return repr(node.value)
    inner = " ".join(spelled(part) for part in node.parts)
    return f"({node.kind if node.value is None else node.value} {inner})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b.c", "(c (b a))"),
        ("a or b and not c == 1", "(or a (and b (not (== c 1))))"),
        ("-a|abs", "(abs (- a))"),
        ("a ~ b * 3 + 1", "(+ (~ a (* b 3)) 1)"),
        ("x is not none and y", "(and (not (none x)) y)"),
        ("a[0]['b'].c", "(c (index (index a 0) 'b'))"),
        ("a if b else c if d else e", "(conditional a b (conditional c d e))"),
        ("a not in b", "(not in a b)"),
        ("not a in b", "(not (in a b))"),
        ("a - b - c", "(- (- a b) c)"),
        ("a is divisibleby 3 or b", "(or (divisibleby a 3) b)"),
        ("m|map(attribute='t')|join(', ')", "(join (map m (attribute 't')) ', ')"),
        ("(a or b) and c", "(and (or a b) c)"),
    ],
)
def test_what_binds_how(text: str, expected: str) -> None:
    assert spelled(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("a b", 2, "an operator or the end is expected, but b stands here"),
        ("(a", 2, ") is expected, but the expression ends here"),
        ("a +", 3, "a value is expected, but the expression ends here"),
        ("'x", 0, "this text has no end quote"),
        ("a ? b", 2, "'?' cannot stand here"),
        ("a|uper", 2, "there is no filter uper"),
        ("a is defind", 5, "there is no test defind"),
        ("a.append(1)", 2, "append cannot be called"),
        ("a['pop'](1)", 0, "this cannot be called"),
        ("a.0(1)", 2, "0 cannot be called"),
        ("open('x')", 0, "open cannot be called"),
        ("", 0, "a value is expected"),
    ],
)
def test_what_cannot_be_read_says_where(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(text)
    assert caught.value.offset == offset
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["-" * 30_000 + "1", "not " * 30_000 + "1", "1" + "+1" * 30_000, "1" + " and 1" * 30_000, "(" * 30_000,
     "[" * 30_000, "a" + ".b" * 30_000, "a" + "|abs" * 30_000, "1" + " if 1 else 1" * 30_000, "'" * 30_001],
)  # fmt: skip
def test_long_chains_are_refused_before_the_engine_sees_them(text: str) -> None:
    """The engine itself dies of these: its parser and compiler use the C stack."""
    with pytest.raises(ExpressionSyntaxError):
        parse(text)
    with pytest.raises(ExpressionError):
        evaluate(text, {"a": 1})


def test_the_known_filters_and_tests_exist_in_the_engine() -> None:
    for name in FILTERS:
        try:
            ENVIRONMENT.eval_expr(f"x|{name}", x="a")
        except TemplateError as error:
            assert error.kind != "UnknownFilter", name
        except Exception:
            continue
    for name in TESTS:
        try:
            ENVIRONMENT.eval_expr(f"x is {name}(1)", x="a")
        except TemplateError as error:
            assert error.kind != "UnknownTest", name


VALUES: dict[str, Any] = {
    "a": 3,
    "b": -2,
    "s": "text",
    "t": "",
    "f": False,
    "n": None,
    "l": [1, 2],
    "d": {"k": 5},
}
LEAF = st.sampled_from(
    ["a", "b", "s", "t", "f", "n", "d.k", "l[0]", "l[-1]", "d['k']", "1", "2.5", "'x'", "true", "none", "(a)",
     "-a",
     "s|upper", "l|length", "s[0]"]
)  # fmt: skip
"""No whole lists or objects: the engine orders its own before those of Python."""
OPERATOR = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "and", "or",
                            "in",
                            "not in"])  # fmt: skip


@st.composite
def expression(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0:
        return draw(LEAF)
    kind = draw(st.integers(0, 6))
    inner = expression(depth - 1)
    if kind <= 2:
        return f"{draw(inner)} {draw(OPERATOR)} {draw(inner)}"
    return [
        lambda: f"(not {draw(inner)})",
        lambda: f"({draw(inner)})",
        lambda: f"{draw(inner)} if {draw(inner)} else {draw(inner)}",
        lambda: (
            f"{draw(inner)} is {draw(st.sampled_from(['none', 'not none', 'defined', 'string', 'number']))}"
        ),
    ][kind - 3]()


def without_zero(value: Any) -> Any:
    """A text in which whole numbers end without ``.0``: the engine forgets that of a product we looked at."""
    return re.sub(r"(?<=\d)\.0(?!\d)", "", value) if isinstance(value, str) else value


PLAIN = Environment(undefined_behavior="strict", auto_escape_callback=lambda _: False)


@settings(max_examples=600, deadline=None)
@given(expression())
def test_our_reading_changes_no_value(text: str) -> None:
    """What we hand to the engine (with our limits written in) is worth what the bare expression is worth."""
    try:
        expected = PLAIN.eval_expr(text, **VALUES)
    except TemplateError:
        return
    if isinstance(expected, float) and expected - expected != 0:
        return
    try:
        assert without_zero(evaluate(text, VALUES)) == without_zero(expected)
    except ExpressionError as error:
        # We are stricter in one thing: an attribute or item that is not there is never a silent none.
        assert expected is None, error
