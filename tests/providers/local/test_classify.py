"""Sorting into labels: with many examples, with few, with none."""

from __future__ import annotations

import pytest

from tests.providers.local.kit import ask, some_examples, sort
from workbench.errors import CallError

LABELS = {
    "billing": "invoices, payments and refunds",
    "technical": "something is broken or crashes",
    "other": "",
}


@pytest.mark.parametrize(("model", "count"), [("bayes", 3), ("bayes", 20), ("blend", 3), ("blend", 20)])
async def test_examples_decide(model: str, count: int) -> None:
    reply = await ask(model, sort("I forgot the pin of my account", examples=some_examples(count)))
    assert reply.text == reply.data["label"] == "pin"
    assert reply.data["confidence"] == next(iter(reply.data["scores"].values()))
    assert list(reply.data["scores"]) == sorted(
        reply.data["scores"], key=reply.data["scores"].get, reverse=True
    )
    assert sum(reply.data["scores"].values()) == pytest.approx(1, abs=1e-5)


async def test_blend_goes_by_the_number_of_examples() -> None:
    few = await ask("blend", sort("pin", examples=some_examples(14)))
    many = await ask("blend", sort("pin", examples=some_examples(15)))
    assert few.raw is not None
    assert many.raw is not None
    assert "centre" in few.raw["how"]["method"]
    assert "passive-aggressive" in many.raw["how"]["method"]


async def test_without_examples_the_descriptions_decide_and_it_is_never_sure() -> None:
    reply = await ask("blend", sort("The app crashes and is broken", LABELS))
    assert reply.text == "technical"
    assert 0 < reply.data["confidence"] < 0.5


async def test_nothing_shared_means_no_confidence() -> None:
    reply = await ask("blend", sort("bonjour", LABELS))
    assert reply.data["confidence"] == 0


async def test_bayes_needs_examples() -> None:
    with pytest.raises(CallError, match="learns from examples") as caught:
        await ask("bayes", sort("hello", LABELS))
    assert "local/blend" in caught.value.hint


async def test_a_label_without_examples_is_known_by_its_description() -> None:
    labels = {"refund": "", "card": "", "pin": "", "mortgage": "loans for buying a house"}
    reply = await ask("blend", sort("a loan for my house", labels, some_examples(5)))
    assert reply.text == "mortgage"


async def test_only_the_given_labels_are_answered() -> None:
    reply = await ask("bayes", sort("I forgot my pin", {"card": "", "refund": ""}, some_examples(5)))
    assert list(reply.data["scores"]) in (["card", "refund"], ["refund", "card"])


async def test_of_equals_the_first_label_wins() -> None:
    reply = await ask("blend", sort("", {"b": "", "a": ""}))
    assert reply.text == "b"


async def test_no_labels_is_refused() -> None:
    with pytest.raises(CallError, match="no labels"):
        await ask("blend", sort("hello"))


async def test_unknown_text_is_less_sure_than_known_text() -> None:
    known = await ask("bayes", sort("my card has not arrived", examples=some_examples(20)))
    unknown = await ask("bayes", sort("quantum flux in gallium", examples=some_examples(20)))
    assert unknown.data["confidence"] < known.data["confidence"]


async def test_at_most_ten_scores_are_told() -> None:
    many = [(f"word{at} text", f"label{at}") for at in range(30)]
    reply = await ask("blend", sort("word7 text", examples=many))
    assert reply.text == "label7"
    assert len(reply.data["scores"]) == 10
