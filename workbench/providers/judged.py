"""From a complete answer to a reply that can be used, or the error that says why it cannot."""

from __future__ import annotations

from dataclasses import replace

from workbench.errors import CallError
from workbench.providers.arrived import Arrived
from workbench.providers.port import ModelRequest, Reply
from workbench.providers.structured import NotJson, structured


def judged(provider: str, request: ModelRequest, arrived: Arrived) -> Reply:
    """The reply of a complete answer; CallError when it is none that can be used."""
    reader = arrived.reader
    outcome = reader.outcome
    arrived.finish = outcome
    reply = arrived.reply(outcome)
    why = f": {reader.note[:300]}" if reader.note else ""
    if outcome == "refused":
        said = "".join(reader.refusal) or reply.text or reader.note or "no reason given"
        raise CallError("refused", f"{provider}: the model declined: {said[:300]}")
    if outcome == "content_filter":
        raise CallError("content_filter", f"{provider}: the answer was withheld by a content filter{why}")
    if outcome == "error":
        raise CallError(
            reader.error_class, f"{provider}: the model's server ended the answer with an error{why}"
        )
    if outcome == "tool_calls":
        return reply
    try:
        data = structured(request, reply.text)
    except NotJson as error:
        reason = "it was cut at max_tokens" if outcome == "length" else str(error)
        raise CallError(
            "malformed", f"{provider}: the answer is not what was asked for: {reason}: {reply.text[:80]!r}"
        ) from None
    if request.task == "classify" and isinstance(data, dict):
        confidence = reader.confidence(data["label"])
        scores = {} if confidence is None else {data["label"]: confidence}
        data = {**data, "confidence": confidence, "scores": scores}
    return reply if data is None else replace(reply, data=data)
