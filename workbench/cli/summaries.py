"""Short summaries in Markdown and JUnit XML, for the pages and gates of a build."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from workbench.cli.formats import count, duration, short
from workbench.errors import UsageError
from workbench.safe_text import safe_line
from workbench.study.case_figures import PASSED

if TYPE_CHECKING:
    from workbench.cli.render_changes import Texts
    from workbench.study.case_runs import CaseResult
    from workbench.study.case_texts import CaseTexts
    from workbench.study.compare_many import Change, Comparison
    from workbench.study.fail_if import Judged

MOST_ROWS = 20
LONGEST = 200
WORST, BEGINNING = 5, 80
"""Cases that got worse that are told, and how much of their texts."""


def cell(text: str) -> str:
    """A text as one cell of a Markdown table: nothing in it is markup."""
    plain = safe_line(text)[:LONGEST]
    for sign in "\\`*_[]<>|":
        plain = plain.replace(sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign])
    return plain


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)]


def compare_markdown(found: Comparison, texts: Texts, judged: Sequence[Judged]) -> str:
    """A comparison: what was asked, the variants, what is decided, the worst cases."""
    lines = [
        f"### {_mark(not any(each.fails for each in judged))} compare over {count(found.cases, 'case')}",
        "",
    ]
    lines += [_condition(each) for each in judged]
    if judged:
        lines.append("")
    lines += table(
        ["", "variant", "passed", "$ a run", "p50", "p95"],
        [
            [
                subject.name, subject.label, _share(each.mean(PASSED)), _usd(each.mean("cost")),
                duration(each.quantile(0.5)), duration(each.quantile(0.95)),
            ]
            for subject, each in zip(found.subjects, found.figures, strict=True)
        ],
    )  # fmt: skip
    decided = [
        [each.name, subject.name, contrast.verdict.text]
        for each in found.measures
        for subject, contrast in zip(found.subjects, each.contrasts, strict=True)
        if contrast is not None and (contrast.verdict.word != "not decisive" or each.name == PASSED)
    ]
    if decided:
        lines += ["", *table(["measure", "", "against a"], decided[:MOST_ROWS])]
    if found.regressions:
        lines += ["", f"{count(len(found.regressions), 'case')} worse than a:", ""]
        lines += table(
            ["row", "", "given", "a", "it", "measures", "runs"],
            [_case(each, texts[each]) for each in found.regressions[:WORST]],
        )
    return "\n".join(lines) + "\n"


def _case(each: Change, told: CaseTexts) -> list[str]:
    texts = (short(text, BEGINNING) for text in (told.given, told.first, told.other))
    return [each.row, each.subject, *texts, ", ".join(each.measures), f"{each.first_run} {each.run}"]


def _condition(each: Judged) -> str:
    told = {True: "holds", False: "does not hold", None: "cannot be said"}[each.holds]
    return f"- {_mark(not each.fails)} fail if {cell(each.condition)}: {told} ({cell(each.told)})"


def tests_markdown(results: Sequence[CaseResult]) -> str:
    """Results of recipes' tests: the sums, and what failed."""
    failed = [each for each in results if not each.passed]
    lines = [
        f"### {_mark(not failed)} {len(results) - len(failed)} of {count(len(results), 'case')} passed",
        "",
    ]
    rows = [
        [
            each.recipe,
            each.case,
            "; ".join(f"{miss.target} {miss.gate}: {miss.reason}" for miss in each.misses),
        ]
        for each in failed
    ]
    if rows:
        lines += table(["recipe", "case", "why"], rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        lines += ["", f"… and {len(rows) - MOST_ROWS} more"]
    return "\n".join(lines).rstrip() + "\n"


def conditions_junit(judged: Sequence[Judged]) -> str:
    """The conditions of a comparison as JUnit XML."""
    failures = sum(each.fails for each in judged)
    root = ElementTree.Element("testsuites")
    counts = {"name": "workbench compare", "tests": str(len(judged)), "failures": str(failures)}
    suite = ElementTree.SubElement(root, "testsuite", counts)
    for each in judged:
        name = {"classname": "compare", "name": safe_line(each.condition)}
        case = ElementTree.SubElement(suite, "testcase", name)
        if each.fails:
            ElementTree.SubElement(case, "failure", {"message": safe_line(each.told), "type": "fail-if"})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def write(path: Path, text: str) -> None:
    """Write a report, or say why not."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error


def _mark(good: bool) -> str:
    return "✅" if good else "❌"


def _share(value: float | None) -> str:
    return "?" if value is None else f"{100 * value:.1f} %"


def _usd(value: float | None) -> str:
    return "?" if value is None else f"{value:.6f}"
