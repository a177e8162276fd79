"""``graph`` draws the same graph in three ways."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Invoke
from workbench.cli import draw_graph
from workbench.recipe.load import load
from workbench.tui.graph_nodes import Graph, GraphNode

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


HOSTILE = [
    "end", "subgraph", 'a"]; s1["b', "`md *x*`", "a[b](c){d}", "<script>alert(1)</script>", "a\nb", "a\\n",
    "--> x", "%%{init: {}}%%", "#quot; &amp;", "ünï 漢字",
    "\u202eabc", "\x1b[31m", "a|b;c", "1. item", "- item",
    "$$x^2$$", "fa:fa-ban", "@{ shape: x }", "a\x00b\ud800\uffff\ufffe", "]]>", "<!--", "x" * 300, "", " ",
]  # fmt: skip
"""Names that mean something to Mermaid (read as plain text by its own renderer, 11.x) or to XML."""
PLAIN = re.compile(r'    s\d+(\["(?:[\w /,+⏎␀␛‹›…-]|[^\x00-\x7f]|#\d+;|<br/>)*"\]| --> s\d+)')


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe whose graph has hostile names; the file of a harmless one."""
    nodes = [
        GraphNode(str(number), name, name, name, (str(number - 1),) if number else ())
        for number, name in enumerate(HOSTILE)
    ]
    monkeypatch.setattr(draw_graph, "recipe_graph", lambda recipe: Graph(nodes))
    return Path("recipes/x/recipe.yaml")


def test_no_name_means_anything_to_mermaid(invoke: Invoke, hostile: Path) -> None:
    recipe()
    head, *lines = draw_graph.as_mermaid(load(hostile)).splitlines()
    assert head == "flowchart TD" and len(lines) == 2 * len(HOSTILE) - 1
    assert not [line for line in lines if not PLAIN.fullmatch(line)]
    assert 's2["a#34;#93;#59; s1#91;#34;b<br/>' in lines[2]


def test_no_name_breaks_the_picture(invoke: Invoke, hostile: Path) -> None:
    recipe()
    root = ElementTree.fromstring(draw_graph.as_svg(load(hostile)).encode())
    assert {each.tag.rpartition("}")[2] for each in root.iter()} == {
        "svg",
        "title",
        "style",
        "rect",
        "text",
        "path",
    }
    assert len([*root.iter("{http://www.w3.org/2000/svg}text")]) == 2 * len(HOSTILE)


def test_drawing_needs_no_screen() -> None:
    code = "import sys, workbench.cli.draw_graph; print('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
