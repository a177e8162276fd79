"""Two runs side by side: as a page and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat, line, title
from workbench.cli.formats import clock, count, duration, percent, state, value_text
from workbench.cli.render_differences import difference_blocks, text_blocks
from workbench.events import Json
from workbench.ledger.rows import CallRow, GateRow, RunRow
from workbench.study.compare import Comparison, Pair, Side, plain
from workbench.study.explain import Difference
from workbench.usage import dollars, money

STANDINGS = {
    "same": Span("= same", "dim"), "differs": Span("≠ differs", "yellow"),
    "only left": Span("− only left", "red"), "only right": Span("+ only right", "green"),
}  # fmt: skip
COLUMNS = (
    Column(""),
    Column("step", shrink=True),
    Column("what differs", shrink=True),
    Column("model", shrink=True, spare=2),
    Column("cost", "right"),
    Column("time", "right", spare=1),
)


def compare_page(found: Comparison, width: int, *, everything: bool = False) -> list[Block]:
    """All that ``compare`` tells; steps that are the same are counted, unless ``everything`` is wanted."""
    rows = [_cells(pair) for pair in found.pairs if everything or pair.standing != "same"]
    blocks: list[Block] = [*_heads(found), line()]
    if rows:
        blocks += [Grid(COLUMNS, rows), line()]
    blocks += [_counts(found), *_split(found)]
    for pair in found.pairs:
        if pair.standing == "differs":
            blocks += [line(), *_details(pair, width)]
    return [*blocks, *_outputs(found, width)]


def _heads(found: Comparison) -> list[Block]:
    columns = [
        Column(""), Column("run"), Column("recipe"), Column("status"), Column("mode"),
        Column("calls", "right"), Column("reused", "right"), Column("cost", "right"), Column("time", "right"),
        Column("tokens in", "right", spare=1), Column("out", "right", spare=1), Column("started", spare=2),
    ]  # fmt: skip
    rows = [_head("left", found.left), _head("right", found.right)]
    return [Grid(columns, [*rows, _change(found.left, found.right)])]


def _head(side: str, row: RunRow) -> list[Piece]:
    return [
        Span(side, "bold"), row.id, row.recipe, state(row.status), row.mode, f"{row.calls:,}",
        f"{row.reused:,}", money(row.cost_nano, at_least=not row.cost_known), duration(row.seconds),
        f"{row.tokens_in:,}", f"{row.tokens_out:,}", Span(clock(row.started), "dim"),
    ]  # fmt: skip


def _change(left: RunRow, right: RunRow) -> list[Piece]:
    known = left.cost_known and right.cost_known
    more = right.cost_nano - left.cost_nano
    cost = _signed(more, lambda nano: money(round(nano))) if known else money(None)
    seconds = _signed((right.seconds or 0) - (left.seconds or 0), duration)
    numbers = [
        _signed(b - a, lambda number: f"{number:,.0f}")
        for a, b in (
            (left.calls, right.calls), (left.reused, right.reused), (left.tokens_in, right.tokens_in),
            (left.tokens_out, right.tokens_out),
        )
    ]  # fmt: skip
    texts = ["change", "", "", "", "", numbers[0], numbers[1], cost, seconds, numbers[2], numbers[3], ""]
    return [Span(text, "dim") for text in texts]


def _signed(number: float, shown: Callable[[float], str]) -> str:
    return shown(0) if not number else f"{'+' if number > 0 else '−'}{shown(abs(number))}"


def _cells(pair: Pair) -> list[Piece]:
    sides = [side for side in (pair.left, pair.right) if side is not None]
    return [
        STANDINGS[pair.standing],
        pair.path,
        ", ".join(pair.differs),
        _both([side.model for side in sides]),
        _both([money(side.step.cost_nano) if side.calls else "" for side in sides]),
        _both([duration(side.step.seconds) for side in sides]),
    ]


def _both(values: Sequence[str]) -> str:
    return " → ".join(dict.fromkeys(values)) if any(values) else ""


def _counts(found: Comparison) -> Block:
    counts = [f"{found.count('same'):,} same"]
    for standing in ("differs", "only left", "only right"):
        number = found.count(standing)
        if number:
            counts.append(f"{number:,} {standing.replace('differs', 'different')}")
    return flat(Span(f"{count(len(found.pairs), 'step')}: ", "bold"), ", ".join(counts))


def _split(found: Comparison) -> list[Block]:
    if found.split is None:
        return [flat(Span("the runs are the same", "green"))]
    return [flat(Span("first split: ", "bold"), f"{found.split.path}: {found.split.cause}")]


def _details(pair: Pair, width: int) -> list[Block]:
    """What differs in one step."""
    left, right = pair.left, pair.right
    assert left is not None and right is not None
    blocks: list[Block] = [flat(Span(f"≠ {pair.path}", "bold yellow"), f"  {', '.join(pair.differs)}")]
    if "model" in pair.differs:
        blocks += difference_blocks(Difference("model", left.model, right.model), width)
    if left.step.status != right.step.status:
        blocks += difference_blocks(Difference("status", left.step.status, right.step.status), width)
    texts = {"prompt": (left.prompt, right.prompt), "answer": (left.answer, right.answer)}
    if "answer" not in pair.differs:  # else the output says the same once more
        texts["output"] = _text(left.output), _text(right.output)
    for name, (one, other) in texts.items():
        if one != other and name in pair.differs:
            blocks += [flat(Span(name, "bold"), indent=2), *text_blocks(one, other, width)]
    if left.decision != right.decision and "by hand" not in pair.differs:
        blocks += difference_blocks(Difference("decision", left.decision, right.decision), width)
    if "gates" in pair.differs:
        blocks += difference_blocks(Difference("gates", _gates(left.gates), _gates(right.gates)), width)
    return blocks


def _text(output: Json) -> str:
    """An output for people: its text where it has one."""
    text = output.get("text") if isinstance(output, dict) else None
    return text if isinstance(text, str) else value_text(plain(output))


def _gates(gates: Sequence[GateRow]) -> str:
    told = (f"{'✓' if gate.passed else '✗'} {gate.label} {percent(gate.score)}".rstrip() for gate in gates)
    return ", ".join(told) or "none"


def _outputs(found: Comparison, width: int) -> list[Block]:
    changed = [Difference(name, left, right) for name, left, right in found.outputs if left != right]
    if not changed:
        return []
    return [
        line(),
        title("outputs"),
        *(block for each in changed for block in difference_blocks(each, width)),
    ]


def compare_json(found: Comparison) -> dict[str, Json]:
    """The comparison for programs."""
    return {
        "left": _run_json(found.left),
        "right": _run_json(found.right),
        "same": found.count("same"),
        "differs": found.count("differs"),
        "only_left": found.count("only left"),
        "only_right": found.count("only right"),
        "split": None if found.split is None else {"path": found.split.path, "cause": found.split.cause},
        "steps": [_pair_json(pair) for pair in found.pairs],
        "outputs": [
            {"name": name, "left": left, "right": right, "same": left == right}
            for name, left, right in found.outputs
        ],
    }


def _run_json(row: RunRow) -> dict[str, Json]:
    return {
        "run": row.id, "recipe": row.recipe, "recipe_hash": row.recipe_hash, "mode": row.mode,
        "status": row.status, "cost_usd": dollars(row.cost_nano) if row.cost_known else None,
        "seconds": row.seconds, "calls": row.calls, "reused": row.reused,
        "tokens": {"in": row.tokens_in, "out": row.tokens_out, "cached": row.tokens_cached},
    }  # fmt: skip


def _pair_json(pair: Pair) -> dict[str, Json]:
    return {
        "path": pair.path,
        "standing": pair.standing.replace(" ", "_"),
        "differs": list(pair.differs),
        "left": None if pair.left is None else _side_json(pair.left),
        "right": None if pair.right is None else _side_json(pair.right),
    }


def _side_json(side: Side) -> dict[str, Json]:
    return {
        "path": side.step.path, "verb": side.step.verb, "status": side.step.status,
        "model": side.model or None,
        "prompt": side.prompt, "answer": side.answer, "output": side.output, "decision": side.decision,
        "cost_usd": dollars(side.step.cost_nano), "seconds": side.step.seconds,
        "tokens": {"in": side.step.tokens_in, "out": side.step.tokens_out},
        "calls": len({call.call for call in side.calls}), "reused": _reused(side.calls),
        "gates": [
            {"name": gate.label, "passed": gate.passed, "score": gate.score, "reason": gate.reason}
            for gate in side.gates
        ],
    }  # fmt: skip


def _reused(calls: Sequence[CallRow]) -> int:
    return sum(call.status == "reused" for call in calls)
