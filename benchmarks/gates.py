"""How well and how fast the computed gates are, on public data, in one table.

    python -m benchmarks.gates [FOLDER]        # from the checkout

FOLDER as for benchmarks/embedded.py.  The weights of ``toxicity`` were learnt from the data they are measured
on here, so its figures are cross-validated: every text is judged by weights that did not see it.
"""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Iterator, Sequence
from functools import partial
from unittest.mock import patch

from benchmarks.embedded import Figure, Tasks, auroc, share, table
from workbench.gates import injection, pii, toxicity
from workbench.gates.grounded import supports
from workbench.gates.make_weights import weights_of
from workbench.gates.texts import similarity
from workbench.study.calibrating import threshold
from workbench.words import sentences

FOLDS = 5
BLOCKED = ("card", "iban", "ssn")
PII_GOALS = {
    "email": 100.0,
    "ssn": 100.0,
    "ip": 100.0,
    "iban": 89.0,
    "card": 90.0,
    "phone": 86.0,
    "domain": 89.0,
}
MOST_ALARMS = 300
"""Ordinary texts whose false alarms are counted for each fold."""


def groundedness(tasks: Tasks) -> Iterator[Figure]:
    """Right answers against invented ones; sentences against changed ones."""
    rows = tasks.records("grounded_dev.jsonl")
    began = time.process_time()
    right, wrong = ([worst(row[key], row["knowledge"]) for row in rows]
                    for key in ("right_answer", "hallucinated_answer"))  # fmt: skip
    call = (time.process_time() - began) / len(rows) / 2 * 1000
    yield Figure("grounded, halueval", "AUROC", auroc(right, wrong), 0.97)
    alike = [(one, other) for one, other, row in zip(right, wrong, rows, strict=True)
             if _are_as_long(row["right_answer"], row["hallucinated_answer"])]  # fmt: skip
    matched = auroc(*map(list, zip(*alike, strict=True)))
    yield Figure("grounded, halueval", f"AUROC, {len(alike)} pairs as long", matched, 0.97)
    yield Figure("grounded, halueval", "check ms", call, 0.5, at_most=True)
    paragraphs = tasks.records("xquad_dev.jsonl")
    kinds: dict[str, list[float]] = {"own": [], "other article": [], "number": [], "name": []}
    for at, paragraph in enumerate(paragraphs):
        source, other = paragraph["text"], paragraphs[(at + 37) % len(paragraphs)]["text"]
        for sentence in sentences(source):
            kinds["own"].append(worst(sentence, source))
            kinds["other article"].append(worst(sentence, other))
            if number := re.search(r"\d+", sentence):
                changed = sentence.replace(number[0], str(int(number[0]) + 11 + at % 80), 1)
                kinds["number"].append(worst(changed, source))
            if name := re.search(r"(?<=[a-z] )[A-Z][a-z]+", sentence):
                kinds["name"].append(worst(sentence.replace(name[0], "Kowalczyk"), source))
    for kind in ("other article", "number", "name"):
        yield Figure(f"grounded, xquad, {kind}", "AUROC", auroc(kinds["own"], kinds[kind]), 0.98)
        yield Figure(
            f"grounded, xquad, {kind}", "caught at 0.6 %", 100 * share(score < 0.6 for score in kinds[kind])
        )


def _are_as_long(one: str, other: str) -> bool:
    """Whether two texts differ by a fifth of their length at most."""
    return abs(len(one) - len(other)) <= 0.2 * max(len(one), len(other))


def worst(text: str, source: str) -> float:
    """Support of the worst sentence."""
    return min((one.score for one in supports(text, source)), default=0.0)


def data_guards(tasks: Tasks) -> Iterator[Figure]:
    """Personal data and injected instructions."""
    kinds = {"CREDIT_CARD": "card", "IBAN_CODE": "iban", "US_SSN": "ssn", "EMAIL_ADDRESS": "email",
             "PHONE_NUMBER": "phone", "IP_ADDRESS": "ip", "DOMAIN_NAME": "domain"}  # fmt: skip
    there = hits = alarms = 0
    by_kind: dict[str, list[bool]] = {kind: [] for kind in kinds.values()}
    blocks: dict[bool, list[bool]] = {True: [], False: []}
    for row in tasks.records("pii_dev.jsonl"):
        right = [(start, end, kinds[kind]) for start, end, kind in row["spans"] if kind in kinds]
        found = [(one.start, one.end, one.kind) for one in pii.find(row["text"])]
        for one in right:
            by_kind[one[2]].append(any(overlap(one, other) for other in found))
        should = any(kind in BLOCKED for _, _, kind in right)
        blocks[should].append(any(kind in BLOCKED for _, _, kind in found))
        there += len(right)
        hits += sum(any(overlap(one, other) for other in found) for one in right)
        alarms += sum(not any(overlap(one, other) for other in right) for one in found)
    yield Figure("pii", "recall %", 100 * hits / there, 92.8)
    yield Figure("pii", "precision %", 100 * hits / (hits + alarms), 80.8)
    for kind, seen in ((kind, seen) for kind, seen in by_kind.items() if seen):
        yield Figure(f"pii, {kind}", f"recall % of {len(seen)}", 100 * share(seen), PII_GOALS[kind])
    yield Figure(
        "pii, card iban ssn", "texts not blocked %", 100 - 100 * share(blocks[True]), 2.5, at_most=True
    )
    yield Figure("pii, card iban ssn", "false blocks %", 100 * share(blocks[False]), 1.4, at_most=True)
    rows = tasks.table("injection_dev.tsv")
    caught = [bool(injection.find(row["text"])) for row in rows if row["label"] == "1"]
    honest = [bool(injection.find(row["text"])) for row in rows if row["label"] == "0"]
    queries = [bool(injection.find(row["text"])) for row in tasks.table("banking77_train.tsv")]
    yield Figure("injection, patterns", "recall %", 100 * share(caught), 33)
    yield Figure("injection, patterns", "false alarms %", 100 * share(honest + queries), 0.15, at_most=True)
    mails = tasks.records("indirect_injection_dev.jsonl")
    for label, measure in ((1, "recall %"), (0, "false alarms %")):
        found_lines = [bool(injection.order_lines(mail["text"])) for mail in mails if mail["label"] == label]
        yield Figure("injection, lines", measure, 100 * share(found_lines))


def overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    """True for stretches of one kind that touch."""
    return one[2] == other[2] and one[0] < other[1] and other[0] < one[1]


def abuse(tasks: Tasks) -> Iterator[Figure]:
    """Abusive comments against others, cross-validated; false alarms on ordinary texts."""
    rows = [(row["text"], row["label"] == "1") for row in tasks.table("toxicity_dev.tsv")]
    random.Random(1).shuffle(rows)
    scores: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        weights = weights_of(row for at, row in enumerate(rows) if at % FOLDS != fold)
        with patch.object(toxicity, "_weights", lambda weights=weights: weights):
            scores += [(toxicity.toxic_share(text), bad) for text, bad in rows[fold::FOLDS]]
    high = [score for score, bad in scores if bad]
    low = [score for score, bad in scores if not bad]
    yield Figure("toxicity", "AUROC, cross-validated", auroc(high, low), 0.915)
    yield Figure("toxicity", "caught at 0.5 %", 100 * share(score > 0.5 for score in high))
    yield Figure("toxicity", "false alarms at 0.5 %, comments", 100 * share(score > 0.5 for score in low))
    for name, texts in ordinary_texts(tasks).items():
        began = time.process_time()
        alarms = 100 * share(toxicity.toxic_share(text) > 0.5 for text in texts)
        call = (time.process_time() - began) / len(texts) * 1000
        yield Figure("toxicity", f"false alarms at 0.5 %, {name}", alarms)
    yield Figure("toxicity", "check ms", call, 0.13, at_most=True)


def learnt_attacks(tasks: Tasks) -> Iterator[Figure]:
    """Words learnt from attacks, or patterns: cross-validated, calibrated at 1 % on half of some texts."""
    rows = [(row["text"], row["label"] == "1") for row in tasks.table("injection_dev.tsv")]
    random.Random(1).shuffle(rows)
    for name, texts in ordinary_texts(tasks).items():
        random.Random(2).shuffle(texts)
        caught, honest, alarms = [], [], []
        for fold in range(FOLDS):
            weights = weights_of(row for at, row in enumerate(rows) if at % FOLDS != fold)
            with patch.object(injection, "kept", lambda *file, weights=weights: weights):
                gate = partial(_passes, threshold(list(map(_attack_share, texts[::2])), 0.01, "")[0])
                caught += [not gate(text) for text, bad in rows[fold::FOLDS] if bad]
                honest += [not gate(text) for text, bad in rows[fold::FOLDS] if not bad]
                alarms += [not gate(text) for text in texts[1 : 2 * MOST_ALARMS : 2]]
        what = f"injection, learnt, {name}"
        goal = {"bank questions": 65.0}.get(name)
        yield Figure(what, "recall % at 1 %", 100 * share(caught), goal)
        yield Figure(what, "false alarms %", 100 * share(alarms), 2.0, at_most=True)
        if goal is not None:
            yield Figure(what, "precision % in the set", 100 * sum(caught) / sum(caught + honest))
    began = time.process_time()
    for text, _ in rows:
        injection.attack_share(text)
    yield Figure(
        "injection, learnt", "check ms", (time.process_time() - began) / len(rows) * 1000, 0.3, at_most=True
    )


def _attack_share(text: str) -> float:
    return math.inf if injection.find(text) else injection.attack_share(text)


def _passes(most: float, text: str) -> bool:
    return _attack_share(text) <= most


def ordinary_texts(tasks: Tasks) -> dict[str, list[str]]:
    """Texts of which none attacks or abuses anybody."""
    return {
        "bank questions": [row["text"] for row in tasks.table("banking77_dev.tsv")],
        "reviews": [row["text"] for row in tasks.table("sentiment_reviews_dev.tsv")],
        "text messages": [row["text"] for row in tasks.table("sms_spam_dev.tsv") if row["label"] == "0"],
        "questions on Wikipedia": [
            answer["question"] for one in tasks.records("xquad_dev.jsonl") for answer in one["qas"]
        ],
    }


def likeness(tasks: Tasks) -> Iterator[Figure]:
    """Names of a product in two shops against other names; two summaries of a paper against other papers."""
    pairs = [(pair["a"]["name"], pair["b"]["name"]) for pair in tasks.records("products_dev.jsonl")]
    yield Figure("similar, product names", "AUROC", _alike(pairs))
    papers = [paper["summaries"] for paper in tasks.records("scitldr_dev.jsonl")]
    yield Figure("similar, summaries", "AUROC", _alike([(one[0], one[1]) for one in papers if len(one) > 1]))


def _alike(pairs: Sequence[tuple[str, str]]) -> float:
    same = [similarity(left, right) for left, right in pairs]
    other = [similarity(left, pairs[(at + 7) % len(pairs)][1]) for at, (left, _) in enumerate(pairs)]
    return auroc(same, other)


if __name__ == "__main__":
    table((groundedness, data_guards, learnt_attacks, abuse, likeness))
