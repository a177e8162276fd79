"""The outputs of a run, and what a waiting run waits for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.cli.blocks import Block, Span, flat, line
from workbench.cli.formats import value_text
from workbench.events import Json


def output_blocks(outputs: Mapping[str, Json]) -> list[Block]:
    """``name: value``, long values below their name."""
    return [block for name, value in outputs.items() for block in named_value(name, value)]


def named_value(name: str, value: Json) -> list[Block]:
    """One named value."""
    text = value_text(value)
    if "\n" not in text:
        return [flat(Span(f"{name}: ", "bold"), Span("none", "dim") if value is None else text)]
    return [flat(Span(f"{name}:", "bold")), line(text, indent=2)]


def waiting_blocks(
    run: str, questions: Sequence[tuple[str, str, Sequence[str]]], database: Path | None
) -> list[Block]:
    """Each open question, and the command that answers all of them."""
    blocks: list[Block] = []
    for path, question, choices in questions:
        blocks += [flat(Span("? ", "yellow"), Span(path, "bold")), line(question, indent=2)]
        if choices:
            blocks.append(flat(Span(f"choices: {', '.join(choices)}", "dim"), indent=2))
    command = resume_command(run, questions, database)
    return [*blocks, flat(Span("go on with: ", "dim"), command)]


def resume_command(
    run: str, questions: Sequence[tuple[str, str, Sequence[str]]], database: Path | None
) -> str:
    """The exact command that resumes a waiting run, with a place for each answer."""
    parts = ["workbench", "resume", run]
    for path, _, choices in questions:
        parts += ["--answer", f"{path}={choices[0] if choices else '...'}"]
    if database is not None:
        parts += ["--db", str(database)]
    return shlex.join(parts)
