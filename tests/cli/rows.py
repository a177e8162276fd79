"""Rows as the record would hand them out, with texts that try to steer the terminal."""

from __future__ import annotations

from dataclasses import replace

from workbench.events import Candidate
from workbench.ledger.rows import CallRow, DecisionRow, GateRow, RunRow, StepDetail, StepRow
from workbench.usage import Price, Usage

START = 1_790_000_000_000_000
HOSTILE = "\x1b[31mred\x1b]52;c;aGk=\x07 [bold]markup[/] [/] \u202eabc\x9b2J \udc80 \u200b end"
"""Colours, the clipboard, markup, a direction override, a C1 control, a lone surrogate, a zero width."""

RUN = RunRow(
    id="k3v9t2m8qa",
    number=12,
    recipe="support-triage",
    recipe_hash="0123456789abcdef0123456789abcdef",
    mode="live",
    status="done",
    started=START,
    finished=START + 2_345_678,
    parent=None,
    inputs={"ticket": "I was charged twice\non 3 May", "customer": "C-1001"},
    cost_nano=12_100_000,
    cost_known=True,
    saved_nano=0,
    tokens_in=412,
    tokens_out=231,
    tokens_cached=0,
    calls=3,
    reused=0,
    steps=4,
    models=("local/bayes", "acme/large"),
    error=None,
    error_class=None,
    error_path=None,
)
RUNS = [
    RUN,
    replace(
        RUN, id="b2c3d4e5f6", number=11, mode="replay", calls=0, reused=3, cost_nano=0, saved_nano=12_100_000,
        parent="k3v9t2m8qa",
    ),
    replace(
        RUN, id="zz9zz8zz7z", number=10, status="failed", cost_known=False, finished=START + 130_000_000,
        error="no answer within 20 s", error_class="timeout", error_path="draft",
    ),
    replace(RUN, id="w1w2w3w4w5", number=9, status="waiting", models=()),
    replace(RUN, id="r1r2r3r4r5", number=8, status="running", finished=None),
]  # fmt: skip
HOSTILE_RUN = replace(RUN, id=HOSTILE, recipe=HOSTILE, error=HOSTILE, error_path=HOSTILE, models=(HOSTILE,))

STEP = StepRow(
    order=3,
    path="draft",
    verb="prompt",
    status="done",
    started=START + 300_000,
    finished=START + 2_100_000,
    model="acme/large",
    attempts=2,
    reused=0,
    cost_nano=11_800_000,
    tokens_in=400,
    tokens_out=220,
    gates_passed=2,
    gates_failed=1,
    reason="",
    error=None,
    error_class=None,
)
STEPS = [
    replace(STEP, order=1, path="kind", verb="classify", model="local/bayes", attempts=1, cost_nano=0,
            gates_passed=0, gates_failed=0, finished=START + 312_000),
    replace(STEP, order=2, path="search", verb="retrieve", model="", attempts=1, cost_nano=0, gates_passed=1,
            gates_failed=0, finished=START + 304_000),
    STEP,
    replace(STEP, order=4, path="review", verb="human", status="skipped", model="", attempts=0, cost_nano=0,
            gates_passed=0, gates_failed=0, reason="kind.label == 'complaint' is false",
            finished=START + 300_000),
    replace(STEP, order=5, path="checks[1]/tone", status="failed", cost_nano=None, gates_passed=0,
            gates_failed=0,
            error="the server answered 503", error_class="server"),
    replace(STEP, order=6, path="later", status="running", finished=None, attempts=0, reused=2,
            cost_nano=0, gates_failed=0),
]  # fmt: skip

CALL = CallRow(
    path="draft",
    call=3,
    attempt=1,
    kind="model",
    target="acme/large",
    status="error",
    fingerprint="f" * 32,
    started=START + 300_000,
    seconds=0.8,
    request={
        "messages": [{"role": "system", "text": "Be brief."}, {"role": "user", "text": "Why?\nTell me."}]
    },
    answer=None,
    model="acme/large-2026",
    finish="",
    usage=Usage(),
    cost_nano=None,
    price=None,
    first_token=None,
    chunks=(),
    raw=None,
    error="the server answered 503",
    error_class="server",
    source=None,
)
GOOD_CALL = replace(
    CALL,
    attempt=2,
    status="ok",
    answer={"text": "The customer was charged twice.", "data": None},
    usage=Usage(input=400, cached=12, cache_write=0, output=220, state="reported"),
    cost_nano=11_800_000,
    finish="stop",
    price=Price(1_000_000_000, 4_000_000_000),
    raw={"request": {"model": "large"}, "response": {"id": "r1"}},
    error=None,
    error_class=None,
)
DETAIL = StepDetail(
    step=STEP,
    output={"text": "The customer was charged twice."},
    calls=(CALL, GOOD_CALL),
    decisions=(
        DecisionRow(
            "draft",
            3,
            1,
            "writer",
            "fixed",
            "acme/large",
            "first of 2",
            (
                Candidate("acme/large", True, "first", None, 20_000_000, None, 0.91),
                Candidate("local/compose", False, "next if it fails"),
            ),
        ),
    ),
    gates=(
        GateRow("draft", 3, "grounded", True, 0.83, "all sentences are supported", 0.001),
        GateRow("draft", 3, "length", False, None, "1,340 characters are more than 1,200", 0.0),
    ),
)
HOSTILE_DETAIL = StepDetail(
    step=replace(STEP, path=HOSTILE, error=HOSTILE, reason=HOSTILE),
    output=HOSTILE,
    calls=(
        replace(
            GOOD_CALL,
            target=HOSTILE,
            model=HOSTILE,
            request={"messages": [[HOSTILE, HOSTILE]]},
            answer={"text": HOSTILE, "data": {HOSTILE: HOSTILE}},
            raw={HOSTILE: HOSTILE},
        ),
    ),
    decisions=(
        replace(
            DETAIL.decisions[0], attempt=2, reason=HOSTILE, candidates=(Candidate(HOSTILE, reason=HOSTILE),)
        ),
    ),
    gates=(replace(DETAIL.gates[0], gate=HOSTILE, reason=HOSTILE),),
)
