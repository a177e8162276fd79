"""A rerun or fork that stopped goes on as what it was: the past still answers, the fork stays a fork."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.kit import echo
from tests.study.kit import Lab
from workbench.errors import CallError, UsageError
from workbench.providers.port import ModelRequest, Reply

CHAIN = """
inputs: {word: string}
steps:
  one: {prompt: "one {{ word }}"}
  two: {prompt: "two {{ one.text }}"}
  three: {prompt: "three {{ two.text }}"}
  four: {prompt: "four {{ one.text }}", needs: [three]}
outputs: {said: "{{ three.text }} {{ four.text }}"}
"""


class Moody:
    """Fails at prompts with a certain beginning while it is ill."""

    def __init__(self) -> None:
        self.ill_at = ""

    def __call__(self, model: str, request: ModelRequest) -> Reply:
        if self.ill_at and request.messages[0].text.startswith(self.ill_at):
            raise CallError("refused", "not today")
        reply = echo(model, request)
        assert isinstance(reply, Reply)
        return reply


async def test_a_rerun_goes_on_with_the_answers_of_the_past(tmp_path: Path) -> None:
    moody = Moody()
    lab = Lab(tmp_path / "lab", moody)
    await lab.run(CHAIN, word="x")
    lab.write(CHAIN.replace('"two ', '"zwei '))
    moody.ill_at = "three ZWEI"
    _, stopped = await lab.rerun()
    assert stopped.status == "failed"
    moody.ill_at = ""
    lab.asked()
    resumed = await lab.bench.resume(stopped.run)
    assert lab.asked() == ["three ZWEI ONE X"], "one and four are known from the first run, two from this one"
    assert resumed.outputs == {"said": "THREE ZWEI ONE X FOUR ONE X"}
    await lab.close()


@pytest.mark.parametrize("output", [None, "GIVEN"])
async def test_a_fork_goes_on_as_a_fork(tmp_path: Path, output: str | None) -> None:
    moody = Moody()
    lab = Lab(tmp_path / "lab", moody)
    await lab.run(CHAIN, word="x")
    moody.ill_at = "three"
    _, stopped = await lab.fork("two", output)
    moody.ill_at = ""
    lab.asked()
    resumed = await lab.bench.resume(stopped.run)
    said = output or "TWO ONE X"
    assert lab.asked() == [f"three {said}", "four ONE X"], "what follows the fork is not taken from the past"
    assert resumed.outputs == {"said": f"THREE {said} FOUR ONE X"}
    assert len([row for row in lab.calls(stopped.run) if row.kind == "hand"]) == (output is not None)
    await lab.close()


async def test_what_is_done_or_a_replay_is_not_resumed(lab: Lab) -> None:
    first = await lab.run(CHAIN, word="x")
    with pytest.raises(UsageError, match="finished"):
        await lab.bench.resume(first.run)


async def test_a_changed_recipe_is_refused(tmp_path: Path) -> None:
    moody = Moody()
    moody.ill_at = "three"
    lab = Lab(tmp_path / "lab", moody)
    first = await lab.run(CHAIN, word="x")
    lab.write(CHAIN.replace('"two ', '"zwei '))
    with pytest.raises(UsageError, match=r"has changed since: recipe\.yaml(.|\n)*\+  two: .*zwei"):
        await lab.bench.resume(first.run)
    await lab.close()
