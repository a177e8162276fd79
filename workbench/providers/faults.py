"""What a server's refusal means: its class, its own words, what to do, how long to wait."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from workbench.errors import CallError, ErrorClass
from workbench.events import Json
from workbench.providers.refused import may_be_billed
from workbench.providers.structured import NotJson, parse_json

LONGEST_MESSAGE = 600
LONGEST_READ = 4000
NEVER_AGAIN = math.inf
"""``retry_after`` of an error whose sender says that trying again is useless."""

_WORDS: tuple[tuple[ErrorClass, re.Pattern[str]], ...] = (
    ("content_filter", re.compile(
        r"content[_ -]?(filter|policy|management policy)|responsibleai|moderation|flagged"
        r"|prohibited_content")),
    ("too_long", re.compile(
        r"context[_ ](length|window)|(prompt|input|request|message)s? (is |are |was )?too (long|large)"
        r"|maximum context|reduce the length|exceeds? the (model'?s )?(maximum|context|max)"
        r"|too many (input )?tokens|string_above_max_length|input token count"
        r"|maximum (prompt|input) length")),
    ("quota", re.compile(
        r"insufficient[_ ](quota|credit|balance|funds)|exceeded your current quota|billing"
        r"|out of credits?|credit balance|payment required|requires more credits|quota_exceeded"
        r"|spending limit|monthly limit")),
    ("auth", re.compile(
        r"(invalid|incorrect|missing|no|wrong|expired|revoked)[_ ](\w+[_ ])?"
        r"(api[_ ]?key|authentication|auth|token\b)|api key not valid|authentication_error"
        r"|unauthori[sz]ed|unauthenticated|permission_?(denied|error)|not authenticated"
        r"|api[_ ]key[_ ]invalid|(un|not )recogni[sz]ed api key|no auth")),
    ("rate_limit", re.compile(
        r"rate[_ -]?limit|too many requests|resource_exhausted|throttl|slow[_ ]down")),
    ("timeout", re.compile(r"\btime(d)?[_ -]?out|deadline[_ ]exceeded")),
    ("server", re.compile(
        r"overloaded|server[_ ]error|internal[_ ]error|unavailable|try again later|api_error")),
)  # fmt: skip
_MESSAGES = (
    "message",
    "msg",
    "error",
    "detail",
    "Message",
    "error_msg",
    "status_msg",
    "error_message",
    "title",
)
_BY_STATUS: Mapping[int, ErrorClass] = {
    401: "auth", 402: "quota", 403: "auth", 408: "timeout", 409: "server", 413: "too_long", 425: "server",
    429: "rate_limit", 504: "timeout", 524: "timeout",
}  # fmt: skip
_NOT_BY_WORDS: Mapping[ErrorClass, frozenset[int]] = {
    "server": frozenset({400, 401, 403, 404, 422}),
    "timeout": frozenset({400, 401, 403, 404, 422}),
    "auth": frozenset({429}),
}
"""Words that do not weigh against these statuses: a bad parameter may well be called ``timeout``."""
_HINTS: Mapping[ErrorClass, str] = {
    "auth": "check the key: api_key_env in workbench.toml names its variable, in the environment or .env",
    "quota": "the account has nothing left to spend; trying again does not help",
    "rate_limit": "fewer requests at once (at_once in workbench.toml), or a fallback model",
    "too_long": "shorten the prompt, or take a model with a larger window",
    "content_filter": "the provider's filter withheld it; reword the prompt, or take another model",
}
_PARTS = frozenset({"choices", "candidates", "content", "delta", "output", "response", "usage", "type"})
"""What only a part of an answer has."""
_FINE = (None, "", 0, 200, "0", "200", "ok", "success")
"""Codes of servers that tell of success too."""
_UNIT = r"(?:ms|milliseconds?|minutes?|min|m|seconds?|secs?|s|hours?|h)"
_WAIT_TEXT = re.compile(
    rf"(?:try again|retry|wait)[^.\d]{{0,40}}?((?:\d+(?:\.\d+)?\s*{_UNIT}\b\s*|\d+{_UNIT})+)", re.IGNORECASE
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|milli|h|min|m|s)")
_UNITS = {"ms": 0.001, "milli": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as the server told it."""

    message: str
    words: str = ""
    """Types and codes, lower-case."""
    status: int = 0
    delay: float | None = None


def refusal(provider: str, status: int, headers: Mapping[str, str], body: bytes, host: str = "") -> CallError:
    """The error for an answer whose status is not 200, of the server named ``host``."""
    if 300 <= status < 400:
        return CallError(
            "bad_request", f"{provider} answered with a redirect (status {status}), which is not followed",
            hint="set base_url to where the server really is", sent=False,
        )  # fmt: skip
    try:
        fault = read_fault(parse_json(body.decode("utf-8", "replace")))
    except NotJson:
        fault = Fault(_plain_text(body))
    error = _error(provider, fault, status, headers)
    error.sent = may_be_billed(host, status, error.error_class)
    return error


def fault_in_stream(provider: str, value: Json) -> CallError | None:
    """The error that an answer with status 200 holds, or None when it holds none."""
    holds = isinstance(value, dict) and (
        bool(value.get("error"))
        or value.get("type") == "error"
        or value.get("object") == "error"
        or ("error_code" in value and bool(value.get("error_code") and value.get("error_msg")))
        or ("base_resp" in value and bool(_base_response(value)))
        or (_PARTS.isdisjoint(value) and _is_nothing_but_a_fault(value))
    )
    if not holds:
        return None
    fault = read_fault(value)
    return _error(provider, fault, fault.status, {})


def _error(provider: str, fault: Fault, status: int, headers: Mapping[str, str]) -> CallError:
    error_class = _class_of(fault, status)
    asked = _wait(fault, headers)
    if headers.get("x-should-retry", "").lower() == "false":
        asked = NEVER_AGAIN
    shown = f" (status {status})" if status else ""
    message = fault.message.strip()[:LONGEST_MESSAGE] or "an error without a message"
    hint = _HINTS.get(error_class, "")
    if status == 404 and not hint:
        hint = "is the model's name right, does base_url end as the server wants (often /v1)?"
    return CallError(error_class, f"{provider}: {message}{shown}", hint=hint, retry_after=asked)


def _class_of(fault: Fault, status: int) -> ErrorClass:
    if status == 401:
        return "auth"
    text = f"{fault.words} {fault.message.lower()}"[:LONGEST_READ]
    for error_class, pattern in _WORDS:
        if pattern.search(text) and status not in _NOT_BY_WORDS.get(error_class, ()):
            if error_class == "quota" and fault.delay is not None:
                return "rate_limit"  # Gemini calls its limits by the minute a quota, and says when it ends
            return error_class
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    return "server" if status >= 500 or status == 0 else "bad_request"


def read_fault(value: Json) -> Fault:
    """An error body of any of the known shapes."""
    if isinstance(value, list) and value:
        return read_fault(value[0])
    if not isinstance(value, Mapping):
        return Fault(_text(value))
    inner = value.get("error") or value.get("detail") or value.get("errors") or _base_response(value) or value
    if isinstance(inner, list):
        inner = inner[0] if inner else {}
    if not isinstance(inner, Mapping):
        return Fault(_text(inner), _words(value), _status(value))
    message = _text(next((inner[key] for key in _MESSAGES if inner.get(key)), ""))
    metadata = inner.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("raw"):
        message = f"{message}: {_text(metadata['raw'])}"  # a router's own message hides the real cause
    status = _status(inner) or _status(value)
    return Fault(message or _text(inner), _words(inner), status, _retry_info(inner))


def _base_response(value: Mapping[str, Json]) -> Mapping[str, Json]:
    """Where some servers tell of an error beside an answer that is empty."""
    found = value.get("base_resp")
    return found if isinstance(found, Mapping) and found.get("status_code") else {}


def _is_nothing_but_a_fault(value: Mapping[str, Json]) -> bool:
    """True for an object that is no part of an answer and says that something failed."""
    told = value.get("message") or value.get("msg")
    code = value.get("code", value.get("status_code"))
    return bool(
        value.get("success") is False
        or value.get("status") == "error"
        or value.get("errors")
        or value.get("detail")
        or (isinstance(told, str) and code not in _FINE)
    )


def class_in(value: Json) -> ErrorClass:
    """The class of an error that an answer tells of."""
    return _class_of(read_fault(value), 0)


def _words(fault: Mapping[str, Json]) -> str:
    found = [fault.get(key) for key in ("type", "code", "status", "reason", "param")]
    inner = fault.get("innererror")
    if isinstance(inner, Mapping):
        found.append(inner.get("code"))
    return " ".join(str(each).lower() for each in found if isinstance(each, str))


def _status(fault: Mapping[str, Json]) -> int:
    """The HTTP status that a body names."""
    for key in ("status_code", "status", "code"):
        value = fault.get(key)
        if isinstance(value, str) and value.isdecimal() and len(value) == 3:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600:
            return value
    return 0


def _retry_info(fault: Mapping[str, Json]) -> float | None:
    details = fault.get("details")
    for each in details if isinstance(details, list) else []:
        delay = each.get("retryDelay") if isinstance(each, Mapping) else None
        if isinstance(delay, str):
            return duration(delay)
    return None


def _wait(fault: Fault, headers: Mapping[str, str]) -> float | None:
    """The wait asked for in seconds: the exact header, the usual header, the body, the text."""
    exact = _number(headers.get("retry-after-ms", ""))
    if exact is not None:
        return exact / 1000
    usual = headers.get("retry-after", "").strip()
    seconds = _number(usual)
    if seconds is None and usual:
        seconds = _until(usual)
    if seconds is not None:
        return seconds
    if fault.delay is not None:
        return fault.delay
    found = _WAIT_TEXT.search(fault.message[:LONGEST_READ])
    return duration(found[1]) if found else None


def duration(text: str) -> float | None:
    """Seconds of ``34.4s``, ``1m3.5s``, ``20 ms``."""
    parts = _DURATION.findall(text.lower())
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until(date: str) -> float | None:
    """Seconds until an HTTP date."""
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or value == {} else str(value)[:LONGEST_MESSAGE]


def _plain_text(body: bytes) -> str:
    """A body that is not JSON, for people: the title of a page, or its beginning."""
    text = body[:20_000].decode("utf-8", "replace").strip()
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    if title:
        return f"a web page titled {' '.join(title[1].split())[:100]!r}"
    if text.startswith("<"):
        return "a web page"
    return " ".join(text.split())[:300]
