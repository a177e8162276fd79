"""Outcomes that say something of all requests.

A model that was asked only after bad answers, as a cascade asks its later ones, was asked what is hard:
learnt from that alone it would seem worse than it is.  What a shadow drew of it beside good answers says how
it does there, so of what it was asked after bad ones as large a share is learnt from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from workbench.routing.choosing import draw
from workbench.study.imputing import PastCall, asked_after_bad, others_did_well
from workbench.study.routes import Asked


def fair(asked: Sequence[Asked]) -> list[Asked]:
    """The requests with the outcomes that one can learn from; without draws none of such a model."""
    calls = [each.past for each in asked]
    models = sorted({model for call in calls for model in call.right})
    shares = {model: _drawn(calls, model) for model in asked_after_bad(calls, models)}
    return [replace(each, past=_thinned(each.past, shares)) for each in asked] if shares else list(asked)


def _drawn(calls: Sequence[PastCall], model: str) -> float:
    """The share of the requests that another answered well of which a draw made a model's outcome known."""
    easy = [call for call in calls if others_did_well(call, model)]
    return sum(model in call.right for call in easy) / len(easy) if easy else 0.0


def _thinned(past: PastCall, shares: Mapping[str, float]) -> PastCall:
    right = {
        model: value for model, value in past.right.items()
        if model not in shares or model in past.propensity or draw(f"{model}\0{past.text}") < shares[model]
    }  # fmt: skip
    return replace(past, right=right)
