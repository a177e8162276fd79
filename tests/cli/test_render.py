"""The text of each page, as golden files; and the same pages over hostile rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.rows import CALL, DETAIL, HOSTILE, HOSTILE_DETAIL, HOSTILE_RUN, RUN, RUNS, STEP, STEPS
from tests.cli.test_blocks import drawn
from workbench.cli.blocks import Block, plain
from workbench.cli.output import json_text
from workbench.cli.render_demo import Shown, demo_page
from workbench.cli.render_models import model_json, models_table
from workbench.cli.render_outputs import output_blocks, resume_command, waiting_blocks
from workbench.cli.render_problems import problem_blocks
from workbench.cli.render_runs import run_json, run_page, runs_table
from workbench.cli.render_step import step_json, step_page
from workbench.errors import Problem
from workbench.ledger.rows import GateRow
from workbench.providers.port import ModelInfo
from workbench.safe_text import FORBIDDEN
from workbench.usage import FREE, Price

Golden = Callable[[str, Iterable[Block] | str], None]
OUTPUTS = {"reply": "Dear customer,\n\nwe refund it.", "label": "billing", "found": ["a", "b"], "note": None}
MODELS = [
    ModelInfo("local/bayes", "learns from examples", ("classify",), None, FREE),
    ModelInfo("acme/large", "", window=128_000, price=Price(1_000_000_000, 4_000_000_000)),
    ModelInfo("acme/other", available=False, reason="ACME_KEY is not set"),
    ModelInfo("sim/steady", "simulated", price=Price(100_000_000, 400_000_000), simulated=True),
]


def test_runs(golden: Golden) -> None:
    golden("runs", [runs_table(RUNS)])


def test_runs_at_80_columns(golden: Golden) -> None:
    golden("runs-80", drawn(runs_table(RUNS), width=80))


def test_run_page(golden: Golden) -> None:
    golden("show-run", run_page(RUN, STEPS, 9, OUTPUTS))


def test_failed_run_page(golden: Golden) -> None:
    golden("show-failed-run", run_page(RUNS[2], [], 0, {}))


def test_step_page(golden: Golden) -> None:
    golden("show-step", step_page(DETAIL, raw=False))


def test_step_page_raw(golden: Golden) -> None:
    golden("show-step-raw", step_page(DETAIL, raw=True))


def test_step_page_at_80_columns(golden: Golden) -> None:
    golden("show-step-80", drawn(*step_page(DETAIL, raw=False), width=80))


def test_step_page_of_recorded_and_unknown_calls(golden: Golden) -> None:
    reused = replace(
        CALL,
        status="reused",
        source=("b2c3d4e5f6", 3, 1),
        error=None,
        answer={"text": None, "data": {"a": 1}},
    )
    unknown = replace(CALL, status="unknown", error=None, call=4)
    detail = replace(DETAIL, step=replace(STEP, reused=1), calls=(reused, unknown), decisions=(), gates=())
    golden("show-step-recorded", step_page(detail, raw=False))


def test_outputs_and_waiting(golden: Golden) -> None:
    questions = [("review", "Send this?\nReally?", ("send", "don't")), ("sign", "Your name", ())]
    golden(
        "outputs", [*output_blocks(OUTPUTS), *waiting_blocks("k3v9t2m8qa", questions, Path("my record.db"))]
    )


def test_resume_command_can_be_pasted() -> None:
    assert resume_command("abc", [("a/b[0]", "?", ())], None) == "workbench resume abc --answer 'a/b[0]=...'"


def test_models(golden: Golden) -> None:
    golden("models", [models_table(MODELS)])


def test_demo_page(golden: Golden) -> None:
    shown = [Shown(RUN, tuple(STEPS)), Shown(RUNS[3], (), "an angry one")]
    golden("demo", demo_page(shown, Path("other.db")))


@pytest.fixture
def problems(surroundings: Path) -> list[Problem]:
    """Problems in a file with wide letters, a tab and escapes."""
    source = "name: x\n\tsteps: 日本 {{ serach.text }}\nbad: \x1b[31m[red]\n" + "long: " + "y" * 400 + "\n"
    Path("recipe.yaml").write_text(source, "utf-8")
    return [
        Problem("unknown name 'serach'", "recipe.yaml", 2, 15, "serach", "did you mean 'search'?"),
        Problem("unknown key", "recipe.yaml", 3, 1, "bad", severity="warning"),
        Problem("too long", "recipe.yaml", 4, 7, "y" * 400),
        Problem("beyond the end", "recipe.yaml", 99, 1),
        Problem("a file is missing", "gone.yaml", 1, 1),
        Problem("no place at all"),
    ]


def test_problems(problems: list[Problem], golden: Golden) -> None:
    golden("problems", problem_blocks(problems))


def test_carets_stand_under_what_is_shown(problems: list[Problem]) -> None:
    from rich.cells import cell_len

    shown = plain(problem_blocks(problems[:1])).splitlines()
    before = shown[1][: shown[1].index("serach")]
    assert cell_len(before) == shown[2].index("^")
    assert shown[2].count("^") == len("serach")


@pytest.mark.parametrize(
    "page",
    [
        [runs_table([HOSTILE_RUN])],
        run_page(HOSTILE_RUN, [HOSTILE_DETAIL.step], 1, {HOSTILE: HOSTILE}),
        step_page(HOSTILE_DETAIL, raw=False),
        step_page(HOSTILE_DETAIL, raw=True),
        waiting_blocks("x", [(HOSTILE, HOSTILE, (HOSTILE,))], None),
        demo_page([Shown(HOSTILE_RUN, (HOSTILE_DETAIL.step,), HOSTILE)], None),
        problem_blocks([Problem(HOSTILE, HOSTILE, 1, 1, HOSTILE, HOSTILE)]),
        [models_table([ModelInfo(HOSTILE, HOSTILE, available=False, reason=HOSTILE)])],
    ],
    ids=["runs", "run", "step", "raw", "waiting", "demo", "problems", "models"],
)
def test_hostile_rows_are_inert(page: list[Block]) -> None:
    for text in (plain(page), drawn(*page)):
        assert not FORBIDDEN.search(text)
    assert "[bold]markup[/]" in plain(page)


def test_json_is_ascii_whatever_it_holds() -> None:
    text = json_text(
        [
            run_json(HOSTILE_RUN),
            step_json(HOSTILE, HOSTILE_DETAIL, raw=True),
            model_json(MODELS[1]),
            float("nan"),
        ]
    )
    assert text.isascii()
    assert "\x1b" not in text
    assert "NaN" not in text


def test_step_page_of_thinking_tools_and_what_arrived_before_a_stop() -> None:
    call = CALL
    asked = {
        "text": "",
        "data": None,
        "reasoning": "Hm.",
        "tool_calls": [{"name": "find", "arguments": "{}"}],
    }
    stopped = replace(call, answer={"text": "So far", "data": None}, error="stopped", error_class="cancelled")
    detail = replace(DETAIL, calls=(replace(call, answer=asked, error=None), stopped))
    shown = plain(step_page(detail, raw=False))
    for expected in (
        "reasoning\n    Hm.",
        "asks for find({})",
        "cancelled: stopped",
        "arrived until then\n    So far",
    ):
        assert expected in shown


def test_step_page_tells_of_which_answer_a_gate_speaks_and_what_stands_in_for_it() -> None:
    first = GateRow("draft", 1, "contains", False, 0.0, "must mention 'blue'", 0.0)
    output = {"text": "Nobody knows.", "data": None, "status": "done", "model": "fallback", "gates": {}}
    detail = replace(DETAIL, gates=(first, replace(first, call=2)), output=output)
    shown = plain(step_page(detail, raw=False))
    assert "✗  contains     1   0.00  must" in shown
    assert "✗  contains     2   0.00  must" in shown
    assert "output\n  Nobody knows.\n" in shown
    assert "output" not in plain(step_page(replace(detail, output={**output, "model": "a/b"}), raw=False))


def test_a_call_that_is_not_the_steps_own_says_for_what_it_was_made() -> None:
    judge = replace(CALL, call=4, gate="rubric", error=None, answer={"text": "fine", "data": None})
    shadow = replace(judge, call=5, kind="shadow", gate="shadow")
    shown = plain(step_page(replace(DETAIL, calls=(judge, shadow)), raw=False))
    assert "model 4 for the gate rubric  " in shown
    assert "shadow 5  " in shown


def test_a_choice_is_shown_though_nobody_was_asked() -> None:
    shown = plain(step_page(replace(DETAIL, calls=(), output=None), raw=False))
    assert f"model {DETAIL.decisions[0].call}  not asked" in shown
    assert DETAIL.decisions[0].reason in shown
