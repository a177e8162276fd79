"""Fitting happens once, off the event loop, and can be abandoned."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from tests.providers.local.kit import some_examples, sort
from workbench.errors import CallError
from workbench.providers.local.classifiers import BayesClassifier, Classifier
from workbench.providers.local.fits import Breath, Fits
from workbench.providers.local.provider import LocalProvider


class Fit:
    """Counts how often it is asked to fit; may fail."""

    def __init__(self, *, fails: int = 0, waits: float = 0.05) -> None:
        self.count = 0
        self._fails = fails
        self._waits = waits

    def __call__(self, breathe: Callable[[], None]) -> Classifier:
        self.count += 1
        time.sleep(self._waits)
        if self.count <= self._fails:
            raise ValueError("broken")
        return BayesClassifier(["a"], [0], 1, breathe)


async def test_all_who_ask_share_one_fit() -> None:
    fits, fit = Fits(), Fit()
    found = await asyncio.gather(*(fits.get("key", fit) for _ in range(20)))
    assert fit.count == 1
    assert all(one is found[0] for one in found)
    fits.close()


async def test_one_who_gives_up_disturbs_no_other() -> None:
    fits, fit = Fits(), Fit()
    first = asyncio.create_task(fits.get("key", fit))
    second = asyncio.create_task(fits.get("key", fit))
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second is not None
    assert fit.count == 1
    fits.close()


async def test_a_failed_fit_is_not_kept() -> None:
    fits, fit = Fits(), Fit(fails=1, waits=0)
    with pytest.raises(ValueError, match="broken"):
        await fits.get("key", fit)
    assert await fits.get("key", fit) is not None
    fits.close()


def test_a_closed_provider_stops_its_fit() -> None:
    stopped = threading.Event()
    breathe = Breath(stopped)
    stopped.set()
    with pytest.raises(CallError, match="closed"):
        for _ in range(1_000_000):
            breathe()
            time.sleep(0.0001)


async def test_the_loop_stays_alive_while_fitting() -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    heart = asyncio.create_task(beat())
    provider = LocalProvider()
    examples = [(f"{text} {at % 50} {at % 7}", label) for at, (text, label) in enumerate(some_examples(400))]
    await provider.reply("blend", sort("pin", examples=examples), lambda piece: None)
    assert beats > 3
    heart.cancel()
    await provider.close()


async def test_changed_labels_are_another_fit() -> None:
    provider = LocalProvider()
    examples = some_examples(5)
    wide = await provider.reply("bayes", sort("pin", examples=examples), lambda piece: None)
    narrow = await provider.reply("bayes", sort("pin", {"card": ""}, examples), lambda piece: None)
    assert (wide.text, narrow.text) == ("pin", "card")
    await provider.close()


async def test_a_provider_can_be_used_again_after_it_was_closed() -> None:
    provider = LocalProvider()
    await provider.close()
    reply = await provider.reply("bayes", sort("pin", examples=some_examples(3)), lambda piece: None)
    assert reply.text == "pin"
    await provider.close()
