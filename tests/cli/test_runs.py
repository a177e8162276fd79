"""Runs from the command line, on a recipe that needs no model but the echo, and on one that asks a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.rows import HOSTILE
from workbench.safe_text import FORBIDDEN

ECHO = """schema: workbench/v1
name: echo
inputs:
  word: {type: string, default: fish}
  times: {type: integer, default: 2}
models:
  writer: {candidates: [sim/echo]}
steps:
  first: {prompt: "Say {{ word }}"}
  second: {prompt: "{{ first.text }} {{ times }} times"}
outputs:
  said: "{{ second.text }}"
  count: "{{ times }}"
"""
ASK = """schema: workbench/v1
name: ask
inputs: {who: string}
steps:
  ok: {human: "Greet {{ who }}?", choices: [send, keep]}
outputs: {ok: "{{ ok.answer }}"}
"""
CONTRACT = {
    "run", "recipe", "recipe_hash", "mode", "status", "outputs", "cost_usd", "saved_usd", "seconds", "tokens",
    "calls", "reused", "steps", "error", "session", "budgets", "missing", "came_from",
}  # fmt: skip
STEP_CONTRACT = {"path", "verb", "status", "model", "attempts", "cost_usd", "seconds", "gates"}


@pytest.fixture(autouse=True)
def recipes(surroundings: Path) -> None:
    """Two recipes to run."""
    for name, text in (("echo", ECHO), ("ask", ASK)):
        folder = surroundings / "recipes" / name
        folder.mkdir(parents=True)
        (folder / "recipe.yaml").write_text(text, "utf-8")


def test_a_run_prints_its_outputs_and_tells_its_progress(invoke: Invoke) -> None:
    shown = invoke("run", "echo", "-i", "word=bird")
    assert shown.code == 0
    assert shown.out.endswith("count: 2\n")
    assert "bird" in shown.out.splitlines()[0]
    assert "✓ first  prompt  sim/echo" in shown.err
    assert "✓ done  2 calls · $0" in shown.err


def test_run_json_is_the_object_of_the_contract(invoke: Invoke) -> None:
    shown = invoke("run", "echo", "--json")
    told = json.loads(shown.out)
    assert set(told) == CONTRACT
    assert (told["status"], told["mode"], told["calls"], told["cost_usd"]) == ("done", "live", 2, 0.0)
    assert [set(step) for step in told["steps"]] == [STEP_CONTRACT] * 2
    assert told["outputs"]["count"] == 2
    assert shown.out.isascii()


def test_inputs_models_and_edits(invoke: Invoke) -> None:
    Path("in.json").write_text('{"word": "cat", "times": 7}')
    given = ["--inputs", "in.json", "-i", "word=-", "--set", "steps.first.prompt=Sing {{ word }}"]
    limits = ["--model", "writer=sim/echo", "--budget-usd", "1", "--offline"]
    shown = invoke("run", "echo", *given, *limits, "--json", stdin="dog")
    told = json.loads(shown.out)
    assert "Sing dog" in told["outputs"]["said"]
    assert told["outputs"]["count"] == 7


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "there is no recipe nothing"),
        (["echo", "-i", "word"], "takes name=value"),
        (["echo", "-i", "times=many"], "times"),
        (["echo", "-i", "wrod=x"], "wrod"),
        (["echo", "--model", "wirter=sim/echo"], "wirter"),
        (["echo", "--model", "writer=nobody/echo"], "nobody"),
        (["echo", "--set", "steps.first.pormpt=x"], "pormpt"),
        (["echo", "--budget-usd", "-1"], "--budget-usd"),
        (["echo", "--budget-usd", "much"], "--budget-usd"),
        (["ask"], "who"),
        (["."], "holds no recipe.yaml"),
    ],
)
def test_what_cannot_run_is_refused_with_exit_2(invoke: Invoke, arguments: list[str], told: str) -> None:
    shown = invoke("run", *arguments)
    assert (shown.code, shown.out) == (2, "")
    assert told in shown.err
    assert "Traceback" not in shown.err


def test_a_recipe_that_is_wrong_shows_its_lines(invoke: Invoke) -> None:
    path = Path("recipes/echo/recipe.yaml")
    path.write_text(ECHO.replace("first.text", "frist.text"), "utf-8")
    shown = invoke("run", "echo")
    assert shown.code == 2
    assert "recipe.yaml:10:" in shown.err
    assert "10 │   second:" in shown.err
    assert "^^^^^" in shown.err


def test_a_person_who_is_not_there_puts_the_run_aside(invoke: Invoke) -> None:
    shown = invoke("run", "ask", "-i", "who=Ann")
    assert shown.code == 3
    command = shown.err.strip().rsplit("go on with: workbench ", 1)[1]
    assert command.endswith("--answer ok=send")
    resumed = invoke(*command.split())
    assert (resumed.code, resumed.out) == (0, "ok: send\n")


def test_resume_finds_the_run_that_asks(invoke: Invoke) -> None:
    invoke("run", "ask", "-i", "who=Ann")
    invoke("run", "echo")
    shown = invoke("resume", "--answer", "ok=keep", "--json")
    assert (shown.code, json.loads(shown.out)["outputs"]) == (0, {"ok": "keep"})
    assert invoke("resume").code == 2


@pytest.mark.parametrize("answer", ["ok=burn", "nothing=x", "ok"])
def test_answers_that_cannot_be(invoke: Invoke, answer: str) -> None:
    invoke("run", "ask", "-i", "who=Ann")
    shown = invoke("resume", "--answer", answer)
    assert shown.code == 2


def test_replay_gives_the_same_without_the_recipe(invoke: Invoke) -> None:
    first = json.loads(invoke("run", "echo", "--json").out)
    Path("recipes/echo/recipe.yaml").unlink()
    again = json.loads(invoke("replay", "last", "--json").out)
    assert again["outputs"] == first["outputs"]
    assert (again["mode"], again["calls"], again["reused"]) == ("replay", 0, 2)


def test_stepping_through_by_piped_answers(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cli.talk import Script

    answers = ["e", "Say cow", ".", "", "k", "done", "."]
    monkeypatch.setattr("workbench.cli.launch.standard_input", lambda: Script(answers))
    shown = invoke("run", "echo", "--step")
    assert "■ call first  model sim/echo" in shown.err
    assert "Say cow" in shown.err
    assert (shown.code, shown.out) == (0, "said: done\ncount: 2\n")


def test_stepping_stops_when_answers_end(invoke: Invoke) -> None:
    shown = invoke("run", "echo", "--step")
    assert shown.code == 130
    assert "■ cancelled" in shown.err


def test_the_record_is_listed_filtered_and_shown(invoke: Invoke) -> None:
    invoke("run", "echo", "-i", "word=zebra")
    invoke("run", "ask", "-i", "who=Ann")
    assert invoke("runs").out.count("\n") == 3
    assert [row["recipe"] for row in json.loads(invoke("runs", "--recipe", "echo", "--json").out)] == ["echo"]
    assert [row["recipe"] for row in json.loads(invoke("runs", "--status", "waiting", "--json").out)] == [
        "ask"
    ]
    assert [row["recipe"] for row in json.loads(invoke("runs", "zebra", "--json").out)] == ["echo"]
    assert "1 of 2 runs" in invoke("runs", "--limit", "1").err
    assert invoke("runs", "nowhere").err == "no such runs\n"


def test_show_a_run_and_a_step(invoke: Invoke) -> None:
    invoke("run", "echo", "-i", "word=zebra")
    shown = invoke("show", "last")
    assert (shown.code, shown.err) == (0, "")
    assert "word: zebra" in shown.out
    step = invoke("show", "last", "first")
    assert "Say zebra" in step.out
    assert "sim/echo" in step.out
    told = json.loads(invoke("show", "last", "first", "--json", "--raw").out)
    assert (told["path"], told["calls"][0]["target"], "raw" in told["calls"][0]) == (
        "first",
        "sim/echo",
        True,
    )
    told = set(json.loads(invoke("show", "last", "--json").out))
    assert told == CONTRACT | {"inputs", "labels", "expected"}


@pytest.mark.parametrize("arguments", [["nope"], ["last~7"], ["last", "nope"], ["last~x"], [""], [HOSTILE]])
def test_show_what_is_not_there(invoke: Invoke, arguments: list[str]) -> None:
    invoke("run", "echo")
    shown = invoke("show", *arguments)
    assert (shown.code, shown.out) == (2, "")
    assert "Traceback" not in shown.err
    assert not FORBIDDEN.search(shown.err)


def test_hostile_inputs_are_inert_in_every_view(invoke: Invoke) -> None:
    word = HOSTILE.replace("\udc80", "")
    invoke("run", "echo", "-i", f"word={word}")
    views = [
        "runs",
        "show last",
        "show last first",
        "show last first --raw",
        "replay last",
        "show last --json",
    ]
    for arguments in (["run", "echo", "-i", f"word={word}"], *(view.split() for view in views)):
        shown = invoke(*arguments)
        assert shown.code == 0
        assert not FORBIDDEN.search(shown.out + shown.err)
    assert "[bold]markup[/]" in invoke("show", "last", "first").out


def test_one_record_by_its_own_path(invoke: Invoke) -> None:
    invoke("--db", "other.db", "run", "echo")
    assert Path("other.db").exists()
    assert not Path("local.db").exists()
    shown = invoke("run", "ask", "-i", "who=x", "--db", "other.db")
    assert "--db other.db" in shown.err
