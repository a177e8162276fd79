"""How many questions a comparison asks: what counts as one, what as none, and what stands for itself."""

from __future__ import annotations

import random

from workbench.study.case_figures import QUALITY, WHOLE, Cases, Figures
from workbench.study.compare_many import Comparison, Subject, compared
from workbench.study.questions import pattern


def of(*values: float) -> Cases:
    return {f"row:{place}": [value] for place, value in enumerate(values, 1)}


def test_multiples_differ_alike() -> None:
    cost = pattern(of(0.1, 0.2, 0.4), of(0.2, 0.2, 0.1))
    assert cost == pattern(of(10, 20, 40), of(20, 20, 10)) == pattern(of(-1, -2, -4), of(-2, -2, -1))
    assert cost != pattern(of(0.1, 0.2, 0.4), of(0.2, 0.2, 0.2))
    assert cost != pattern(of(0.1, 0.2, 0.4), of(0.2, 0.1, 0.2))
    assert pattern(of(1, 2), of(1, 2)) == pattern(of(1), {"row:9": [5]}) == frozenset()


def subjects(number: int) -> list[Subject]:
    return [Subject(name, name, None, 0) for name in "abc"[:number]]


def word(found: Comparison, name: str) -> str:
    measure = found.measure(name)
    assert measure is not None and measure.contrasts[1] is not None
    return measure.contrasts[1].verdict.word


def runs(failing: int, gates: int, cases: int = 40) -> Figures:
    """A variant whose first cases fail at each of its gates."""
    figures = Figures()
    for place in range(cases):
        case, passed = f"row:{place}", float(place >= failing)
        figures.runs[case] = case
        figures.add("passed", "share", case, passed)
        figures.add("done", "share", case, 1.0)
        for gate in range(gates):
            figures.add(f"say: gate {gate}", "share", case, passed)
    return figures


def test_gates_do_not_make_runs_undecided() -> None:
    """Six lost cases of forty are just enough, with one gate or twelve that say the same."""
    for gates in (1, 12):
        found = compared(subjects(2), [runs(0, gates), runs(6, gates)], 0.0)
        assert {word(found, each.name) for each in found.measures if each.name != "done"} == {"worse"}
    assert word(compared(subjects(2), [runs(0, 1), runs(5, 1)], 0.0), "passed") == "not decisive"


def test_gates_that_differ_count_each() -> None:
    first, other = runs(0, 1), runs(6, 1)
    for place in range(40):
        first.add("say: other", "share", f"row:{place}", float(place != 30))
        other.add("say: other", "share", f"row:{place}", float(place < 34))
    found = compared(subjects(2), [first, other], 0.0)
    assert (word(found, "passed"), word(found, "say: gate 0")) == ("worse", "not decisive")


def test_equal_variants_seldom_get_a_verdict() -> None:
    """In each family at most one comparison of twenty; the draws are the same each time."""
    lots, alarms, times = random.Random(5), {}, 100
    for _ in range(times):
        found = compared(subjects(3), [drawn(lots) for _ in range(3)], 0.0)
        wrong = {
            (each.name in WHOLE, each.unit in QUALITY)
            for each in found.measures
            for contrast in each.contrasts
            if contrast is not None and contrast.verdict.word != "not decisive"
        }
        for family in wrong:
            alarms[family] = alarms.get(family, 0) + 1
    assert alarms and max(alarms.values()) <= 0.05 * times


def drawn(lots: random.Random, cases: int = 30) -> Figures:
    figures = Figures()
    for place in range(cases):
        case, verdicts = f"row:{place}", [lots.random() < share for share in (0.9, 0.7, 0.8)]
        figures.runs[case] = case
        figures.add("passed", "share", case, float(all(verdicts)))
        for gate, passed in enumerate([*verdicts, verdicts[0]]):
            figures.add(f"say: gate {gate}", "share", case, float(passed))
        tokens = lots.lognormvariate(4, 0.5)
        for name in ("", "say: "):
            figures.add(f"{name}tokens", "tokens", case, tokens)
            figures.add(f"{name}cost", "usd", case, tokens * 3e-6)
            figures.add(f"{name}time", "s", case, lots.lognormvariate(0, 0.5))
    return figures
