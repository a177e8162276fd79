"""The command line as a program: help, what it loads, wrong use, streams that are not there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.rows import HOSTILE
from tests.waiting import LONG
from workbench.cli.app import GROUPS
from workbench.safe_text import FORBIDDEN

HEAVY = {"textual", "httpx", "sqlite_utils", "pydantic", "ruamel", "minijinja", "tenacity"}


def program(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command line as its own process."""
    return subprocess.run(
        [sys.executable, "-c", "from workbench.cli.main import main; main()", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, **environment},
        timeout=LONG,
        check=False,
    )


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from workbench.cli.main import command_line\n"
        "code = command_line(['--help'])\n"
        "sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stderr.split())
    assert "Usage: workbench" in done.stdout


def test_every_command_has_help(invoke: Invoke) -> None:
    for commands in GROUPS.values():
        for command in commands:
            shown = invoke(command.__name__, "--help")
            assert shown.code == 0
            assert f"Usage: workbench {command.__name__}" in shown.out
            assert "--db" in shown.out
            assert "--json" in shown.out
            assert not {"<bool>", "<str>", "<list[str]>", "<path>"} & set(shown.out.split())


def test_without_a_terminal_no_command_means_help(invoke: Invoke) -> None:
    shown = invoke()
    assert shown.code == 0
    assert "Usage: workbench" in shown.out


def test_version(invoke: Invoke) -> None:
    assert invoke("--version").out == "workbench 0.1.0\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rnus"], "Did you mean 'runs'"),
        (["runs", "--limti", "3"], "--limit"),
        (["runs", "--limit", "none"], "--limit"),
        (["runs", "--limit", "0"], "--limit"),
        (["run"], "Missing argument 'RECIPE'"),
        (["check"], "Missing argument 'RECIPE'"),
        (["runs", "--status", "fine"], "no status 'fine'"),
        (["show", "last"], "there is no record"),
        (["replay", "last"], "there is no record"),
        (["resume"], "there is no record"),
        (["show", "last", "--raw"], "--raw shows one step"),
        (["new", "../up"], "cannot name a recipe"),
        ([HOSTILE], "[bold]markup[/]"),
    ],
)
def test_wrong_use_is_told_on_stderr_with_exit_2(invoke: Invoke, arguments: list[str], told: str) -> None:
    shown = invoke(*arguments)
    assert (shown.code, shown.out) == (2, "")
    assert told in shown.err
    assert not FORBIDDEN.search(shown.err)
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("arguments", [["--json", "runs"], ["runs", "--json"]])
def test_json_before_and_after_the_command(invoke: Invoke, arguments: list[str]) -> None:
    shown = invoke(*arguments)
    assert (shown.code, json.loads(shown.out), shown.err) == (0, [], "")


@pytest.mark.parametrize("arguments", [["--db", "x.db", "show", "last"], ["show", "last", "--db", "x.db"]])
def test_db_before_and_after_the_command(invoke: Invoke, arguments: list[str]) -> None:
    assert "no record at x.db" in invoke(*arguments).err
    assert not Path("x.db").exists()


def test_db_from_the_environment(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_DB", "env.db")
    assert "no record at env.db" in invoke("show", "last").err
    assert "no record at own.db" in invoke("show", "last", "--db", "own.db").err


def test_closed_streams_are_no_failure() -> None:
    line = f"{sys.executable} -c 'from workbench.cli.main import main; main()'"
    for shell in (f"{line} runs --json >&-", f"{line} runs <&-", f"{line} rnus 2>&-; test $? = 2"):
        done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), shell


def test_a_reader_that_goes_away_is_no_failure() -> None:
    line = f"{sys.executable} -c 'from workbench.cli.main import main; main()' runs --json | true"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_letters_the_terminal_does_not_know_are_numbered() -> None:
    done = program("new", "x-y", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_an_interrupt_stops_a_run_truthfully() -> None:
    Path("recipe.yaml").write_text(
        "schema: workbench/v1\nname: slow\nmodels: {w: {candidates: ['sim/calm?speed=0.02']}}\n"
        "steps: {a: {prompt: hello}, b: {prompt: '{{ a.text }}'}}\n"
    )
    arguments = [sys.executable, "-c", "from workbench.cli.main import main; main()", "run", "."]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "→ a" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONG)
    assert (process.returncode, out) == (130, "")
    assert "■ cancelled" in err
    assert "Traceback" not in err
    assert b'"status": "cancelled"' in program("runs", "--json").stdout
