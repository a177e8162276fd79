"""The demo runs every sample, tells what happened, and opens the screens only where there is a terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.test_runs import ASK, ECHO
from workbench.cli import samples
from workbench.cli.open_tui import open_tui
from workbench.cli.session import Session
from workbench.errors import UsageError

LINES = {
    "echo": '{"word": "cat"}\n\n{"name": "a dog", "inputs": {"word": "dog"}}\n',
    "ask": '{"who": "Ann"}\n',
}


def make_samples(folder: Path) -> Path:
    """Recipes with their demo inputs."""
    for name, text in (("echo", ECHO), ("ask", ASK)):
        (folder / name).mkdir(parents=True)
        (folder / name / "recipe.yaml").write_text(text, "utf-8")
        (folder / name / samples.INPUTS_FILE).write_text(LINES[name], "utf-8")
    return folder


def test_the_demo_runs_all_and_says_what_to_type_next(invoke: Invoke) -> None:
    make_samples(Path("recipes"))
    shown = invoke("demo")
    assert shown.code == 0
    table = shown.out.splitlines()
    assert [line.split()[1] for line in table[1:4]] == ["ask", "echo", "echo"]
    assert "? waiting" in table[1]
    assert "a dog" in table[3]
    assert "3 runs · " in shown.out
    assert "workbench resume " in shown.out
    assert "▶ 3/3  echo  a dog" in shown.err
    assert len(json.loads(invoke("runs", "--json").out)) == 3


def test_the_demo_for_programs(invoke: Invoke) -> None:
    make_samples(Path("recipes"))
    told = json.loads(invoke("demo", "--json").out)
    assert [run["status"] for run in told] == ["waiting", "done", "done"]


def test_a_run_that_fails_fails_the_demo(invoke: Invoke) -> None:
    path = make_samples(Path("recipes")) / "echo" / "recipe.yaml"
    path.write_text(ECHO.replace("sim/echo", "sim/nothing"), "utf-8")
    shown = invoke("demo")
    assert (shown.code, "sim/nothing cannot be used" in shown.err) == (1, True)
    assert "? waiting" in shown.out
    (Path("recipes") / "ask" / "recipe.yaml").unlink()
    assert invoke("demo").code == 1


def test_without_recipes_the_samples_are_copied(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = make_samples(tmp_path / "elsewhere")
    (source / "echo" / "__pycache__").mkdir()
    monkeypatch.setattr(samples, "installed_samples", lambda: source)
    shown = invoke("demo")
    assert shown.code == 0
    assert shown.err.startswith("no recipes here: copying the samples from ")
    assert Path("recipes/echo/recipe.yaml").read_text("utf-8") == ECHO
    assert not Path("recipes/echo/__pycache__").exists()


def test_nothing_is_copied_where_the_record_cannot_be_opened(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(samples, "installed_samples", lambda: make_samples(tmp_path / "elsewhere"))
    Path("local.db").write_text("no ledger")
    shown = invoke("demo")
    assert (shown.code, "is not a ledger" in shown.err) == (1, True)
    assert not Path("recipes").exists()


def test_the_samples_of_this_project_are_found() -> None:
    found = samples.installed_samples()
    assert found is not None
    assert {
        sample.recipe.parent.name
        for file in found.glob("*/demo.jsonl")
        for sample in samples.samples_of(file)
    } >= {
        "support-triage",
        "document-review",
        "draft-until-good",
    }


def test_nothing_to_show(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "installed_samples", lambda: None)
    assert "none came with the installation" in invoke("demo").err
    Path("recipes").mkdir()
    assert "has a demo.jsonl" in invoke("demo").err


@pytest.mark.parametrize(
    ("text", "told"), [("[1]", "one JSON object"), ('{"a": }', r"demo\.jsonl:1:1:7: not JSON")]
)
def test_wrong_samples(text: str, told: str) -> None:
    Path("demo.jsonl").write_text(text)
    with pytest.raises(UsageError, match=told):
        samples.samples_of(Path("demo.jsonl"))


class Screens:
    """Stands in for the terminal program."""

    return_code = 7

    def __init__(self, bench: object) -> None:
        self.bench = bench

    async def run_async(self) -> None:
        """Nothing to show."""


def test_the_screens_open_and_the_record_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.tui.app.WorkbenchApp", Screens)
    assert open_tui(Session(Path("x.db"))) == 7
    assert Path("x.db").exists()


@pytest.mark.parametrize(("arguments", "code"), [([], 7), (["demo"], 7), (["demo", "--no-tui"], 0)])
def test_a_terminal_opens_the_screens(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    make_samples(Path("recipes"))
    monkeypatch.setattr("workbench.cli.open_tui.open_tui", lambda here: 7)
    monkeypatch.setattr("workbench.cli.output.is_terminal", lambda stream: stream is not sys.stderr)
    assert invoke(*arguments).code == code
