"""Steps, calls, decisions and gates as the reader shows them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ledger.kit import PRICE, USAGE, Story, write
from workbench.errors import UsageError
from workbench.events import CallReused
from workbench.ledger.store import Ledger


def test_all_of_a_step_comes_back(ledger: Ledger) -> None:
    request: dict[str, Any] = {
        "task": "prompt",
        "messages": [
            {"role": "system", "text": "Be kind. " * 50},
            {"role": "user", "text": "Hi", "segments": [[0, 2, "input", "ticket", ""]]},
            {"role": "user", "text": "no segments", "segments": []},
            {"role": "tool", "text": "odd", "id": "x"},
            "not even an object",
        ],
        "params": {"temperature": 0.5},
        "schema": {"type": "object", "$ref": "#/x", "about": "y" * 400},
    }
    data = {"label": "billing", "scores": {"billing": 0.75}, "$blob": 3, "deep": {"$$x": "z" * 200}}
    story = Story().start().begin("draft").ask("draft", 1, request=request)
    story.answer(
        "draft", 1, answer={"text": "Hello", "data": data}, first_token=0.25,
        chunks=((0.25, 3), (0.5, 5)), raw={"sent": {"body": "b" * 900}, "status": 200},
    )  # fmt: skip
    story.gate("draft", score=0.5, reason="fine", seconds=0.125).gate("draft", "pii", passed=False)
    output = {"text": "Hello", "data": data, "gates": [{"name": "length", "passed": True}]}
    write(ledger.writer(), story.end("draft", output, reason="second branch").finish())

    found = ledger.reader().step("run-a", "draft")
    assert found.output == output
    row = found.step
    assert (row.order, row.path, row.verb, row.status) == (1, "draft", "prompt", "done")
    assert (row.model, row.attempts, row.reused, row.cost_nano) == ("acme/big-1", 1, 0, 320_000)
    assert (row.tokens_in, row.tokens_out, row.gates_passed, row.gates_failed) == (100, 50, 1, 1)
    assert (row.reason, row.error, row.seconds) == ("second branch", None, 6.0)
    (call,) = found.calls
    assert call.request == request
    assert call.answer == {"text": "Hello", "data": data}
    assert (call.usage, call.price, call.cost_nano) == (USAGE, PRICE, 320_000)
    assert (call.seconds, call.first_token, call.chunks) == (1.25, 0.25, ((0.25, 3), (0.5, 5)))
    assert call.raw == {"sent": {"body": "b" * 900}, "status": 200}
    assert (call.fingerprint, call.status, call.finish) == (f"{1:032x}", "ok", "stop")
    (decision,) = found.decisions
    assert decision.candidates == story.events[2].candidates  # type: ignore[attr-defined]
    assert (decision.chosen, decision.reason, decision.call) == ("acme/big", "first candidate", 1)
    first, second = found.gates
    assert (first.gate, first.passed, first.score, first.reason, first.seconds) == (
        "length", True, 0.5, "fine", 0.125,
    )  # fmt: skip
    assert (second.gate, second.passed, second.score) == ("pii", False, None)


def test_a_step_that_is_not_there(ledger: Ledger) -> None:
    write(ledger.writer(), Story().start().step("draft", 1).finish())
    with pytest.raises(UsageError, match="no step drafd") as caught:
        ledger.reader().step("last", "drafd")
    assert caught.value.hint == "did you mean draft?"


def test_pages_in_the_order_they_started(ledger: Ledger) -> None:
    story = Story().start()
    for number in range(25):
        story.step(f"each[{number}]", number + 1)
    write(ledger.writer(), story.finish())
    reader = ledger.reader()
    assert reader.count_steps("last") == 25
    assert [each.path for each in reader.steps("last", limit=3, offset=20)] == [
        "each[20]",
        "each[21]",
        "each[22]",
    ]
    assert [each.order for each in reader.steps("last", limit=100, offset=23)] == [24, 25]
    assert reader.steps("last", offset=25) == []


def test_steps_of_other_runs_stay_apart(ledger: Ledger) -> None:
    stories = [Story(name).start() for name in ("run-a", "run-b")]
    for call in range(1, 4):
        for story in stories:
            story.step(f"s{call}", call, said=f"{story.run} {call}")
    write(ledger.writer(), *stories)
    assert ledger.reader().step_outputs("run-b") == {
        f"s{call}": {"status": "done", "text": f"run-b {call}"} for call in range(1, 4)
    }


def test_a_growing_conversation_comes_back_whole(ledger: Ledger) -> None:
    story = Story().start()
    said = [{"role": "user" if number % 2 else "assistant", "text": f"turn {number}"} for number in range(80)]
    for call in range(1, 81):
        story.begin(f"s{call}").ask(f"s{call}", call, request={"messages": said[:call]}).answer(
            f"s{call}", call
        )
    write(ledger.writer(), story.finish())
    assert [each.request["messages"] for each in ledger.reader().recording("last")] == [
        said[:call] for call in range(1, 81)
    ]


def test_the_recording_holds_what_ended_or_waits(ledger: Ledger) -> None:
    story = (
        Story().start().step("one", 1).begin("two").ask("two", 2).person("ask", 3, "Send it?", ["yes", "no"])
    )
    write(ledger.writer(), story)
    assert [(each.call, each.status) for each in ledger.reader().recording("last")] == [
        (1, "ok"),
        (3, "waiting"),
    ]
    assert ledger.reader().position("last") == (len(story.events), 3)


def test_gates_and_figures_over_all_steps(ledger: Ledger) -> None:
    story = Story().start().step("one", 1).gate("one").step("two", 2).gate("two", "pii", passed=False)
    story.begin("two").ask("two", 3).answer("two", 3, status="error", answer=None, error="busy")
    write(ledger.writer(), story.person("ask", 4, "Why?").finish())
    write(ledger.writer(), Story("run-b").start(recipe="other").step("one", 1).finish())
    reader = ledger.reader()
    assert [(each.path, each.gate, each.passed) for each in reader.gates("run-a")] == [
        ("one", "length", True),
        ("two", "pii", False),
    ]
    assert [(each.path, each.cost_nano, each.seconds) for each in reader.figures("triage")] == [
        ("one", 320_000, 1.25)  # the last attempt at the other failed
    ]
    assert reader.figures("never") == []


def test_reused_calls_name_their_source_and_cost_nothing(ledger: Ledger) -> None:
    story = Story("run-b").start(mode="replay").begin("one")
    story.tell(
        CallReused(
            path="one", call=1, kind="model", target="acme/big", fingerprint="a" * 32, source=("x/y", 4, 2),
            answer={"text": "old", "data": [1]}, model="acme/big-1", usage=USAGE, saved_nano=77, seconds=3.5,
        )
    )  # fmt: skip
    write(ledger.writer(), story.end("one").finish())
    reader = ledger.reader()
    (call,) = reader.recording("run-b")
    assert (call.status, call.source, call.answer) == ("reused", ("x/y", 4, 2), {"text": "old", "data": [1]})
    assert (call.cost_nano, call.seconds, call.usage) == (77, 3.5, USAGE)
    run = reader.run("run-b")
    assert (run.cost_nano, run.saved_nano, run.calls, run.reused, run.tokens_in) == (0, 77, 0, 1, 0)
    row = reader.steps("run-b")[0]
    assert (row.attempts, row.reused, row.cost_nano, row.model) == (0, 1, 0, "acme/big-1")


def test_questions_of_a_waiting_run(ledger: Ledger) -> None:
    story = Story().start().step("draft", 1)
    story.person("review", 2, "Send this?\n" + "x" * 500, ["send", "close"]).person("other", 3, "Why?")
    write(ledger.writer(), story.finish("waiting"))
    reader = ledger.reader()
    assert reader.run("last").status == "waiting"
    assert reader.questions("last") == [
        ("review", "Send this?\n" + "x" * 500, ("send", "close")),
        ("other", "Why?", ()),
    ]
    later = Story(seq=len(story.events)).resume(answers={"review": "send"}).begin("review", "human")
    later.ask("review", 4, kind="human", target="person")
    later.answer("review", 4, "send", cost_nano=0).end("review", {"answer": "send"}, verb="human")
    write(ledger.writer(), later.finish("waiting"))
    assert [path for path, _, _ in reader.questions("last")] == ["other"]


def test_long_and_odd_reasons_and_errors_come_back(ledger: Ledger) -> None:
    for number, text in enumerate(("short", "x" * 5000, "nul \0", "lone \udcff", "")):
        story = Story(f"run-{number}").start().begin("s").gate("s", reason=text)
        write(
            ledger.writer(),
            story.end("s", status="failed", reason=text, error=text).finish("failed", error=text),
        )
        detail = ledger.reader().step(f"run-{number}", "s")
        assert (detail.step.reason, detail.step.error, detail.gates[0].reason) == (text, text, text)
        assert ledger.reader().run(f"run-{number}").error == text


def test_what_an_answer_holds_besides_text_comes_back_also_reused(ledger: Ledger) -> None:
    answer = {
        "text": "", "data": None, "reasoning": "I should look it up. " * 20,
        "tool_calls": [{"id": "t1", "name": "find", "arguments": '{"id": 7}'}], "turn": [{"$sig": "x" * 300}],
    }  # fmt: skip
    writer = ledger.writer()
    write(writer, Story().start().begin("ask").ask("ask", 1).answer("ask", 1, answer=answer).finish())
    again = Story("run-b", writer.receive).start().begin("ask")
    again.tell(
        CallReused(
            path="ask", call=1, kind="model", target="acme/big", fingerprint="0" * 32,
            source=("run-a", 1, 1), answer=answer,
        )
    )  # fmt: skip
    writer.flush()
    for run in ("run-a", "run-b"):
        (call,) = ledger.reader().step(run, "ask").calls
        assert call.answer == answer
    assert ledger.reader().recording("run-a")[0].answer == answer
