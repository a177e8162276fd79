"""How a text sounds."""

from __future__ import annotations

import pytest

from tests.providers.local.kit import ask, sort
from tests.shared_data import auroc, table
from workbench.errors import CallError
from workbench.providers.local import tone
from workbench.providers.local.tone import polarity


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("This is a wonderful camera, I love it!", "positive"),
        ("Terrible. It broke after a day and nobody helped.", "negative"),
        ("The parcel weighs two kilograms.", "neutral"),
        ("This is not good at all.", "negative"),
        ("It looks nice, but it is a complete waste of money.", "negative"),
        ("Not a bad phone, I am happy with it.", "positive"),
    ],
)
async def test_the_tone_is_heard(text: str, label: str) -> None:
    reply = await ask("tone", sort(text))
    assert reply.text == label


def test_emphasis_counts() -> None:
    assert polarity("This is really good!") > polarity("This is good") > polarity("This is somewhat good") > 0


async def test_fewer_labels_are_fine_and_others_are_refused() -> None:
    reply = await ask("tone", sort("I hate it", {"Positive": "", "Negative": ""}))
    assert reply.text == "Negative"
    with pytest.raises(CallError, match="knows positive, neutral, negative, not angry"):
        await ask("tone", sort("I hate it", {"angry": "", "negative": ""}))


async def test_examples_of_yours_are_added() -> None:
    examples = [(f"{word} {at}", label) for at in range(9)
                for word, label in (("sick beat", "positive"), ("long queue", "negative"))]  # fmt: skip
    labels = {"positive": "", "negative": ""}
    assert (await ask("tone", sort("that beat is sick", labels))).text == "negative"
    assert (await ask("tone", sort("that beat is sick", labels, examples))).text == "positive"


def test_learnt_words_help_on_reviews_it_did_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(row["text"], float(row["mean_rating"])) for row in table("sentiment_movies_dev.tsv")]
    learnt = auroc(*_scores(rows))
    monkeypatch.setattr(tone, "_weights", lambda: [0] * tone.BUCKETS)
    assert learnt > auroc(*_scores(rows)) + 0.005


def _scores(rows: list[tuple[str, float]]) -> tuple[list[float], list[float]]:
    scored = [(polarity(text), rating) for text, rating in rows]
    return [score for score, rating in scored if rating > 0], [
        score for score, rating in scored if rating < 0
    ]
