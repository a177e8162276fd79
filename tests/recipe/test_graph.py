"""The graph: who waits for whom, cycles, order, and the lanes to draw."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipe.kit import recipe
from workbench.recipe.graph import cycles, dependencies, in_order, lanes, step_mentions

BODY = """
inputs: {docs: list}
models: {m: a/b}
steps:
  first: {set: {x: 1}}
  checks:
    each: docs
    as: doc
    prompt: "{{ doc }} {{ first.x }} {{ loop.index }}"
    gate: {expr: checks.text != doc}
  group:
    steps:
      one: {human: "{{ first.x }}"}
      two: {human: "{{ one.answer }} {{ docs }}"}
  picked:
    choose:
      - when: checks[0].failed
        human: "{{ group.two.text }}"
    else: {set: {y: "{{ first.x }}"}}
  better:
    repeat: {until: "'ok' in better.text and first.x"}
    needs: [picked]
    prompt: "{% if previous %}{{ previous.text }}{% endif %}"
    gate: {grounded: {in: checks}, similar: {to: "{{ group.one.text }}"}}
outputs: {o: "{{ better.text }}"}
"""


def test_mentions_are_found_in_every_text(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, BODY)
    steps = loaded.document.steps
    assert {name: set(step_mentions(step, loaded)) for name, step in steps.items()} == {
        "first": set(),
        "checks": {"docs", "first", "checks"},
        "group": {"first", "docs"},
        "picked": {"checks", "group", "first"},
        "better": {"better", "first", "picked", "checks", "group"},
    }
    assert dependencies(steps, loaded) == {
        "first": (),
        "checks": ("first",),
        "group": ("first",),
        "picked": ("first", "checks", "group"),
        "better": ("first", "checks", "group", "picked"),
    }
    assert steps["group"].steps is not None
    assert dependencies(steps["group"].steps, loaded) == {"one": (), "two": ("one",)}


def test_prompt_files_count(tmp_path: Path) -> None:
    loaded = recipe(
        tmp_path,
        "models: {m: a/b}\nsteps: {b: {prompt: {file: ./p.md}}, a: {set: {x: 1}}}",
        p_dot_md="{{ a.x }}",
    )
    assert dependencies(loaded.document.steps, loaded) == {"b": ("a",), "a": ()}


def test_cycles() -> None:
    assert cycles({"a": ("b",), "b": ("c",), "c": ()}) == []
    assert cycles({"a": ("b",), "b": ("a",)}) == [("a", "b", "a")]
    assert cycles({"x": ("a",), "a": ("b",), "b": ("c",), "c": ("b",)}) == [("b", "c", "b")]
    assert cycles({f"s{i}": (f"s{i + 1}",) for i in range(50_000)}) == []


GRAPHS = st.integers(1, 12).flatmap(
    lambda size: st.lists(st.sets(st.integers(0, size - 1)), min_size=size, max_size=size)
)


@settings(max_examples=200, deadline=None)
@given(GRAPHS)
def test_order_and_cycles_agree(edges: list[set[int]]) -> None:
    """Either there is a cycle, or every step comes after all it waits for."""
    waiting = {
        f"s{number}": tuple(f"s{other}" for other in sorted(before)) for number, before in enumerate(edges)
    }
    order = in_order(waiting)
    assert sorted(order) == sorted(waiting)
    good = all(order.index(other) < order.index(name) for name in waiting for other in waiting[name])
    found = cycles(waiting)
    assert good == (not found)
    for cycle in found:
        assert cycle[0] == cycle[-1]
        assert all(after in waiting[before] for before, after in pairwise(cycle))


def test_lanes(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, BODY)
    rows = lanes(loaded.document.steps, loaded)
    assert [(row.path, row.level, row.rank, row.lane, row.joins) for row in rows] == [
        ("first", 0, 0, 0, ()),
        ("checks", 0, 1, 1, (0,)),
        ("group", 0, 1, 2, (0,)),
        ("group/one", 1, 0, 0, ()),
        ("group/two", 1, 1, 0, (0,)),
        ("picked", 0, 2, 3, (0, 1, 2)),
        ("better", 0, 3, 0, (0, 1, 2, 3)),
    ]
    assert [row.passing for row in rows if not row.level] == [(), (0,), (0, 1), (0, 1, 2), ()]


@settings(max_examples=200, deadline=None)
@given(GRAPHS)
def test_no_two_steps_share_a_lane_at_once(edges: list[set[int]]) -> None:
    waiting = {
        f"s{number}": tuple(f"s{other}" for other in sorted(before) if other < number)
        for number, before in enumerate(edges)
    }
    steps = {name: SimpleNamespace(steps=None) for name in waiting}
    with patch("workbench.recipe.graph.dependencies", return_value=waiting):
        rows = lanes(steps, SimpleNamespace())  # type: ignore[arg-type]
    place = {row.name: row.lane for row in rows}
    for row in rows:
        assert row.lane not in row.passing
        assert set(row.joins) == {place[other] for other in waiting[row.name]}
        assert row.rank == 1 + max(
            (next(r.rank for r in rows if r.name == o) for o in waiting[row.name]), default=-1
        )
