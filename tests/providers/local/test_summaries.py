"""Summaries: the first sentences, the central ones."""

from __future__ import annotations

import pytest

from tests.providers.local.kit import ask, question, source
from workbench.errors import CallError

MINUTES = (
    "The team met on Monday. Coffee was served. Sales of the boat grew by nine percent. "
    "Sales of the boat in the north grew most. It was decided to build a second boat yard in the north. "
    "The window was open."
)


async def test_lead_is_the_beginning() -> None:
    reply = await ask("lead", source(MINUTES, "Sum up in two sentences."))
    assert reply.text == "The team met on Monday. Coffee was served."


async def test_digest_finds_what_matters_and_keeps_its_order() -> None:
    reply = await ask("digest", source(MINUTES, "Sum up in two sentences."))
    assert "boat yard" in reply.text
    assert "window" not in reply.text
    assert "Coffee" not in reply.text


async def test_digest_does_not_repeat_itself() -> None:
    text = "The bridge is closed for repair. " * 3 + "Buses take the tunnel. Trains run as usual."
    reply = await ask("digest", source(text, "Sum up in two sentences."))
    assert reply.text.count("bridge is closed") == 1


async def test_the_length_goes_with_the_source() -> None:
    short = await ask("digest", source("Only this is said."))
    long = await ask(
        "digest", source(" ".join(f"Item number {at} concerns topic {at * 7}." for at in range(80)))
    )
    assert short.text == "Only this is said."
    assert long.text.count(".") == 5


async def test_limits_in_words_are_kept() -> None:
    reply = await ask("digest", source(MINUTES, "Sum up in at most 12 words."))
    assert len(reply.text.split()) <= 12


async def test_retrieved_sources_are_cited() -> None:
    reply = await ask("digest", question("cards"))
    assert "[kb-" in reply.text


async def test_headings_alone_cannot_be_summed_up() -> None:
    with pytest.raises(CallError, match="no sentence"):
        await ask("digest", source("# Title\n## Another"))
