"""What every command knows: which record, which folder, whether JSON is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.completion import recipe_names, run_ids
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.ledger.reader import Reader
    from workbench.ledger.store import Ledger
    from workbench.study.bench import Bench

DEFAULT_DATABASE = "local.db"

DatabaseOption = Annotated[
    Path | None, typer.Option("--db", metavar="PATH", help="The record to use (default ./local.db).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]
OptionalRun = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help="A run: its id, a unique beginning of it, last, last~1 ...",
        autocompletion=run_ids,
    ),
]
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run: its id, a unique beginning of it, last, last~1 ...",
        autocompletion=run_ids,
    ),
]
RecipeArgument = Annotated[
    str,
    typer.Argument(
        metavar="RECIPE",
        help="A folder, a recipe.yaml, or a name under recipes/.",
        autocompletion=recipe_names,
    ),
]
RecipesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="RECIPE",
        help="Folders, recipe.yaml files, or names under recipes/.",
        autocompletion=recipe_names,
    ),
]


@dataclass(frozen=True, slots=True)
class Session:
    """The choices that hold for every command."""

    database: Path | None = None
    json: bool = False

    @property
    def folder(self) -> Path:
        """Where the person works."""
        return Path.cwd()

    @property
    def path(self) -> Path:
        """The record's file."""
        return self.database or self.folder / DEFAULT_DATABASE

    def bench(self, *, offline: bool = False) -> Bench:
        """Open the workbench here."""
        from workbench.study.bench import Bench

        return Bench.open(self.folder, self.path, offline=offline)

    def need_record(self) -> None:
        """Refuse to look for past runs where nothing was recorded."""
        if not self.path.exists():
            hint = "workbench demo makes one; --db names another"
            raise UsageError(f"there is no record at {self.path}", hint=hint)

    @contextmanager
    def record(self) -> Iterator[Reader]:
        """The record, for looking only; one that is not there is not made."""
        self.need_record()
        from workbench.ledger.store import open_ledger

        ledger = open_ledger(self.path)
        try:
            yield ledger.reader()
        finally:
            ledger.close()

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The whole record; one that is not there is not made."""
        self.need_record()
        from workbench.ledger.store import open_ledger

        ledger = open_ledger(self.path)
        try:
            yield ledger
        finally:
            ledger.close()


def session(context: typer.Context, database: Path | None, json: bool) -> Session:
    """The session of a command: its own options, or those given before its name."""
    given = context.find_root().obj
    outer = given if isinstance(given, Session) else Session()
    return Session(database or outer.database, json or outer.json)
