"""Structured answers: JSON out of what a model wrote, and its choice of a label."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.events import Json

if TYPE_CHECKING:
    from workbench.providers.port import ModelRequest

_FENCED = re.compile(r"```[A-Za-z0-9_-]*[ \t]*\n(.*?)```", re.DOTALL)
DEEPEST = 200
"""Levels of lists and objects accepted in an answer."""


def whole(pieces: list[str]) -> str:
    """The text of all pieces; halves of a character cut apart are joined, and lone halves replaced.

    JSON may escape half a character, which no file or database can hold.
    """
    text = "".join(pieces)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _whole_json(value: Json) -> Json:
    """``value`` with every text in it whole."""
    if isinstance(value, str):
        return whole([value])
    if isinstance(value, dict):
        return {whole([key]): _whole_json(each) for key, each in value.items()}
    return [_whole_json(each) for each in value] if isinstance(value, list) else value


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_SPACE = " \t\n\r"


class NotJson(ValueError):
    """The text holds no JSON that can be read; the message says why."""


def parse_json(text: str) -> Json:
    """Strict JSON: no NaN, no numbers of thousands of digits, no bottomless nesting.  Raises NotJson."""
    try:
        text = text.strip(_SPACE)
        value, end = _DECODER.raw_decode(text)
        if end != len(text):
            raise json.JSONDecodeError("Extra data", text, end)
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None
    if text.count("{") + text.count("[") > DEEPEST and _too_deep(value):
        raise NotJson("it is nested too deeply")
    return value


def find_json(text: str) -> Json:
    """JSON from an answer: plain, inside a code fence, or after a preamble.  Raises NotJson."""
    plain = text.strip().removeprefix("\ufeff")
    try:
        return parse_json(plain)
    except NotJson as error:
        first = error
    candidates = [found[1] for found in _FENCED.finditer(plain)]
    starts = [plain.find(bracket) for bracket in "{["]
    begin = min((start for start in starts if start >= 0), default=-1)
    if begin >= 0:
        end = max(plain.rfind("}"), plain.rfind("]"))
        candidates.append(plain[begin : end + 1])
    for candidate in candidates:
        try:
            return parse_json(candidate.strip())
        except NotJson:
            continue
    raise first


def structured(request: ModelRequest, text: str) -> Json:
    """The ``data`` of a Reply whose text is ``text``, as ``request`` asked for it.  Raises NotJson."""
    if request.task == "classify" and request.labels:
        return {"label": chosen_label(text, request.labels), "confidence": None, "scores": {}}
    if request.schema is not None or request.task == "extract":
        found = find_json(text)
        return _whole_json(found) if "\\u" in text else found
    return None


def chosen_label(text: str, labels: Mapping[str, str]) -> str:
    """The label that an answer names: ``{"label": …}``, or just the label.  Raises NotJson."""
    try:
        found = find_json(text)
    except NotJson:
        found = text
    if isinstance(found, Mapping):
        found = found.get("label")
    if not isinstance(found, str):
        raise NotJson("it names no label")
    by_name = {_bare(label): label for label in labels}
    label = found if found in labels else by_name.get(_bare(found))
    if label is None:
        raise NotJson(f"{found.strip()[:60]!r} is none of the labels")
    return label


def _bare(text: str) -> str:
    """A label without case, quotes and closing full stop."""
    return text.strip().strip("\"'`*").removesuffix(".").casefold()


def _too_deep(value: Json) -> bool:
    """True when ``value`` has more than DEEPEST levels; looks level by level, so never deep itself."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True
