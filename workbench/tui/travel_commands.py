"""The command lines of reruns, forks and comparisons."""

from __future__ import annotations

import json
import shlex

from workbench.tui.travels import Proposal


def proposal_command(proposal: Proposal) -> str:
    """``workbench rerun RUN …`` or ``workbench fork RUN --at STEP …``."""
    words = ["workbench", "rerun" if proposal.at is None else "fork", proposal.run or "last"]
    if proposal.at is not None:
        words += ["--at", proposal.at]
    if proposal.output is not None:
        words += ["--output", proposal.output]
    for role, model in proposal.change.models.items():
        words += ["--model", f"{role}={model}"]
    for path, value in proposal.change.edits.items():
        words += ["--set", f"{path}={_text(value)}"]
    for name, value in proposal.change.inputs.items():
        words += ["-i", f"{name}={_text(value)}"]
    return shlex.join(words)


def compare_command(left: str, right: str) -> str:
    """``workbench compare A B``."""
    return shlex.join(["workbench", "compare", left, right])


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
