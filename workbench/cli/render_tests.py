"""Results of a recipe's tests: for people, for programs, and as JUnit XML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from xml.etree import ElementTree

from workbench.cli.blocks import Block, Line, Span, flat
from workbench.cli.formats import duration
from workbench.events import Json
from workbench.safe_text import safe_line
from workbench.study.case_runs import CaseResult


def case_blocks(result: CaseResult) -> list[Block]:
    """One case: its mark, and each thing that came otherwise."""
    mark = Span("✓ ", "green") if result.passed else Span("✗ ", "red")
    run = "" if result.passed else f"  workbench show {result.run}"
    if result.flaky:
        run = f"  flaky: {result.passes} of {result.repeats} passed{run}"
    if result.differing:
        run = f"{run}  differs: {', '.join(result.differing)}"
    elif result.from_record:
        run = f"  from the record{run}"
    head = flat(mark, f"{result.recipe}: {result.case}", Span(f"  {duration(result.seconds)}{run}", "dim"))
    misses = (
        flat(
            Span(f"{miss.target} ", "bold"),
            f"{miss.gate}: {miss.reason}" if miss.gate else miss.reason,
            indent=4,
        )
        for miss in result.misses
    )
    return [head, *misses]


def tally(results: Sequence[CaseResult]) -> Line:
    """How many passed and failed."""
    failed = sum(not result.passed for result in results)
    passed = len(results) - failed
    if failed:
        return flat(Span(f"✗ {failed} failed, {passed} passed", "bold red"))
    return flat(Span(f"✓ {passed} passed", "bold green"))


def case_json(result: CaseResult) -> dict[str, Json]:
    """One case for programs."""
    return {**asdict(result), "passed": result.passed, "flaky": result.flaky}


def junit(results: Sequence[CaseResult]) -> str:
    """All results as JUnit XML: a suite for each recipe."""
    root = ElementTree.Element("testsuites")
    for recipe in dict.fromkeys(result.recipe for result in results):
        own = [result for result in results if result.recipe == recipe]
        suite = ElementTree.SubElement(root, "testsuite", _counts(recipe, own))
        for result in own:
            _case(suite, result)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _counts(recipe: str, results: Sequence[CaseResult]) -> dict[str, str]:
    return {
        "name": safe_line(recipe),
        "tests": str(len(results)),
        "failures": str(sum(not result.passed for result in results)),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _case(suite: ElementTree.Element, result: CaseResult) -> None:
    named = {
        "classname": safe_line(result.recipe),
        "name": safe_line(result.case),
        "time": f"{result.seconds:.3f}",
    }
    case = ElementTree.SubElement(suite, "testcase", named)
    for miss in result.misses:
        told = safe_line(f"{miss.target} {miss.gate}: {miss.reason}" if miss.gate else miss.reason)
        failure = ElementTree.SubElement(
            case, "failure", {"message": told, "type": safe_line(miss.gate or "status")}
        )
        failure.text = f"run {safe_line(result.run)}"
