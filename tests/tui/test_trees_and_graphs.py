"""Paths, the list of steps as a tree, and the recipe as boxes and arrows."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.recipe.model import Step
from workbench.tui.graph_drawing import Drawing, Look, draw
from workbench.tui.graph_layout import BOX_HEIGHT, layout, reduced
from workbench.tui.graph_nodes import graph_of
from workbench.tui.ink import cells, plain
from workbench.tui.paths import leaf, node, parent
from workbench.tui.step_tree import FOLDED_FROM, tree


@pytest.mark.parametrize(
    ("path", "above", "name", "of"),
    [
        ("draft", None, "draft", "draft"),
        ("group/inner", "group", "inner", "group/inner"),
        ("checks[3]", "checks", "[3]", "checks"),
        ("checks[3]/tone", "checks[3]", "tone", "checks/tone"),
        ("improve#2", "improve", "#2", "improve"),
        ("x[0]#2", "x[0]", "#2", "x"),
        ("improve#2/draft", "improve#2", "draft", "improve/draft"),
    ],
)
def test_paths(path, above, name, of):
    assert (parent(path), leaf(path), node(path)) == (above, name, of)


def test_parts_stand_beneath_their_step():
    rows = tree(["a", "b[0]", "b[0]/x", "b[1]", "c#1", "c#2"])
    assert [(row.path, row.depth, row.folded) for row in rows] == [
        ("a", 0, None), ("b", 0, False), ("b[0]", 1, False), ("b[0]/x", 2, None), ("b[1]", 1, None),
        ("c", 0, False), ("c#1", 1, None), ("c#2", 1, None),
    ]  # fmt: skip


def test_many_parts_are_folded_until_someone_opens_them():
    paths = ["b"] + [f"b[{number}]" for number in range(FOLDED_FROM)]
    assert [row.folded for row in tree(paths)] == [True]
    assert len(tree(paths, {"b"})) == FOLDED_FROM + 1
    assert len(tree(paths[:5], {"b"})) == 1, "and few are open until someone folds them"


def graph(**needs):
    steps = {name: Step(prompt="x") for name in needs}
    return graph_of(steps, lambda level: {name: tuple(needs.get(name, ())) for name in level})


def test_groups_are_opened_and_keep_their_order():
    inner = {"draft": Step(prompt="x"), "judge": Step(prompt="y")}
    steps = {
        "first": Step(prompt="x"),
        "group": Step(steps=inner, each="items"),
        "last": Step(prompt="z", if_="true"),
    }
    order = {"group": ("first",), "last": ("group",), "judge": ("draft",)}
    nodes = graph_of(steps, lambda level: {name: order.get(name, ()) for name in level}).nodes
    assert [(each.path, each.needs, each.marks) for each in nodes] == [
        ("first", (), ""), ("group/draft", ("first",), "×"), ("group/judge", ("group/draft",), "×"),
        ("last", ("group/judge",), "◇"),
    ]  # fmt: skip


def test_what_follows_from_other_arrows_is_not_drawn():
    assert reduced({"a": [], "b": ["a"], "c": ["a", "b"]}) == {"a": [], "b": ["a"], "c": ["b"]}


def drawing(needs, width=60, selected=None):
    places = layout(needs, width)
    looks = {name: Look("done", name, "prompt") for name in needs}
    return places, [plain(line).rstrip() for line in draw(places, looks, selected)]


def test_a_chain_is_one_column():
    places, lines = drawing({"a": (), "b": ("a",)}, 31)
    assert lines == [
        " ╭─ ✓ a ─────────────────────╮",
        " │ prompt                    │",
        " ╰─────────────┬─────────────╯",
        "               ▼",
        " ╭─ ✓ b ─────────────────────╮",
        " │ prompt                    │",
        " ╰───────────────────────────╯",
    ]
    assert places.boxes["a"].layer == 0


def test_parallel_steps_stand_side_by_side_and_meet_again():
    _, lines = drawing({"a": (), "b": (), "c": (), "v": ("a", "b", "c")}, 53)
    assert [each for each in ("a", "b", "c") if f"✓ {each} " in lines[0]] == ["a", "b", "c"]
    assert lines[3].strip() == "╰────────────────┼────────────────╯"
    assert "✓ v" in lines[5]


def test_an_arrow_past_a_layer_has_a_lane_of_its_own():
    needs = {"a": (), "b": (), "c": ("a",), "d": ("b", "c")}
    _, lines = drawing(needs, 53)
    assert any("│  ╭─ ✓ c" in line or "╮  │" in line for line in lines)


NEEDS = st.integers(1, 9).flatmap(
    lambda size: st.tuples(
        *(st.sets(st.integers(0, max(0, index - 1)), max_size=min(index, 3)) for index in range(size))
    )
)


@given(NEEDS, st.integers(20, 120))
def test_boxes_never_overlap_and_arrows_point_down(sets, width):
    needs = {f"s{index}": tuple(f"s{other}" for other in others) for index, others in enumerate(sets)}
    needs["s0"] = ()
    places, lines = drawing(needs, width)
    assert set(places.boxes) == set(needs)
    for one, two in itertools.combinations(places.boxes.values(), 2):
        apart = one.x + one.width <= two.x or two.x + two.width <= one.x
        assert apart or abs(one.y - two.y) >= BOX_HEIGHT
    for name, others in needs.items():
        for other in others:
            assert places.boxes[other].y + BOX_HEIGHT < places.boxes[name].y
    for name, box in places.boxes.items():
        assert f"✓ {name}" in lines[box.y]
        assert box.x >= 0 and box.x + box.width <= places.width
    assert all(
        cells(line) == places.width for line in draw(places, {n: Look("done", n, "") for n in needs}, None)
    )


def test_a_cycle_or_an_unknown_name_breaks_nothing():
    drawing({"a": ("b",), "b": ("a",)})
    drawing({"a": ("nobody",)})


def test_states_and_the_selection_show_without_colour():
    places = layout({"a": (), "b": ("a",)}, 40)
    looks = {"a": Look("running", "a", "big"), "b": Look("skipped", "b", "skipped", breakpoint=True)}
    text = "\n".join(plain(line) for line in draw(places, looks, "b"))
    assert "┏━ ▶ a" in text
    assert "╔═ · b" in text
    assert "◉" in text


def test_wide_letters_in_names_keep_the_box_straight():
    places = layout({"a": ()}, 30)
    lines = draw(places, {"a": Look("done", "日本語の長い名前です", "モデル")}, None)
    assert {cells(line) for line in lines} == {places.width}


def test_fake_recipes_have_graphs():
    assert graph(a=(), b=("a",)).paths() == ["a", "b"]


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["done", "failed", "running"])), max_size=8)
)
def test_drawing_what_changed_is_the_same_as_drawing_all(changes):
    places = layout({"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ("d",)}, 90)
    looks = {name: Look("pending", name, "prompt", "gates 1✓") for name in places.boxes}
    drawing = Drawing(places, looks, "a")
    for name, status in changes:
        looks[name] = Look(status, name, "prompt  1 s")
        drawing.show(name, looks)
        assert drawing.lines == draw(places, looks, name)
    assert not drawing.show(changes[-1][0] if changes else "a", looks)
