"""The gate ``grounded``."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from tests.gates.kit import verdict
from tests.shared_data import auroc, records
from workbench.gates.grounded import source_text, supports
from workbench.words import sentences

SOURCE = (
    "A refund takes up to 10 days. The shop must start the refund with its bank in Lisbon. "
    "Refunds go back to the card that paid."
)


def on_source(text: str, source: Any = SOURCE) -> Any:
    return verdict({"grounded": {"in": "search"}}, text, names={"search": source})


@pytest.mark.parametrize(
    "text",
    [
        SOURCE,
        "The shop must start the refund. [kb-1]",
        "Refunds take up to 10 days.",
        "Refunds go back to the card that paid. [kb-2] Yes.",
        "I'd say refunds go back to the card that paid.",
    ],
)
def test_what_the_source_says_passes(text: str) -> None:
    assert on_source(text).passed


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("A refund takes up to 12 days.", "12"),
        ("The shop must start the refund with its bank in Madrid.", "Madrid"),
        (
            "A refund takes up to 10 days. Our weather will be sunny tomorrow.",
            "sentence 2 is not supported by search",
        ),
        ("Dogs bark at night.", "sentence 1"),
    ],
)
def test_what_it_does_not_say_fails_and_is_named(text: str, part: str) -> None:
    found = on_source(text)
    assert not found.passed
    assert part in found.reason
    assert found.score is not None
    assert found.score < 0.6


def test_without_a_source_or_a_sentence_nothing_is_grounded() -> None:
    assert "no text" in on_source("Anything.", "").reason
    assert "no sentence" in on_source(" ").reason
    assert not verdict({"grounded": {"in": "nowhere"}}, "Anything.").passed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ({"text": "t", "documents": []}, "t"),
        ({"documents": [{"title": "T", "text": "a"}, {"text": "b"}], "text": "x"}, "T\na\n\n\nb"),
        ({"result": {"plan": "gold"}}, '{"plan": "gold"}'),
        ([{"text": "a"}, {"text": "b"}], "a\n\nb"),
        (None, ""),
    ],
)
def test_sources_of_all_kinds(value: Any, text: str) -> None:
    assert source_text("s", {"s": value}) == text


def test_citations_are_of_known_documents_or_single_words() -> None:
    source = {"documents": [{"id": "Opening hours", "title": "", "text": "We open at nine."}]}
    assert on_source("We open at nine. [Opening hours]", source).passed
    assert on_source("We open at nine [kb-7].", source).passed
    assert not on_source("We open at nine. [Dogs may stay overnight]", source).passed


def test_dots_lead_into_groups() -> None:
    assert source_text("group.inner", {"group": {"inner": {"text": "deep"}}}) == "deep"


def test_it_tells_right_answers_from_invented_ones() -> None:
    rows = records("grounded_dev.jsonl")
    right, invented = (
        [min(one.score for one in supports(row[key], row["knowledge"])) for row in rows]
        for key in ("right_answer", "hallucinated_answer")
    )
    assert auroc(right, invented) >= 0.97


def test_it_tells_other_paragraphs_and_changed_numbers() -> None:
    paragraphs = records("xquad_dev.jsonl")
    own, other, changed = [], [], []
    for at, paragraph in enumerate(paragraphs):
        source = paragraph["text"]
        elsewhere = paragraphs[(at + 37) % len(paragraphs)]["text"]
        for sentence in sentences(source)[:2]:
            own.append(supports(sentence, source)[0].score)
            other.append(supports(sentence, elsewhere)[0].score)
            if number := re.search(r"\d+", sentence):
                new = str(int(number[0]) + random.Random(at).randint(11, 99))
                changed.append(supports(sentence.replace(number[0], new, 1), source)[0].score)
    assert min(own) >= 0.6
    assert auroc(own, other) >= 0.99
    assert auroc(own, changed) >= 0.98
    assert sum(score < 0.6 for score in changed) / len(changed) >= 0.9
