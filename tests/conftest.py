"""Property tests try the same examples everywhere, so that a green suite stays green.

``HYPOTHESIS_PROFILE=explore pytest`` draws new ones.  Nothing is left in the user's own cache folder.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)  # machines may be busy
settings.register_profile("explore", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

_cache = tempfile.mkdtemp(prefix="workbench-tests-")
atexit.register(shutil.rmtree, _cache, ignore_errors=True)
os.environ["XDG_CACHE_HOME"] = _cache


def pytest_xdist_auto_num_workers() -> int:
    """Two tests to a core: those of screens, servers and killed processes wait as long as they compute."""
    return 2 * (os.cpu_count() or 2)


def pytest_collection_finish() -> None:
    """What stands by now stays to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 20, 50)
