"""Answers are byte-equal whatever the seed of Python's hashes: replay rests on it."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.waiting import LONG

PROGRAM = """
import asyncio, hashlib, json
from tests.providers.local.kit import ask, question, some_examples, sort, source
from workbench.gates.grounded import supports
from workbench.providers.local.facts import facts
from workbench.recipe.data import SourceDocument
from workbench.tools.retrieval import Index

TEXT = "A refund takes ten days. The shop starts it. We must wait. Cards come first. All is well in the end."
TICKET = "the new card never arrived and my pin is good"
FIELDS = {name: {"type": ["string", "null"]} for name in ("name", "company", "date", "amount")}

async def main():
    found = []
    for model, count in (("bayes", 20), ("blend", 20), ("blend", 4), ("tone", 0)):
        labels = None if count else {"positive": "", "neutral": "", "negative": ""}
        reply = await ask(model, sort(TICKET, labels, some_examples(count)))
        found.append([reply.text, reply.data, reply.raw])
    for model in ("compose", "lead", "digest"):
        asked = question("Who starts the refund, and how long does it take?")
        reply = await ask(model, asked if model == "compose" else source(TEXT))
        found.append([reply.text, reply.raw])
    found.append(facts("Ada Lovelace paid $5 on 2024-01-02 to Acme Ltd", {"properties": FIELDS}).data)
    documents = [SourceDocument(str(n), f"t{n % 3}", f"card pin refund {n % 5} shop", "f") for n in range(40)]
    found.append([(hit.id, hit.score) for hit in Index(documents).search("shop card pin refund", 10)])
    found.append([(one.score, one.strangers) for one in supports("A refund takes 12 days in Rome.", TEXT)])
    print(hashlib.sha256(json.dumps(found).encode()).hexdigest())

asyncio.run(main())
"""


def test_three_hash_seeds_give_the_same_bytes() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "1", "4242")
    ]
    outputs = [process.communicate(timeout=LONG) for process in processes]
    assert all(len(out) == 65 for out, _ in outputs), outputs
    assert len({out for out, _ in outputs}) == 1
