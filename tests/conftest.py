"""Property tests try the same examples everywhere, so that a green suite stays green.

``HYPOTHESIS_PROFILE=explore pytest`` draws new ones.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True)
settings.register_profile("explore", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
