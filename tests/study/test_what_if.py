"""Routes by the record, and what another policy would have done: as counted by hand, and as a full rerun."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.study.kit import Lab
from workbench.errors import CallError, UsageError
from workbench.providers.port import ModelInfo, ModelRequest, Reply
from workbench.recipe.model import Role
from workbench.study.judged import Judged
from workbench.study.routes import figures, requests, routed
from workbench.study.what_if import what_if
from workbench.usage import FREE, Usage

RECIPE = """
inputs: {t: string}
models: {m: {candidates: [fake/a, fake/b], policy: cascade%s}}
steps: {s: {classify: "{{ t }}", into: [x, y], model: m%s}}
outputs: {o: "{{ s.label }}"}
"""


def sorts(model: str, request: ModelRequest) -> Reply:
    """``a`` is as sure as the number in the text says; ``b`` always is."""
    sure = int(request.text.split()[-1]) / 100 if model == "a" else 0.95
    label = "x" if sure > 0.5 else "y"
    usage = Usage(input=2, output=1, state="reported")
    return Reply(label, {"label": label, "confidence": sure, "scores": {}}, usage=usage)


def info(model: str) -> ModelInfo:
    return ModelInfo(model, price=FREE)


async def record(lab: Lab, at_least: str = "", gate: str = "", texts: Any = range(10, 100, 10)) -> None:
    lab.fake.script = sorts
    made = lab.write(RECIPE % (at_least, gate))
    for sure in texts:
        await lab.bench.run(made, {"t": f"text {sure}"})


async def test_figures_of_a_cascade(lab: Lab) -> None:
    await record(lab, gate=", gate: {equals: x}")
    rows = {row.model: row for row in figures(list(routed(lab.reader)))}
    a, b = rows["fake/a"], rows["fake/b"]
    assert (a.attempts, a.gated, a.passed, a.escalated) == (9, 9, 4, 5)
    assert (b.attempts, b.passed) == (5, 5)
    assert a.share == pytest.approx(9 / 14)
    assert a.cost_nano == 0
    assert a.seconds is not None


async def test_a_higher_threshold_and_what_it_would_have_changed(lab: Lab) -> None:
    await record(lab, ", at_least: {confidence: 0.3}")
    attempts = list(routed(lab.reader, "t"))
    assert len(requests(attempts)) == 9

    def role(floor: float) -> Role:
        return Role.model_validate(
            {"candidates": ("fake/a", "fake/b"), "policy": "cascade", "at_least": {"confidence": floor}}
        )

    same = what_if(attempts, "m", role(0.3), info, draws=20)
    assert same.otherwise == 0
    higher = what_if(attempts, "m", role(0.7), info, draws=20)
    # 30, 40, 50 and 60 would have gone on
    assert higher.otherwise == 4
    assert higher.result.rows[1].shares == pytest.approx({"fake/b": 6 / 9, "fake/a": 3 / 9})
    assert not higher.result.has_evidence


async def test_it_agrees_with_a_full_rerun(lab: Lab) -> None:
    await record(lab, gate=", gate: {equals: x}")
    attempts = list(routed(lab.reader, "t"))
    always_a = Role.model_validate({"candidates": ("fake/a",)})
    found = what_if(attempts, "m", always_a, info, draws=50)
    now = found.result.rows[1]
    real = sum(sure > 50 for sure in range(10, 100, 10)) / 9
    assert now.quality.value == pytest.approx(real)
    assert now.known == 1


async def test_rules_are_worked_out_on_recorded_requests(lab: Lab) -> None:
    await record(lab, gate=", gate: {equals: x}")
    role = Role.model_validate(
        {
            "candidates": ("fake/a", "fake/b"), "policy": "rules", "else": "fake/a",
            "rules": ({"when": "t == 'text 10'", "model": "fake/b"},),
        }
    )  # fmt: skip
    found = what_if(list(routed(lab.reader, "t")), "m", role, info, draws=20)
    assert found.result.rows[1].shares["fake/b"] == pytest.approx(1 / 9)


async def test_what_was_never_asked_is_left_out(lab: Lab) -> None:
    await record(lab, texts=[90])
    role = Role.model_validate({"candidates": ("fake/z", "fake/a")})
    found = what_if(list(routed(lab.reader)), "m", role, info, draws=5)
    assert found.left_out == ("fake/z",)
    with pytest.raises(UsageError, match="no call of the role other"):
        what_if(list(routed(lab.reader)), "other", role, info)


FALLING = """
inputs: {t: string}
models: {m: {candidates: [fake/a, fake/b]%s}}
steps: {s: {classify: "{{ t }}", into: [x, y], model: m, gate: {equals: x}, on_fail: continue}}
outputs: {o: "{{ s.label }}"}
"""


async def test_a_fallback_follows_where_a_model_gave_no_answer_then(lab: Lab) -> None:
    def refuses(model: str, request: ModelRequest) -> Reply:
        if model == "a" and int(request.text.split()[-1]) < 40:
            raise CallError("refused", "no")
        return sorts(model, request)

    lab.fake.script = refuses
    falls = lab.write(FALLING % ", fallback: {on: [refused]}")
    for sure in range(10, 100, 10):
        await lab.bench.run(falls, {"t": f"text {sure}"})
    attempts = list(routed(lab.reader, "t"))
    same = what_if(attempts, "m", falls.document.models["m"], info, draws=20)
    assert same.otherwise == 0
    assert same.result.rows[1].shares == pytest.approx({"fake/a": 6 / 9, "fake/b": 3 / 9})
    without = lab.write(FALLING % "").document.models["m"]
    assert what_if(attempts, "m", without, info, draws=20).otherwise == 3


async def test_who_rested_then_would_not_have_been_asked(lab: Lab) -> None:
    def down(model: str, request: ModelRequest) -> Reply:
        if model == "a":
            raise CallError("auth", "no")
        return sorts(model, request)

    lab.fake.script = down
    falls = lab.write(FALLING % ", fallback: {on: [auth], failures: 2, cooldown: 1h}")
    for sure in range(10, 60, 10):
        await lab.bench.run(falls, {"t": f"text {sure}"})
    attempts = list(routed(lab.reader, "t"))
    assert [each.asked for each in requests(attempts)].count(("fake/b",)) == 3
    assert what_if(attempts, "m", falls.document.models["m"], info, draws=20).otherwise == 0


async def test_a_hedge_that_was_faster_stands_beside_whom_it_stood_in_for(lab: Lab) -> None:
    async def stuck(model: str, request: ModelRequest) -> Reply:
        if model == "a":
            await asyncio.sleep(0.2)
        return sorts(model, request)

    lab.fake.script = stuck
    hedged = lab.write(FALLING % ", hedge: {after: 10ms}")
    for sure in (10, 90):
        await lab.bench.run(hedged, {"t": f"text {sure}"})
    attempts = list(routed(lab.reader, "t"))
    rows = {row.model: row for row in figures(attempts)}
    assert (rows["fake/a"].attempts, rows["fake/a"].failures, rows["fake/a"].seconds) == (2, 0, None)
    assert (rows["fake/b"].attempts, rows["fake/b"].fallbacks) == (2, 2)
    assert what_if(attempts, "m", hedged.document.models["m"], info, draws=20).otherwise == 0


SHADOWED = """
inputs: {t: string}
models: {m: {candidates: [fake/b], shadow: {model: fake/a, share: 0.5}}}
steps: {s: {classify: "{{ t }}", into: [x, y], model: m, gate: {equals: x}}}
outputs: {o: "{{ s.label }}"}
"""


async def test_shadows_are_true_pairs(lab: Lab) -> None:
    """What always asking the shadow's model would have passed is known where it was asked; only there."""
    lab.fake.script = sorts
    made = lab.write(SHADOWED)
    for sure in range(1, 100, 2):
        await lab.bench.run(made, {"t": f"text {sure}"})
    attempts = list(routed(lab.reader, "t"))
    pairs = [each for each in attempts if each.shadows]
    assert 10 < len(pairs) < 40
    assert all(each.call.target == "fake/b" for each in attempts)
    known = {int(each.call.request["messages"][-1]["text"].split()[-1]): each.shadows[0] for each in pairs}
    assert all(shadow.passed == (sure > 50) for sure, shadow in known.items())
    own, beside = figures(attempts)
    assert (own.model, own.attempts, own.is_shadow) == ("fake/b", 50, False)
    assert (beside.model, beside.attempts, beside.is_shadow) == ("fake/a", len(pairs), True)
    assert beside.share == pytest.approx(len(pairs) / 50)
    assert (beside.gated, beside.passed) == (len(pairs), sum(sure > 50 for sure in known))
    asked = requests(attempts)
    assert all(each.asked == ("fake/b",) for each in asked), "a shadow was not asked instead of anyone"
    assert all(
        each.past.propensity == {"fake/a": 0.5} for each in asked if "fake/a" in each.past.right
    )  # fmt: skip
    found = what_if(attempts, "m", Role.model_validate({"candidates": ("fake/a",)}), info, draws=50)
    now = found.result.rows[1]
    assert now.known == pytest.approx(len(pairs) / 50)
    assert now.robust is not None and now.robust.low <= 0.5 <= now.robust.high
    # by another threshold of now the verdict of a shadow is another one too
    strict = list(routed(lab.reader, "t", judge=lambda *_: (Judged("s", "equals", True, False, ""),)))
    assert not any(each.shadows[0].passed for each in strict if each.shadows)
