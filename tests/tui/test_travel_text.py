"""Comparisons, plans, families and changes as lines: right, within their width, and inert."""

from __future__ import annotations

from tests.tui.travel_data import HOSTILE, a_comparison, a_family, a_plan, a_run
from workbench.safe_text import FORBIDDEN
from workbench.study.change import Change
from workbench.tui import compare_text, plan_text
from workbench.tui.changes import Choice, changed
from workbench.tui.compare_text import Form
from workbench.tui.family_tree import member_row, members
from workbench.tui.ink import cells, plain
from workbench.tui.travel_commands import proposal_command
from workbench.tui.travels import Proposal

NOW = 1_772_000_060_000_000


def drawn(text: str, width: int) -> list[str]:
    """Everything these screens draw of hostile data, in rows."""
    comparison, plan = a_comparison(text, f"draft{text}"), a_plan(text)
    lines = [compare_text.heading(comparison, width), compare_text.split_line(comparison, width)]
    for pair in comparison.pairs:
        lines.append(compare_text.pair_row(pair, width))
        for unified in (True, False):
            lines += compare_text.pair_lines(pair, ((), ()), Form(width, unified))
    lines += compare_text.totals_lines(comparison, width)
    for step in plan.steps:
        lines += [plan_text.plan_row(step, width), *plan_text.step_lines(step)]
    family = [a_run(f"run{text}"), a_run("other", parent=f"run{text}")]
    lines += [member_row(each, width, NOW, "other") for each in members(family)]
    lines.append(Choice("text", f"steps{text}", text).line())
    return [plain(line) for line in lines]


def test_hostile_data_is_inert() -> None:
    rows = drawn(HOSTILE, 100)
    assert not any(FORBIDDEN.search(row) or "\n" in row for row in rows)
    assert any("[red]no[/]" in row for row in rows), "it is shown, and means nothing"


def test_signs_and_words_of_a_comparison() -> None:
    rows = [plain(compare_text.pair_row(pair, 60)) for pair in a_comparison().pairs]
    assert [row[1] for row in rows] == ["=", "≠", "−", "+"]
    assert rows[0].rstrip().endswith("same")
    assert "only in A" in rows[2] and "only in B" in rows[3]


def test_rows_fit_their_width() -> None:
    for width in (30, 40, 80, 120):
        comparison = a_comparison(" and much more of it" * 5)
        lines = [compare_text.pair_row(pair, width) for pair in comparison.pairs]
        lines += [compare_text.heading(comparison, width), compare_text.split_line(comparison, width)]
        lines += [plan_text.plan_row(step, width) for step in a_plan("why " * 40).steps]
        assert {cells(line) for line in lines} == {width}


def test_totals_say_what_changed() -> None:
    text = compare_text.text_of(compare_text.totals_lines(a_comparison(), 80))
    assert "−71 %" in text
    assert "1 same · 1 differs · 1 only in A · 1 only in B" in text
    assert "output  ≠ reply" in text and "output  = label" in text


def test_a_plan_counts_and_gives_reasons() -> None:
    plan = a_plan()
    bar = plain(plan_text.heading(plan, 100))
    assert "↺ 1 reuse" in bar and "▶ 2 call" in bar and "? 1 unknown" in bar
    told = compare_text.text_of(plan_text.step_lines(plan.steps[2]))
    assert "it changes something outside" in told and "never called before" in told


def test_a_family_is_a_tree() -> None:
    rows = [plain(member_row(each, 100, NOW, "run0003")) for each in members(a_family())]
    assert [row.split("run")[0] for row in rows] == [" ✓ ", " ├─ ✓ ", " │  └─ ■ ", " └─ ✗ "]
    assert "here" in rows[2]


def test_a_family_without_its_root_and_one_that_is_its_own_parent() -> None:
    lost = [a_run("b", parent="gone"), a_run("c", parent="c")]
    assert [each.run.id for each in members(lost)] == ["b", "c"]


def test_commands_quote_what_they_carry() -> None:
    change = Change(models={"m": "a/b"}, edits={"steps.a.prompt": "it's"}, inputs={"n": 3})
    assert proposal_command(Proposal("", "r1", change, at="a[1]", output="x y")) == (
        "workbench fork r1 --at 'a[1]' --output 'x y' --model m=a/b --set 'steps.a.prompt=it'\"'\"'s' -i n=3"
    )
    assert proposal_command(Proposal("", "r1")) == "workbench rerun r1"


def test_a_change_in_words() -> None:
    model = Choice("model", "writer", "a/b")
    assert changed(model, Change(models={"writer": "c/d"})) == "model of writer: a/b → c/d"
    assert changed(Choice("input", "n"), Change(inputs={"n": "1"})) == "another input: n"
