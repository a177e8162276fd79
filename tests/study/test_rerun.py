"""Reruns: only what a change touches is asked again, and the plan says so beforehand."""

from __future__ import annotations

from pathlib import Path

from tests.engine.kit import echo
from tests.study.kit import Lab, planned, reason
from workbench.errors import CallError
from workbench.providers.port import ModelRequest, Reply

LEAVES = [f"leaf{number}" for number in range(20)]


def fan(changed: str = "about") -> str:
    """A root, twenty leaves that mention it, and a join of them all; ``leaf7`` can be worded otherwise."""
    lines = ["inputs: {word: string}", "steps:", "  root: {prompt: 'root {{ word }}'}"]
    for leaf in LEAVES:
        wording = changed if leaf == "leaf7" else "about"
        lines.append(f"  {leaf}: {{prompt: '{leaf} {wording} {{{{ root.text }}}}'}}")
    joined = " ".join(f"{{{{ {leaf}.text }}}}" for leaf in LEAVES)
    lines += [f"  join: {{prompt: 'join {joined}'}}", "outputs: {said: '{{ join.text }}'}"]
    return "\n".join(lines)


async def test_one_changed_leaf_of_twenty_makes_two_calls(lab: Lab) -> None:
    first = await lab.run(fan(), word="hi")
    lab.write(fan("ABOUT and more"))
    plan, again = await lab.rerun()
    assert len(lab.asked()) == 2
    assert lab.made(again.run) == ["join", "leaf7"]
    assert len(lab.reused(again.run)) == 20
    assert again.outputs != first.outputs
    assert planned(plan, "call") == ["leaf7"]
    assert reason(plan, "leaf7") == "prompt text differs"
    assert planned(plan, "unknown") == ["join"]
    assert reason(plan, "join") == "until leaf7 is known"
    assert planned(plan, "reuse") == sorted({"root", *LEAVES} - {"leaf7"})
    assert reason(plan, "root") == f"asked the same in {first.run}"


async def test_an_equal_answer_cuts_the_change_off(lab: Lab) -> None:
    first = await lab.run(fan(), word="hi")
    lab.write(fan("ABOUT"))  # the model answers in upper case: the same
    plan, again = await lab.rerun()
    assert len(lab.asked()) == 1
    assert lab.made(again.run) == ["leaf7"]
    assert again.outputs == first.outputs
    assert planned(plan, "unknown") == ["join"]


async def test_nothing_changed_calls_nobody(lab: Lab) -> None:
    first = await lab.run(fan(), word="hi")
    plan, again = await lab.rerun()
    assert lab.asked() == []
    assert again.outputs == first.outputs
    assert len(planned(plan, "reuse")) == 22
    assert lab.reader.run(again.run).mode == "rerun"
    assert lab.reader.run(again.run).parent == first.run


async def test_a_rerun_of_a_rerun_reuses_what_was_reused(lab: Lab) -> None:
    await lab.run(fan(), word="hi")
    await lab.rerun()
    lab.write(fan("ABOUT and more"))
    plan, again = await lab.rerun()
    assert lab.made(again.run) == ["join", "leaf7"]
    assert reason(plan, "leaf7") == "prompt text differs"


async def test_changed_inputs_edits_and_models(lab: Lab) -> None:
    await lab.run(fan(), word="hi")
    plan, again = await lab.rerun(inputs={"word": "ho"})
    assert len(lab.made(again.run)) == 22
    assert planned(plan, "call") == ["root"]
    assert len(planned(plan, "unknown")) == 21
    plan, again = await lab.rerun(edits={"steps.join.prompt": "only {{ leaf1.text }}"})
    assert lab.made(again.run) == ["join"]
    plan, again = await lab.rerun(models={"m": "fake/b"})
    assert reason(plan, "root") == "model fake/a → fake/b"
    assert len(lab.made(again.run)) == 22


CHAIN = """
inputs: {word: string}
steps:
  one: {prompt: "one {{ word }}"}
  two: {prompt: "two {{ one.text }}"}
outputs: {said: "{{ two.text }}"}
"""


async def test_a_renamed_step_is_known_by_what_it_asks(lab: Lab) -> None:
    await lab.run(CHAIN, word="x")
    lab.write(CHAIN.replace("one:", "uno:").replace("one.text", "uno.text"))
    plan, again = await lab.rerun()
    assert lab.asked() == []
    assert lab.reused(again.run) == planned(plan, "reuse") == ["two", "uno"]


EACH = """
inputs: {words: list}
steps:
  say: {each: words, prompt: "say {{ item }}"}
  all: {prompt: "{{ say|map(attribute='text')|join(' ') }}"}
outputs: {said: "{{ all.text }}"}
"""


async def test_an_inserted_item_is_the_only_one_asked(lab: Lab) -> None:
    await lab.run(EACH, words=["a", "b", "c"])
    plan, again = await lab.rerun(inputs={"words": ["new", "a", "b", "c"]})
    assert lab.asked() == ["say new", "SAY NEW SAY A SAY B SAY C"]
    assert planned(plan, "call") == ["say[0]"]
    assert planned(plan, "reuse") == ["say[1]", "say[2]", "say[3]"]
    assert planned(plan, "unknown") == ["all"]
    assert again.outputs == {"said": "SAY NEW SAY A SAY B SAY C"}


async def test_a_removed_and_a_moved_item_cost_nothing(lab: Lab) -> None:
    await lab.run(EACH, words=["a", "b", "c"])
    plan, _ = await lab.rerun(inputs={"words": ["c", "a"]})
    assert lab.asked() == ["SAY C SAY A"]
    assert planned(plan, "call") == ["all"]


TOOL = """
inputs: {who: string}
tools: {send: "tools.py:send"}
steps:
  letter: {prompt: "write {{ who }}"}
  sent: {tool: send, with: {text: "{{ letter.text }}"}, effects: true}
outputs: {sent: "{{ sent.text }}"}
"""
SEND = """
from pathlib import Path

def send(text):
    with Path("{log}").open("a") as file:
        file.write(text + "|")
    return "sent"
"""


async def test_an_effect_is_reused_with_a_notice_and_not_had_twice(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "log"
    await lab.run(lab.write(TOOL, {"tools.py": SEND.replace("{log}", str(log))}), who="ann")
    heard: list[bool] = []

    class Listener:
        def receive(self, event: object) -> None:
            if type(event).__name__ == "CallReused" and getattr(event, "effects", False):
                heard.append(True)

    from workbench.study.change import Change

    again = await lab.bench.rerun("last", Change(), listeners=[Listener()])
    assert (log.read_text(), heard, again.status) == ("WRITE ANN|", [True], "done")
    plan, _ = await lab.rerun()
    sent = next(step for step in plan.steps if step.path == "sent")
    assert sent.effects
    assert "not done again" in sent.reason
    await lab.rerun(inputs={"who": "bob"})
    assert log.read_text() == "WRITE ANN|WRITE BOB|"


async def test_changed_files_are_named(lab: Lab, tmp_path: Path) -> None:
    text = """
    data: {kb: kb/}
    tools: {count: "tools.py:count"}
    steps:
      found: {retrieve: "blue", from: kb}
      counted: {tool: count, with: {text: "abc"}}
      said: {prompt: {file: ask.md}}
    """
    files = {
        "kb/one.md": "# One\nblue sky", "ask.md": "hello",
        "tools.py": "def count(text):\n    return len(text)\n",
    }  # fmt: skip
    await lab.run(lab.write(text, files))
    plan, _ = await lab.rerun()
    assert planned(plan, "call") == []
    lab.write(text, {"kb/two.md": "# Two\nblue sea"})
    plan, _ = await lab.rerun()
    assert (planned(plan, "call"), reason(plan, "found")) == (["found"], "its documents changed")
    lab.write(text, {"tools.py": "def count(text):\n    return len(text) + 1\n"})
    plan, _again = await lab.rerun()
    assert (planned(plan, "call"), reason(plan, "counted")) == (["counted"], "the tool's code changed")
    lab.write(text, {"ask.md": "good day"})
    plan, _ = await lab.rerun()
    assert (planned(plan, "call"), reason(plan, "said")) == (["said"], "prompt text differs")


async def test_what_failed_is_asked_again(tmp_path: Path) -> None:
    healthy = False

    def answer(model: str, request: ModelRequest) -> Reply:
        if not healthy and request.messages[0].text.startswith("two"):
            raise CallError("refused", "not today")
        reply = echo(model, request)
        assert isinstance(reply, Reply)
        return reply

    lab = Lab(tmp_path / "lab", answer)
    first = await lab.run(CHAIN, word="x")
    assert first.status == "failed"
    healthy = True
    plan, again = await lab.rerun()
    assert planned(plan, "call") == lab.made(again.run) == ["two"]
    assert reason(plan, "two") == f"it did not end well in {first.run}: refused"
    await lab.close()
