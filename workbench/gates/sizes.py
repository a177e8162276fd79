"""Gates over numbers: how long a text is, and how sure a result."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.events import Json
from workbench.gates.verdict import Subject, Verdict, measured
from workbench.recipe.durations import seconds
from workbench.recipe.model import Bounds, Dollars, Latency
from workbench.usage import NANO, money


def length(spec: Bounds, subject: Subject) -> Verdict:
    """The text has this many characters."""
    return _within(spec, len(subject.text), "characters")


def word_count(spec: Bounds, subject: Subject) -> Verdict:
    """The text has this many words, as divided by spaces."""
    return _within(spec, len(subject.text.split()), "words")


def _within(spec: Bounds, size: int, unit: str) -> Verdict:
    if spec.at_most is not None and size > spec.at_most:
        return measured(False, spec.at_most / size, f"at most {spec.at_most:g} {unit}, was {size}")
    if spec.at_least is not None and size < spec.at_least:
        return measured(False, size / spec.at_least, f"at least {spec.at_least:g} {unit}, was {size}")
    return Verdict(True, 1.0, f"{size} {unit}")


def score(spec: Bounds, subject: Subject) -> Verdict:
    """The result's own score: a classification's confidence, or the score of the best document."""
    value = own_score(subject.result)
    if value is None:
        return Verdict(False, None, "there is no score to check: nothing was found, or this step gives none")
    if spec.at_least is not None and value < spec.at_least:
        return measured(False, value, f"the score is {value:.2f}, at least {spec.at_least:g} is needed")
    if spec.at_most is not None and value > spec.at_most:
        return measured(False, 1 - value, f"the score is {value:.2f}, at most {spec.at_most:g} is allowed")
    return measured(True, value, f"the score is {value:.2f}")


def cost(spec: Dollars, subject: Subject) -> Verdict:
    """What the result cost so far, in dollars; an unknown cost does not pass."""
    spent = _number(subject.result.get("cost"))
    if spent is None:
        return Verdict(False, None, "the cost is unknown")
    told = f"cost {_money(spent)}"
    if spent > spec.at_most:
        return measured(False, spec.at_most / spent, f"{told}, at most {_money(spec.at_most)}")
    return Verdict(True, 1.0, told)


def _money(usd: float) -> str:
    return money(round(usd * NANO))


def latency(spec: Latency, subject: Subject) -> Verdict:
    """The seconds that the answer took; of a recorded answer those it took then."""
    limit, took = seconds(spec.at_most), subject.seconds
    if took is None:
        return Verdict(False, None, "nobody was asked, so there is no time to check")
    if took > limit:
        return measured(False, limit / took, f"took {took:.3g} s, at most {limit:g} s")
    return Verdict(True, 1.0, f"took {took:.3g} s")


def own_score(result: Mapping[str, Json]) -> float | None:
    """The score that a result carries: ``confidence``, the first document's ``score``, or ``score``."""
    documents = result.get("documents")
    if documents:
        return _number(documents[0].get("score"))
    for key in ("confidence", "score"):
        value = _number(result.get(key))
        if value is not None:
            return value
    return None


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
