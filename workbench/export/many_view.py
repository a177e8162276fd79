"""What a page shows of many runs: the rows of a batch, and variants or batches side by side."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.batch.variants import case_of, variant_of, without_variant
from workbench.export.choice import Choice
from workbench.export.hiding import Hide
from workbench.export.run_view import TONES, View, moment
from workbench.ledger.batch_rows import BatchRow
from workbench.ledger.rows import RunRow
from workbench.recipe.durations import duration
from workbench.study.case_texts import CaseTexts
from workbench.study.compare_many import Change, Comparison, Contrast, Measure, letter
from workbench.study.figure import figure
from workbench.usage import money

WORDS = {"superior": "good", "non-inferior": "good", "worse": "bad", "not decisive": "note"}
BEGINNING = 80
"""Characters of an input in its row."""
MOST = 50
"""Cases of each kind that are listed."""


def batch_view(choice: Choice, batch: BatchRow, hide: Hide) -> View:
    """A batch with a line for each run, in the order of its rows."""
    rows = [(choice.keys[run], choice.reader.run(run)) for run in choice.runs]
    rows.sort(key=lambda each: _place(each[0]))
    total, known = sum(row.cost_nano for _, row in rows), all(row.cost_known for _, row in rows)
    return {
        "batch": {
            "id": batch.id, "status": batch.status, "rows": batch.rows,
            "data": hide(batch.data.rpartition("/")[2]), "repeat": batch.repeat,
            "started": moment(batch.started), "cost": money(total, at_least=not known),
        },
        "rows": [_row(key, row, hide) for key, row in rows],
        "variants": any(variant_of(key) for key, _ in rows),
    }  # fmt: skip


def _place(key: str) -> tuple[int, str, int]:
    number = case_of(key).rpartition(":")[2]
    return int(number) if number.isdigit() else 0, without_variant(key), variant_of(key)


def _row(key: str, row: RunRow, hide: Hide) -> View:
    variant = variant_of(key)
    asked = " · ".join(str(each) for each in row.inputs.values())
    return {
        "row": hide(without_variant(key).rpartition(":")[2].replace("#", ", repeat ")),
        "variant": letter(variant - 1) if variant else "", "run": row.id,
        "status": row.status.replace("_", " "), "tone": TONES.get(row.status, ""),
        "seconds": duration(row.seconds), "cost": money(row.cost_nano, at_least=not row.cost_known),
        "asked": _beginning(hide(asked)),
    }  # fmt: skip


def _beginning(text: str) -> str:
    return text if len(text) <= BEGINNING else text[: BEGINNING - 1] + "…"


def comparison_view(found: Comparison, texts: Mapping[Change, CaseTexts], hide: Hide) -> View:
    """Variants or batches with the verdicts on their differences, and the cases that changed."""
    return {
        "cases": found.cases, "margin": f"{found.margin:g}",
        "subjects": [
            {
                "name": subject.name, "label": hide(subject.label), "runs": each.by_status.total(),
                "passed": figure(each.mean("passed"), "share"), "cost": figure(each.mean("cost"), "usd"),
                "p50": duration(each.quantile(0.5)), "p95": duration(each.quantile(0.95)),
            }
            for subject, each in zip(found.subjects, found.figures, strict=True)
        ],
        "measures": [
            _contrast(each, place, contrast, hide)
            for each in found.measures
            if not each.is_of_step
            for place, contrast in enumerate(each.contrasts)
            if contrast is not None
        ],
        "changes": [
            {
                "name": name, "count": len(changes),
                "cases": [_change(each, texts[each], hide) for each in changes[:MOST]],
            }
            for name, changes in (("worse than a", found.regressions), ("better than a", found.improvements))
            if changes
        ],
    }  # fmt: skip


def _contrast(each: Measure, place: int, contrast: Contrast, hide: Hide) -> View:
    found = contrast.difference
    return {
        "name": hide(each.name), "subject": letter(place), "first": figure(each.values[0], each.unit),
        "value": figure(each.values[place], each.unit), "difference": figure(found.mean, each.unit, "+"),
        "low": figure(found.low, each.unit, "+"), "high": figure(found.high, each.unit, "+"),
        "verdict": contrast.verdict.text, "tone": WORDS[contrast.verdict.word],
    }  # fmt: skip


def _change(each: Change, told: CaseTexts, hide: Hide) -> View:
    return {
        "given": told.given, "first": told.first, "other": told.other,
        "row": hide(each.row), "subject": each.subject, "loss": f"{-100 * each.loss:+.0f} %",
        "first_run": each.first_run, "run": each.run, "measures": hide(", ".join(each.measures)),
    }  # fmt: skip
