"""The command line that does the same as a screen."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from workbench.events import Json


def show_command(run: str, path: str | None = None) -> str:
    """``workbench show RUN [STEP]``."""
    return shlex.join(["workbench", "show", run, *([path] if path else [])])


def replay_command(run: str) -> str:
    """``workbench replay RUN``."""
    return shlex.join(["workbench", "replay", run])


def run_command(
    reference: str, inputs: Mapping[str, Json], models: Mapping[str, str] | None = None, *, step: bool = False
) -> str:
    """``workbench run RECIPE -i name=value …``."""
    words = ["workbench", "run", reference]
    for name, value in inputs.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        words += ["-i", f"{name}={text}"]
    for role, model in (models or {}).items():
        words += ["--model", f"{role}={model}"]
    return shlex.join([*words, *(["--step"] if step else [])])
