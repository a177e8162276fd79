"""``workbench new``: a recipe to start from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, session
from workbench.errors import UsageError

STARTER = Path(__file__).parent.parent / "starter"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_NAME = 64
PLACEHOLDER = "starter-name"


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and dashes: my-recipe.")],
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Make recipes/NAME, a small recipe to start from."""
    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json

    here = session(context, database, json)
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise UsageError(
            f"{name!r} cannot name a recipe", hint="small letters, digits and dashes, as my-recipe"
        )
    folder = Path("recipes") / name
    made = make(here.folder / folder, name)
    if here.json:
        say_json({"recipe": name, "folder": str(folder), "files": made})
        return 0
    say(flat(Span("✓ ", "green"), f"made {folder}"), *(flat(file, indent=2) for file in made))
    say(flat(Span("try: ", "dim"), f"workbench run {name}"))
    return 0


def make(folder: Path, name: str) -> list[str]:
    """Write the starter recipe into ``folder``, which must not be there yet; the files made."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise UsageError(
            f"{folder} is there already", hint="take another name; nothing was changed"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot make {folder}: {error.strerror}") from error
    made = []
    for source in sorted(path for path in STARTER.rglob("*") if path.is_file()):
        relative = source.relative_to(STARTER)
        target = folder / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text("utf-8").replace(PLACEHOLDER, name), "utf-8")
        made.append(relative.as_posix())
    return made
