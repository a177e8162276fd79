"""What a refused request may have cost, by what providers say."""

from __future__ import annotations

import pytest

from workbench.errors import ErrorClass
from workbench.providers.refused import may_be_billed

OPENAI, GEMINI = "api.openai.com", "generativelanguage.googleapis.com"
ROUTER, AZURE = "openrouter.ai", "mine.openai.azure.com"


@pytest.mark.parametrize(
    ("host", "status", "error_class", "billed"),
    [
        (OPENAI, 400, "bad_request", False),
        (OPENAI, 401, "auth", False),
        (OPENAI, 404, "bad_request", False),
        (OPENAI, 429, "rate_limit", False),
        (OPENAI, 503, "server", False),
        (OPENAI, 529, "server", False),
        (OPENAI, 500, "server", True),
        (OPENAI, 502, "server", True),
        (OPENAI, 504, "timeout", True),
        (OPENAI, 408, "timeout", True),
        (OPENAI, 400, "content_filter", True),
        (OPENAI, 400, "too_long", False),
        (GEMINI, 500, "server", False),
        (GEMINI, 400, "content_filter", False),
        (GEMINI, 504, "timeout", True),
        (ROUTER, 502, "server", False),
        (ROUTER, 408, "timeout", False),
        (AZURE, 400, "too_long", True),
        (AZURE, 400, "content_filter", True),
        (AZURE, 400, "bad_request", False),
        (AZURE, 408, "timeout", True),
        ("notopenrouter.ai", 502, "server", True),
        ("", 500, "server", True),
    ],
)
def test_only_what_is_known_to_be_free_is_free(
    host: str, status: int, error_class: ErrorClass, billed: bool
) -> None:
    assert may_be_billed(host, status, error_class) is billed
