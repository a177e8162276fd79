"""Property tests try the same examples everywhere, so that a green suite stays green.

``HYPOTHESIS_PROFILE=explore pytest`` draws new ones.  Nothing is left in the user's own cache folder.
"""

from __future__ import annotations

import atexit
import compileall
import gc
import os
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests.clock import leaping_clock
from workbench.study import identity

__all__ = ["leaping_clock"]

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy
settings.register_profile("steady", patient, derandomize=True)
settings.register_profile("explore", patient, derandomize=False)
_profile = os.environ.get("HYPOTHESIS_PROFILE", "steady")
settings.load_profile(_profile)
if _profile == "steady":
    # else examples are made of constants in the modules that happen to be loaded by now
    providers._get_local_constants = lambda: providers._local_constants

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Else each worker, and each program that a test starts, would compile everything anew."""

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a shell begins jobs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # programs that tests start inherit it

gc.set_threshold(100_000, 50, 1000)  # what collecting makes is kept

_cache = tempfile.mkdtemp(prefix="workbench-tests-")
atexit.register(shutil.rmtree, _cache, ignore_errors=True)
os.environ["XDG_CACHE_HOME"] = _cache


identity.secrets = random.Random(20)  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def same_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs have the same names each time, from which a ``split`` draws; waits before a retry are alike."""
    monkeypatch.setattr(identity, "secrets", random.Random(7))
    random.seed(7)


def pytest_xdist_auto_num_workers() -> int:
    """Two tests to a core: those of screens, servers and killed processes wait as long as they compute."""
    return 2 * (os.cpu_count() or 2)


def pytest_configure(config: pytest.Config) -> None:
    """Compile the program before the workers begin, which would else do so side by side."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(identity.__file__).parents[1], quiet=2, workers=0)


def pytest_collection_finish() -> None:
    """What stands by now stays to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 20, 50)
