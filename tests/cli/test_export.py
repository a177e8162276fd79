"""``export`` and ``import`` as commands."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Invoke

RECIPE = """schema: workbench/v1
name: short
inputs: {text: {type: string, default: "Cards come by post. They take five days."}}
models: {m: local/lead}
steps: {short: {prompt: "{{ text }}", model: m}}
outputs: {short: "{{ short.text }}"}
"""


def test_a_run_goes_to_another_record_and_replays(invoke: Invoke, tmp_path: Path) -> None:
    Path("recipe.yaml").write_text(RECIPE)
    run = json.loads(invoke("run", ".", "--json").out)
    told = json.loads(invoke("export", "last", "--to", "jsonl", "--json").out)
    assert told["runs"] == [run["run"]]
    Path("recipe.yaml").unlink()
    assert "1 run taken in" in invoke("import", told["file"], "--db", "other.db").out
    assert "1 run there already" in invoke("import", told["file"], "--db", "other.db").out
    again = json.loads(invoke("replay", "last", "--db", "other.db", "--json").out)
    assert again["outputs"] == run["outputs"]
    assert again["calls"] == 0
    forked = invoke("rerun", "last", "--db", "other.db", "--json")
    assert forked.code == 0, forked.err


def test_pages_and_traces_are_named_after_the_run(invoke: Invoke) -> None:
    Path("recipe.yaml").write_text(RECIPE)
    run = json.loads(invoke("run", ".", "--json").out)["run"]
    assert f"{run}.html" in invoke("export", "last").out
    assert invoke("export", "last").code == 2
    assert f"{run}.otlp.json" in invoke("export", "last", "--to", "otel").out
    assert json.loads(Path(f"{run}.otlp.json").read_text())["resourceSpans"]


def test_what_cannot_be_is_said(invoke: Invoke) -> None:
    Path("recipe.yaml").write_text(RECIPE)
    assert invoke("export", "last").code == 2
    invoke("run", ".")
    for wrong in (
        ("export", "nobody"), ("export", "last", "--endpoint", "http://x"), 
        ("export", "last", "--to", "word"),
        ("export", "last", "--to", "jsonl", "--redact"), ("export", "last", "-o", "no/such/folder.html"),
        ("import", "missing.jsonl.gz"), ("import", "recipe.yaml"),
    ):  # fmt: skip
        outcome = invoke(*wrong)
        assert outcome.code == 2, wrong
        assert "Traceback" not in outcome.err
    unreachable = invoke("export", "last", "--to", "otel", "--endpoint", "http://127.0.0.1:9")
    assert unreachable.code == 1
    assert "127.0.0.1:9" in unreachable.err
