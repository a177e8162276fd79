"""Recipes that a model writes from a sentence, by a real server: good answers, wrong and hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.providers.wire_server import STREAM, Script, WireServer, chunk, serving, sse, usage_chunk
from workbench.errors import UsageError
from workbench.recipe.load import load
from workbench.study.bench import Bench
from workbench.study.making import from_sentence, planned, write

SENTENCE = "answer questions from our notes"
GOOD = from_sentence("planned", SENTENCE)[0]["recipe.yaml"].decode().replace("top: ", "top: 1")
WRONG = {
    "no YAML": ("steps: [", "not YAML"),
    "prose": ("I am sorry, I cannot do that.", "a recipe has keys"),
    "nothing": ("", "empty"),
    "an unknown key": (GOOD + "shell: rm -rf /\n", "unknown key shell"),
    "terminal codes": (GOOD.replace("about: ", "about: \x1b[2J"), "control character"),
    "a bomb of aliases": ("a: &a [x, x]\nb: &b [*a, *a]\n", "anchors are not read"),
    "a tag": ("schema: !!python/object:os.system {}\n", "tags are not read"),
    "code that is not there": (GOOD + "tools: {x: 'tools.py:go'}\n", "tools.py"),
    "a way out of the folder": (GOOD.replace("folder: data", "folder: ../../../etc"), "leads out"),
    "too much of it": ("# " + "x" * 120_000, "too long"),
}


def answer(text: str, cut: int = 400) -> Script:
    """The answer of an OpenAI-like server, streamed in pieces."""
    pieces = [chunk(text[at : at + cut]) for at in range(0, len(text), cut)]
    return Script(sse(*pieces, chunk(finish="stop"), usage_chunk()), headers=STREAM)


def bench(folder: Path, wire: WireServer) -> Bench:
    section = f'[providers.acme]\nkind = "openai"\nbase_url = "{wire.url}/v1"\n'
    (folder / "workbench.toml").write_text(f'{section}[prices."acme/m"]\ninput = 1.0\noutput = 1.0\n')
    return Bench.open(folder)


@pytest.mark.parametrize(
    "shown",
    [
        GOOD,
        f"Here it is:\n```yaml\n{GOOD}```\nHave fun!",
        f"```sh\npip install x\n```\n```yaml\n{GOOD}```",
        GOOD.replace("\n", "\r\n"),
    ],
    ids=["bare", "fenced", "fenced twice", "of Windows"],
)
async def test_what_a_model_writes_becomes_a_recipe(shown: str, tmp_path: Path) -> None:
    async with serving() as wire:
        wire.answer(answer(shown))
        here = bench(tmp_path, wire)
        files, like = await planned(here, "mine", SENTENCE, "acme/m")
        run = here.reader.run("last")
        await here.close()
    assert like == "retrieve-answer-verify" and run.status == "done" and run.cost_nano
    asked = wire.requests[0].json["messages"][-1]["content"]
    assert SENTENCE in asked and "schema: workbench/v1" in asked
    write(tmp_path / "mine", files)
    recipe = load(tmp_path / "mine" / "recipe.yaml")
    assert recipe.document.name == "mine" and "top: 1" in files["recipe.yaml"].decode()


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_no_recipe_is_refused_kept_and_never_run(what: str, tmp_path: Path) -> None:
    text, told = WRONG[what]
    async with serving() as wire:
        wire.answer(answer(text, 4000))
        here = bench(tmp_path, wire)
        with pytest.raises(UsageError) as caught:
            await planned(here, "mine", SENTENCE, "acme/m")
        assert told in caught.value.message and "\x1b" not in caught.value.message
        [run] = here.reader.runs()
        assert f"workbench show {run.id} plan" in (caught.value.hint or "")
        assert [step.path for step in here.reader.steps(run.id)] == ["plan"]
        kept = here.reader.outputs(run.id)["text"]
        await here.close()
    assert kept == text


async def test_a_server_that_fails_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    async with serving() as wire:
        wire.answer(Script(b'{"error": {"message": "no"}}', 401, {"content-type": "application/json"}))
        here = bench(tmp_path, wire)
        with pytest.raises(UsageError, match="acme/m gave no plan") as caught:
            await planned(here, "mine", SENTENCE, "acme/m")
        run = here.reader.run("last")
        await here.close()
    assert run.status == "failed" and f"workbench show {run.id}" in (caught.value.hint or "")
