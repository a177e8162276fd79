"""The protocol that belongs to each kind of provider."""

from __future__ import annotations

from workbench.providers.anthropic import AnthropicDialect
from workbench.providers.dialect import Dialect
from workbench.providers.gemini import GeminiDialect
from workbench.providers.ollama import OllamaDialect
from workbench.providers.openai import ChatDialect
from workbench.providers.responses import ResponsesDialect
from workbench.settings import Kind

DIALECTS: dict[Kind, type[Dialect]] = {
    "openai": ChatDialect,
    "openai-responses": ResponsesDialect,
    "anthropic": AnthropicDialect,
    "gemini": GeminiDialect,
    "ollama": OllamaDialect,
}


def dialect_of(kind: Kind) -> Dialect:
    """What speaks the protocol of ``kind``."""
    return DIALECTS[kind]()
