"""The size of a run: all the texts it uses, in pieces or whole."""

from __future__ import annotations

from pathlib import Path

from workbench.recipe.load import load
from workbench.study.bench import Bench

RECIPE = """
schema: workbench/v1
name: sized
inputs: {text: string}
models: {m: sim/echo}
steps: {s: {prompt: "{{ text }}"}}
outputs: {said: "{{ s.text }}"}
"""


async def test_a_run_is_as_large_as_the_texts_it_uses(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    bench = Bench.open(tmp_path)
    recipe = load(tmp_path / "recipe.yaml")
    lines = "\n".join(f"{number} bottles of beer on the wall" for number in range(100))
    small = await bench.run(recipe, {"text": lines})
    large = await bench.run(recipe, {"text": "\n".join(f"{number} times\n{lines}" for number in range(40))})
    again = await bench.replay(small.run)
    sizes = [bench.reader.size(each.run) for each in (small, large, again)]
    await bench.close()
    assert len(lines) <= sizes[0] < 3 * len(lines)
    assert sizes[0] < sizes[1] < 10 * len(lines), "long texts are kept in pieces, equal ones once"
    assert sizes[2] <= sizes[0], "a replay uses the same texts"
