"""Conditions over a comparison, as ``pass_rate.b < pass_rate.a - 0.02``: for gates of a build."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.errors import UsageError
from workbench.events import Json
from workbench.recipe.expressions import ExpressionError, evaluate, expression_mentions
from workbench.recipe.suggest import did_you_mean_or_list
from workbench.study.case_figures import PASSED
from workbench.study.compare_many import Comparison

SHORT = {PASSED: "pass_rate", "done": "done", "cost": "cost", "time": "time", "tokens": "tokens"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A condition and what became of it."""

    condition: str
    holds: bool | None
    """None: something in it is unknown."""
    told: str
    """The values of what it mentions."""

    @property
    def fails(self) -> bool:
        """Whether the build fails: it holds, or nobody can say that it does not."""
        return self.holds is not False


def names_of(comparison: Comparison) -> dict[str, Json]:
    """All that a condition may mention, by dotted name; each leaf by subject (``a``, ``b``, …)."""
    found: dict[str, Json] = {}
    for measure in comparison.measures:
        step, _, rest = measure.name.rpartition(": ")
        words = [SHORT.get(rest, _name(rest))] if not step else ["steps", _name(step), _name(rest)]
        _put(found, words, dict(zip(_letters(comparison), measure.values, strict=True)))
        if not step:
            _put(
                found,
                ["verdict", words[0]],
                {
                    subject.name: contrast.verdict.word
                    for subject, contrast in zip(comparison.subjects, measure.contrasts, strict=True)
                    if contrast is not None
                },
            )
    for name in ("cost", "time", "tokens"):  # where all is nothing, it is no measure, yet can be asked for
        means = zip(_letters(comparison), comparison.figures, strict=True)
        found.setdefault(name, {letter: figures.mean(name) for letter, figures in means})
    for share, name in ((0.5, "p50"), (0.95, "p95")):
        found[name] = {
            subject.name: figures.quantile(share)
            for subject, figures in zip(comparison.subjects, comparison.figures, strict=True)
        }
    for name, changes in (("regressions", comparison.regressions), ("improvements", comparison.improvements)):
        found[name] = {
            subject.name: sum(each.subject == subject.name for each in changes)
            for subject in comparison.subjects
        }
    found["flaky"] = {
        subject.name: len(cases) for subject, cases in zip(comparison.subjects, comparison.flaky, strict=True)
    }
    found["cases"] = comparison.cases
    return found


def judge(comparison: Comparison, condition: str) -> Judged:
    """Whether a condition holds; UsageError for one that cannot be read or names what there is not."""
    names = names_of(comparison)
    try:
        mentioned = sorted(expression_mentions(condition))
        values = {name: _value(names, name) for name in mentioned}
        told = ", ".join(f"{name} = {_shown(value)}" for name, value in values.items())
        if any(value is None for value in values.values()):
            return Judged(condition, None, told)
        return Judged(condition, bool(evaluate(condition, names)), told)
    except ExpressionError as error:
        raise UsageError(f"--fail-if {condition!r}: {error.message}", hint=error.hint) from error


def _value(names: Mapping[str, Json], dotted: str) -> Json:
    value: Json = names
    passed: list[str] = []
    for part in dotted.split("."):
        if not isinstance(value, Mapping):
            return value
        if part not in value:
            where = f"{'.'.join(passed)} has no {part}" if passed else f"a comparison has no {part}"
            raise UsageError(f"--fail-if: {where}", hint=did_you_mean_or_list(part, value))
        passed.append(part)
        value = value[part]
    if isinstance(value, Mapping):
        raise UsageError(
            f"--fail-if: {dotted} is of several", hint=f"say of which, as {dotted}.{next(iter(value))}"
        )
    return value


def _shown(value: Json) -> str:
    if value is None:
        return "unknown"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _name(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_")


def _letters(comparison: Comparison) -> list[str]:
    return [subject.name for subject in comparison.subjects]


def _put(names: dict[str, Json], words: list[str], value: Json) -> None:
    for word in words[:-1]:
        names = names.setdefault(word, {})
    names[words[-1]] = value
