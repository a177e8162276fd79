"""Rendering: what prints how, where each value lands, and what a template cannot do."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.recipe.expressions import (
    MAX_OUTPUT,
    ExpressionError,
    Piece,
    evaluate,
    expression_mentions,
    is_true,
    mentions,
    render,
    render_value,
)

NAMES: dict[str, Any] = {
    "ticket": "help {{ secret }}",
    "n": 3,
    "yes": True,
    "nothing": None,
    "some": [1, "two", None],
    "search": {"text": "both", "documents": [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]},
    "draft": {"text": None, "failed": True},
    "review": {"text": "by hand"},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ nothing }}|{{ yes }}|{{ n }}|{{ 1.5 }}", "|true|3|1.5"),
        ("{{ some }}", '[1, "two", null]'),
        ("{{ review }}", '{"text": "by hand"}'),
        ("{{ draft.text or review.text }}", "by hand"),
        ("{% for d in search.documents %}{{ loop.index }}{{ d.text }} {% endfor %}", "1one 2two "),
        ("a  {{- n -}}  b", "a3b"),
        ("a\n{%- if n > 2 %} yes{% else %} no{% endif %}\n", "a yes\n"),
        ("{# not {{ this }} #}x{% raw %}{{ n }}{% endraw %}", "x{{ n }}"),
        ("{% set x = n + 1 %}{{ x }}", "4"),
        ("{% with x = 1, y = 'b' %}{{ x }}{{ y }}{% endwith %}", "1b"),
        ("{% for k, v in review|items %}{{ k }}={{ v }}{% endfor %}", "text=by hand"),
        ("{{ {'a': {'b': [n]}} }}", '{"a": {"b": [3]}}'),
        ("{{ search.documents|map(attribute='text')|join('-') }}", "one-two"),
        ("{{ 'x\\ny'|indent(2) }}", "x\n  y"),
        ("no braces", "no braces"),
        ("one { brace", "one { brace"),
        ("{{ '}}' }}", "}}"),
        ("ends\n", "ends\n"),
    ],
)
def test_how_values_print(template: str, text: str) -> None:
    assert render(template, NAMES).text == text


def test_values_are_data() -> None:
    """A value that looks like a template is printed as it is, also when printed again."""
    once = render("{{ ticket }}", NAMES).text
    assert once == "help {{ secret }}"
    assert render("{{ ticket }}", {"ticket": once}).text == once
    assert render_value({"x": "{{ ticket }}", "y": ["a {{ ticket }}"]}, NAMES) == {
        "x": "help {{ secret }}",
        "y": ["a help {{ secret }}"],
    }


def test_a_single_output_keeps_its_type() -> None:
    values = {"a": "{{ some }}", "b": " {{ n }} ", "c": "{{ n }}!", "d": 5, "e": ["{{ nothing }}"]}
    assert render_value(values, NAMES) == {"a": [1, "two", None], "b": 3, "c": "3!", "d": 5, "e": [None]}


@pytest.mark.parametrize(
    ("template", "pieces"),
    [
        ("To {{ ticket }}.", [(3, 20, "ticket")]),
        ("{{ n }}{{ n }}", [(0, 1, "n"), (1, 2, "n")]),
        (
            "{% for d in search.documents %}[{{ d.text }}]{% endfor %}",
            [(1, 4, "search.documents"), (6, 9, "search.documents")],
        ),
        ("{{ ticket|upper }}", [(0, 17, "ticket")]),
        ("{{ draft.text or review.text }}", [(0, 7, "")]),
        ("{{ review.text if draft.failed }}", [(0, 7, "review.text")]),
        ("{{ 'own' }}", [(0, 3, "")]),
        ("{% set x = review.text %}{{ x }}", [(0, 7, "review.text")]),
        ("{% set x %}<{{ review.text }}>{% endset %}{{ x }}", [(0, 9, "review.text")]),
        ("{% for k, v in review|items %}{{ v }}{% endfor %}", [(0, 7, "review")]),
        ("{{ search.documents[0].text }}", [(0, 3, "search.documents")]),
        ("{{ search.documents|map(attribute='text')|join(' ') }}", [(0, 7, "search.documents")]),
        ("{{ (search.documents|first).text }}", [(0, 3, "search.documents")]),
        ("{% if n %}{{ n }}{% endif %}", [(0, 1, "n")]),
        ("x {{- n -}} y", [(1, 2, "n")]),
    ],
)
def test_where_values_land(template: str, pieces: list[tuple[int, int, str]]) -> None:
    assert render(template, NAMES).pieces == tuple(Piece(*piece) for piece in pieces)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LITERALS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}%#"), max_size=10)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(LITERALS, st.sampled_from("abc")), max_size=6), LITERALS, TEXTS, TEXTS, TEXTS)
def test_pieces_cover_exactly_the_values(
    parts: list[tuple[str, str]], tail: str, a: str, b: str, c: str
) -> None:
    values = {"a": a, "b": b, "c": c}
    template = "".join(f"{literal}{{{{ {name} }}}}" for literal, name in parts) + tail
    rendered = render(template, values)
    assert rendered.text == "".join(literal + values[name] for literal, name in parts) + tail
    assert [rendered.text[piece.start : piece.end] for piece in rendered.pieces] == [
        values[name] for _, name in parts
    ]
    assert [piece.mention for piece in rendered.pieces] == [name for _, name in parts]


@pytest.mark.parametrize(
    ("template", "line", "column", "message"),
    [
        ("one\ntwo {{ serch.text }}", 2, 8, "serch is not known here (did you mean search?)"),
        ("é {{ search.tetx }}", 1, 6, "search.tetx is not there"),
        ("{{ n / 0 }}", 1, 4, "unable to calculate 3 / 0"),
        ("{{ a b }}", 1, 6, "an operator or the end is expected"),
        ("{{ n", 1, 1, "this has no end: }}"),
        ("\n{% if n %}", 2, 1, "{% if %} has no {% endif %}"),
        ("{% endfor %}", 1, 1, "{% endfor %} closes nothing"),
        ("{% macro x() %}{% endmacro %}", 1, 3, "{% macro %} does not work in a recipe"),
        ("{% include 'x' %}", 1, 3, "{% include %} does not work in a recipe"),
        ("{% esle %}", 1, 3, "{% esle %} does not work in a recipe (did you mean else?)"),
        ("{{ none|indent }}", 1, 1, "there is no text"),
    ],
)
def test_errors_say_where(template: str, line: int, column: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        render(template, NAMES)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert message in caught.value.message


@pytest.mark.parametrize(
    "expression",
    [
        "missing",
        "review.missing",
        "[review.missing]",
        "{'a': review.missing}",
        "review.missing ~ 'x'",
        "some[9]",
        "review.missing.more",
    ],
)
def test_a_missing_name_is_never_silent(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, NAMES)


def test_a_real_none_is_a_value() -> None:
    assert evaluate("draft.text", NAMES) is None
    assert evaluate("[draft.text, n]", NAMES) == [None, 3]
    assert evaluate("review.missing|default('d')", NAMES) == "d"
    assert evaluate("review.missing is defined", NAMES) is False
    assert is_true("draft.failed and n > 2", NAMES)
    assert evaluate("{{ n }}", NAMES) == 3


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'a' * 2000000000 }}",
        "{{ n * ('a' * 3000000) }}",
        "{% set a = 'x' * 1000 %}" + "{% set a = a ~ a %}" * 30 + "{{ a }}",
        "{% for i in range(9999) %}" + "x" * 1000 + "{% endfor %}",
        "{% for i in range(9999) %}{{ 'x' * 1000 }}{% endfor %}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{{ range(9999)|join('x' * 100000) }}",
        "{{ ('a' * 100000)|replace('a', 'b' * 100000) }}",
        "{{ 'a'|indent(1000000000) }}",
        "{{ [1]|tojson(indent=1000000000) }}",
        "{{ range(1000000000) }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% set a = some %}{% for i in range(9) %}{% set a = a + a %}{% endfor %}"
        + "{% set a = a + a %}" * 30,
    ],
)
def test_nothing_grows_without_end(template: str) -> None:
    began = time.process_time()
    with pytest.raises(ExpressionError):
        render(template, NAMES)
    assert time.process_time() - began < 20


def test_a_text_up_to_the_limit_is_fine() -> None:
    assert len(render("{{ x }}", {"x": "a" * MAX_OUTPUT}).text) == MAX_OUTPUT
    with pytest.raises(ExpressionError):
        render("{{ x }}b{{ x }}", {"x": "a" * MAX_OUTPUT})


@pytest.mark.parametrize(
    "attack",
    [
        "{{ some.append(1) }}",
        "{{ some['append'](1) }}",
        "{{ (some|attr('append'))(1) }}",
        "{{ some.__class__ }}",
        "{{ search.pop('text') }}",
        "{{ search.clear() }}",
        "{{ search.update({'text': 1}) }}",
        "{{ search.setdefault('q', 1) }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ debug() }}",
        "{{ self }}",
        "{{ some|map('attr', 'append')|list }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ 'a'.format(1) }}",
        "{{ cycler(1) }}",
        "{{ joiner() }}",
        "{{ namespace(a=1) }}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% do some.append(1) %}",
        "{% call x() %}{% endcall %}",
    ],
)
def test_templates_reach_and_change_nothing(attack: str) -> None:
    values = {"some": [1], "search": {"text": "t"}}
    with pytest.raises(ExpressionError):
        render(attack, values)
    assert values == {"some": [1], "search": {"text": "t"}}


def test_a_method_is_never_a_value() -> None:
    with pytest.raises(ExpressionError):
        evaluate("some.append", NAMES)
    with pytest.raises(ExpressionError):
        render_value("{{ some.append }}", NAMES)


def test_mentions() -> None:
    template = "{% for d in search.documents %}{{ d.text }}{{ q.r }}{{ loop.index }}{% endfor %}"
    template += "{% if x is defined %}{% endif %}"
    assert mentions(template) == {"search.documents", "q.r", "x"}
    assert expression_mentions("kind.label == 'a' or x|default(y.z) or range(n)|length") == {
        "kind.label", "x", "y.z", "n",
    }  # fmt: skip
    assert mentions("{{ a[b.c].d }}{{ e['f'].g }}") == {"a", "b.c", "e.f.g"}
    assert mentions("{% set a = b.c %}{{ a.d }}") == {"b.c", "b.c.d"}
    assert mentions("{% raw %}{{ a }}{% endraw %}{# {{ b }} #}") == frozenset()


def test_many_threads_share_the_engine() -> None:
    wrong: list[str] = []

    def work(number: int) -> None:
        for _ in range(200):
            text = render(
                "{% for i in some %}{{ i }}{{ name }}{% endfor %}", {"some": [1] * 20, "name": str(number)}
            ).text
            if text != f"1{number}" * 20:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_rendering_is_cheap() -> None:
    names = {"search": {"text": "passages " * 20}, "ticket": "text", "n": 1}
    template = "Answer from {{ search.text }}. Ticket: {{ ticket }} ({{ n }})"
    render(template, names)
    began = time.process_time()
    for _ in range(2000):
        render(template, names)
    assert (time.process_time() - began) / 2000 < 1e-3


FRAGMENTS = [
    "{{", "}}", "{%", "%}", "{#", "#}", "a", ".b", " ", "for x in ", "endfor", "if ", "endif", "set ", "=",
    "'", '"', "-", "|upper", "[", "]", "(", ")", "raw", "endraw", "x", "\n", "else", "in", "not ", "1", ",",
    "{", "}", "é",
]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
def test_any_template_renders_or_says_why(template: str) -> None:
    try:
        render(template, {"a": {"b": "v"}, "x": [1]})
    except ExpressionError as error:
        assert error.message
        assert error.line >= 1
        assert error.column >= 1
