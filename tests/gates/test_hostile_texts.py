"""No text makes a check or an embedded model slow: time grows with the length, not with its square."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from workbench.gates import injection, pii
from workbench.gates.grounded import supports
from workbench.providers.local.demands import read_demands
from workbench.providers.local.facts import facts
from workbench.words import sentences, without_citations

FIELDS = {
    name: {"type": ["string", "null"]}
    for name in ("name", "order_id", "date", "phone", "email", "url", "amount", "summary", "topic")
}
CHECKS: dict[str, Callable[[str], object]] = {
    "pii": pii.find,
    "injection": injection.find,
    "lines": injection.order_lines,
    "grounded": lambda text: supports(text, text[:1000]),
    "demands": read_demands,
    "facts": lambda text: facts(text, {"properties": FIELDS}),
    "sentences": sentences,
    "citations": without_citations,
}
LENGTH = 30_000
SECONDS = 10.0
"""Each takes a few hundredths of a second; squared it would be minutes."""


@pytest.mark.parametrize(
    "piece", [".", "a", "A.", " ", "\n", "\n ", "1 ", "A-", "a@", "[", "(1", "www.", "'a' "]
)
@pytest.mark.parametrize("name", CHECKS)
def test_long_monotonous_texts(name: str, piece: str) -> None:
    text = (piece * LENGTH)[:LENGTH]
    began = time.process_time()
    CHECKS[name](text)
    assert time.process_time() - began < SECONDS
