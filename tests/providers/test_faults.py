"""Refusals of every known shape: class, words, wait."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ERROR_CLASSES
from workbench.providers.faults import duration, fault_in_stream, refusal


def told(status: int, body: Any, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refusal(
        "acme", status, {name.replace("_", "-"): value for name, value in headers.items()}, content
    )


def openai(message: str, code: str | None = None, kind: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (401, openai("Incorrect API key provided", "invalid_api_key"), "auth"),
        (401, {"detail": "Invalid API Key"}, "auth"),
        (401, {"error": {"message": "Missing Authentication header", "code": 401}}, "auth"),
        (403, {"type": "error", "error": {"type": "permission_error", "message": "no"}}, "auth"),
        (
            400,
            {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}},
            "auth",
        ),
        (
            400,
            {"code": "Client specified an invalid argument", "error": "Incorrect API key provided: x"},
            "auth",
        ),
        (429, openai("Rate limit reached for o4-mini", "rate_limit_exceeded", "tokens"), "rate_limit"),
        (429, {}, "rate_limit"),
        (429, openai("You exceeded your current quota, check your billing", "insufficient_quota"), "quota"),
        (402, openai("Insufficient Balance"), "quota"),
        (402, {"error": {"message": "This request requires more credits", "code": 402}}, "quota"),
        (
            400,
            openai("This model's maximum context length is 8192 tokens", "context_length_exceeded"),
            "too_long",
        ),
        (
            400,
            {"error": {"type": "x", "message": "prompt is too long: 3333404 tokens > 200000 maximum"}},
            "too_long",
        ),
        (400, openai("Input length 9000 exceeds the maximum allowed"), "too_long"),
        (413, b"", "too_long"),
        (400, {"error": {"message": "filtered", "code": "content_filter"}}, "content_filter"),
        (
            400,
            {"error": {"message": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
            "content_filter",
        ),
        (403, {"error": {"message": "Input was flagged", "code": 403}}, "content_filter"),
        (404, openai("The model `x` does not exist", "model_not_found"), "bad_request"),
        (404, {"error": "model 'x' not found, try pulling it first"}, "bad_request"),
        (400, openai("Unsupported value: 'timeout'"), "bad_request"),
        (
            422,
            {"detail": [{"loc": ["body", "n"], "msg": "not an integer", "type": "int_parsing"}]},
            "bad_request",
        ),
        (408, {}, "timeout"),
        (504, b"<html><title>504 Gateway Time-out</title></html>", "timeout"),
        (409, {}, "server"),
        (500, {"error": {"message": "The server had an error", "type": "server_error"}}, "server"),
        (502, b"<html><head><title>502 Bad\n Gateway</title>", "server"),
        (503, openai("The engine is overloaded"), "server"),
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "server"),
        (307, b"", "bad_request"),
        (418, b"\xff\xfe", "bad_request"),
    ],
)
def test_classes(status: int, body: Any, error_class: str) -> None:
    error = told(status, body)
    assert error.error_class == error_class, error.message
    assert str(status) in error.message
    assert error.sent is (status in (408, 500, 502, 504) or error_class == "content_filter")


def test_a_limit_by_the_minute_that_is_called_a_quota() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.4s"}]
    message = "You exceeded your current quota"
    error = told(429, [{"error": {"code": 429, "message": message, "details": details}}])
    assert (error.error_class, error.retry_after) == ("rate_limit", 34.4)


def test_the_cause_behind_a_router() -> None:
    body = {
        "error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "slow down, cowboy"}}
    }
    assert "slow down, cowboy" in told(429, body).message


def test_pages_are_named_by_their_title() -> None:
    assert (
        "a web page titled '502 Bad Gateway'" in told(502, b"<html><title>502 Bad\n Gateway</title>").message
    )
    assert "a web page" in told(502, b"<!doctype html><p>hm").message


@pytest.mark.parametrize(
    ("headers", "message", "wait"),
    [
        ({"retry_after": "7"}, "", 7),
        ({"retry_after": "1", "retry_after_ms": "250"}, "", 0.25),
        ({"retry_after": "1", "retry_after_ms": "0"}, "", 0),
        ({"retry_after": "-3"}, "", None),
        ({"retry_after": "soon"}, "", None),
        ({"retry_after": "nan"}, "", None),
        ({}, "Please try again in 1.574s. Visit https://x.y", 1.574),
        ({}, "Please try again in 1m3.5s.", 63.5),
        ({}, "Please try again in 20ms.", 0.02),
        ({}, "Please retry after 30 seconds", 30),
        ({}, "wait 2 minutes", 120),
        ({}, "Limit 200000, used 5. Nothing else", None),
        ({"retry_after": "7", "x_should_retry": "false"}, "", math.inf),
    ],
)
def test_waits(headers: dict[str, str], message: str, wait: float | None) -> None:
    assert told(429, openai(message), **headers).retry_after == pytest.approx(wait)


def test_a_wait_until_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 28 <= told(503, {}, retry_after=soon).retry_after <= 30
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)
    assert told(503, {}, retry_after=past).retry_after == 0


def test_durations() -> None:
    assert duration("1h2m3s") == 3723
    assert duration("never") is None


def test_long_messages_are_shortened() -> None:
    assert len(told(400, openai("x" * 10_000)).message) < 700


@pytest.mark.parametrize("value", [{}, {"choices": []}, {"error": None}, {"error": {}}, [], "error", None, 3])
def test_no_fault(value: Any) -> None:
    assert fault_in_stream("acme", value) is None


@pytest.mark.parametrize(
    ("value", "error_class"),
    [
        ({"error": {"message": "Overloaded", "type": "overloaded_error"}}, "server"),
        ({"type": "error", "error": {"type": "rate_limit_error", "message": "x"}}, "rate_limit"),
        ({"error": {"message": "x", "code": "tool_use_failed", "status_code": 400}}, "bad_request"),
        ({"error": "out of memory"}, "server"),
        ({"object": "error", "message": "bad", "code": 400}, "bad_request"),
    ],
)
def test_faults_in_an_answer(value: Any, error_class: str) -> None:
    error = fault_in_stream("acme", value)
    assert error is not None
    assert error.error_class == error_class


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "code", "status", "details", "detail", "type", "metadata", "raw"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(st.integers(300, 599), JSONS | st.binary(max_size=50))
def test_anything_at_all_becomes_an_error(status: int, body: Any) -> None:
    error = told(status, body)
    assert error.error_class in ERROR_CLASSES
    assert error.message
    if not isinstance(body, bytes):
        fault_in_stream("acme", body)
