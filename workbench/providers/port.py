"""The port to models: what is asked, what comes back.  Every provider is one implementation of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from workbench.capabilities import UNKNOWN, Capabilities
from workbench.events import Json
from workbench.providers.attachments import Attachment
from workbench.providers.tool_calls import Tool, ToolCall
from workbench.recipe.data import LabelledExamples
from workbench.usage import Price, Usage

Task = Literal["prompt", "classify", "extract", "compare"]
Finish = Literal["stop", "length", "tool_calls", "refused", "content_filter", "cut", "error"]
OnDelta = Callable[[str], None]
Examples = LabelledExamples
"""What a classifier learns from."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The characters ``start..end`` of a user message that came from one place.

    ``kind`` is ``input`` (a recipe input), ``passage`` (one retrieved document, named by ``id``) or ``step``
    (another step's output).  What lies outside all segments is the recipe author's own text.
    """

    start: int
    end: int
    kind: Literal["input", "passage", "step"]
    source: str
    """The name mentioned in the template, as ``search.text``."""
    id: str = ""
    score: float | None = None
    """How well a passage was found to fit, where that is known."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.  ``segments`` index into ``text``."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    segments: tuple[Segment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    """Images and files, before the text."""
    calls: tuple[ToolCall, ...] = ()
    """Tools that an assistant's message asked for."""
    call_id: str = ""
    """Of a ``tool`` message: the call that it answers."""
    turn: Json = None
    """Of an assistant's message: the ``turn`` of the reply it was, for the provider that gave it."""
    turn_by: str = ""
    """That provider; any other is told text and calls alone."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to a model.

    ``messages`` say in words all that a chat model needs, for every task.  A ``classify`` request also
    carries its parts for models that are classifiers: the bare ``text``, the ``labels`` (name: description)
    and ``examples``.  An ``extract`` request carries the bare ``text``.  A ``compare`` request asks an
    embedding model how near the first message's text is to those of the others (``data``: numbers 0..1, in
    order).  ``schema`` is the JSON schema that the answer must satisfy.
    """

    task: Task
    messages: tuple[Message, ...]
    text: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    examples: Examples | None = None
    schema: Mapping[str, Json] | None = None
    params: Mapping[str, Json] = field(default_factory=dict)
    """Sampling parameters by their usual names: ``temperature``, ``max_tokens``, ``top_p``, ``stop``, …"""
    tools: tuple[Tool, ...] = ()
    """Tools the model may ask for."""
    key: str = ""
    """Stable name of the call (run, step, how often the step had asked before): an idempotency key, the same
    for every attempt and after a crash."""
    attempt: int = 1
    """Which try at the call this is, from 1."""
    left_out: tuple[Mapping[str, Json], ...] = ()
    """What was left out to make it fit, for the record."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered, no more than it showed.

    ``data`` is structured output: for ``classify`` ``{"label", "confidence", "scores"}`` (scores by label,
    best first, at most 10, rounded to 6 digits), for ``extract`` the extracted object, else the parsed JSON
    when a schema was asked for.
    """

    text: str
    data: Json = None
    finish: Finish = "stop"
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    reply_id: str = ""
    billed_nano: int | None = None
    """The provider's own bill, where the answer holds one."""
    first_token: float | None = None
    chunks: Sequence[tuple[float, int]] = ()
    raw: Mapping[str, Json] | None = None
    """The request and answer as on the wire, without keys."""
    reasoning: str = ""
    """What the model showed of its thinking, apart from the answer."""
    tool_calls: tuple[ToolCall, ...] = ()
    """The calls of tools it asks for."""
    turn: Json = None
    """The answer as the provider wants it back when the conversation goes on, where that is more than text
    and calls: signed thinking, sealed reasoning."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What the answer's headers say of limits and of the request; never a secret."""

    def on_record(self) -> dict[str, Json]:
        """The answer as it is kept: text and data, and what else it said, where it did.

        The ``turn`` is needed only where the conversation goes on, after calls of tools.
        """
        kept: dict[str, Json] = {"text": self.text, "data": self.data}
        if self.reasoning:
            kept["reasoning"] = self.reasoning
        if self.tool_calls:
            kept["tool_calls"] = [each.plain() for each in self.tool_calls]
            if self.turn is not None:
                kept["turn"] = self.turn
        return kept


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of one model.  ``name`` is the full ``provider/model``; None is unknown."""

    name: str
    about: str = ""
    tasks: tuple[Task, ...] = ("prompt", "classify", "extract", "compare")
    window: int | None = None
    """Tokens it takes in."""
    price: Price | None = None
    simulated: bool = False
    available: bool = True
    reason: str = ""
    """Why it is not available, and what to do."""
    max_output: int | None = None
    """Tokens it gives out at most."""
    capabilities: Capabilities = UNKNOWN


class Provider(Protocol):
    """A source of models.  ``model`` arguments are names without the provider's prefix."""

    name: str

    async def reply(self, model: str, request: ModelRequest, on_delta: OnDelta) -> Reply:
        """Make one attempt; raises CallError.  Never retries by itself, never blocks the event loop."""

    def info(self, model: str) -> ModelInfo:
        """What is known of ``model`` without asking anyone; unknown models of open servers are fine."""

    def models(self) -> Sequence[ModelInfo]:
        """The models known without asking anyone."""

    async def close(self) -> None:
        """Release connections."""
