"""Events folded into rows."""

from __future__ import annotations

import asyncio

import pytest

from tests.tui.fake_bench import FakeBench, Play, Scripted, step_row, triage_script
from workbench.events import (
    CallFinished,
    CallStarted,
    Delta,
    HumanAsked,
    RouteDecided,
    RunResumed,
    StepFinished,
    StepStarted,
)
from workbench.tui.detail_text import Look, last_call, tab_text
from workbench.tui.live_detail import KEPT
from workbench.tui.run_state import RunState


def played(script=None, listeners=()):
    state = RunState()
    play = Play("run1", "triage", script or triage_script(), [state, *listeners])
    asyncio.run(play.go({"ticket": "x"}))
    return state


def test_a_run_sums_up():
    state = played()
    assert (state.id, state.recipe, state.status) == ("run1", "triage", "done")
    assert list(state.rows) == ["kind", "facts", "draft", "polish"]
    assert [row.status for row in state.rows.values()] == ["done"] * 4
    assert state.totals.cost_nano == 3 * 12_100_000
    assert state.totals.calls == 4
    assert (state.totals.tokens_in, state.totals.tokens_out) == (4 * 412, 4 * 231)
    assert state.rows["draft"].gates_passed == 1
    assert state.rows["draft"].model == "acme/big"


def test_the_same_event_twice_changes_nothing():
    state = RunState()

    class Twice:
        def receive(self, event):
            state.receive(event)
            state.receive(event)

    played(listeners=[Twice()])
    assert state.totals.calls == 4
    assert state.rows["draft"].attempts == 1
    assert len(state.details.get("draft").gates) == 1


def test_an_unknown_cost_makes_the_sum_a_lower_bound():
    state = RunState()
    state.receive(StepStarted(path="a", verb="prompt"))
    state.receive(CallFinished(path="a", call=1, attempt=1, status="ok", cost_nano=None))
    assert not state.totals.cost_known
    assert state.rows["a"].cost_nano is None
    state.receive(CallFinished(path="a", call=2, attempt=1, status="ok", cost_nano=5))
    assert state.rows["a"].cost_nano is None, "one unknown makes the whole unknown"


def test_a_skipped_step_may_end_without_having_started():
    state = played([Scripted("kind"), Scripted("polish", skipped=True)])
    assert state.rows["polish"].status == "skipped"
    assert state.rows["polish"].reason == "the condition is false"


def test_what_a_shadow_or_a_judge_says_is_not_the_answer_of_the_step():
    state = RunState()
    asked = {"path": "a", "attempt": 1, "fingerprint": "", "durable": False}
    said = {"path": "a", "attempt": 1, "status": "ok"}
    state.receive(StepStarted(path="a", verb="prompt"))
    state.receive(CallStarted(call=1, kind="model", target="acme/big", request={}, **asked))
    state.receive(Delta(path="a", call=1, attempt=1, text="The answer"))
    state.receive(CallStarted(call=2, kind="shadow", target="acme/new", gate="shadow", request={}, **asked))
    state.receive(CallFinished(call=2, answer={"text": "Mine"}, gate="shadow", **said))
    detail = state.details.get("a")

    def shown():
        look = Look(detail.as_detail(state.rows["a"]), streamed="".join(detail.streamed))
        return tab_text("Answer", look)

    assert shown() == "The answer"
    state.receive(CallFinished(call=1, answer={"text": "The answer."}, **said))
    state.receive(CallStarted(call=3, kind="model", target="acme/critic", gate="rubric", request={}, **asked))
    state.receive(Delta(path="a", call=3, attempt=1, text='{"score": 1}'))
    assert detail.streamed == ["The answer"]
    detail.streamed.clear()
    assert shown() == "The answer."


@pytest.mark.parametrize("winner", [1, 2])
def test_whoever_is_overtaken_is_paid_and_not_shown_as_the_answer(winner):
    state = RunState()
    state.receive(StepStarted(path="a", verb="prompt"))
    models = {1: "acme/first", 2: "acme/second"}
    for attempt, model in models.items():
        state.receive(RouteDecided(path="a", call=1, attempt=attempt, role="w", policy="fixed", chosen=model,
                                   reason="", candidates=()))  # fmt: skip
        state.receive(CallStarted(path="a", call=1, attempt=attempt, kind="model", target=model, request={},
                                  fingerprint="", durable=False))  # fmt: skip
    said = {"path": "a", "call": 1, "cost_nano": 5}
    state.receive(CallFinished(attempt=winner, status="ok", model=models[winner],
                               answer={"text": "used", "data": {"n": 1}}, **said))  # fmt: skip
    state.receive(StepFinished(path="a", verb="prompt", status="done", output={"text": "used"}))
    state.receive(CallFinished(attempt=3 - winner, status="cancelled", model=models[3 - winner],
                               answer={"text": "unused"}, **said))  # fmt: skip
    assert (state.rows["a"].model, state.rows["a"].cost_nano) == (models[winner], 10)
    call = last_call(state.details.get("a").as_detail(state.rows["a"]))
    assert call.answer["text"] == "used"


def test_questions_open_and_close():
    state = RunState()
    state.receive(StepStarted(path="ask", verb="human"))
    state.receive(HumanAsked(path="ask", call=1, question="Well?", choices=("yes",)))
    assert state.questions == {"ask": ("Well?", ("yes",))}
    assert state.rows["ask"].status == "waiting"
    state.receive(StepFinished(path="ask", verb="human", status="waiting"))
    assert state.questions, "put aside, it still waits"
    state.receive(RunResumed())
    assert not state.questions


def test_nodes_sum_their_instances():
    state = RunState()
    rows = [step_row("each", 0)] + [
        step_row(f"each[{n}]", n + 1, "failed" if n == 3 else "done") for n in range(9)
    ]
    state.add_rows(rows)
    node = state.nodes["each"]
    assert node.instances == 9
    assert (node.counts["done"], node.counts["failed"]) == (8, 1)
    assert state.children["each"]["failed"] == 1
    state.add_rows([step_row("each[3]", 4, "done")])
    assert (node.counts["done"], node.counts["failed"]) == (9, 0)
    assert node.cost_nano == 10 * 1_000_000, "a row that is replaced counts once"


def test_a_node_without_a_row_of_its_own_is_what_its_instances_are():
    state = RunState()
    state.add_rows([step_row("g[0]/a", 0), step_row("g[1]/a", 1, "running")])
    assert state.nodes["g/a"].status == "running"


def test_streamed_pieces_are_kept_until_the_step_ends():
    pieces = []

    class Watch:
        def receive(self, event):
            state_so_far = watched.details.get("draft")
            if state_so_far is not None:
                pieces.append("".join(state_so_far.streamed))

    watched = RunState()
    played(listeners=[watched, Watch()])
    assert "Your refund is on its way.\nIt takes two days." in pieces
    assert pieces[-1] == ""


def test_only_the_latest_details_are_kept():
    state = played([Scripted(f"s{number}") for number in range(KEPT + 20)])
    assert len(state.details.steps) == KEPT
    assert state.details.get("s0") is None
    assert state.details.get(f"s{KEPT + 19}").output["text"]


def test_the_record_feeds_the_same_rows(tmp_path):
    bench = FakeBench(tmp_path)
    run = bench.record("triage", {"ticket": "x"})
    loaded = RunState()
    loaded.load(bench.reader.run(run))
    loaded.add_rows(bench.reader.steps(run))
    live = bench.reader.kept[run].state
    assert loaded.rows == live.rows
    assert loaded.totals == live.totals
    assert loaded.status == live.status
