"""What holds of any recipe and any edit: a rerun is a fresh run that pays at most for the changed cone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.study.kit import Lab
from tests.study.random_recipes import Sketch, answer, edited, sketches
from workbench.engine.recording import root_of
from workbench.study.outcome import outcome

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def recipes_and_edits(draw: st.DrawFn) -> tuple[Sketch, Sketch, set[str]]:
    sketch = draw(sketches())
    after, changed = draw(edited(sketch))
    return sketch, after, changed


@MANY
@given(case=recipes_and_edits())
async def test_a_rerun_is_a_fresh_run_for_less(case: tuple[Sketch, Sketch, set[str]]) -> None:
    before, after, changed = case
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder), answer)
        try:
            await lab.run(before.text(), **before.inputs)
            lab.write(after.text())
            plan, again = await lab.rerun(inputs=after.inputs)
            fresh = await lab.bench.run(lab.write(after.text()), after.inputs)
            assert again.status == "done", again.error
            assert again.outputs == fresh.outputs
            cone = after.cone(changed)
            assert {root_of(path) for path in lab.made(again.run)} <= cone
            assert len(lab.made(again.run)) <= sum(root_of(path) in cone for path in lab.made(fresh.run))
            assert outcome(lab.reader, plan, again.run).unplanned == ()
            replayed = await lab.bench.replay(again.run)
            assert (replayed.status, replayed.outputs) == ("done", again.outputs)
        finally:
            await lab.close()


@MANY
@given(sketch=sketches(), data=st.data())
async def test_a_fork_asks_what_follows_and_nothing_else(sketch: Sketch, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder), answer)
        try:
            first = await lab.run(sketch.text(), **sketch.inputs)
            called = sorted(set(lab.made(first.run)))
            if not called:
                return
            at = data.draw(st.sampled_from(called))
            plan, fork = await lab.fork(at)
            assert fork.outputs == first.outputs
            assert at in lab.made(fork.run)
            assert {root_of(path) for path in lab.made(fork.run)} <= sketch.cone({root_of(at)})
            assert outcome(lab.reader, plan, fork.run).unplanned == ()
        finally:
            await lab.close()
