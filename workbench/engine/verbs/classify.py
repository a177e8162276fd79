"""``classify``: sort a text into one of the labels."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.engine.ask import AskModel
from workbench.engine.running import Work
from workbench.engine.verbs.texts import rendered_message
from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.port import Examples, Message, ModelRequest
from workbench.recipe.model import Step


async def perform(work: Work) -> dict[str, Json]:
    """``label``, ``confidence``, ``scores`` (and ``text``, the label)."""
    step, running = work.step, work.running
    assert step.classify is not None
    name, role = running.role(step)
    message = rendered_message("user", running.recipe.text(step.classify), work.scope)
    into = _given_labels(step)
    identity: dict[str, Json] = {"task": "classify", "text": message.text, "labels": into}
    if step.examples:
        identity["examples"] = running.sources.hash(step.examples)
    if role.params:
        identity["params"] = role.params
    if work.corrections:
        identity["corrections"] = [[each.role, each.text] for each in work.corrections]

    async def build() -> ModelRequest:
        examples = await running.sources.examples(step.examples) if step.examples else None
        labels = into or dict.fromkeys(examples.labels if examples else (), "")
        return ModelRequest(
            "classify",
            (Message("system", _instruction(labels, examples)), message, *work.corrections),
            text=message.text,
            labels=labels,
            examples=examples,
            schema=_schema(labels),
            params=role.params,
        )

    answer = await work.ask(
        AskModel(work.path, "model", name, identity, work.timeout, step.effects, role=role, build=build)
    )
    data = answer.data if isinstance(answer.data, Mapping) else {"label": answer.text.strip()}
    label = data.get("label")
    if not isinstance(label, str) or (into and label not in into):
        raise CallError("malformed", f"the answer {str(label)[:60]!r} is none of the labels")
    return {
        "label": label,
        "confidence": data.get("confidence"),
        "scores": data.get("scores") or {},
        "text": label,
    }


def _given_labels(step: Step) -> dict[str, str]:
    if isinstance(step.into, Mapping):
        return dict(step.into)
    return dict.fromkeys(step.into or (), "")


def _instruction(labels: Mapping[str, str], examples: Examples | None) -> str:
    """The task in words; a label without a description is shown by its first example."""
    shown: dict[str, str] = {}
    if examples is not None:
        for text, label in zip(examples.texts, examples.labels, strict=True):
            shown.setdefault(label, text)
    lines = [
        f"- {label}: {about or 'for example: ' + shown[label]}" if about or label in shown else f"- {label}"
        for label, about in labels.items()
    ]
    return "\n".join(
        (
            "Sort the text of the next message into exactly one of these labels.",
            'Answer with JSON only: {"label": "…"}.',
            *lines,
        )
    )


def _schema(labels: Mapping[str, str]) -> dict[str, Json]:
    return {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": list(labels)}},
        "required": ["label"],
        "additionalProperties": False,
    }
