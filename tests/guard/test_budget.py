"""Budgets in levels: what is reserved and settled side by side never passes a limit of any level."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.guard.account import Account
from workbench.guard.budget import Budget
from workbench.guard.fitting import Wanted
from workbench.guard.limits import MICRO, Amounts, Limits
from workbench.guard.over import OverBudget
from workbench.usage import NANO, PER_MILLION, Price, Usage

pytestmark = pytest.mark.usefixtures("leaping_clock")

PRICE = Price(PER_MILLION, 2 * PER_MILLION)
"""1 nano-dollar a token of the request, 2 a token of the answer."""
LIMITS = st.builds(
    Limits,
    nano=st.none() | st.integers(0, 4_000),
    tokens=st.none() | st.integers(1, 3_000),
    calls=st.none() | st.integers(1, 20),
    seconds=st.none() | st.floats(0.001, 5),
)


def wanted(**given: object) -> Wanted:
    values = {"path": "s", "target": "a/b", "role": "r", "price": PRICE, "tokens_in": 10, "tokens_out": 40}
    return Wanted(**{**values, **given})  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(st.lists(LIMITS, min_size=4, max_size=4), st.integers(0, 10**6), st.integers(1, 40), st.booleans())
def test_calls_side_by_side_never_pass_a_limit_of_any_level(
    limits: list[Limits], seed: int, calls: int, shrinks: bool
) -> None:
    """Costs, tokens and seconds are drawn up to what was set aside; some calls fail, some are free."""
    of_run, of_role, of_step, of_batch = limits
    chance = random.Random(seed)
    batch = Account("batch", of_batch)

    async def one(budget: Budget) -> None:
        free = chance.random() < 0.2
        ask = wanted(
            path=f"s[{chance.randrange(3)}]",
            tokens_in=chance.randint(1, 200),
            tokens_out=chance.randint(1, 600),
            may_shrink=shrinks,
            price=Price(0, 0) if free else PRICE,
            seconds=chance.choice([None, 0.5, 2.0]),
        )
        try:
            held = await budget.hold(ask)
        except OverBudget:
            return
        check(budget)
        await asyncio.sleep(0)
        most = held.amounts
        paid = Amounts(
            chance.randint(0, most.nano), chance.randint(0, most.tokens), 1, chance.randint(0, most.micros)
        )
        budget.settle(held, chance.choice([paid, most, Amounts()]))
        check(budget)

    def check(budget: Budget) -> None:
        for account in budget.accounts:
            spent, held, most = account.spent, account.held, account.limits
            assert min(held.nano, held.tokens, held.calls, held.micros) >= 0
            assert most.nano is None or spent.nano + held.nano <= most.nano
            assert most.tokens is None or spent.tokens + held.tokens <= most.tokens
            assert most.calls is None or spent.calls + held.calls <= most.calls
            if most.seconds is not None and account.opened is None:
                assert spent.micros + held.micros <= most.seconds * MICRO + 1

    async def all_of_them() -> None:
        budgets = [Budget(limits=of_run, roles={"r": of_role}, batch=batch) for _ in range(2)]
        for budget in budgets:
            budget.start()
            budget.open_step("s", of_step)
        await asyncio.wait_for(asyncio.gather(*(one(budgets[n % 2]) for n in range(calls))), 60)
        for budget in budgets:
            assert all(account.held == Amounts() for account in budget.accounts), "all is given back"

    asyncio.run(all_of_them())


def billed(budget: Budget, ask: Wanted, usage: Usage, cost: int | None) -> None:
    budget.billing.learn(ask, None, usage, cost)


async def test_what_a_server_bills_above_the_most_is_reckoned_with_from_then_on() -> None:
    budget = Budget(nano=1000)
    billed(budget, wanted(), Usage(30, output=10), 30 + 20 + 5)
    held = await budget.hold(wanted())
    assert held.amounts.nano == 10 + 2 * 40 + 25, "20 tokens more, and 5 above its price"
    budget.settle(held, Amounts(900, 50, 1))
    with pytest.raises(OverBudget, match="may cost"):
        await budget.hold(wanted())
    tokens = Budget(limits=Limits(tokens=100))
    billed(tokens, wanted(), Usage(30, output=45), None)
    assert (await tokens.hold(wanted())).amounts.tokens == 10 + 40 + 20 + 5
    assert (await budget.hold(wanted(target="a/other"))).amounts.nano == 90, (
        "of another model nothing is known"
    )


async def test_until_a_model_has_answered_others_are_kept_from_more_and_nobody_is_refused() -> None:
    budget = Budget(nano=300)
    first = await budget.hold(wanted())
    second = asyncio.create_task(budget.hold(wanted()))
    await asyncio.sleep(0)
    assert not second.done(), "four times 90 might be billed"
    billed(budget, wanted(), Usage(10, output=40), 90)
    budget.settle(first, Amounts(90, 50, 1))
    third = asyncio.create_task(budget.hold(wanted()))
    assert (await second).amounts.nano == (await third).amounts.nano == 90
    tight = Budget(nano=90)
    assert (await tight.hold(wanted())).amounts.nano == 90


async def test_a_call_waits_for_others_and_then_finds_room() -> None:
    budget = Budget(nano=100)
    first = await budget.hold(wanted())
    assert first.amounts.nano == 90
    second = asyncio.create_task(budget.hold(wanted()))
    await asyncio.sleep(0)
    assert not second.done(), "90 are set aside, and 90 more may be needed"
    budget.settle(first, Amounts(10, 50, 1))
    assert (await second).amounts.nano == 90
    with pytest.raises(OverBudget, match=r"the run's .* is left"):
        budget.settle(await second, Amounts(90, 50, 1))
        await budget.hold(wanted())


async def test_an_answer_of_free_length_is_held_shorter_where_little_is_left() -> None:
    held = await Budget(nano=1_000).hold(wanted(tokens_out=4096, may_shrink=True))
    assert (held.answer, held.amounts.nano) == (495, 1_000)
    with pytest.raises(OverBudget):
        await Budget(nano=500).hold(wanted(tokens_out=4096, may_shrink=True))


async def test_what_costs_nothing_goes_on_when_the_money_is_spent() -> None:
    budget = Budget(nano=0, calls=2)
    for _ in range(2):
        held = await budget.hold(wanted(price=Price(0, 0)))
        budget.settle(held, Amounts(calls=1))
    with pytest.raises(OverBudget, match="the run's 2 calls are used up"):
        await budget.hold(wanted(price=Price(0, 0)))


async def test_an_unknown_price_needs_a_word() -> None:
    with pytest.raises(OverBudget, match="no known price") as refused:
        await Budget(nano=NANO).hold(wanted(price=None))
    assert "unknown_price: allow to budget" in refused.value.hint
    held = await Budget(limits=Limits(nano=NANO, allow_unknown=True)).hold(wanted(price=None))
    assert held.amounts.nano == 0


async def test_a_step_and_a_role_have_limits_of_their_own() -> None:
    budget = Budget(roles={"r": Limits(calls=3)})
    budget.start()
    budget.open_step("g", Limits(calls=1))
    held = await budget.hold(wanted(path="g[2]/s#1"))
    budget.settle(held, Amounts(calls=1))
    with pytest.raises(OverBudget, match="step g's 1 call") as over:
        await budget.hold(wanted(path="g[3]/t"))
    assert over.value.ends_run("g[3]/t"), "the limit is above the inner step"
    assert not over.value.ends_run("g[3]"), "its own step may say what then"
    for _ in range(2):
        budget.settle(await budget.hold(wanted(path="other")), Amounts(calls=1))
    with pytest.raises(OverBudget, match="role r's 3 calls") as over:
        await budget.hold(wanted(path="other"))
    assert not over.value.ends_run("other")


async def test_what_was_spent_before_counts_at_every_level() -> None:
    before = [("g[0]/s", "r", Amounts(50, 5, 1, 0)), ("h", "q", Amounts(20, 2, 1, 0))]
    budget = Budget(limits=Limits(nano=100), roles={"r": Limits(nano=60)}, spent=before)
    budget.open_step("g", Limits(nano=70))
    used = {line.level: (line.used, line.limit) for line in budget.lines()}
    assert used == {"run": (70, 100), "role": (50, 60), "step": (50, 70)}


async def test_time_is_shared_with_what_follows() -> None:
    budget = Budget(seconds=5)
    budget.start()
    plain = await budget.hold(wanted(seconds=60))
    assert plain.seconds == pytest.approx(5, abs=0.01)
    spare = await budget.hold(wanted(spare=2.0, step="s"))
    assert spare.seconds == pytest.approx(3, abs=0.01)
    assert spare.by is not None and not spare.by.ends_run("s[1]")


async def test_the_clock_stands_still_while_a_person_is_asked() -> None:
    budget = Budget(seconds=5)
    budget.start()
    with budget.clock.paused(), budget.clock.paused():
        await asyncio.sleep(0.15)
    assert budget.clock.seconds < 0.01


async def test_news_come_when_a_limit_comes_near() -> None:
    budget = Budget(nano=100, calls=10)
    budget.settle(await budget.hold(wanted()), Amounts(85, 9, 1))
    news = budget.news()
    assert news is not None and news.near == ("the run: $0.000000085 of $0.0000001 used",)
    assert budget.news() is None, "not twice, and not at every call"
