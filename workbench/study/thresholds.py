"""Answers of the past by the gates of the present, without asking anybody.

What can be worked out from the recorded answer, its time and cost, and what its run left behind is computed
anew.  Gates that ask somebody decide again by their recorded scores; where there is none, the verdict stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.engine.gating import answered, rendered_spec, text_of
from workbench.engine.results import complete
from workbench.engine.routes import place
from workbench.events import Json
from workbench.gates.grounded import source_text
from workbench.gates.registry import ASKING, Subject, check
from workbench.ledger.rows import CallRow, GateRow
from workbench.recipe.expressions import ExpressionError, evaluate, is_true
from workbench.recipe.model import Bounds, Document, Grounded, Similar, Step, Toxicity
from workbench.recipe.step_texts import inner_steps
from workbench.study.judged import ASKS, GONE, Around, Judge, Judged, as_recorded
from workbench.study.paths import parts

BY_SCORE = ("grounded", "similar", "rubric", "python", "score")
"""Gates whose score must reach ``at_least``."""
ANSWERING = ("prompt", "agent", "classify", "extract")
"""Verbs whose result is what a model answered."""
ANEW, SCORED, NO_STEP = "computed anew", "by its recorded score", "as recorded: the recipe has no such step"


def as_it_is(document: Document) -> Judge:
    """How the gates that the recipe has now judge a recorded answer."""
    steps: dict[str, list[Step]] = {}
    for path, step in all_steps(document.steps):
        steps.setdefault(path, []).append(step)

    def judge(call: CallRow, rows: Sequence[GateRow], around: Around) -> tuple[Judged, ...]:
        at = place(call.path)
        here = steps.get(at)
        if here is None:
            return tuple(as_recorded(row, NO_STEP) for row in rows)
        if not rows and (around.was_checked(call.path) or not all(map(_gives_each_answer, here))):
            return ()  # a call on the way to an answer
        return tuple(
            _all(
                _Answer(call, here, around.names(call.path) | _loops(steps, call.path, around), around),
                at,
                rows,
            )
        )

    return judge


def all_steps(steps: dict[str, Step]) -> Iterator[tuple[str, Step]]:
    """Every step with its place, as ``group/inner``; branches stand at the place of their ``choose``."""
    for name, step in steps.items():
        yield from _within(name, step)


def _within(path: str, step: Step) -> Iterator[tuple[str, Step]]:
    yield path, step
    for inner_path, inner, is_named in inner_steps(step):
        yield from _within(f"{path}/{inner_path[-1]}" if is_named else path, inner)


def _gives_each_answer(step: Step) -> bool:
    """Whether every call of a model in a step answers for it: no tools, no judge."""
    return step.verb == "choose" or (step.verb in ANSWERING and step.verb != "agent" and not step.tools)


def _loops(steps: Mapping[str, Sequence[Step]], path: str, around: Around) -> dict[str, Json]:
    """What ``each`` and ``repeat`` tell a step instance: its items as far as they can be worked out, the
    ``previous`` pass as recorded, ``loop``."""
    found: dict[str, Json] = {}
    levels = path.split("/")
    for number, part in enumerate(parts(path), start=1):
        here = "/".join(levels[:number])
        if part.index is not None:
            found["loop"] = {"index": part.index + 1}
            found |= _item(steps.get(place(here), ()), part.index, around.names(here) | found)
        if part.turn is not None:
            before = f"{here.rpartition('#')[0]}#{part.turn - 1}"
            found |= {"loop": {"index": part.turn}, "previous": around.result(before)}
    return found


def _item(steps: Sequence[Step], index: int, names: Mapping[str, Json]) -> dict[str, Json]:
    """An item of a step's ``each``, by its name; nothing where that cannot be worked out."""
    found: dict[str, Json] = {}
    for step in steps:
        try:
            items = evaluate(step.each, names) if step.each is not None else None
        except ExpressionError:
            continue
        if isinstance(items, list) and index < len(items):
            found[step.as_] = items[index]
    return found


@dataclass(frozen=True, slots=True)
class _Answer:
    """A recorded answer, the steps at its place, and what it stands among."""

    call: CallRow
    steps: Sequence[Step]
    names: Mapping[str, Json]
    around: Around

    def specs(self) -> dict[str, list[Any]]:
        """What the gates of now ask; several where branches differ."""
        found: dict[str, list[Any]] = {}
        for step in self.steps:
            for gate, spec in step.gate.given().items() if step.gate is not None else ():
                if spec not in found.setdefault(gate, []):
                    found[gate].append(spec)
        return found

    def subject(self) -> Subject | None:
        """The answer as gates see it; None where the step's result is more than it."""
        step = next((each for each in self.steps if each.verb != "choose"), self.steps[0])
        text = (self.call.answer or {}).get("text")
        if step.verb not in ANSWERING or not isinstance(text, str):
            return None
        fields = answered(step, text, (self.call.answer or {}).get("data"))
        cost = self.around.cost(self.call)
        result = complete(fields, "done", cost=cost, model=self.call.model or self.call.target)
        own = place(self.call.path).rpartition("/")[2]
        return Subject(
            text_of(result),
            result.get("data"),
            result,
            {**self.names, own: result},
            self.call.seconds,
        )


def _all(answer: _Answer, at: str, rows: Sequence[GateRow]) -> Iterator[Judged]:
    """Every check of now; and those that are no more."""
    then = {row.gate: row for row in rows if row.gate != ASKS}
    specs, subject = answer.specs(), answer.subject()
    for gate, given in specs.items():
        row = then.get(gate)
        now, how = _again(gate, given, subject, row)
        yield Judged(at, gate, row.passed if row is not None else None, now, how)
    for gate, row in then.items():
        if gate not in specs:
            yield Judged(at, gate, row.passed, None, GONE)


def _again(
    gate: str, given: Sequence[Any], subject: Subject | None, row: GateRow | None
) -> tuple[bool | None, str]:
    """A gate's verdict of now, and how it came about."""
    spec, why = given[0], "the branches of its step differ"
    if len(given) == 1:
        now, why = _anew(gate, spec, subject)
        if now is not None:
            return now, ANEW
        scored = _by_score(row, spec) if row is not None else None
        if scored is not None:
            return scored, SCORED
    if row is None:
        return None, f"not known: {why}"
    return row.passed, f"as recorded: {why}"


def _anew(gate: str, spec: Any, subject: Subject | None) -> tuple[bool | None, str]:
    """The verdict worked out again; else None, and why not."""
    if gate in ASKING or (isinstance(spec, Similar) and spec.model is not None):
        return None, "it asks somebody"
    if subject is None:
        return None, "the answer alone is not what it looks at"
    try:
        if gate == "expr":
            return is_true(spec, subject.names), ""
        if isinstance(spec, Grounded) and not source_text(spec.in_, subject.names).strip():
            return None, f"{spec.in_} is not on record"
        return check(gate, rendered_spec(gate, spec, subject.names), subject).passed, ""
    except ExpressionError as error:
        return None, f"a name is not on record: {error.message.partition(' (there is')[0]}"


def _by_score(row: GateRow, spec: Any) -> bool | None:
    """What the recorded score says by the threshold of now; None where it says nothing."""
    if row.score is None:
        return None
    if row.gate == "injection":  # 0 is a known sign, whatever the words are like
        return row.score > 0 and 1 - row.score <= spec.get("at_most", 1.0)
    if isinstance(spec, Toxicity):
        return 1 - row.score <= spec.at_most
    if row.gate not in BY_SCORE or (isinstance(spec, Bounds) and spec.at_most is not None):
        return None
    least = spec.at_least
    return None if least is None else row.score >= least
