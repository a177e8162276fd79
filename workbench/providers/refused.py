"""Whether a request that a server refused may have been billed, by what the providers themselves say.

What was turned away before anybody worked on it costs nothing: a wrong key, an empty account, a request that
makes no sense, too many of them, an overload.  Of what failed further inside most providers say nothing, so
its cost is unknown, which is never 0.  Where one says it, its word counts:

- Gemini: "If your request fails with a 400 or 500 error, you won't be charged for the tokens used"
  (ai.google.dev/gemini-api/docs/billing).
- OpenRouter: no output, or an error, is not charged (openrouter.ai/docs, "zero completion insurance").
- Azure: "calls that resulted in a 200 or 400 code" count, 429 does not (learn.microsoft.com, question
  1632971): what its filter or the model's window refused was read.
"""

from __future__ import annotations

from workbench.errors import ErrorClass

TURNED_AWAY = frozenset({503, 529})
"""Statuses above 500 of servers that took nothing on."""
READ = frozenset({"content_filter", "too_long"})
"""What can only be said of a request that was read."""


def may_be_billed(host: str, status: int, error_class: ErrorClass) -> bool:
    """True where nobody says that an answer with this status is free."""
    if _is(host, "openrouter.ai") or (
        _is(host, "generativelanguage.googleapis.com") and status in (400, 500)
    ):
        return False
    if _is(host, "azure.com") and status == 400:
        return error_class in READ
    # a filter is a model too, and a time limit ends what had begun
    return error_class == "content_filter" or status == 408 or (status >= 500 and status not in TURNED_AWAY)


def _is(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
