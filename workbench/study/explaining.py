"""Why the calls of a step were answered or asked as they were: each beside the call it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.errors import UsageError
from workbench.events import Json
from workbench.ledger.reader import Reader
from workbench.ledger.rows import CallRow
from workbench.study.explain import Difference, differences, parts_of_row
from workbench.study.recorded import recorded_calls


@dataclass(frozen=True, slots=True)
class Explained:
    """One call, the call of the other run in its place, and the parts of both."""

    call: CallRow
    other: CallRow | None
    parts: Mapping[str, Json]
    other_parts: Mapping[str, Json]
    differs: tuple[Difference, ...]
    verdict: str


def explain(reader: Reader, reference: str, step: str, against: str | None = None) -> list[Explained]:
    """The calls of a step instance beside those of another run; without one, of the run it came from."""
    row = reader.run(reference)
    other = against if against is not None else row.parent
    if other is None:
        raise UsageError(
            f"run {row.id} came from no other run",
            hint=f"workbench explain {row.id} {step} --against RUN",
        )
    other = reader.run(other).id
    path = reader.step(row.id, step).step.path
    own = _whole_calls(reader, row.id, path)
    before = recorded_calls(reader, other)
    theirs = [each for each in before if each.path == path]
    return [_explained(other, each, _twin(each, number, theirs, before)) for number, each in enumerate(own)]


def _whole_calls(reader: Reader, run: str, path: str) -> list[CallRow]:
    """The calls of a step instance, by their last attempts."""
    last = {row.call: row for row in recorded_calls(reader, run) if row.path == path}
    return list(last.values())


def _twin(call: CallRow, number: int, theirs: list[CallRow], all_of_them: list[CallRow]) -> CallRow | None:
    """The call that answered, else one that asked the same, else the one in the same place."""
    if call.source is not None:
        source = call.source
        answered = [each for each in all_of_them if (each.call, each.attempt) == source[1:]]
        if answered and answered[0].fingerprint == call.fingerprint:
            return answered[0]
    same = [each for each in theirs if each.fingerprint == call.fingerprint]
    in_place = list({each.call: each for each in theirs}.values())
    return same[0] if same else in_place[number] if number < len(in_place) else None


def _explained(run: str, call: CallRow, other: CallRow | None) -> Explained:
    parts = parts_of_row(call)
    if other is None:
        return Explained(call, None, parts, {}, (), f"{run} asked nothing in its place")
    other_parts = parts_of_row(other)
    differs = tuple(differences(other_parts, parts))
    return Explained(call, other, parts, other_parts, differs, _verdict(run, call, other, differs))


def _verdict(run: str, call: CallRow, other: CallRow, differs: tuple[Difference, ...]) -> str:
    elsewhere = f" at {other.path}" if other.path != call.path else ""
    if call.status == "reused" and call.source is not None and call.source[0] == run:
        return f"answered from {run}{elsewhere}: the same was asked there"
    if differs:
        return f"asked anew: {', '.join(str(each) for each in differs)}"
    if other.status not in ("ok", "reused"):
        return f"asked anew: it did not end well in {run}"
    return f"the same was asked in {run}{elsewhere}, and it was asked again"
