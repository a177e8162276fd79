"""What people and data said of runs, as lines of a bundle: labels by hand, and how expectations came out.

Like all of a bundle it is checked before anything is kept: words, lengths, numbers, and of which runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict
from typing import Any, cast

from workbench.errors import UsageError
from workbench.events import Json
from workbench.ledger.opinions import Expected, Label, Said, Word

LONGEST = 1 << 20
"""Characters of an answer written by hand."""
MOST = 1_000
"""Expectations of one run."""
LARGEST = 2**63 - 1
LABEL = {"said", "run", "at", "path", "word", "answer"}
EXPECTED = {"said", "run", "at", "results"}
RESULT = {"target", "gate", "passed", "score", "reason"}


def said_line(said: Said) -> dict[str, Json]:
    """What is said, as a bundle has it."""
    told: dict[str, Json] = {"said": "label" if said.label else "expected", "run": said.run, "at": said.at}
    if said.label is not None:
        return {**told, **asdict(said.label)}
    return {**told, "results": [asdict(each) for each in said.expected]}


class SaidReader:
    """Reads such lines; raises UsageError, without its place, for what is none."""

    def __init__(self, runs: Collection[str]) -> None:
        self._runs = frozenset(runs)
        self._seen: set[tuple[str, str, str | None]] = set()

    def read(self, line: dict[str, Json]) -> Said:
        """What a line says."""
        kind, run, at = line.get("said"), line.get("run"), line.get("at")
        if kind not in ("label", "expected") or line.keys() != (LABEL if kind == "label" else EXPECTED):
            raise UsageError("this is said in no form that this version knows")
        if run not in self._runs:
            raise UsageError("something is said of a run that the bundle does not hold")
        if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at <= LARGEST:
            raise UsageError("it is said at no time")
        path = line.get("path")
        if (kind, run, path) in self._seen:
            raise UsageError(f"the same is said twice of run {run}")
        self._seen.add((kind, run, cast("str | None", path)))
        if kind == "label":
            return Said(run, at, label=_label(line))
        return Said(run, at, expected=tuple(_results(line["results"])))


def _label(line: dict[str, Json]) -> Label:
    word, answer, path = line["word"], line["answer"], line["path"]
    if word not in ("good", "bad"):
        raise UsageError("a label is good or bad")
    if not (answer is None or _is_text(answer)) or not (path is None or _is_text(path)):
        raise UsageError("a label's answer and step are texts")
    return Label(cast("Word", word), answer, path)


def _results(given: Json) -> Iterator[Expected]:
    if not isinstance(given, list) or len(given) > MOST:
        raise UsageError("the expectations of a run are a list, and not so long")
    for each in given:
        if not isinstance(each, dict) or each.keys() != RESULT:
            raise UsageError("an expectation has another form")
        score = each["score"]
        texts = all(_is_text(each[name]) for name in ("target", "gate", "reason"))
        number = score is None or (isinstance(score, int | float) and not isinstance(score, bool))
        if not texts or not number or not isinstance(each["passed"], bool):
            raise UsageError("an expectation has another form")
        yield Expected(**each)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST
