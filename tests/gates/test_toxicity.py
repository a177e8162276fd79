"""The gate ``toxicity``."""

from __future__ import annotations

import random

import pytest

from tests.gates.kit import verdict
from tests.shared_data import table
from workbench.gates import toxicity
from workbench.gates.make_weights import weights_of


def test_an_insult_fails_and_an_answer_passes() -> None:
    bad = verdict({"toxicity": {}}, "You are a worthless idiot and everyone hates you.")
    assert not bad.passed and bad.score is not None and bad.score < 0.2
    assert bad.reason.startswith("reads as abusive (0.9")
    good = verdict({"toxicity": {}}, "Your card is on its way and should arrive within five days.")
    assert good.passed and good.reason == f"{1 - (good.score or 0):.2f} likely to be abusive"


def test_one_insult_in_a_long_text_is_enough() -> None:
    polite = "Your card is on its way. It should arrive within five working days. " * 20
    assert verdict({"toxicity": {}}, polite).passed
    assert not verdict({"toxicity": {}}, polite + "You stupid worthless idiot, shut up. " + polite).passed


def test_the_threshold_is_the_recipes() -> None:
    text = "I hate waiting for my damn card, this is annoying"
    assert verdict({"toxicity": {"at_most": 0.5}}, text).passed
    assert not verdict({"toxicity": {"at_most": 0.01}}, text).passed


@pytest.mark.parametrize("text", ["", "   ", "🙂🙂", "1 2 3", "x" * 100_000])
def test_any_text_has_a_score(text: str) -> None:
    assert 0.0 <= toxicity.toxic_share(text) <= 1.0


def test_abuse_is_told_from_the_rest_on_texts_it_did_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(row["text"], row["label"] == "1") for row in table("toxicity_dev.tsv")]
    random.Random(3).shuffle(rows)
    scores: list[tuple[float, bool]] = []
    for fold in range(5):
        weights = weights_of(rows[at] for at in range(len(rows)) if at % 5 != fold)
        monkeypatch.setattr(toxicity, "_weights", lambda weights=weights: weights)
        scores += [(toxicity.toxic_share(text), bad) for text, bad in rows[fold::5]]
    high = [score for score, bad in scores if bad]
    low = [score for score, bad in scores if not bad]
    above = sum((one > other) + (one == other) / 2 for one in high for other in low)
    assert above / len(high) / len(low) >= 0.93


def test_ordinary_questions_hardly_ever_fail() -> None:
    questions = [row["text"] for row in table("banking77_dev.tsv")]
    alarms = sum(toxicity.toxic_share(text) > 0.5 for text in questions)
    assert alarms / len(questions) <= 0.01
