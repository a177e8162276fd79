"""Two runs side by side: steps aligned, what is the same, what differs, and where they first split."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.events import Json
from workbench.ledger.reader import Reader
from workbench.ledger.rows import CallRow, GateRow, RunRow, StepRow
from workbench.study.explain import differences, parts_of_row
from workbench.study.recorded import recorded_calls

Standing = Literal["same", "differs", "only left", "only right"]
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Side:
    """One step of one run, with the calls and verdicts behind it."""

    step: StepRow
    output: Json
    calls: tuple[CallRow, ...]
    gates: tuple[GateRow, ...]
    by_hand: tuple[Json, ...] = ()
    """What a person edited in it."""

    @property
    def prompt(self) -> str:
        """What was asked, as text; of the first call where there are several."""
        messages = self.calls[0].request.get("messages") or () if self.calls else ()
        return "\n\n".join(str(each.get("text", "")) for each in messages)

    @property
    def answer(self) -> str:
        """What came back, as text; of the last call."""
        answer = self.calls[-1].answer if self.calls else None
        return str((answer or {}).get("text") or "")

    @property
    def decision(self) -> str:
        """Whom it was decided to ask; through fallbacks, all of them in order."""
        return " → ".join(dict.fromkeys(call.target for call in self.calls if call.kind == "model"))

    @property
    def model(self) -> str:
        """Who answered."""
        return self.calls[-1].target if self.calls else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A step of the left run and the same step of the right one, or one of them alone."""

    left: Side | None
    right: Side | None
    differs: tuple[str, ...] = ()
    """What differs: ``by hand``, ``prompt``, ``model``, ``answer``, ``output``, ``gates``, ``status``.

    A step whose output a person gave asked nothing, so that its questions and gates are not compared.
    """

    @property
    def standing(self) -> Standing:
        """How the two stand to each other."""
        if self.right is None:
            return "only left"
        if self.left is None:
            return "only right"
        return "differs" if self.differs else "same"

    @property
    def path(self) -> str:
        """The step's path; both where it was renamed."""
        paths = [side.step.path for side in (self.left, self.right) if side is not None]
        return paths[0] if len(set(paths)) == 1 else " → ".join(paths)


@dataclass(frozen=True, slots=True)
class Split:
    """Where two runs first part, and why."""

    path: str
    cause: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side.  Totals are in the rows."""

    left: RunRow
    right: RunRow
    pairs: tuple[Pair, ...]
    outputs: tuple[tuple[str, Json, Json], ...]
    """Outputs by name: left, right."""
    split: Split | None

    def count(self, standing: Standing) -> int:
        """How many steps stand so."""
        return sum(pair.standing == standing for pair in self.pairs)


def compare(reader: Reader, left: str, right: str) -> Comparison:
    """Compare two runs of the record."""
    rows = reader.run(left), reader.run(right)
    sides = [_sides(reader, row.id) for row in rows]
    pairs = tuple(_pair(one, other) for one, other in align(sides[0], sides[1]))
    outputs = reader.outputs(rows[0].id), reader.outputs(rows[1].id)
    names = dict.fromkeys((*outputs[0], *outputs[1]))
    return Comparison(
        rows[0],
        rows[1],
        pairs,
        tuple((name, outputs[0].get(name), outputs[1].get(name)) for name in names),
        _split(pairs, rows),
    )


def align(left: Sequence[Side], right: Sequence[Side]) -> list[tuple[Side | None, Side | None]]:
    """Pair steps by path; steps without a twin by what they asked first (a renamed step asks the same).

    In the order of the right run; what only the left has comes after the step it followed there.
    """
    by_path = {side.step.path: side for side in left}
    here = {side.step.path for side in right}
    gone = [side for side in left if side.step.path not in here and side.calls]
    by_question = {side.calls[0].fingerprint: side for side in reversed(gone)}
    twins: dict[str, Side] = {}
    for side in right:
        twin = by_path.get(side.step.path)
        if twin is None and side.calls:
            twin = by_question.pop(side.calls[0].fingerprint, None)
        if twin is not None:
            twins[side.step.path] = twin
    paired = {twin.step.path for twin in twins.values()}
    after: dict[str | None, list[Side]] = {}
    previous: str | None = None
    for side in left:
        if side.step.path in paired:
            previous = side.step.path
        else:
            after.setdefault(previous, []).append(side)
    aligned: list[tuple[Side | None, Side | None]] = [(side, None) for side in after.get(None, ())]
    for side in right:
        twin = twins.get(side.step.path)
        aligned.append((twin, side))
        if twin is not None:
            aligned.extend((lone, None) for lone in after.get(twin.step.path, ()))
    return aligned


def all_steps(reader: Reader, run: str) -> list[StepRow]:
    """All step instances of a run, in the order they started."""
    steps: list[StepRow] = []
    while page := reader.steps(run, PAGE, len(steps)):
        steps.extend(page)
    return steps


def plain(output: Json) -> Json:
    """An output without what differs by nature: who made it and at what cost."""
    if isinstance(output, Mapping):
        return {key: plain(value) for key, value in output.items() if key not in ("cost", "model", "gates")}
    return [plain(each) for each in output] if isinstance(output, list) else output


def _sides(reader: Reader, run: str) -> list[Side]:
    outputs = reader.step_outputs(run)
    calls: dict[str, list[CallRow]] = {}
    for row in recorded_calls(reader, run):
        calls.setdefault(row.path, []).append(row)
    hands: dict[str, list[Json]] = {}
    for row in reader.recording(run):
        if row.kind == "hand":
            hands.setdefault(row.path, []).append((row.answer or {}).get("data"))
    gates: dict[str, list[GateRow]] = {}
    for gate in reader.gates(run):
        gates.setdefault(gate.path, []).append(gate)
    return [
        Side(
            step,
            outputs.get(step.path),
            tuple(calls.get(step.path, ())),
            tuple(gates.get(step.path, ())),
            tuple(hands.get(step.path, ())),
        )
        for step in all_steps(reader, run)
    ]


def _pair(left: Side | None, right: Side | None) -> Pair:
    if left is None or right is None:
        return Pair(left, right)
    facets: dict[str, tuple[Json, Json]] = {
        "by hand": (left.by_hand, right.by_hand),
        "prompt": (left.prompt, right.prompt),
        "model": (left.model, right.model),
        "answer": (left.answer, right.answer),
        "output": (plain(left.output), plain(right.output)),
        "gates": (_verdicts(left), _verdicts(right)),
        "status": (left.step.status, right.step.status),
    }
    if bool(left.calls) != bool(right.calls) and left.by_hand != right.by_hand:
        for name in ("prompt", "model", "answer", "gates"):
            del facets[name]
    return Pair(left, right, tuple(name for name, (one, other) in facets.items() if one != other))


def _verdicts(side: Side) -> list[tuple[str, bool]]:
    return [(gate.label, gate.passed) for gate in side.gates]


def _split(pairs: Sequence[Pair], runs: tuple[RunRow, RunRow]) -> Split | None:
    """The first pair that is not the same, and what makes it so."""
    if dict(runs[0].inputs) != dict(runs[1].inputs):
        changed = [
            name
            for name in dict.fromkeys((*runs[0].inputs, *runs[1].inputs))
            if runs[0].inputs.get(name) != runs[1].inputs.get(name)
        ]
        return Split("inputs", f"input {', '.join(changed)} differs")
    parted = [pair for pair in pairs if pair.standing != "same"]
    holders = {path for pair in parted for path in _holders(pair.path)}
    first = next((pair for pair in parted if pair.path not in holders), None)
    return None if first is None else Split(first.path, _cause(first))


def _holders(path: str) -> list[str]:
    """What a step instance is within: ``checks[1]`` and ``checks`` of ``checks[1]/tone``."""
    return [path[: match.start()] for match in re.finditer(r"[/\[#]", path)]


def _cause(pair: Pair) -> str:
    if pair.left is None or pair.right is None:
        return f"the step is {pair.standing.replace('only', 'only on the')}"
    if pair.left.calls and pair.right.calls:
        asked = differences(parts_of_row(pair.left.calls[0]), parts_of_row(pair.right.calls[0]))
        if asked:
            return ", ".join(str(each) for each in asked)
        if "answer" in pair.differs:
            return "the same was asked, and another answer came"
    one_asked = bool(pair.left.calls) != bool(pair.right.calls)
    if one_asked and "status" in pair.differs:
        return f"the step is {pair.left.step.status} on the left, {pair.right.step.status} on the right"
    if "gates" in pair.differs and not one_asked and "by hand" not in pair.differs:
        return "the answer is the same, and the gates say otherwise of it"
    if "output" in pair.differs and (one_asked or "answer" not in pair.differs):
        return "the output was changed by hand"
    return ", ".join(f"{each} differs" for each in pair.differs)
