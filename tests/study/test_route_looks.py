"""Roles as the record and this process know them: figures, latest calls, breakers, rates."""

from __future__ import annotations

from tests.study.kit import Lab
from workbench.errors import CallError
from workbench.providers.port import ModelRequest, Reply
from workbench.study.route_looks import look_at_routes

RECIPE = (
    "inputs: {t: string}\n"
    "models: {m: {candidates: [fake/a, fake/b], fallback: {on: [quota], cooldown: 60s, failures: 2}}}\n"
    "steps: {s: {prompt: '{{ t }}', model: m, gate: {length: {at_least: 1}}}}\noutputs: {o: '{{ s.text }}'}\n"
)


async def test_what_the_screen_shows_is_what_happened(lab: Lab) -> None:
    def script(model: str, request: ModelRequest) -> Reply:
        if model == "a":
            raise CallError("quota", "used up")
        return Reply("fine", model=model)

    lab.fake.script = script
    made = lab.write(RECIPE)
    runs = [(await lab.bench.run(made, {"t": f"text {number}"})).run for number in range(7)]
    looks = {look.figures.model: look for look in await look_at_routes(lab.bench)}
    a, b = looks["fake/a"], looks["fake/b"]
    assert (a.breaker, b.breaker) == ("open", "closed")
    assert a.resting.startswith("rests ")
    assert (a.figures.attempts, a.figures.failures, a.figures.errors) == (2, 2, (("quota", 2),))
    assert (b.figures.attempts, b.figures.passed, b.figures.fallbacks) == (7, 7, 2)
    assert b.figures.slow is not None
    assert b.figures.seconds is not None
    assert b.figures.slow >= b.figures.seconds
    assert [each.run for each in b.latest] == runs[::-1][:5]
    assert b.rates is not None
    assert b.rates.in_flight == 0
