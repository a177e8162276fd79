"""A model that is not cleared for a label never gets the text, whichever way leads to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.kit import Outcome, recipe
from tests.engine.test_routes import asked, go, replayed
from workbench.engine.control import Go, SwapModel
from workbench.errors import RecipeError
from workbench.events import CallFinished, RouteDecided, StepFinished
from workbench.guard.clearance import Clearances
from workbench.providers.port import ModelRequest, Reply
from workbench.settings import parse_settings

ONLY_A = Clearances({"customer": ("fake/a", "local/*")})
HEAD = "inputs: {t: {type: string, labels: [customer]}, free: {type: string, default: hello}}\n"
STEPS = "steps: {s: {prompt: '{{ t }}', model: m}}\noutputs: {o: '{{ s.text }}'}\n"


def role(text: str, steps: str = STEPS) -> str:
    return f"{HEAD}models: {{m: {{{text}}}}}\n{steps}"


def reached(outcome: Outcome) -> set[str]:
    """The models that really got something."""
    return {model for model, _ in outcome.provider.asked}


@pytest.mark.parametrize(
    "text",
    [
        "candidates: [fake/b, fake/a]",
        "candidates: [fake/b, fake/a], policy: cheapest",
        "candidates: [fake/b, fake/a], policy: cascade",
        "candidates: [fake/b, fake/a], policy: split, weights: {fake/b: 99, fake/a: 1}",
        "candidates: [fake/b, fake/a], policy: rules, rules: [{when: 'true', model: fake/b}], else: fake/b",
        "candidates: [fake/a], shadow: {model: fake/b, share: 1}",
        "candidates: [fake/a, fake/b], hedge: {after: 1ms}",
    ],
)
async def test_every_policy_takes_one_that_is_cleared_and_says_why(tmp_path: Path, text: str) -> None:
    outcome = await go(recipe(tmp_path, role(text)), {"t": "x"}, clearances=ONLY_A)
    assert outcome.outputs == {"o": "a"}
    assert reached(outcome) == {"a"}
    if "shadow" not in text:
        against = {each.model: each.reason for each in outcome.events.of(RouteDecided)[0].candidates}
        assert against["fake/b"] == "not cleared for customer"


async def test_with_nobody_cleared_the_door_refuses_and_says_so_on_record(tmp_path: Path) -> None:
    made = recipe(tmp_path, role("candidates: [fake/b]"))
    outcome = await go(made, {"t": "x"}, clearances=ONLY_A)
    assert (outcome.ending.status, outcome.ending.error_class) == ("failed", "denied")
    assert outcome.ending.error == "fake/b is not cleared for customer: nothing was sent to it"
    assert reached(outcome) == set()
    row = outcome.events.of(CallFinished)[0]
    assert (row.status, row.error_class, row.cost_nano) == ("error", "denied", 0)
    again = await replayed(made, outcome, {"t": "x"})
    assert again.ending.error_class == "denied"


async def test_what_is_derived_is_held_back_and_what_is_not_goes(tmp_path: Path) -> None:
    steps = (
        "steps: {s: {prompt: '{{ t }}', model: fake/a}, u: {prompt: 'x {{ s.text }}', model: m},\n"
        "  v: {prompt: '{{ free }}', model: m}}\noutputs: {o: '{{ u.text }}', p: '{{ v.text }}'}\n"
    )
    outcome = await go(
        recipe(tmp_path, role("candidates: [fake/b, fake/a]", steps)),
        {"t": "x", "free": "y"},
        clearances=ONLY_A,
    )
    assert outcome.outputs == {"o": "a", "p": "b"}


async def test_a_fallback_never_leads_there(tmp_path: Path) -> None:
    from workbench.errors import CallError

    def script(model: str, request: ModelRequest) -> Reply:
        raise CallError("refused", "no")

    made = recipe(tmp_path, role("candidates: [fake/a, fake/b], fallback: {on: [refused, denied]}"))
    outcome = await go(made, {"t": "x"}, clearances=ONLY_A, script=script)
    assert reached(outcome) == {"a"}


async def test_a_hand_that_swaps_the_model_is_refused_too(tmp_path: Path) -> None:
    class Hand:
        async def before_step(self, stop: object) -> Go:
            return Go()

        async def before_call(self, stop: object) -> SwapModel:
            return SwapModel("fake/b")

        async def after_call(self, stop: object) -> Go:
            return Go()

    made = recipe(tmp_path, role("candidates: [fake/a]"))
    outcome = await go(made, {"t": "x"}, clearances=ONLY_A, controller=Hand())
    assert outcome.ending.error_class == "denied"
    assert reached(outcome) == set()


async def test_labels_that_no_clearance_names_are_free(tmp_path: Path) -> None:
    made = recipe(tmp_path, role("candidates: [fake/b]"))
    assert asked(await go(made, {"t": "x"}, clearances=Clearances({"other": ()}))) == ["fake/b"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('customer = "local/*"', "w.toml:2:1: customer must be a list of models, not a text"),
        ('customer = ["local"]', "w.toml:2:1: customer: 'local' is no model"),
        ("customer = [3]", "w.toml:2:1: customer: a number is no model"),
        ('"a b" = ["local/*"]', "w.toml:2:1: 'a b' cannot be a label"),
    ],
)
def test_wrong_clearances_are_told_with_their_place(text: str, told: str) -> None:
    with pytest.raises(RecipeError) as found:
        parse_settings(f"[clearances]\n{text}\n".encode(), Path(), "w.toml")
    assert str(found.value).startswith(told)


def test_clearances_are_read() -> None:
    read = parse_settings(b'[clearances]\ncustomer = ["local/*", "acme/big"]\n', Path())
    cleared = Clearances(read.clearances)
    assert cleared.is_cleared("acme/big", "customer")
    assert not cleared.is_cleared("acme/bigger", "customer")
    assert cleared.against("acme/small", ["customer", "free"]) == "not cleared for customer"


async def test_what_a_check_has_taken_the_label_off_may_go_on(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        inputs: {t: {type: string, labels: [customer]}}
        models: {inside: fake/a, outside: fake/b}
        steps:
          masked:
            prompt: "{{ t }}"
            model: inside
            gate: {pii: {block: all}}
            on_fail: [{fallback: nothing}]
            declassify: [customer]
          s: {prompt: "{{ masked.text }}", model: outside}
        outputs: {o: "{{ s.text }}"}
        """,
    )

    def script(model: str, request: ModelRequest) -> Reply:
        return Reply(request.messages[-1].text, model=model)

    clean = await go(made, {"t": "hello"}, clearances=ONLY_A, script=script)
    assert clean.outputs == {"o": "hello"}
    ended = next(each for each in clean.events.of(StepFinished) if each.path == "masked")
    assert ended.reason == "customer taken off by its gates"
    leaking = await go(made, {"t": "mail a.b@example.com"}, clearances=ONLY_A, script=script)
    assert leaking.provider.prompts == ["mail a.b@example.com", "nothing"]
