"""Why a call was, or was not, answered from a recording: its parts beside those of the recorded one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.events import CallPlanned, Json
from workbench.ledger.rows import CallRow

TEXTS = frozenset({"prompt", "system", "question", "query"})
"""Parts that are texts for people; their differences are shown as a diff."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of a request that is not the same.  None stands for a part that one side lacks."""

    part: str
    before: Json
    after: Json

    def diff(self) -> list[str]:
        """The lines of a unified diff of the two."""
        before = "" if self.before is None else str(self.before)
        after = "" if self.after is None else str(self.after)
        return list(
            difflib.unified_diff(before.splitlines(), after.splitlines(), "recorded", "now", lineterm="")
        )

    def __str__(self) -> str:
        """In a few words: ``prompt text differs``, ``model local/bayes → local/blend``."""
        if self.part in TEXTS:
            return f"{self.part} text differs"
        if self.part in ("model", "tool", "source", "status"):
            return f"{self.part} {self.before} → {self.after}"
        return _CHANGED.get(self.part, f"{self.part} differs")


def parts_of_row(row: CallRow) -> dict[str, Json]:
    """The parts of a recorded request that decide its fingerprint."""
    messages = [(each.get("role", ""), each.get("text", "")) for each in row.request.get("messages") or ()]
    if row.kind == "model":
        identity = dict(row.request.get("identity") or {})
        return {"model": row.target, **_texts(messages, identity), **_others(identity)}
    if row.kind == "human":
        text = messages[0][1] if messages else ""
        return {"question": text, "choices": list(row.request.get("choices") or ())}
    return {_WHO.get(row.kind, "target"): row.target, **_others(row.request)}


def parts_of_plan(planned: CallPlanned) -> dict[str, Json]:
    """The same parts of a request that would be made."""
    return parts_of_question(planned.kind, planned.target, planned.identity)


def parts_of_question(kind: str, target: str, identity: Mapping[str, Json]) -> dict[str, Json]:
    """The same parts, from what a fingerprint covers."""
    if kind == "model":
        if "text" in identity:
            texts: dict[str, Json] = {"prompt": identity["text"]}
        else:
            texts = _texts([(role, text) for role, text in identity.get("messages") or ()], identity)
        return {"model": target, **texts, **_others(identity)}
    if kind == "human":
        return {"question": identity.get("question"), "choices": list(identity.get("choices") or ())}
    return {_WHO.get(kind, "target"): target, **_others(identity)}


def differences(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Difference]:
    """The parts that are not the same, in the order of the later request."""
    names = dict.fromkeys((*after, *before))
    return [
        Difference(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


_CHANGED = {
    "data": "its documents changed",
    "code": "the tool's code changed",
    "examples": "the examples changed",
    "gates": "gates differ",
}
_WHO = {"tool": "tool", "retrieve": "source"}
_SHOWN_ELSEWHERE = frozenset({"messages", "text", "task", "edited", "corrections"})


def _texts(messages: list[tuple[str, str]], identity: Mapping[str, Json]) -> dict[str, Json]:
    """The texts of a conversation; a classifier's or extractor's system message follows from the rest."""
    asked = "\n\n".join(text for role, text in messages if role != "system")
    system = "\n\n".join(text for role, text in messages if role == "system")
    return {"prompt": asked} if identity.get("task") or not system else {"prompt": asked, "system": system}


def _others(identity: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in identity.items() if key not in _SHOWN_ELSEWHERE}
