"""Requests to models on their way out: estimated, edited, put on record."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from dataclasses import replace

from workbench.engine.hands import relocate
from workbench.events import Candidate, Json
from workbench.providers.attachments import Attachment
from workbench.providers.port import Message, ModelRequest
from workbench.usage import Price

Messages = tuple[Message, ...]

USUAL_CHARACTERS = 4
USUAL_ANSWER = 400
"""Tokens of a usual answer, for rates, which are settled when the real figure is known."""
LONGEST_ANSWER = 4096
"""Output tokens reserved for a request that sets no ``max_tokens``."""
PICTURE = 2000
"""Tokens that the largest picture counts for with the usual providers."""
AROUND = 16
"""Tokens that a message takes besides its text."""
_COMMON = (string.ascii_letters + string.whitespace).encode()


def tokens_of(request: ModelRequest) -> int:
    """About how many tokens a request uses, its answer included, where nothing better is known."""
    characters = sum(len(each.text) for each in request.messages)
    limit = request.params.get("max_tokens")
    return characters // USUAL_CHARACTERS + (limit if isinstance(limit, int) else USUAL_ANSWER)


def most_tokens(text: str | bytes) -> int:
    """The most tokens a text should have: two letters or spaces make one, all other bytes one each."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    others = len(data.translate(None, _COMMON))
    return others + (len(data) - others + 1) // 2


def most_asked(request: ModelRequest) -> int:
    """The most tokens a request should have, with all that goes along with its messages."""
    beside = "" if request.schema is None else json.dumps(request.schema)
    beside += "".join(f"{each.name}{each.about}{json.dumps(each.parameters)}" for each in request.tools)
    return _asked(request.messages) + most_tokens(beside)


def _asked(messages: Messages) -> int:
    return sum(
        AROUND + most_tokens(each.text) + sum(_tokens(file) for file in each.attachments) for each in messages
    )


def longest_answer(params: Mapping[str, Json], otherwise: int = LONGEST_ANSWER) -> int:
    """The most tokens of an answer: as asked for, else ``otherwise``."""
    limit = params.get("max_tokens")
    return limit if isinstance(limit, int) else otherwise


def most_it_may_cost(
    messages: Messages, params: Mapping[str, Json], price: Price | None, otherwise: int = LONGEST_ANSWER
) -> int | None:
    """The most a request should cost, in nano-dollars; None without a price."""
    return None if price is None else price.most(_asked(messages), longest_answer(params, otherwise))


def _tokens(attachment: Attachment) -> int:
    """As many tokens as a file counts for, at most about."""
    if attachment.is_text:
        return most_tokens(attachment.content)
    return PICTURE if attachment.is_image else max(PICTURE, len(attachment.content) // 30)


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
    if request.left_out:
        kept["left_out"] = [dict(each) for each in request.left_out]
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
    if message.calls:
        plain["calls"] = [each.plain() for each in message.calls]
    if message.call_id:
        plain["call_id"] = message.call_id
    return plain
