"""``workbench compare``: runs, batches or variants side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.completion import run_ids
from workbench.cli.session import DatabaseOption, JsonOption, Session, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.cli.render_changes import Texts
    from workbench.ledger.store import Ledger
    from workbench.study.compare_many import Comparison
    from workbench.study.fail_if import Judged


def compare(
    context: typer.Context,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="A B",
            help="Runs; or batches, or variants as BATCH@2. A batch alone: its variants.",
            autocompletion=run_ids,
        ),
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="List what is the same too, and each step's figures.")
    ] = False,
    margin: Annotated[
        float,
        typer.Option(
            "--margin",
            metavar="X",
            min=0,
            max=1,
            help="Of batches: the loss of a share that does not matter.",
        ),
    ] = 0.0,
    conditions: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if", metavar="EXPR", help="Exit with 1 when it holds: pass_rate.b < pass_rate.a - 0.02"
        ),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write a short summary in Markdown too.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write what --fail-if found as JUnit XML.")
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Compare runs: steps, prompts, answers, gates, costs, and where they first split.

    Batches and variants are compared case by case, with intervals and verdicts.
    """
    here = session(context, database, json)
    asked = bool(conditions or markdown or report)
    with here.ledger() as ledger:
        of_batches = _are_batches(ledger, names)
        if len(names) == 1 and not of_batches:
            raise _alone(here, ledger, names[0])
        if len(names) == 2 and not of_batches and not asked:
            return _two_runs(here, ledger, names, everything=everything)
        found = (
            _batches(ledger, names, margin)
            if of_batches
            else _versions(here, ledger, names, margin, asked=asked)
        )
        if found is None:
            return 0
        texts = _texts(ledger, found)
        judged = _told(here, found, texts, conditions or [], markdown, everything=everything)
    if report is not None:
        from workbench.cli.summaries import conditions_junit, write

        write(report, conditions_junit(judged))
    return int(any(each.fails for each in judged))


def _are_batches(ledger: Ledger, names: list[str]) -> bool:
    """Whether the names are of batches; UsageError where some are and some are not."""
    known = [ledger.batches().find(name.partition("@")[0]) is not None for name in names]
    if any(known) and not all(known):
        odd = names[known.index(False)]
        raise UsageError(f"{odd} is no batch", hint="compare batches and variants, or runs")
    return all(known)


def _alone(here: Session, ledger: Ledger, name: str) -> UsageError:
    """A run that nothing is to be held against; of a batch perhaps the batch was meant."""
    from workbench.cli.formats import with_database

    run, at = ledger.reader().run(name).id, with_database(here.database)
    batch = ledger.batches().of_run(run)
    hint = (
        f"its batch can: workbench compare {batch.id}{at}"
        if batch
        else f"name another: compare {run} RUN{at}"
    )
    return UsageError(f"run {run} alone cannot be compared", hint=hint)


def _batches(ledger: Ledger, names: list[str], margin: float) -> Comparison:
    from workbench.study.compare_many import compare_many, subjects_of

    return compare_many(ledger, subjects_of(ledger, names), margin)


def _texts(ledger: Ledger, found: Comparison) -> Texts:
    """What the cases that changed were given and came to, without keys."""
    from workbench.export.hiding import hidden
    from workbench.study.case_texts import case_texts

    return case_texts(ledger.batches(), found.changes, hidden)


def _two_runs(here: Session, ledger: Ledger, names: list[str], *, everything: bool) -> int:
    from workbench.cli.output import say, say_json
    from workbench.cli.render_compare import compare_json, compare_page
    from workbench.cli.render_differences import screen_width
    from workbench.study.compare import compare as compared

    found = compared(ledger.reader(), names[0], names[1])
    if here.json:
        say_json(compare_json(found))
    else:
        say(*compare_page(found, screen_width(), everything=everything))
    return 0


def _versions(
    here: Session, ledger: Ledger, names: list[str], margin: float, *, asked: bool
) -> Comparison | None:
    """Runs paired by their inputs; where they cannot be, they stand side by side, with the reason.

    ``asked``: something was to be judged or written, so that the reason is an error.
    """
    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json
    from workbench.cli.render_runs_table import runs_json, runs_page
    from workbench.study.compare_runs import compare_runs

    reader = ledger.reader()
    rows = [reader.run(name) for name in names]
    steps = [reader.steps(row.id) for row in rows]
    try:
        found = compare_runs(reader, names, margin)
    except UsageError as error:
        if asked:
            raise UsageError(f"these runs make no comparison: {error.message}") from None
        if here.json:
            say_json({"runs": runs_json(rows, steps), "why_no_statistics": error.message})
        else:
            say(*runs_page(rows, steps), flat(Span(f"no statistics: {error.message}", "dim")))
        return None
    if not here.json:
        say(*runs_page(rows, steps), flat(""))
    return found


def _told(
    here: Session,
    found: Comparison,
    texts: Texts,
    conditions: list[str],
    markdown: Path | None,
    *,
    everything: bool,
) -> list[Judged]:
    """Tell a comparison, and judge it by the conditions."""
    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json
    from workbench.cli.render_many import comparison_json, comparison_page
    from workbench.cli.summaries import compare_markdown, write
    from workbench.study.fail_if import judge

    judged = [judge(found, condition) for condition in conditions]
    if markdown is not None:
        write(markdown, compare_markdown(found, texts, judged))
    if here.json:
        told = [{"condition": each.condition, "holds": each.holds, "told": each.told} for each in judged]
        say_json({**comparison_json(found, texts), "fail_if": told})
        return judged
    say(*comparison_page(found, texts, everything=everything))
    for each in judged:
        word = {True: "✗ holds", False: "✓ does not hold", None: "✗ cannot be said"}[each.holds]
        say(flat(Span(f"{word}: ", "bold red" if each.fails else "green"), f"{each.condition} ({each.told})"))
    return judged
