"""Conditions: what they mean, what is wrong with them, where a run stands still for them."""

from __future__ import annotations

import pytest

from tests.tui.fake_bench import step_row
from workbench.engine.control import AnswerStop, CallStop
from workbench.events import StepFinished
from workbench.tui.conditions import Watch, first_true, holds, problem_of

RESULT = {
    "path": "checks[2]/draft#1",
    "cost": 0.02,
    "model": "acme/big",
    "text": "hello",
    "gates": {"grounded": {"passed": False, "score": 0.4, "reason": ""}},
    "error_class": "timeout",
    "failed": True,
}


@pytest.mark.parametrize(
    "text",
    [
        "cost > 0.01",
        "gates.grounded.score < 0.5",
        "model != 'x'",
        "error_class == 'timeout'",
        "failed and cost > 0",
        "not gates.grounded.passed",
        "'ell' in text",
        "checks/draft",
        "checks[2]/draft#1",
    ],
)
def test_what_holds(text: str) -> None:
    assert holds(text, RESULT)


@pytest.mark.parametrize(
    "text",
    ["cost > 1", "gates.pii.score < 0.5", "checks", "draft", "checks[1]/draft#1", "label == 'x'", "1 +", ""],
)
def test_what_does_not_hold(text: str) -> None:
    assert not holds(text, RESULT)


@pytest.mark.parametrize("text", ["cost < 0.01", "cost > 0.01", "gates.grounded.score < 0.5"])
def test_what_is_unknown_is_neither_more_nor_less(text: str) -> None:
    assert not holds(text, {"path": "a", "cost": None, "gates": {"grounded": {"score": None}}})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "missing"),
        ("cost >", "cannot be read"),
        ("coost > 1", "Did you mean cost?"),
        ("draaft", "Did you mean draft?"),
    ],
)
def test_what_is_wrong_is_said(text: str, told: str) -> None:
    assert told in str(problem_of(text, ["draft"]))


@pytest.mark.parametrize("text", ["draft", "draft[3]", "cost > 1 and not failed", "to_person > 3"])
def test_what_can_be_used(text: str) -> None:
    assert problem_of(text, ["draft"]) is None


def finished(path: str, **output: object) -> StepFinished:
    return StepFinished(path=path, verb="prompt", status="done", output=output)


def call(path: str) -> CallStop:
    return CallStop(path, 1, "model", "fake/a", (), {})


def test_a_run_stands_still_once_at_the_next_stop_after_it_became_true() -> None:
    watch = Watch(["cost > 0.01"])
    assert not watch.holds_at(call("a"))
    watch.receive(finished("a", cost=0.02))
    assert watch.holds_at(call("b"))
    assert watch.told == "cost > 0.01 holds at a"
    assert not watch.holds_at(call("b"))
    watch.receive(finished("a", cost=0.02))
    assert not watch.holds_at(call("c"))


def test_a_run_stands_still_at_the_answer_itself_where_that_is_enough() -> None:
    watch = Watch(["cost > 0.01"])
    assert watch.holds_at(AnswerStop("a", 1, "hi", None, "fake/a", 20_000_000, False))
    watch.receive(finished("a", cost=0.02))
    assert not watch.holds_at(call("b"))


def test_the_first_step_of_a_record() -> None:
    rows = [step_row("a", 1), step_row("b", 2), step_row("c", 3)]
    outputs = {"a": {"gates": {}}, "b": {"text": "late", "cost": 0.5}, "c": {"cost": 0.7}}
    assert first_true("cost > 0.1", rows, outputs) == "b"
    assert first_true("text == 'late'", rows, outputs) == "b"
    assert first_true("cost > 9", rows, outputs) is None
