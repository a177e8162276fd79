"""What a request needs of a model besides answering, and which models are known not to do it."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.capabilities import Capability
from workbench.events import Json
from workbench.providers.port import ModelInfo

WORDS: Mapping[Capability, str] = {
    "tools": "use tools", "images": "see images", "files": "read files", "schema": "keep to a schema",
    "embeddings": "give embeddings",
}  # fmt: skip
ASKS_FOR_MORE = frozenset({"tools", "attachments", "schema"})
FILES = ("application/pdf",)
"""Types that only models which read files can take; texts go to all."""


def needs_of(identity: Mapping[str, Json]) -> tuple[Capability, ...]:
    """What a request needs, by what its fingerprint covers."""
    if identity.get("task") == "compare":
        return ("embeddings",)
    if identity.keys().isdisjoint(ASKS_FOR_MORE):
        return ()
    needs: list[Capability] = []
    if identity.get("tools"):
        needs.append("tools")
    types = [str(media_type) for _, media_type, _ in identity.get("attachments") or ()]
    if any(each.startswith("image/") for each in types):
        needs.append("images")
    if any(each in FILES for each in types):
        needs.append("files")
    if "schema" in identity:
        needs.append("schema")
    return tuple(needs)


def cannot(needs: tuple[Capability, ...], info: ModelInfo) -> str:
    """What the model is known not to do of it; empty when nothing is."""
    return _told("cannot", [need for need in needs if info.capabilities.of(need) is False])


def unsure(needs: tuple[Capability, ...], info: ModelInfo) -> str:
    """What nobody knows whether the model can do; empty when all is known."""
    return _told(
        "nobody knows whether it can", [need for need in needs if info.capabilities.of(need) is None]
    )


def _told(words: str, needs: list[Capability]) -> str:
    return f"{words} {', '.join(WORDS[need] for need in needs)}" if needs else ""
