"""``graph`` draws the same graph in three ways."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.cli.conftest import Invoke

TEXT = """\
schema: workbench/v1
name: <b>x
inputs: {q: string}
steps:
  one: {set: {v: "{{ q }}"}}
  two: {set: {v: "{{ q }}"}}
  join: {if: one.v, set: {v: "{{ one.v }} {{ two.v }}"}}
"""


def recipe() -> None:
    path = Path("recipes/x/recipe.yaml")
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)


def test_boxes_and_arrows_for_a_terminal(invoke: Invoke) -> None:
    recipe()
    lines = invoke("graph", "x", "--width", "60").out.split("\n")
    first = next(line for line in lines if "one" in line)
    assert "two" in first and "join" not in first
    assert any("▼" in line for line in lines)
    assert max(map(len, lines)) <= 60


def test_mermaid_and_json(invoke: Invoke) -> None:
    recipe()
    shown = invoke("graph", "x", "--to", "mermaid").out
    assert shown.startswith("flowchart TD\n") and "s0 --> s2" in shown and "s1 --> s2" in shown
    told = json.loads(invoke("graph", "x", "--json").out)
    assert told[2] == {"path": "join", "verb": "set", "needs": ["one", "two"], "marks": "◇"}


def test_the_picture_is_good_xml_with_all_steps(invoke: Invoke) -> None:
    recipe()
    root = ElementTree.fromstring(invoke("graph", "x", "--to", "svg").out)
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"one", "two", "join ◇"} <= set(texts)


def test_drawing_needs_no_screen() -> None:
    code = "import sys, workbench.cli.draw_graph; print('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
