"""Answers come from the sources, and change with them and with what is sent back."""

from __future__ import annotations

import pytest

from tests.providers.local.kit import CARDS, ask, question, revised, source
from workbench.errors import CallError
from workbench.providers.port import ModelRequest
from workbench.words import without_citations


@pytest.mark.parametrize("model", ["extract", "compose"])
async def test_an_answer_is_cited_and_made_of_the_source(model: str) -> None:
    reply = await ask(model, question("How do I track the delivery of a new card?"))
    assert reply.text.endswith("[kb-1]")
    assert without_citations(reply.text) in CARDS["kb-1"]


@pytest.mark.parametrize("model", ["extract", "compose"])
async def test_an_answer_changes_with_the_source(model: str) -> None:
    passages = {"one": "The tower is 300 metres high. It stands in Paris."}
    first = await ask(model, question("How high is the tower?", passages))
    second = await ask(model, question("How high is the tower?", {"two": "The tower is 120 metres high."}))
    assert "300 metres" in first.text
    assert second.text == "The tower is 120 metres high. [two]"


async def test_extract_reads_the_first_passage_only() -> None:
    with pytest.raises(CallError) as caught:
        await ask("extract", question("How do I change the PIN?"))
    assert caught.value.error_class == "refused"
    reply = await ask("compose", question("How do I change the PIN?"))
    assert reply.text.startswith("You can change the PIN")


@pytest.mark.parametrize("model", ["extract", "compose"])
async def test_an_unanswerable_question_is_refused(model: str) -> None:
    with pytest.raises(CallError, match="no sentence of the sources") as caught:
        await ask(model, question("Who painted the ceiling of the chapel?"))
    assert caught.value.error_class == "refused"


async def test_sentences_keep_the_order_of_the_source() -> None:
    reply = await ask("compose", question("How long does a refund take and who must start the refund?"))
    text = without_citations(reply.text)
    assert text.index("A refund takes") < text.index("The shop must")


async def test_a_limit_on_length_is_met_when_it_is_sent_back() -> None:
    asked = question("How long does a refund take, who must start it, and where do refunds go?")
    first = await ask("compose", asked)
    assert len(first.text) > 60
    second = await ask(
        "compose", revised(asked, first.text, f"length: at most 60 characters, was {len(first.text)}")
    )
    assert len(second.text) <= 60
    assert without_citations(second.text) in CARDS["kb-2"]


async def test_a_demanded_word_is_brought_in() -> None:
    asked = question("How long does a refund take?", orders="Answer in one sentence.")
    first = await ask("compose", asked)
    assert "shop" not in first.text
    second = await ask("compose", revised(asked, first.text, "contains: must mention 'shop'"))
    assert "shop" in second.text


async def test_an_unsupported_sentence_is_left_out() -> None:
    asked = question("How long does a refund take, and who must start the refund?")
    first = await ask("compose", asked)
    second = await ask(
        "compose", revised(asked, first.text, "grounded: sentence 1 is not supported by search")
    )
    assert "A refund takes" in first.text
    assert "A refund takes" not in second.text


async def test_an_objection_it_cannot_read_still_brings_another_answer() -> None:
    asked = question("How long does a refund take, and who must start the refund?")
    answers = [(await ask("compose", asked)).text]
    for _ in range(2):
        answers.append((await ask("compose", revised(asked, answers[-1], "similar: not close enough"))).text)
    assert len(set(answers)) > 1
    assert answers[1] != answers[0]


async def test_more_is_said_when_too_little_was() -> None:
    asked = question("How long does a refund take?", orders="Answer in one sentence.")
    first = await ask("compose", asked)
    second = await ask("compose", revised(asked, first.text, "words: at least 15 words, was 7"))
    assert len(second.text.split()) > len(first.text.split())


async def test_max_tokens_cuts_between_words_and_says_so() -> None:
    asked = question("How do I track the delivery of a new card?")
    reply = await ask("compose", ModelRequest("prompt", asked.messages, params={"max_tokens": 8}))
    assert reply.finish == "length"
    assert len(reply.text) <= 32
    assert reply.text in CARDS["kb-1"]


async def test_one_long_input_is_the_source_when_nothing_was_retrieved() -> None:
    text = "The lease starts in May. Either party may end it with three months notice. Pets are allowed."
    reply = await ask("compose", source(text, "Which notice ends the lease?"))
    assert "three months notice" in reply.text
    assert "[" not in reply.text


async def test_titles_are_not_answers() -> None:
    passages = {"kb-9": "Lost card\nFreeze a lost card in the app at once. We send a new one."}
    reply = await ask("compose", question("What to do with a lost card?", passages))
    assert reply.text.startswith("Freeze a lost card")
