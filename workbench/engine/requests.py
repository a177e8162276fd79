"""Requests to models on their way out: estimated, edited, put on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.engine.hands import relocate
from workbench.events import Candidate, Json
from workbench.providers.attachments import Attachment
from workbench.providers.port import Message, ModelRequest
from workbench.usage import PER_MILLION, Price

Messages = tuple[Message, ...]

CHARACTERS_PER_TOKEN = 3
"""Deliberately low, so that an estimate of input tokens is an upper bound for most texts."""
PICTURE = 2000 * CHARACTERS_PER_TOKEN
"""What the largest picture counts for with the usual providers."""
USUAL_CHARACTERS = 4
USUAL_ANSWER = 400
"""Tokens of a usual answer, for rates, which are settled when the real figure is known."""
LONGEST_ANSWER = 4096
"""Output tokens reserved for a request that sets no ``max_tokens``."""


def tokens_of(request: ModelRequest) -> int:
    """About how many tokens a request uses, its answer included, where nothing better is known."""
    characters = sum(len(each.text) for each in request.messages)
    limit = request.params.get("max_tokens")
    return characters // USUAL_CHARACTERS + (limit if isinstance(limit, int) else USUAL_ANSWER)


def most_it_may_cost(messages: Messages, params: Mapping[str, Json], price: Price | None) -> int | None:
    """The most a request should cost, in nano-dollars; None without a price."""
    if price is None:
        return None
    characters = sum(len(each.text) + sum(map(_characters, each.attachments)) for each in messages)
    limit = params.get("max_tokens")
    output = limit if isinstance(limit, int) else LONGEST_ANSWER
    total = (characters // CHARACTERS_PER_TOKEN + 1) * price.input + output * price.output
    return -(-total // PER_MILLION)


def _characters(attachment: Attachment) -> int:
    """As many characters of text as a file counts for, at most about."""
    if attachment.is_text:
        return len(attachment.content)
    return PICTURE if attachment.is_image else max(PICTURE, len(attachment.content) // 10)


def estimated(
    candidates: tuple[Candidate, ...], messages: Messages, params: Mapping[str, Json]
) -> tuple[Candidate, ...]:
    """Candidates with the most that the request may cost at each; free ones need no figure."""
    if all(each.price is None or each.price.is_free for each in candidates):
        return candidates
    return tuple(
        replace(each, estimate_nano=most_it_may_cost(messages, params, each.price)) for each in candidates
    )


def with_edits(rendered: tuple[Message, ...], edited: tuple[Message, ...]) -> tuple[Message, ...]:
    """Messages edited by hand, with the segments that still stand in them."""
    if len(rendered) != len(edited):
        return _with_files(rendered, edited)
    return tuple(relocate(before, after) for before, after in zip(rendered, edited, strict=True))


def _with_files(rendered: Messages, edited: Messages) -> Messages:
    """Files stay with the last question, however the messages around it were edited."""
    files = tuple(file for each in rendered for file in each.attachments)
    asked = max((at for at, each in enumerate(edited) if each.role == "user"), default=-1)
    if not files or asked < 0:
        return edited
    return (*edited[:asked], replace(edited[asked], attachments=files), *edited[asked + 1 :])


def on_record(request: ModelRequest, identity: Mapping[str, Json]) -> dict[str, Json]:
    """A request as the ledger keeps it: the long texts as messages, the rest small.

    What the fingerprint covers besides the messages is kept as ``identity``, so that calls can be compared.
    """
    kept: dict[str, Json] = {"task": request.task, "messages": [_message(each) for each in request.messages]}
    others = {key: value for key, value in identity.items() if key not in ("messages", "text", "edited")}
    if others:
        kept["identity"] = others
    if request.schema is not None:
        kept["schema"] = request.schema
    if request.params:
        kept["params"] = request.params
    if request.examples is not None:
        kept["examples"] = request.examples.hash
    return kept


def _message(message: Message) -> dict[str, Json]:
    plain: dict[str, Json] = {"role": message.role, "text": message.text}
    if message.segments:
        plain["segments"] = [
            [each.start, each.end, each.kind, each.source, each.id] for each in message.segments
        ]
    if message.attachments:
        plain["attachments"] = [each.on_record for each in message.attachments]
    return plain
