"""Trying again: which failures are worth it, and how long to wait before.

The engine's door hands in a function that makes *one recorded attempt* and calls it again for each retry:

    reply = await retrying(attempt)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from workbench.errors import RETRIED, CallError

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
BeforeRetry = Callable[[int, CallError, float], Awaitable[None]]
"""Called with the number of the attempt to come (from 2), what failed before, and the seconds to wait."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently.  ``seed`` makes the waits repeatable: the same seed waits the same."""

    tries: int = 3
    first_wait: float = 0.5
    longest_wait: float = 20.0
    """The longest wait of our own making."""
    longest_asked: float = 60.0
    """The longest wait another side may ask for; when it asks for more, there is no further attempt."""
    after_text: bool = True
    """Also retry when part of the answer had been shown already.  Right only where every attempt is a
    record of its own, as at the door."""
    seed: str | None = None


DEFAULT_POLICY = RetryPolicy()


def is_worth_retrying(error: BaseException, policy: RetryPolicy = DEFAULT_POLICY) -> bool:
    """True for failures that can pass by themselves, within a wait that the policy allows."""
    if not isinstance(error, CallError) or error.error_class not in RETRIED:
        return False
    if error.retry_after is not None and error.retry_after > policy.longest_asked:
        return False
    arrived = error.partial is not None and bool(error.partial.text)
    return policy.after_text or not arrived


def wait_seconds(error: CallError, attempt: int, policy: RetryPolicy = DEFAULT_POLICY) -> float:
    """Seconds to wait after attempt number ``attempt`` (from 1) failed with ``error``.

    What the other side asked for, and a little more so that all who wait do not come back at once; else a
    wait that doubles with every attempt, of which half is chance.
    """
    chance = _chance(policy, attempt)
    if error.retry_after is not None:
        return error.retry_after + min(error.retry_after * 0.1, 1.0) * chance
    full = min(policy.first_wait * 2.0 ** (attempt - 1), policy.longest_wait)
    return full * (0.5 + 0.5 * chance)


def _chance(policy: RetryPolicy, attempt: int) -> float:
    """A number in 0..1: drawn, or fixed by the policy's seed."""
    if policy.seed is None:
        return random.random()
    digest = blake2b(f"{policy.seed}\0{attempt}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


async def retrying(
    attempt: Callable[[], Awaitable[T]],
    *,
    policy: RetryPolicy = DEFAULT_POLICY,
    before_retry: BeforeRetry | None = None,
    sleep: Sleep = asyncio.sleep,
) -> T:
    """The result of ``attempt``, tried again as ``policy`` allows; raises the last attempt's error.

    ``attempt`` makes one attempt and records it.  ``before_retry`` is awaited before each wait; an error
    it raises ends the retries.
    """
    try:
        return await attempt()
    except CallError as error:
        if policy.tries < 2 or not is_worth_retrying(error, policy):
            raise
        failed = error
    # most calls succeed at once and need no machinery
    return await _again(failed, attempt, policy, before_retry, sleep)


async def _again(
    error: CallError,
    attempt: Callable[[], Awaitable[T]],
    policy: RetryPolicy,
    before_retry: BeforeRetry | None,
    sleep: Sleep,
) -> T:
    """The further attempts after the first one failed with ``error``."""
    failed_first = [error]

    async def once_more() -> T:
        if failed_first:
            raise failed_first.pop()
        return await attempt()

    async def announce(state: RetryCallState) -> None:
        failed = state.outcome.exception() if state.outcome else None
        if before_retry is not None and isinstance(failed, CallError):
            wait = state.next_action.sleep if state.next_action else 0.0
            await before_retry(state.attempt_number + 1, failed, wait)

    def wait(state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        return wait_seconds(failed, state.attempt_number, policy) if isinstance(failed, CallError) else 0.0

    controller = AsyncRetrying(
        sleep=sleep,
        stop=stop_after_attempt(policy.tries),
        retry=retry_if_exception(lambda error: is_worth_retrying(error, policy)),
        wait=wait,
        before_sleep=announce,
        reraise=True,
    )
    return await controller(once_more)
