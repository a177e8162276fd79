"""A real model server: llama.cpp with a tiny model of our own making, asked by every protocol it speaks.

It needs the extra ``llama``: ``pip install -e '.[dev,llama]'``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.llama.tiny_model import CALL_BEGINS, write_model
from workbench.providers.embeddings import embed
from workbench.providers.server import ServerProvider
from workbench.recipe.inputs import read_inputs
from workbench.recipe.load import load
from workbench.study.bench import Bench, Result
from workbench.study.summary import summary

missing = [name for name in ("xllamacpp", "gguf") if find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"{' and '.join(missing)} not installed (extra: llama)")
ROOT = Path(__file__).parents[2]
RECIPE = f"""
schema: workbench/v1
name: tiny
inputs: {{word: string}}
models:
  chat: {{candidates: [chat/tiny], params: {{max_tokens: 24, seed: 3}}}}
  caller:
    candidates: [chat/tiny]
    params:
      max_tokens: 400
      tool_choice: required
      parallel_tool_calls: false
      logit_bias: {{"{CALL_BEGINS}": 60}}
  answers: {{candidates: [responses/tiny], params: {{max_tokens: 24, seed: 3}}}}
  messages: {{candidates: [messages/tiny], params: {{max_tokens: 24, seed: 3}}}}
  filler: {{candidates: [chat/tiny], params: {{max_tokens: 500, seed: 3}}}}
tools: {{look: "tools.py:look"}}
steps:
  say: {{prompt: "Say {{{{ word }}}}", model: chat}}
  more: {{prompt: "And after {{{{ say.text|length }}}} characters?", model: answers}}
  last: {{prompt: "And after {{{{ more.text|length }}}}?", system: "Be brief.", model: messages}}
  sort: {{classify: "{{{{ word }}}}", into: [greeting, farewell], model: filler}}
  fill:
    extract: "{{{{ word }}}}"
    output: {{polite: boolean, tone: {{type: string, choices: [warm, cold]}}}}
    model: filler
  call: {{prompt: "Look at {{{{ word }}}}", tools: look, model: caller}}
outputs:
  said: ["{{{{ say.text }}}}", "{{{{ more.text }}}}", "{{{{ last.text }}}}"]
  kind: "{{{{ sort.label }}}}"
  filled: "{{{{ fill.data }}}}"
  calls: "{{{{ call.calls }}}}"
"""
TOOLS = '''
from typing import Literal

def look(closely: bool, where: Literal["up", "down"]):
    """Look somewhere."""
'''


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running server's address, and its process."""
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    write_model(path)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.llama.model_server", str(path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    address = next((line[3:].strip() for line in process.stdout if line.startswith("@@ ")), "")
    yield address, process
    process.stdin.close()
    process.stdout.close()
    process.wait(20)


def put(folder: Path, url: str) -> Path:
    (folder / "recipe.yaml").write_text(RECIPE)
    (folder / "tools.py").write_text(TOOLS)
    kinds = {"chat": "openai", "responses": "openai-responses", "messages": "anthropic"}
    sections = [
        f'[providers.{name}]\nkind = "{kind}"\nbase_url = "{url}/v1"\n' for name, kind in kinds.items()
    ]
    (folder / "workbench.toml").write_text("\n".join(sections))
    return folder / "recipe.yaml"


def recorded(bench: Bench, run: str) -> list[Any]:
    return [
        (each.path, each.answer, each.finish, each.usage, each.model) for each in bench.reader.recording(run)
    ]


async def test_a_recipe_is_run_and_replayed_when_the_server_is_gone(
    server: tuple[str, subprocess.Popen[str]], tmp_path: Path
) -> None:
    url, process = server
    recipe = load(put(tmp_path, url))
    bench = Bench.open(tmp_path)
    try:
        provider, _ = bench.providers.provider("chat/tiny")
        assert isinstance(provider, ServerProvider)
        vectors = await embed(provider, "tiny", ["one", "two"])
        assert [len(each) for each in vectors.vectors] == [128, 128]
        assert vectors.usage.state == "reported"

        result = await bench.run(recipe, read_inputs(recipe, {"word": "hello"}))
        assert (result.status, result.error) == ("done", None)
        _as_asked(result)
        calls = recorded(bench, result.run)
        assert {each[2] for each in calls} <= {"length", "stop", "tool_calls"}
        assert all(each[3].state == "reported" and each[3].output for each in calls)
        step = bench.reader.step(result.run, "say").calls[0]
        assert step.first_token is not None
        assert len(step.chunks) > 0

        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
        again = await bench.replay(result.run)
        assert (again.status, again.outputs) == ("done", result.outputs)
        assert [each[:2] for each in recorded(bench, again.run)] == [each[:2] for each in calls]
        assert summary(bench.reader, again.run)["reused"] == 6
        gone = await bench.run(recipe, read_inputs(recipe, {"word": "good-bye"}))
        assert (gone.status, gone.error_class) == ("failed", "network")
    finally:
        await bench.close()


def _as_asked(result: Result) -> None:
    """Random words, but the forms are kept, since the server holds the model to them."""
    assert all(isinstance(each, str) and each for each in result.outputs["said"])
    assert result.outputs["kind"] in ("greeting", "farewell")
    assert isinstance(result.outputs["filled"]["polite"], bool)
    assert result.outputs["filled"]["tone"] in ("warm", "cold", None)
    (call, *_) = result.outputs["calls"]
    assert call["name"] == "look"
    assert call["with"]["where"] in ("up", "down")
