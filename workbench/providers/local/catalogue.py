"""The embedded models and what each is good for."""

from __future__ import annotations

from dataclasses import replace

from workbench.capabilities import TEXT_ONLY
from workbench.providers.port import ModelInfo, Task
from workbench.usage import FREE

VERSION = 1
"""Raised whenever models may answer differently; part of a model's recorded name."""
RAISED = {"tone": 2}
"""Models that changed by themselves."""


def _model(name: str, task: Task, about: str) -> tuple[str, ModelInfo]:
    able = replace(TEXT_ONLY, schema=task == "extract")
    return name, ModelInfo(f"local/{name}", about=about, tasks=(task,), price=FREE, capabilities=able)


MODELS: dict[str, ModelInfo] = dict(
    (
        _model(
            "bayes", "classify", "Sorts text by your examples (naive Bayes); instant. The cheap first guess."
        ),
        _model(
            "blend",
            "classify",
            "Sorts text by your examples (two classifiers multiplied; nearest centre when examples are few; "
            "words of the descriptions, never sure, when there are none). The better guess.",
        ),
        _model(
            "tone",
            "classify",
            "Positive, neutral or negative, by English words, listed and learnt.",
        ),
        _model("extract", "prompt", "Answers with the one best sentence of the first passage, cited."),
        _model(
            "compose", "prompt", "Answers with one to three sentences of the passages, cited; or refuses."
        ),
        _model("lead", "prompt", "Sums up by the first sentences."),
        _model("digest", "prompt", "Sums up by the most central sentences, none repeating another."),
        _model(
            "facts",
            "extract",
            "Fills fields with dates, money, ids, addresses, numbers found near their names.",
        ),
    )
)
"""By name without the provider's prefix."""
