"""One HTML file of a run, of several side by side, or of a batch: readable without a network or this program.

The page's own style and script are the only ones that may run: its policy names them by their hash, so that
nothing in a prompt or an answer can.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b, sha256
from importlib.resources import files
from pathlib import Path

from minijinja import Environment

from workbench.export.bundle import refuse_running
from workbench.export.choice import Choice
from workbench.export.files import write_whole
from workbench.export.hiding import Hide, hidden, hidden_and_anonymous
from workbench.export.many_view import batch_view, comparison_view
from workbench.export.run_view import View, run_head, run_view
from workbench.study.compare import Pair, compare

SIDES = 2
LONG = 300
"""Characters from which on a text that stands in the page is not written again."""


def write_page(choice: Choice, path: Path, heard: Callable[[int], None], *, redact: bool) -> int:
    """Write the page to ``path``; its size in bytes.  ``redact`` leaves personal data out."""
    refuse_running(choice.reader, choice.runs)
    return write_whole(path, _parts(choice, hidden_and_anonymous if redact else hidden, heard))


def _parts(choice: Choice, hide: Hide, heard: Callable[[int], None]) -> Iterator[str]:
    draw, once = partial(_environment().render_template), Once()
    style, script = _own("page.css"), _own("page.js")
    yield draw(
        "head.html", style=style, script=script, style_hash=_hash(style), script_hash=_hash(script),
        title=_title(choice, hide), about=_about(choice),
    )  # fmt: skip
    if choice.compared is not None:
        yield draw("many.html", **comparison_view(*choice.compared(hide), hide))
    if choice.batch is not None:
        yield draw("batch.html", **batch_view(choice, choice.batch, hide))
    elif choice.compared is None and len(choice.runs) == SIDES:
        yield draw("comparison.html", **_comparison(choice, hide))
    for done, run in enumerate(choice.runs, start=1):
        yield draw("run.html", once=once, **run_view(choice.reader, run, hide))
        heard(done)
    yield draw("foot.html", script=script)


class Once:
    """Knows the long texts that stand in the page already, so that each stands there once."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}

    def __call__(self, text: str) -> View:
        """The name of a long text in the page, and whether it is there already."""
        if len(text) < LONG:
            return {"again": False, "name": ""}
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._names.get(key)
        return {
            "again": known is not None,
            "name": known or self._names.setdefault(key, f"text-{len(self._names)}"),
        }


def _environment() -> Environment:
    return Environment(
        loader=_own, auto_escape_callback=lambda _: "html", trim_blocks=True, undefined_behavior="strict"
    )


def _own(name: str) -> str:
    return files("workbench.export").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def _title(choice: Choice, hide: Hide) -> str:
    if choice.batch is not None:
        return f"{hide(choice.batch.recipe)}: batch {choice.batch.id}"
    if choice.compared is not None:
        return "batches " + " and ".join(choice.batches)
    recipes = dict.fromkeys(choice.reader.run(run).recipe for run in choice.runs)
    return f"{', '.join(hide(name) for name in recipes)}: " + " and ".join(choice.runs[:SIDES])


def _about(choice: Choice) -> str:
    count = len(choice.runs)
    return (
        f"{count} {'run' if count == 1 else 'runs'} from the record of a workbench; nothing here is fetched"
    )


def _comparison(choice: Choice, hide: Hide) -> View:
    found = compare(choice.reader, *choice.runs)
    split = (
        "no step differs" if found.split is None else f"first split: {found.split.path}: {found.split.cause}"
    )
    return {
        "left": run_head(found.left, hide),
        "right": run_head(found.right, hide),
        "told": hide(f"{found.count('same')} steps the same, {found.count('differs')} differ; {split}"),
        "pairs": [_pair(pair, hide) for pair in found.pairs],
    }


def _pair(pair: Pair, hide: Hide) -> View:
    parts = []
    if pair.left is not None and pair.right is not None:
        for name in ("prompt", "answer"):
            if name in pair.differs:
                parts.append({"name": name, "left": hide(getattr(pair.left, name)),
                              "right": hide(getattr(pair.right, name))})  # fmt: skip
        if not parts and "output" in pair.differs:
            parts.append({"name": "output", "left": hide(pair.left.output), "right": hide(pair.right.output)})
    return {
        "path": hide(pair.path), "standing": pair.standing, "differs": ", ".join(pair.differs),
        "parts": parts,
    }  # fmt: skip
