"""The provider as the engine sees it: replies, refusals, what it says of its models."""

from __future__ import annotations

import pytest

from tests.providers.local.kit import ask, question, some_examples, sort, source
from workbench.errors import CallError
from workbench.providers.local.provider import LocalProvider
from workbench.providers.port import Message, ModelRequest, Provider
from workbench.usage import FREE


async def test_a_reply_says_what_answered_and_how() -> None:
    reply = await ask("compose", question("When does my new card arrive?"))
    assert reply.model == "local/compose@1"
    assert reply.usage.state == "estimated"
    assert reply.usage.output == -(-len(reply.text) // 4)
    assert reply.raw is not None
    assert reply.raw["how"]["picked"][0]["id"] == "kb-1"
    assert reply.first_token is not None


async def test_pieces_add_up_to_the_text() -> None:
    pieces: list[str] = []
    provider = LocalProvider()
    reply = await provider.reply(
        "digest", source("One is here. Two is there. Three is far. Four is gone."), pieces.append
    )
    assert "".join(pieces) == reply.text
    assert len(pieces) > 1
    assert reply.chunks[-1][1] == len(reply.text)


async def test_classify_streams_its_label() -> None:
    pieces: list[str] = []
    reply = await LocalProvider().reply(
        "bayes", sort("my card is late", examples=some_examples(5)), pieces.append
    )
    assert pieces == [reply.text] == ["card"]


@pytest.mark.parametrize(
    ("model", "said", "hint"),
    [("compos", "no model local/compos", "local/compose"), ("zzz", "no model local/zzz", "bayes")],
)
async def test_unknown_models_are_named(model: str, said: str, hint: str) -> None:
    with pytest.raises(CallError) as caught:
        await ask(model, question("x"))
    assert said in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.error_class == "bad_request"


@pytest.mark.parametrize("model", ["bayes", "tone", "facts"])
async def test_models_refuse_other_tasks_and_name_able_ones(model: str) -> None:
    with pytest.raises(CallError) as caught:
        await ask(model, question("x"))
    assert caught.value.error_class == "bad_request"
    assert "local/compose" in caught.value.hint


async def test_a_prompt_without_sources_is_refused() -> None:
    with pytest.raises(CallError, match="holds none") as caught:
        await ask("compose", ModelRequest("prompt", (Message("user", "Write me a poem."),)))
    assert caught.value.error_class == "bad_request"
    assert "chat model" in caught.value.hint


async def test_prompts_in_json_are_refused() -> None:
    asked = question("When?")
    with pytest.raises(CallError, match="cannot answer in JSON"):
        await ask("compose", ModelRequest("prompt", asked.messages, schema={"type": "object"}))


def test_all_models_are_free_and_described() -> None:
    provider: Provider = LocalProvider()
    names = [info.name for info in provider.models()]
    assert names == [f"local/{name}" for name in
                     ("bayes", "blend", "tone", "extract", "compose", "lead", "digest", "facts")]  # fmt: skip
    assert all(info.price == FREE and info.about and not info.simulated for info in provider.models())
    assert not provider.info("gpt").available
