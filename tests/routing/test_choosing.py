"""Policies: who is chosen, and why the others are not."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.providers.port import ModelInfo
from workbench.recipe.model import Role
from workbench.routing.choosing import Known, Question, decide, draw
from workbench.usage import FREE, Price, per_million

DEAR, CHEAP = (Price(per_million(usd), per_million(usd)) for usd in (10.0, 0.1))


def question(policy: str, known: dict[str, Known], **more: Any) -> Question:
    role = {key: more.pop(key) for key in ("rules", "else", "weights") if key in more}
    made = Role.model_validate({"candidates": tuple(known), "policy": policy, **role})
    return Question("r", made, more.pop("task", "prompt"), more.pop("characters", 100), known, **more)


def known(price: Price | None = FREE, **more: Any) -> Known:
    info = {key: more.pop(key) for key in ("available", "reason", "window", "tasks") if key in more}
    return Known(ModelInfo("m", price=price, **info), **more)


def test_cheapest_and_what_has_no_price() -> None:
    found = decide(
        question("cheapest", {"p/dear": known(DEAR), "p/cheap": known(CHEAP), "p/odd": known(None)})
    )
    assert found.chosen == "p/cheap"
    assert found.reason.startswith("cheapest: about $")
    assert [each.chosen for each in found.candidates] == [False, True, False]
    dear, cheap, odd = (each.reason for each in found.candidates)
    assert dear.startswith("not chosen: about $") and cheap == found.reason
    assert odd == "not chosen: its price is unknown"
    assert decide(question("cheapest", {"p/x": known(None), "p/y": known(None)})).chosen == "p/x"


def test_fastest_by_the_record() -> None:
    found = decide(
        question("fastest", {"p/a": known(seconds=2.0), "p/b": known(seconds=0.5), "p/c": known()})
    )
    assert found.chosen == "p/b"
    assert found.reason == "fastest: 0.5 s by the record"
    assert found.candidates[0].seconds == 2.0
    assert [each.reason for each in found.candidates if not each.chosen] == [
        "not chosen: 2 s by the record", "not chosen: not measured yet"
    ]  # fmt: skip
    assert decide(question("fastest", {"p/a": known(), "p/b": known()})).reason.startswith("none is measured")


def test_one_request_in_ten_goes_to_who_has_no_time_on_record() -> None:
    models = {"p/slow": known(seconds=5.0), "p/new": known()}
    chosen = [decide(question("fastest", models, seed=f"run{number}/s")) for number in range(500)]
    new = [each for each in chosen if each.chosen == "p/new"]
    assert 25 <= len(new) <= 80
    assert new[0].reason == "its time is not known yet: asked one time in ten to learn it"
    assert decide(question("fastest", models, seed="run1/s")) == decide(
        question("fastest", models, seed="run1/s")
    )


def test_a_cascade_goes_from_cheap_to_dear() -> None:
    models = {"p/dear": known(DEAR), "p/cheap": known(CHEAP)}
    assert decide(question("cascade", models)).chosen == "p/cheap"
    found = decide(question("cascade", models, over={"p/cheap": "length: too short"}))
    assert found.chosen == "p/dear"
    assert found.reason == "escalated from p/cheap: length: too short"
    assert found.candidates[1].reason == "not asked again: length: too short"
    # where a price is unknown, the order is the author's
    assert decide(question("cascade", {"p/dear": known(DEAR), "p/odd": known(None)})).chosen == "p/dear"


def test_rules_first_that_holds_else_the_other() -> None:
    models = {"p/a": known(), "p/b": known()}
    rules = ({"when": "x > 1", "model": "p/b"},)
    assert decide(question("rules", models, rules=rules, rule=0, **{"else": "p/a"})).reason == "when: x > 1"
    assert decide(question("rules", models, rules=rules, **{"else": "p/a"})).chosen == "p/a"
    gone = {"p/a": known(), "p/b": known(available=False, reason="no key")}
    found = decide(question("rules", gone, rules=rules, rule=0, **{"else": "p/a"}))
    assert found.chosen == "p/a"
    assert found.reason == "when: x > 1, and p/b does not qualify"


def test_a_split_draws_by_weight_and_says_with_which_chance() -> None:
    models = {"p/a": known(), "p/b": known(), "p/c": known()}
    weights = {"p/a": 3.0, "p/b": 1.0, "p/c": 0.0}
    drawn = [decide(question("split", models, weights=weights, seed=str(n))) for n in range(2000)]
    share = sum(each.chosen == "p/a" for each in drawn) / 2000
    assert 0.72 < share < 0.78
    assert not any(each.chosen == "p/c" for each in drawn)
    assert [each.score for each in drawn[0].candidates] == [0.75, 0.25, 0.0]
    assert drawn[5] == decide(question("split", models, weights=weights, seed="5"))
    assert 0 <= draw("\ud800") < 1


@pytest.mark.parametrize(
    ("against", "reason"),
    [
        (known(available=False, reason="no key"), "not available: no key"),
        (known(resting="rests 3 s more"), "rests 3 s more"),
        (known(window=10), "the request is longer than its window of 10 tokens"),
        (known(tasks=("classify",)), "does no prompt"),
        (known(None), "its price is unknown, and there is a money budget"),
        (known(DEAR, most_nano=2_000_000_000), "may cost $2.00 and $1.00 is left"),
    ],
)
def test_what_keeps_a_candidate_from_being_asked(against: Known, reason: str) -> None:
    asked = question("cascade", {"p/a": against, "p/b": known()}, left_nano=1_000_000_000)
    found = decide(asked)
    assert found.chosen == "p/b"
    assert found.candidates[0].reason == reason
    nobody = decide(question("cascade", {"p/a": against}, left_nano=1_000_000_000))
    assert nobody.chosen == "p/a"
    assert nobody.reason == f"none of 1 candidates qualifies; p/a: {reason}"


def test_the_first_of_a_fixed_role_is_asked_whatever_money_is_left() -> None:
    """What becomes of it is the budget's word; who follows it must fit."""
    models = {"p/a": known(DEAR, most_nano=2), "p/b": known(DEAR, most_nano=2), "p/c": known()}
    found = decide(question("fixed", models, left_nano=1))
    assert (found.chosen, found.candidates[2].reason) == ("p/a", "not chosen: comes after p/a")
    assert decide(question("fixed", models, left_nano=1, over={"p/a": "failed"})).chosen == "p/c"
