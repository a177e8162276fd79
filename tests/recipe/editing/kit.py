"""Texts to edit: the sample recipes, and recipes written as oddly as YAML lets one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.recipe.editing.text_edit import TextEdit, apply

RECIPES = Path(__file__).parent.parent.parent.parent / "recipes"
SAMPLES = {path.parent.name: path.read_text("utf-8") for path in sorted(RECIPES.glob("*/recipe.yaml"))}

ODD = """\
# file header
schema: workbench/v1   # the version
name: 'odd one'

# about it
about: "with \\"quotes\\", a\\ttab and a # in it"  # trailing
inputs: {a: string,   # first
    b: {type: number, default: 3},
    }
models:
    writer: local/compose
    other: [local/a, local/b]   # list
steps:
    one:
        # before prompt
        prompt: |  # header comment
              deep\ttab
                deeper

              end

        # behind prompt
        model: writer
    # over two
    two: {set: {x: 1, y: "{{ one.text }}"}}   # inline
    three:
        set:
        - a
        - b: c   # not good for set, but good YAML
          d: e
        -
          f: g
        - - h
          - i
        # end of list
    # last remark
    four:   # nothing here
        human: >
          folded text
          goes on

          and on
        choices: [ 'a', "b",
                   c ]
    five: {human: hi, "quoted key": 'it''s'}
outputs:
    reply: "{{ one.text }}"
# the end
"""
ENDS_OPEN = """\
a:
  plain text
  goes on   # c
b:
  # c2
  k: v
  l: "x
    y"
c: |2
    indented first
   x
d: {}
e: []   # empty
f: \n\
g:
  h: 1
  "q": 2
last: x"""
LISTS = "name: x\nsteps:\n- a\n- b: |+\n    keep\n\n\n  c: d\n-   e:\n    - f   # g\nother:\n  x:\n"
NESTED = """\
schema: workbench/v1
name: nested
inputs: {q: string}
models: {m: local/lead}
steps:
  a: {human: "{{ q }}"}
  g:   # group
    # about the inner
    steps:
      one:
        prompt: "{{ a.text }} {{ q }}"   # c1
        gate: {grounded: {in: a}, expr: one.text != ''}
      # over two
      two:
        if: one.text
        human: >-
          a very long folded text that mentions {{ one.text }} and goes on and on so that
          it needs two lines {{ a.answer }}
    gate: {expr: g.one.text}
  pick:
    choose:
    - when: g.one.text == 'x'
      human: |
        {% for a in [1] %}{{ a }}{% endfor %} {{ a.text }}
      # behind
    - when: "true"
      steps:
        deep: {set: {v: "{{ g.two.text }}"}}
    else: {prompt: "{{ q }}", model: m}
  last:
    needs: pick
    each: g.two.text
    as: a
    human: '{{ a }} {{ g[''one''].text }}'
outputs:
  reply: "{{ last }} {{ a.text ~ g.one.text }}"
"""
ODDER = {
    "tabs": 'a: {b: \t1,\tc: [x,\ty]\t}  # tabs\nd: [\t]\nf: "x\ty"\n',
    "trailing": "a: |   \n  trailing   \n  more\t\n\n   \nb: >-\n  folded \n  so  \n   \n# end  \nc: 'x'  \n",
    "comments": """\
#first

  # odd indent
a: # of a
    # in a
  b: 1
 # less
  c: # c
    - x # x
    # between
    - y
      # deeper
  #tail

# d
d: {e: 1, # in flow
  f: 2 # f
  # end of flow
  }
# end""",
    "unicode": """\
näme: "é 😀 \\u00e9"
zwei: 日本語のテキスト # コメント
"schlüssel mit leer": {ä: ö, 😀: [🎉, 'x']}
lines: |
  ünïcödé
  😀
""",
    "long": (
        f"a: {'word ' * 150}end\nb: {{c: '{'x' * 900}', d: {list(range(100))}}}\nc: >\n"
        + "  long long long long long long long long\n" * 20
    ),
    "document": "---\na: 1 # one\nb: [1,\n  2]\n...\n",
    "folded": "a: one\n  two\n\n  three # c\n'c': 'it''s\n  so'\n\"d\": \"esc \\\n  aped\"\n\"e f\" : g\n",
    "kept": "a: |+\n  x\n\n\nb: |2-\n    y\n   z\n\nc: >+\n  q\n\n",
    "nothing": "a:\nb: ~\nc: null\nd: []\ne: {}\n",
}
TEXTS = {**SAMPLES, "odd": ODD, "open": ENDS_OPEN, "lists": LISTS, "nested": NESTED, **ODDER}
VALUES: list[Any] = [
    "x", "a: b", "# no", "two\nlines", "two\nlines\n", "{{ a }}", 5, 1.5, True, None, "yes", "it's \"q\"",
    {"a": 1, "b": "x y"}, {"t": "l1\nl2\n", "z": [1, 2]}, [1, "b", {"c": "d"}], [], {}, "tab\there", "end ",
    "", " \n x", "long " * 40, "x\n\n\n", "\u2028", "-", "{{ a }} # b", "\x07bell", "0x1f", "2024-01-31",
]  # fmt: skip


def windows(text: str) -> str:
    """The same text as another editor saves it: with a byte order mark and CRLF."""
    return "\ufeff" + text.replace("\n", "\r\n")


def comments(text: str) -> Counter[str]:
    """The comments of a text (and what looks like one)."""
    return Counter(re.findall(r"(?m)(?:^|[ ])#[^\n\r]*", text))


def paths(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values."""
    if path:
        yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from paths(value, (*path, key))


def done(text: str, edits: list[TextEdit]) -> str:
    """The text after edits."""
    return apply(text, edits)
