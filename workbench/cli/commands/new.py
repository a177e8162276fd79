"""``workbench new``: a recipe to start from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, Session, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.study.making import Files

STARTER = Path(__file__).parent.parent / "starter"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_NAME = 64
PLACEHOLDER = "starter-name"


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and dashes: my-recipe.")],
    pattern: Annotated[
        str, typer.Option("--pattern", metavar="P", help="Begin with a pattern, as route.")
    ] = "",
    origin: Annotated[
        str, typer.Option("--from-run", metavar="RUN", help="Begin with the recipe of a past run.")
    ] = "",
    sentence: Annotated[
        str, typer.Option("--describe", metavar="SENTENCE", help="Begin with the pattern nearest to this.")
    ] = "",
    model: Annotated[
        str, typer.Option("--model", metavar="MODEL", help="With --describe: a model that writes it.")
    ] = "",
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Make recipes/NAME, a small recipe to start from."""
    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json
    from workbench.study.making import write

    here = session(context, database, json)
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise UsageError(
            f"{name!r} cannot name a recipe", hint="small letters, digits and dashes, as my-recipe"
        )
    folder = Path("recipes") / name
    if (here.folder / folder).exists():
        raise UsageError(f"{folder} is there already", hint="take another name; nothing was changed")
    made, note = _made(here, name, (pattern, origin, sentence), model)
    files = write(here.folder / folder, made)
    if here.json:
        say_json({"recipe": name, "folder": str(folder), "files": files, "note": note})
        return 0
    if model and not here.json:
        _show_difference(name, sentence, made)
    say(flat(Span("✓ ", "green"), f"made {folder}{note}"), *(flat(file, indent=2) for file in files))
    say(flat(Span("try: ", "dim"), f"workbench run {name}"))
    return 0


def _made(here: Session, name: str, origins: tuple[str, str, str], model: str) -> tuple[Files, str]:
    """The files, and how they came to be."""
    import asyncio

    from workbench.study.making import from_pattern, from_run, from_sentence

    pattern, run, sentence = origins
    if sum(map(bool, origins)) > 1 or (model and not sentence):
        raise UsageError("one of --pattern, --from-run, --describe (with --model)")
    if pattern:
        return from_pattern(name, pattern), f", from the pattern {pattern}"
    if run:
        with here.record() as reader:
            return from_run(reader, name, run), f", from run {run}"
    if model:
        made, like = asyncio.run(_planned(here, name, sentence, model))
        return made, f", written by {model}, with the pattern {like} to go by"
    if sentence:
        made, like = from_sentence(name, sentence)
        return made, f", from the pattern {like}, by its words: no model was asked"
    return starter(name), ""


async def _planned(here: Session, name: str, sentence: str, model: str) -> tuple[Files, str]:
    from workbench.study.making import planned

    bench = here.bench()
    try:
        return await planned(bench, name, sentence, model)
    finally:
        await bench.close()


def _show_difference(name: str, sentence: str, made: Files) -> None:
    """What a model wrote, against the pattern it had to go by."""
    from difflib import unified_diff

    from workbench.cli.blocks import flat
    from workbench.cli.output import say
    from workbench.study.making import from_sentence

    before = from_sentence(name, sentence)[0]["recipe.yaml"].decode().splitlines()
    after = made["recipe.yaml"].decode().splitlines()
    say(*(flat(line) for line in unified_diff(before, after, "pattern", "recipe.yaml", lineterm="")))


def starter(name: str) -> Files:
    """The files of the small recipe to start from."""
    paths = sorted(path for path in STARTER.rglob("*") if path.is_file())
    return {
        path.relative_to(STARTER).as_posix(): path.read_text("utf-8").replace(PLACEHOLDER, name).encode()
        for path in paths
    }
