"""A run in the words of the OpenTelemetry GenAI conventions: operations, names of spans, attributes.

Source: open-telemetry/semantic-conventions-genai, model, agent and tool spans as of July 2026 (all still
"development").  Content is opt-in there, and stays in the record here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.events import CallFinished, CallReused, CallStarted
from workbench.ledger.rows import RunRow, StepRow
from workbench.usage import Usage

Attributes = dict[str, Any]
INTERNAL, CLIENT = 1, 3
PROVIDERS = {
    "gemini": "gcp.gemini", "google": "gcp.gemini", "mistral": "mistral_ai", "moonshot": "moonshot_ai",
    "openai-responses": "openai", "xai": "x_ai",
}  # fmt: skip
"""Providers that the conventions call otherwise."""
OPERATIONS = {"model": "chat", "shadow": "chat", "tool": "execute_tool", "retrieve": "retrieval"}
"""By kind of a call; one with a person or a hand has no word there."""
COUNTS = ("max_tokens", "seed")
SETTINGS = (*COUNTS, "temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty")
"""Parameters of a request that the conventions know."""


def of_run(row: RunRow) -> Attributes:
    """A run is a workflow."""
    return {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": row.recipe}


def of_step(step: StepRow) -> tuple[str, Attributes]:
    """Name and attributes of a step; one that lets a model ask for tools is an agent."""
    if step.verb != "agent":
        return step.path, {}
    return f"invoke_agent {step.path}", {
        "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": step.path,
    }  # fmt: skip


def of_call(asked: CallStarted | CallReused) -> tuple[str, int, Attributes]:
    """Name, kind and attributes of what was asked."""
    request = (asked.request if isinstance(asked, CallStarted) else asked.asked) or {}
    operation = OPERATIONS.get(asked.kind, "")
    if asked.kind == "tool":
        return f"{operation} {asked.target}", INTERNAL, {
            "gen_ai.operation.name": operation, "gen_ai.tool.name": asked.target,
        }  # fmt: skip
    if asked.kind == "retrieve":
        return f"{operation} {asked.target}", CLIENT, {
            "gen_ai.operation.name": operation, "gen_ai.data_source.id": asked.target,
        }  # fmt: skip
    if not operation:
        return f"{asked.kind} {asked.target}".strip(), INTERNAL, {}
    if request.get("task") == "compare":
        operation = "embeddings"
    provider, _, model = asked.target.partition("/")
    told = {
        "gen_ai.operation.name": operation, "gen_ai.provider.name": PROVIDERS.get(provider, provider),
        "gen_ai.request.model": model, "gen_ai.output.type": "json" if request.get("schema") else None,
        **_settings(request),
    }  # fmt: skip
    return f"{operation} {model}", INTERNAL if provider == "local" else CLIENT, told


def of_answer(kind: str, event: CallFinished) -> Attributes:
    """What a model answered with; a tool, a search or a person has no such words."""
    if OPERATIONS.get(kind) != "chat":
        return {}
    return {
        "gen_ai.response.model": event.model or None,
        "gen_ai.response.finish_reasons": [event.finish] if event.finish else None,
        "gen_ai.response.time_to_first_chunk": event.first_token,
        "gen_ai.request.stream": True if event.first_token is not None else None,
        **_usage(event.usage),
    }


def _usage(usage: Usage) -> Attributes:
    return {
        "gen_ai.usage.input_tokens": usage.input_total,
        "gen_ai.usage.cache_read.input_tokens": usage.cached,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write,
        "gen_ai.usage.output_tokens": usage.output,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
    }


def _settings(request: Mapping[str, Any]) -> Attributes:
    """What the conventions have a word for of what the model was told besides the prompt."""
    params = request.get("params")
    if not isinstance(params, Mapping):
        return {}
    known = {name: params.get(name) for name in SETTINGS}
    return {
        f"gen_ai.request.{name}": value if name in COUNTS else float(value)
        for name, value in known.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
