"""Retries: which failures, how long the waits, every attempt made by the caller's own function."""

from __future__ import annotations

import math

import pytest

from workbench.errors import ERROR_CLASSES, RETRIED, CallError
from workbench.providers.port import Reply
from workbench.providers.retry import RetryPolicy, is_worth_retrying, retrying, wait_seconds

POLICY = RetryPolicy(tries=4, seed="a")


class Attempts:
    """Fails with each error in turn, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.made = 0
        self.slept: list[float] = []
        self.announced: list[tuple[int, str, float]] = []

    async def attempt(self) -> str:
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def before(self, number: int, error: CallError, wait: float) -> None:
        self.announced.append((number, error.error_class, wait))

    async def run(self, policy: RetryPolicy = POLICY) -> str:
        return await retrying(self.attempt, policy=policy, before_retry=self.before, sleep=self.sleep)


async def test_passing_failures_are_tried_again_and_announced() -> None:
    attempts = Attempts(CallError("server", "x"), CallError("rate_limit", "x", retry_after=3))
    assert await attempts.run() == "done"
    assert attempts.made == 3
    assert [each[:2] for each in attempts.announced] == [(2, "server"), (3, "rate_limit")]
    assert [each[2] for each in attempts.announced] == attempts.slept
    assert 0.25 <= attempts.slept[0] <= 0.5
    assert 3 <= attempts.slept[1] <= 3.3


async def test_the_last_error_is_raised_as_it_was() -> None:
    errors = [CallError("server", str(number)) for number in range(9)]
    attempts = Attempts(*errors)
    with pytest.raises(CallError) as caught:
        await attempts.run()
    assert caught.value is errors[3]
    assert attempts.made == 4


@pytest.mark.parametrize("error_class", ERROR_CLASSES)
async def test_only_the_named_classes(error_class: str) -> None:
    attempts = Attempts(CallError(error_class, "x"))  # type: ignore[arg-type]
    if error_class in RETRIED:
        assert await attempts.run() == "done"
    else:
        with pytest.raises(CallError):
            await attempts.run()
        assert attempts.made == 1


async def test_other_exceptions_are_not_retried() -> None:
    attempts = Attempts(ValueError("x"))
    with pytest.raises(ValueError, match="x"):
        await attempts.run()
    assert attempts.made == 1


@pytest.mark.parametrize(("asked", "tried"), [(59.0, 2), (61.0, 1), (math.inf, 1), (0.0, 2)])
async def test_a_long_wait_is_not_waited(asked: float, tried: int) -> None:
    attempts = Attempts(CallError("rate_limit", "x", retry_after=asked))
    if tried == 1:
        with pytest.raises(CallError):
            await attempts.run()
    else:
        await attempts.run()
    assert attempts.made == tried


def test_after_part_of_an_answer_only_where_attempts_are_recorded() -> None:
    error = CallError("network", "x", partial=Reply("Hel", finish="cut"))
    assert is_worth_retrying(error)
    assert not is_worth_retrying(error, RetryPolicy(after_text=False))
    nothing = CallError("network", "x", partial=Reply("", finish="error"))
    assert is_worth_retrying(nothing, RetryPolicy(after_text=False))


def test_waits_grow_to_a_limit_and_repeat_with_their_seed() -> None:
    error = CallError("server", "x")
    waits = [wait_seconds(error, attempt, POLICY) for attempt in range(1, 12)]
    assert waits == [wait_seconds(error, attempt, POLICY) for attempt in range(1, 12)]
    assert waits != [wait_seconds(error, attempt, RetryPolicy(seed="b")) for attempt in range(1, 12)]
    for attempt, wait in enumerate(waits, 1):
        full = min(0.5 * 2 ** (attempt - 1), 20)
        assert full / 2 <= wait <= full
    assert 0.25 <= wait_seconds(error, 1) <= 0.5
