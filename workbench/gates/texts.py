"""Gates that compare the text of an output with other texts.  Letter case is ignored, except by ``regex``."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher

from workbench.events import Json
from workbench.gates.patterns import PatternError, PatternTimeout, found
from workbench.gates.verdict import Subject, Verdict, measured
from workbench.providers.structured import NotJson, find_json
from workbench.recipe.model import Similar
from workbench.words import words

_MOST_WORDS = 3_000
_SHOWN = 80


def equals(spec: Json, subject: Subject) -> Verdict:
    """The output is exactly this: a text (spaces around it do not count), or any JSON value."""
    is_text = isinstance(spec, str)
    if subject.text.strip() == spec.strip() if is_text else _value(subject) == spec:
        return Verdict(True, 1.0, "equal")
    return Verdict(False, 0.0, f"must equal {_quote(spec)}, was {_quote(subject.text)}")


def _value(subject: Subject) -> Json:
    if subject.data is not None:
        return subject.data
    try:
        return find_json(subject.text)
    except NotJson:
        return None


def contains(spec: str | tuple[str, ...], subject: Subject) -> Verdict:
    """All of these texts occur."""
    wanted = (spec,) if isinstance(spec, str) else tuple(spec)
    missing = [part for part in wanted if not _holds(subject.text, part)]
    if missing:
        reason = f"must mention {', '.join(_quote(part) for part in missing)}"
        return measured(False, 1 - len(missing) / len(wanted), reason)
    return Verdict(True, 1.0, f"mentions {', '.join(_quote(part) for part in wanted)}")


def contains_any(spec: tuple[str, ...], subject: Subject) -> Verdict:
    """At least one of these texts occurs."""
    for part in spec:
        if _holds(subject.text, part):
            return Verdict(True, 1.0, f"mentions {_quote(part)}")
    return Verdict(False, 0.0, f"must mention one of {', '.join(_quote(part) for part in spec)}")


def starts_with(spec: str, subject: Subject) -> Verdict:
    """The text begins with this."""
    if subject.text.lstrip().casefold().startswith(spec.strip().casefold()):
        return Verdict(True, 1.0, f"starts with {_quote(spec)}")
    return Verdict(False, 0.0, f"must start with {_quote(spec)}")


def regex(spec: str, subject: Subject) -> Verdict:
    """The pattern is found somewhere in the text (``^`` and ``$`` mean its ends).

    Patterns that could run for ever run in a process of their own, for a second at most.
    """
    try:
        hit = found(spec, subject.text)
    except PatternTimeout as error:
        return Verdict(False, None, str(error))
    except PatternError as error:
        return Verdict(False, None, f"the pattern {_quote(spec)} is wrong: {error}")
    if hit:
        return Verdict(True, 1.0, f"matches {_quote(spec)}")
    return Verdict(False, 0.0, f"must match the pattern {_quote(spec)}")


def similar(spec: Similar, subject: Subject) -> Verdict:
    """The text resembles another: half by the words they share, half by the words in the same order."""
    score = similarity(subject.text, spec.to)
    if score >= spec.at_least:
        return measured(True, score, f"{score:.2f} alike")
    return measured(
        False, score, f"must be closer to {_quote(spec.to)}: {score:.2f} alike, {spec.at_least:g} needed"
    )


def similarity(left: str, right: str) -> float:
    """How alike two texts are, 0..1."""
    first, second = words(left)[:_MOST_WORDS], words(right)[:_MOST_WORDS]
    if not first or not second:
        return 1.0 if left.strip() == right.strip() else 0.0
    shared = sum((Counter(first) & Counter(second)).values())
    order = SequenceMatcher(None, first, second, autojunk=False).ratio()
    return shared / (len(first) + len(second)) + order / 2


def _holds(text: str, part: str) -> bool:
    return part.strip().casefold() in text.casefold()


def _quote(value: Json) -> str:
    text = str(value).strip()
    return f"'{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}'"
