"""The gate ``grounded``: every sentence is supported by the words of a source.

A lexical check.  It catches other subjects, swapped names and changed numbers; a good paraphrase in other
words can fail it, and a sentence that turns the source's words around can pass.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.events import Json
from workbench.gates.verdict import Subject, Verdict, measured
from workbench.recipe.model import Grounded
from workbench.words import STOP_WORDS, content_stems, sentences, stem, without_citations, words

_WORDS_PART = 0.7
_PAIRS_PART = 0.3
_STRANGER = 0.25
_MOST_WITH_STRANGER = 0.55
"""A number or name out of nowhere fails the usual threshold of 0.6, however long its sentence."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"[A-ZÀ-Þ][\w'’-]*\w")
_SHOWN = 90
_ABOUT = frozenset({"status", "failed", "skipped", "cost", "model", "gates"})
"""What every step leaves behind besides its output."""


@dataclass(frozen=True, slots=True)
class Support:
    """How far one sentence is supported, and which of its numbers and names the source does not hold."""

    sentence: str
    score: float
    strangers: tuple[str, ...] = ()


def grounded(spec: Grounded, subject: Subject) -> Verdict:
    """The worst-supported sentence must reach ``at_least``."""
    place = found(spec.in_, subject.names)
    source = _text(place)
    if not source.strip():
        return Verdict(False, 0.0, f"{spec.in_} holds no text that could support this")
    checked = supports(subject.text, source, _ids(place))
    if not checked:
        return Verdict(False, 0.0, "there is no sentence to check")
    at, worst = min(enumerate(checked, start=1), key=lambda item: item[1].score)
    if worst.score >= spec.at_least:
        return measured(True, worst.score, f"all {len(checked)} sentences are supported by {spec.in_}")
    short = worst.sentence if len(worst.sentence) <= _SHOWN else worst.sentence[: _SHOWN - 1] + "…"
    needed = f"({worst.score:.2f}, {spec.at_least:g} needed)"
    reason = f"sentence {at} is not supported by {spec.in_} {needed}"
    if worst.strangers:
        reason += f"; not found there: {', '.join(worst.strangers[:4])}"
    return measured(False, worst.score, f"{reason}: “{short}”")


def supports(text: str, source: str, ids: Collection[str] = ()) -> list[Support]:
    """Each sentence of ``text`` with its support in ``source``, 0..1; citations (of ``ids``) do not count."""
    known = _Source(source)
    plain = (without_citations(sentence, ids).strip() for sentence in sentences(text))
    return [known.support(sentence) for sentence in plain if sentence]


class _Source:
    def __init__(self, text: str) -> None:
        rows = [content_stems(sentence) for sentence in sentences(text)]
        self._rows = len(rows)
        self._seen: dict[str, int] = {}
        for row in rows:
            for word in dict.fromkeys(row):
                self._seen[word] = self._seen.get(word, 0) + 1
        everything = content_stems(text)
        self._pairs = frozenset(pairwise(everything))
        self._all_stems = frozenset(stem(word) for word in words(text))
        self._numbers = frozenset(_plain_number(each) for each in _NUMBER.findall(text))

    def support(self, sentence: str) -> Support:
        row = content_stems(sentence)
        asked = list(dict.fromkeys(row))
        if not asked:
            return Support(sentence, 1.0)
        weights = [(self._rarity(word), word in self._seen) for word in asked]
        whole = sum(weight for weight, _ in weights)
        held = sum(weight for weight, is_held in weights if is_held) / whole
        pairs = list(pairwise(row))
        paired = sum(pair in self._pairs for pair in pairs) / len(pairs) if pairs else held
        strangers = self._strangers(sentence)
        score = _WORDS_PART * held + _PAIRS_PART * paired - _STRANGER * len(strangers)
        if strangers:
            score = min(score, _MOST_WITH_STRANGER)
        return Support(sentence, max(0.0, score), tuple(strangers))

    def _rarity(self, word: str) -> float:
        return math.log(1 + self._rows / (self._seen.get(word, 0) + 0.5))

    def _strangers(self, sentence: str) -> list[str]:
        """Numbers and names that the source does not hold; a first word is no name."""
        numbers = [each for each in _NUMBER.findall(sentence) if _plain_number(each) not in self._numbers]
        first = re.search(r"\w", sentence)
        start = first.start() if first else 0
        names = [
            match[0]
            for match in _NAME.finditer(sentence)
            if match.start() > start and not self._knows(match[0])
        ]
        return list(dict.fromkeys(numbers + names))

    def _knows(self, name: str) -> bool:
        return all(word in STOP_WORDS or stem(word) in self._all_stems for word in words(name))


def _plain_number(written: str) -> str:
    return written.replace(",", "").rstrip(".:")


def source_text(place: str, names: Mapping[str, Json]) -> str:
    """The text of a step or an input, by its name; dots lead into it."""
    return _text(found(place, names))


def found(place: str, names: Mapping[str, Json]) -> Json:
    """The value of a step or an input, by its name; dots lead into it; None where there is none."""
    value: Json = names
    for part in place.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def _ids(value: Json) -> frozenset[str]:
    """What citations of ``value`` may name: the ids of its documents."""
    documents = value.get("documents") if isinstance(value, Mapping) else None
    return frozenset(str(one.get("id")) for one in documents or ())


def _text(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return "\n\n".join(_text(item) for item in value)
    if isinstance(value, Mapping):
        if "status" in value:
            value = {key: each for key, each in value.items() if key not in _ABOUT and each not in (None, [])}
            if not value or value.get("text") == "":
                return ""
        if value.get("documents"):
            return "\n\n".join(
                f"{one.get('title') or ''}\n{one.get('text') or ''}" for one in value["documents"]
            )
        for key in ("text", "answer", "result", "data"):
            if value.get(key):
                return _text(value[key])
    return json.dumps(value, ensure_ascii=False)
