"""Rate limits: turns in order, no more than declared in any minute, and what servers say of themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from workbench.errors import CallError
from workbench.providers.port import Reply
from workbench.providers.rate_headers import Told, read_headers
from workbench.providers.rates import Rates
from workbench.settings import Limits
from workbench.usage import Usage

pytestmark = pytest.mark.usefixtures("leaping_clock")


def rates_by(limits: Mapping[str, Limits] | None = None) -> Rates:
    """Rates on the clock of the loop."""
    return Rates(limits, asyncio.get_running_loop().time)


def used(tokens: int, **headers: str) -> Reply:
    return Reply("", usage=Usage(input=tokens, output=0), headers=headers)


async def test_never_more_starts_in_a_minute_than_declared_and_in_order() -> None:
    rates = rates_by({"acme": Limits(requests_per_minute=4)})
    starts: list[tuple[float, int]] = []

    async def one(number: int) -> None:
        turn = rates.take("acme/a", 1) or await rates.turn("acme/a", 1)
        starts.append((asyncio.get_running_loop().time(), number))
        turn.done(None)

    await asyncio.gather(*(one(number) for number in range(12)))
    assert [number for _, number in starts] == list(range(12))
    for at, _ in starts:
        assert sum(at <= other < at + 59.9 for other, _ in starts) <= 4


async def test_tokens_are_set_aside_and_settled() -> None:
    rates = rates_by({"acme": Limits(tokens_per_minute=100)})
    first = rates.take("acme/a", 90)
    assert first is not None
    assert rates.take("acme/a", 20) is None
    assert "100 tokens a minute are used up" in rates.why("acme/a", 20).reason
    first.done(used(10))
    second = rates.take("acme/a", 90)
    assert second is not None
    second.done(used(90))
    alone = await rates.turn("acme/a", 5000)  # larger than a minute: goes when nothing else does
    alone.done(None)


async def test_at_once_is_shared_and_other_providers_are_free() -> None:
    rates = rates_by({"acme": Limits(at_once=1)})
    first = rates.take("acme/a", 1)
    assert first is not None
    assert rates.take("acme/b", 1) is None
    assert rates.take("other/b", 1) is not None
    waiting = asyncio.create_task(rates.turn("acme/b", 1))
    await asyncio.sleep(0)
    assert (rates.states()[0].in_flight, rates.states()[0].waiting) == (1, 1)
    first.done(None)
    (await waiting).done(None)


async def test_whoever_is_cancelled_leaves_the_queue_and_loses_no_turn() -> None:
    rates = rates_by({"acme": Limits(at_once=1)})
    first = rates.take("acme/a", 1)
    assert first is not None
    tasks = [asyncio.create_task(rates.turn("acme/a", 1)) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    first.done(None)  # gives the turn to the second
    tasks[1].cancel()  # which is cancelled with the turn in its hand
    with suppress(asyncio.CancelledError):
        await tasks[0]
    with suppress(asyncio.CancelledError):
        await tasks[1]
    async with asyncio.timeout(60):
        (await tasks[2]).done(None)
    assert rates.states()[0].in_flight == 0


async def test_a_servers_own_word_holds_that_model_only() -> None:
    rates = rates_by()
    turn = rates.take("acme/a", 1)
    assert turn is not None
    headers = {"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "200ms"}
    turn.done(used(1, **headers))
    last = rates.take("acme/a", 1)
    assert last is not None
    assert rates.take("acme/a", 1) is None
    assert 0 < rates.held("acme/a") <= 0.2
    assert rates.states()[0].held.keys() == {"acme/a"}
    held = asyncio.create_task(rates.turn("acme/a", 1))
    await asyncio.sleep(0)
    async with asyncio.timeout(0.1):  # another model does not stand behind it
        (await rates.turn("acme/b", 1)).done(None)
    assert not held.done()
    (await held).done(None)
    last.done(None)


async def test_after_a_refusal_a_model_is_asked_one_at_a_time_then_twice_as_many() -> None:
    rates = rates_by()
    first = rates.take("acme/a", 1)
    assert first is not None
    first.failed(CallError("rate_limit", "no", retry_after=0.1))
    first.done(None)
    together = most = 0

    async def one() -> None:
        nonlocal together, most
        turn = rates.take("acme/a", 1) or await rates.turn("acme/a", 1)
        together += 1
        sizes.append(together)
        most = max(most, together)
        await asyncio.sleep(0.01)
        together -= 1
        turn.done(used(1))

    sizes: list[int] = []
    await asyncio.gather(*(one() for _ in range(40)))
    assert sizes[:3] == [1, 1, 2]
    assert most > 4, "and soon as many as before"


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, Told()),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, Told(None, 0, 360)),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}, Told(None, 0, 0.12)),
        ({"x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "120ms"}, Told()),
        ({"anthropic-ratelimit-requests-remaining": "2",
          "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:30Z"}, Told(None, 2, 30)),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp() * 1000) + 5000)},
         Told(None, 0, 5)),
        ({"x-ratelimit-remaining-requests": "-1", "x-ratelimit-reset-requests": "soon"}, Told()),
        ({"x-ratelimit-remaining-requests": "9" * 99, "x-ratelimit-reset-requests": "1s"}, Told()),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1999-01-01T00:00Z"}, Told()),
    ],
)  # fmt: skip
def test_what_headers_say(headers: dict[str, str], told: Told) -> None:
    found = read_headers(headers, NOW)
    assert (found.hold, found.left) == (told.hold, told.left)
    assert found.reset == pytest.approx(told.reset)
