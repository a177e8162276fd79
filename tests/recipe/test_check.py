"""``check``: all problems of a recipe at once, each with its line, its column and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipe.kit import errors, recipe, warnings, write
from workbench.errors import RecipeError
from workbench.recipe.check import check
from workbench.recipe.load import load

EXAMPLE = """
about: The example of the design, with the keys that exist.
inputs:
  ticket: {type: string}
  customer: {type: string, default: C-1001}
data:
  kb: {folder: data/kb, glob: "*.md"}
  intents: {file: data/intents.csv}
models:
  sorter: {candidates: [local/bayes, local/blend]}
  writer:
    candidates: [local/extract, local/compose]
    fallback: {on: [timeout, rate_limit, server, refused]}
budget: {usd: 0.02, seconds: 20}
tools:
  accounts: {python: "tools.py:find_account"}
steps:
  kind:
    classify: "{{ ticket }}"
    into: {billing: invoices and refunds, technical: something is broken, complaint: wants a person}
    examples: intents
    model: sorter
  account:
    tool: accounts
    with: {customer: "{{ customer }}"}
  search:
    retrieve: "{{ ticket }}"
    from: kb
    top: 5
    gate: {score: {at_least: 0.2}}
    on_fail: continue
  draft:
    if: kind.label != 'complaint'
    prompt: |
      Answer the customer from these passages only.
      {{ search.text }}
      Ticket: {{ ticket }}   Plan: {{ account.result.plan }}
    model: writer
    gate:
      grounded: {in: search, at_least: 0.6}
      pii: {}
      length: {at_most: 1200}
    on_fail: [revise, human]
  review:
    if: kind.label == 'complaint' or draft.failed
    human: "Answer this ticket yourself"
    choices: [send, rewrite, close]
outputs:
  reply: "{{ draft.text or review.text }}"
  label: "{{ kind.label }}"
"""
FILES = {
    "tools_dot_py": "def find_account(customer):\n    return {}\n",
    "data__kb__a_dot_md": "# A\ntext\n",
    "data__intents_dot_csv": "text,label\nmy bill,billing\n",
}
ONE = "models: {m: local/compose}\n"


def test_the_example_of_the_design_is_fine(tmp_path: Path) -> None:
    assert check(write(tmp_path, EXAMPLE, **FILES)) == []


def test_many_mistakes_are_found_together(tmp_path: Path) -> None:
    body = """
    abuot: typo
    inputs:
      ticket: {type: strin}
      n: {type: number, default: many}
    data:
      kb: {folder: data/kbb}
      intents: {file: data/intent.csv}
    models:
      sorter: {candidates: [local], policy: cascde}
      writer: [local/extract, local/compose]
    tools:
      accounts: "tools.py:find_acount"
    steps:
      kind:
        classify: "{{ tiket }}"
        into: {a: x, b: y}
        examples: intens
        model: sortr
      search:
        retrieve: "{{ ticket }}"
        from: kb
        top: "five"
        gate: {score: {at_least: 0.9, at_most: 0.2}, rgex: "x"}
      draft:
        if: kind.lable != 'complaint' and n > 1
        prompt: |
          Answer the customer.
          {% for d in search.documents %}
            {{ d.txet }}
          {% endfor %}
        model: writer
        on_fail: [revise, escalat]
      a: {set: {x: "{{ b.y }}"}}
      b: {set: {y: "{{ a.x }}"}}
      two: {prompt: hi, human: you}
    outputs:
      reply: "{{ draft.text or review.text }}"
    """
    assert errors(tmp_path, body, **FILES) == [
        "3:1: unknown key abuot (did you mean about?)",
        '5:18: type cannot be "strin" (did you mean string?)',
        '6:30: the default must be a number, not "many"',
        "8:16: there is no folder data/kbb",
        "9:19: there is no file data/intent.csv (did you mean data/intents.csv?)",
        "11:25: local is not a model (write it as provider/model, as local/compose)",
        '11:41: policy cannot be "cascde" (did you mean cascade?)',
        "14:13: tools.py has no function find_acount (did you mean find_account?)",
        "17:19: tiket is not known here: no input and no step has this name (did you mean ticket?)",
        "19:15: there is no data source intens (did you mean intents?)",
        "20:12: there is no role sortr (did you mean sorter?)",
        '24:10: top must be a whole number, not the text "five"',
        "25:30: at_least 0.9 is more than at_most 0.2: nothing passes",
        "25:50: unknown key rgex in gate (did you mean regex?)",
        "27:14: kind has no lable (did you mean label?)",
        "31:14: search.documents[0] has no txet (did you mean text?)",
        '34:23: on_fail[1] cannot be "escalat" (did you mean escalate?)',
        "35:3: these steps wait for each other: a → b → a (one of them must not mention the next)",
        "37:21: two has 2 verbs: prompt, human (a step does one thing; make two steps)",
        "39:28: review is not known here: no input and no step has this name "
        "(there is: ticket, n, kind, search, draft, a, b, two)",
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("steps: {a: {about: x}}", "3:9: a has no verb (one of: prompt"),
        ("steps: {a: {prompt: }}", "3:13: prompt is empty"),
        ("steps: {}", "3:8: steps is empty; it needs at least one"),
        ("name2: x\nsteps: {a: {set: {x: 1}}}", "3:1: unknown key name2 (did you mean name?)"),
        ("steps: {a: {human: x, top: 3}}", "3:23: top belongs to retrieve, not to human"),
        ("steps: {a: {human: x, into: [a, b]}}", "3:23: into belongs to classify, not to human"),
        (
            "steps: {a: {set: {x: 1}, model: m/n}}",
            "3:26: model belongs to agent or choose",
        ),
        ("steps: {a: {prompt: x}}", "3:9: a does not say which model (name a role in models:"),
        (
            "models: {m: a/b, n: a/c}\nsteps: {a: {prompt: x}}",
            "4:9: a does not say which model (the roles are: m, n)",
        ),
        ("steps: {a: {classify: x, model: a/b}}", "3:9: a does not say into which labels"),
        ("steps: {a: {classify: x, into: [a], model: a/b}}", "3:26: classify needs at least two labels"),
        ("steps: {a: {classify: x, into: [a, b, a], model: a/b}}", "3:39: a stands here twice"),
        (
            "steps: {a: {retrieve: x}}",
            "3:9: a does not say what to search in (name a source in data:, and add from:)",
        ),
        ("steps: {a: {extract: x, model: a/b}}", "3:9: a does not say what to extract"),
        ("steps: {a: {tool: t}}", "3:19: there is no tool t (the recipe has no tools: section)"),
        (
            "steps: {a: {human: x, timeout: soon}}",
            "3:32: soon is not a length of time; write it as 20s, 500ms or 2m",
        ),
        ("steps: {a: {human: x, timeout: 0}}", "3:32: 0 is not a length of time"),
        ("steps: {a: {human: x, as: y}}", "3:23: as does nothing without each"),
        ("steps: {a: {human: x, each: '5'}}", "3:29: each goes over a list; 5 is a number"),
        (
            "inputs: {n: number}\nsteps: {a: {human: x, each: n}}",
            "4:29: each goes over a list; n is a number",
        ),
        (
            "inputs: {item: list}\nsteps: {a: {human: x, each: item}}",
            "4:23: the name item of each item is taken",
        ),
        ("steps: {a: {human: x, needs: b}}", "3:30: b is not known here"),
        ("inputs: {i: string}\nsteps: {a: {human: x, needs: [i]}}", "4:31: i is an input; needs names steps"),
        ("steps: {a: {human: '{{ a.text }}'}}", "3:24: a mentions itself"),
        (
            "steps: {a: {human: '{{ previous.text }}'}}",
            "3:24: previous is not known here (it exists inside repeat)",
        ),
        ("steps: {a: {human: '{{ item }}'}}", "3:24: item is not known here (it exists inside each)"),
        ("steps: {a: {human: x, gate: {}}}", "3:23: gate is empty (what works: equals"),
        (
            "steps: {a: {human: x, gate: {regex: '('}}}",
            "3:37: not a regular expression: missing ), unterminated",
        ),
        (
            "steps: {a: {human: x, gate: {length: {}}}}",
            "3:30: length has no bounds (add at_least or at_most)",
        ),
        ("steps: {a: {human: x, gate: {score: {at_least: 5}}}}", "3:30: a score is between 0 and 1"),
        ("steps: {a: {human: x, gate: {pii: {blok: all}}}}", "3:36: unknown key blok in pii"),
        (
            "steps: {a: {human: x, gate: {taste: good}}}",
            "3:30: unknown key taste in gate (what works here: equals",
        ),
        ("steps: {a: {human: x, gate: {grounded: {in: b}}}}", "3:45: b is not known here"),
        ("steps: {a: {human: x, gate: {grounded: {}}}}", "3:30: in is missing in grounded"),
        ("steps: {a: {human: x, gate: {expr: a.txt == 1}}}", "3:38: a has no txt (did you mean text?)"),
        (
            "steps: {a: {human: x, gate: {schema: {type: strin}}}}",
            "3:45: strin is not a type of JSON (did you mean string?)",
        ),
        (
            "steps: {a: {extract: x, model: a/b, output: {t: mony}}}",
            "3:49: t cannot be of type mony; what works: string",
        ),
        (
            "steps: {a: {extract: x, model: a/b, output: {type: object, properties: {a: 5}}}}",
            "3:76: a must be a schema",
        ),
        (
            "steps: {a: {extract: x, model: a/b, output: {$ref: 'http://x.y/z'}}}",
            "3:52: only schemas in this file",
        ),
        ("steps: {a: {choose: []}}", "3:13: choose has no branches"),
        ("steps: {a: {choose: [{human: x}]}}", "3:22: when is missing in 0"),
        (
            "steps: {a: {choose: [{when: 'true', human: x, each: '[1]'}]}}",
            "3:47: each does not work in a branch",
        ),
        ("steps: {a: {human: x, xyzzy: y}}", "3:23: unknown key xyzzy in a (what works here: prompt, agent"),
        ("steps: {a: {human: x, retry: 3}}", "3:23: unknown key retry in a"),
        ("steps: {a: {human: x, repeat: {at_most: 0}}}", "3:41: at_most must be at least 1, not 0"),
        (
            "steps: {a: {human: x, repeat: {keep: beast}}}",
            '3:38: keep cannot be "beast" (did you mean best?)',
        ),
        (
            "steps: {a: {each: [x, y], prompt: x}}",
            "3:19: each must be a text, not a list (each is an expression; write the list in quotes, as",
        ),
        (
            "steps: {a: {classify: x, labels: {b: c}}}",
            "3:34: labels must be a list, not keys with values (labels say what data it is",
        ),
        ("steps: {none: {human: x}}", "3:9: none cannot be a name"),
        ("steps: {loop: {human: x}}", "3:9: loop cannot be a name"),
        ("steps: {my-step: {human: x}}", "3:9: my-step cannot be a name: a name is letters"),
        ("inputs: {a: string}\nsteps: {a: {human: x}}", "4:9: a is an input already"),
        ("steps: {g: {steps: {cost: {human: x}}}}", "3:21: a step in a group cannot be named cost"),
        ("steps: {s: {set: {failed: 1}}}", "3:19: set cannot name a value failed"),
        (
            "inputs: {a: {type: string, choices: [x, 5]}}\nsteps: {s: {human: x}}",
            "3:41: a choice must be a text, not 5",
        ),
        (
            "inputs: {a: {choices: [red], default: rad}}\nsteps: {s: {human: x}}",
            '3:39: the default "rad" is not one of the choices',
        ),
        ("inputs: {a: 5}\nsteps: {s: {human: x}}", "3:13: a must be keys with values, not the number 5"),
        ("data: {d: {}}\nsteps: {s: {human: x}}", "3:8: d must have either file or folder"),
        (
            "data: {d: {file: ../../etc/passwd}}\nsteps: {s: {human: x}}",
            "3:18: ../../etc/passwd leads out of the recipe's folder",
        ),
        (
            "data: {d: {file: /etc/passwd}}\nsteps: {s: {human: x}}",
            "3:18: /etc/passwd leads out of the recipe's folder",
        ),
        ("steps: {s: {human: {file: none.md}}}", "3:27: none.md cannot be read: no such file or directory"),
        ("steps: {s: {human: {fil: x.md}}}", "3:21: unknown key fil in human (did you mean file?)"),
        (
            "tools: {t: 'x.py'}\nsteps: {s: {tool: t}}",
            '3:12: python cannot be "x.py" (write it as "tools.py:function")',
        ),
        (
            "tools: {t: 'x.py:f'}\nsteps: {s: {tool: t}}",
            "3:12: x.py cannot be read: no such file or directory",
        ),
        ("budget: {}\nsteps: {s: {human: x}}", "3:1: this budget limits nothing (one of: usd, tokens"),
        (
            "budget: {calls: 2, on_exceed: cheap}\nsteps: {s: {human: x}}",
            '3:31: on_exceed cannot be "cheap" (did you mean cheaper?)',
        ),
        (
            "models: {m: {candidates: [a/b], budget: {calls: 2, unknown_price: allow}}}\n"
            "steps: {s: {prompt: x}}",
            "3:52: unknown_price: allow does nothing without usd",
        ),
        ("steps: {s: {human: x, budget: {dollars: 1}}}", "3:32: unknown key dollars in budget"),
        ("steps: {s: {set: {a: 1}, budget: {usd: 1}}}", "3:26: set asks nobody"),
        (
            "steps: {s: {choose: [{when: 'true', human: x, optional: true}]}}",
            "3:47: optional does not work in a branch",
        ),
        ("budget: {usd: -1}\nsteps: {s: {human: x}}", "3:15: usd must be at least 0, not -1"),
        (
            "steps: {s: {human: x}}\noutputs: {o: '{{ s.answr }}'}",
            "4:20: s has no answr (did you mean answer?)",
        ),
        (
            "steps: {s: {human: x, at_once: true, each: '[1]'}}",
            "3:32: at_once must be a whole number, not true",
        ),
        ("steps: [a]", "3:8: steps must be keys with values, not a list"),
        ("steps: {s: 5}", "3:12: s must be keys with values, not the number 5"),
    ],
)
def test_each_mistake_says_what_and_where(tmp_path: Path, body: str, expected: str) -> None:
    found = errors(tmp_path, body)
    assert found, "no problem was found"
    assert any(line.startswith(expected) for line in found), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ p.txt }}", "p has no txt (did you mean text?)"),
        ("{{ p.data }}", "p has no data (it has: text, status"),
        ("{{ c.text.foo }}", "c.text is a text; it has no foo"),
        ("{{ r.documents.text }}", "r.documents is a list; it has no text (write r.documents[0].text"),
        ("{{ e.text }}", "e is a list (one result for each item); it has no text (write e[0].text"),
        ("{{ e[0].txt }}", "e[0] has no txt"),
        ("{{ g.inner.txt }}", "g.inner has no txt"),
        ("{{ inner.text }}", "inner is not known here (from outside its group it is g.inner)"),
        ("{{ s.y }}", "s has no y"),
        ("{{ s.x.y }}", "s.x is a number; it has no y"),
        ("{{ x.data.totl }}", "x.data has no totl (did you mean total?)"),
        ("{{ x.data.total[0] }}", "x.data.total is a number; it has no items"),
        ("{{ p.cost.foo }}", "p.cost is a number; it has no foo"),
        ("{{ m }}", "m is a role, not an input or a step"),
        ("{{ kb }}", "kb is a data source, not an input or a step"),
        ("{% for d in r.documents %}{{ d.titel }}{% endfor %}", "r.documents[0].titel"),
        ("{{ (r.documents|first).nme }}", ""),
    ],
)
def test_attributes_are_known_before_a_run(tmp_path: Path, text: str, expected: str) -> None:
    body = (
        ONE
        + f"""data: {{kb: {{folder: kb}}}}
steps:
  p: {{prompt: hi}}
  c: {{classify: x, into: [a, b]}}
  r: {{retrieve: x, from: kb}}
  e: {{each: '[1]', prompt: "{{{{ item }}}}"}}
  g: {{steps: {{inner: {{human: x}}}}}}
  s: {{set: {{x: 5}}}}
  x: {{extract: y, output: {{total: money, who: string}}}}
outputs:
  o: "{text}"
"""
    )
    found = errors(tmp_path, body, kb__a_dot_md="x")
    if not expected:
        assert found == []
    elif expected.startswith("r.documents[0]"):
        assert found == ["14:38: r.documents[0] has no titel (did you mean title?)"]
    else:
        assert len(found) == 1
        assert expected in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "{{ p.text }}",
        "{{ t.result.anything[0].at.all }}",
        "{{ e|map(attribute='text')|join }}",
        "{{ e[0].text }}",
        "{{ g.inner.answer }}",
        "{{ p.more|default('x') }}",
        "{% if p.more is defined %}x{% endif %}",
        "{{ r.documents[0].id }}",
        "{{ ch.text }}",
        "{{ ch.label }}",
        "{{ p.gates.length.score }}",
        "{{ p.text.upper() }}",
        "{{ s.list[0].a }}",
        "{{ r.documents|length }}",
        "{% for d in r.documents if d.score > 0.5 %}{{ loop.index }}{{ d.text }}{% endfor %}",
        "{% set best = r.documents|first %}{{ best.text }}",
        "{{ range(3)|join }}",
        "{{ e|selectattr('failed')|list|length }}",
    ],
)
def test_what_is_right_stays_right(tmp_path: Path, text: str) -> None:
    body = (
        ONE
        + f"""data: {{kb: {{folder: kb}}}}
tools: {{t: "tools.py:f"}}
steps:
  p: {{prompt: hi}}
  t: {{tool: t}}
  r: {{retrieve: x, from: kb}}
  e: {{each: '[1]', prompt: "{{{{ item }}}}{{{{ loop.index }}}}"}}
  g: {{steps: {{inner: {{human: x}}}}}}
  s: {{set: {{list: [{{a: 1}}]}}}}
  ch: {{choose: [{{when: p.failed, prompt: x}}], else: {{classify: x, into: [a, b]}}}}
outputs:
  o: "{text}"
"""
    )
    assert errors(tmp_path, body, kb__a_dot_md="x", tools_dot_py="def f(): ...") == []


def test_scopes_of_items_passes_and_groups(tmp_path: Path) -> None:
    body = (
        ONE
        + """
inputs: {docs: list}
steps:
  each_one:
    each: docs
    as: doc
    if: doc.size > 1
    prompt: "{{ doc.text }} {{ loop.index }}"
    gate: {expr: "each_one.text != doc.text"}
  again:
    repeat: {until: "'ok' in again.text or loop.index == 2 or previous.text == again.text", at_most: 3}
    prompt: "{% if previous %}{{ previous.text }}{% endif %} {{ loop.index }}"
    gate: {expr: previous is none or again.text != previous.text}
  group:
    steps:
      one: {prompt: "{{ docs[0] }}"}
      two: {prompt: "{{ one.text }} {{ again.text }}"}
  nested:
    each: docs
    steps:
      a: {prompt: "{{ item }}"}
      b: {prompt: "{{ a.text }} {{ item }}"}
outputs:
  o: "{{ group.two.text }} {{ nested[0].b.text }}"
"""
    )
    assert errors(tmp_path, body) == []


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{repeat: {at_most: 2}, if: previous.text, prompt: x}", "previous is not known here"),
        ("{if: loop.index == 1, prompt: x}", "loop is not known here"),
        ("{each: item.list, prompt: x}", "item is not known here"),
        ("{each: '[1]', prompt: '{{ s.text }}'}", "s mentions itself"),
        ("{steps: {a: {prompt: '{{ s.b.text }}'}}}", "s is not known here"),
        ("{choose: [{when: s.text, prompt: x}], else: {prompt: y}}", "s mentions itself"),
    ],
)
def test_what_a_scope_does_not_hold(tmp_path: Path, step: str, expected: str) -> None:
    found = errors(tmp_path, ONE + f"steps: {{s: {step}}}")
    assert len(found) == 1
    assert expected in found[0]


def test_problems_in_prompt_files_and_their_place(tmp_path: Path) -> None:
    path = write(tmp_path, ONE + "steps: {a: {prompt: {file: p/x.md}}}", p__x_dot_md="one\n  {{ nope }}\n")
    (problem,) = check(path)
    assert (problem.file, problem.line, problem.column) == (str(tmp_path / "p/x.md"), 2, 6)


def test_arguments_of_tools_are_compared_with_the_function(tmp_path: Path) -> None:
    tools = "async def f(name, *, size=1): ...\n\n@wrapped\ndef g(a): ...\n"
    body = "tools: {f: 'tools.py:f', g: 'tools.py:g'}\n"
    body += "steps:\n  a: {tool: f, with: {nam: x}}\n  b: {tool: g, with: {b: 1}}\n"
    assert errors(tmp_path, body, tools_dot_py=tools) == [
        "5:16: f needs name (give it in with:)",
        "5:23: f takes no nam (did you mean name?)",
    ]


def test_tools_are_read_not_run(tmp_path: Path) -> None:
    tools = "import pathlib\npathlib.Path('ran').touch()\nraise SystemExit\ndef f(): ...\n"
    assert errors(tmp_path, "tools: {f: 'tools.py:f'}\nsteps: {a: {tool: f}}", tools_dot_py=tools) == []
    assert not (tmp_path / "ran").exists()
    assert errors(tmp_path, "tools: {f: 'tools.py:f'}\nsteps: {a: {tool: f}}", tools_dot_py="def f(:") == [
        "3:12: tools.py is not Python: line 1: invalid syntax"
    ]


def test_a_tool_is_one_file(tmp_path: Path) -> None:
    tools = "def f():\n    from helper import x\n"
    body = "tools: {f: 'tools.py:f'}\nsteps: {a: {tool: f}}"
    assert errors(tmp_path, body, tools_dot_py=tools) == []
    assert errors(tmp_path, body, tools_dot_py=tools, helper_dot_py="x = 1") == [
        "3:12: tools.py imports helper.py: a tool has all of its code in one file"
    ]


def test_cycles_are_shown_with_their_path(tmp_path: Path) -> None:
    body = "steps:\n" + "".join(
        f"  {name}: {{set: {{x: '{{{{ {other}.x }}}}'}}}}\n" for name, other in ["ab", "bc", "cd", "db"]
    )
    assert errors(tmp_path, body) == [
        "5:3: these steps wait for each other: b → c → d → b (one of them must not mention the next)"
    ]


def test_warnings_do_not_stop_a_recipe(tmp_path: Path) -> None:
    body = """
models: {m: {candidates: [local/compose], fallback: {}}, unused: local/lead}
inputs: {idle: {default: x}}
steps:
  a: {prompt: x, model: m, on_fail: [revise, continue, retry]}
  b: {human: x, on_fail: revise}
  c: {choose: [{when: 'true', human: x}]}
"""
    assert warnings(tmp_path, body) == [
        "3:43: there is no second candidate to fall back to",
        "3:58: unused is used nowhere",
        "4:10: idle is used nowhere",
        "6:28: continue ends it: retry is never tried",
        "6:28: revise never happens without a gate (add gate: with what must hold)",
        "7:17: revise asks a model again; human asks none (use retry)",
        "8:7: c is skipped when no branch holds (add else:)",
    ]
    assert len(load(tmp_path / "recipe.yaml").warnings) == 7


def test_comparisons_that_never_hold(tmp_path: Path) -> None:
    body = (
        ONE
        + """
inputs: {size: {choices: [small, large]}}
steps:
  kind: {classify: "{{ size }}", into: [billing, complaint]}
  ask: {human: x, choices: [yes, no], if: kind.label == 'complant'}
  c: {human: "{% if size != 'smal' and kind.failed %}x{% endif %}{% set k = kind %}{{ k.text == 'biling' }}"}
  d: {human: x, if: "kind.label in ['billing', 'refund'] and 'comp' in kind.label and ask.answer == 'yes'"}
  e: {human: x, if: ask.status == 'finished' or kind.model == 'any'}
"""
    )
    assert warnings(tmp_path, body) == [
        """8:57: kind.label is never "complant" (did you mean complaint?)""",
        """9:29: size is never "smal" (did you mean small?)""",
        """9:97: kind.text is never "biling" (did you mean billing?)""",
        """10:48: kind.label is never "refund" (it can be: billing, complaint)""",
        """11:35: ask.status is never "finished" """
        "(it can be: running, done, failed, skipped, cancelled, waiting)",
    ]
    assert errors(tmp_path, body) == []


def test_a_whole_result_within_a_question(tmp_path: Path) -> None:
    body = (
        ONE
        + """
steps:
  a: {prompt: x}
  many: {each: "[1, 2]", prompt: "{{ item }}"}
  group: {steps: {inner: {prompt: x}}}
  fine: {prompt: "{{ a.text }} {{ a|length }} {{ many }}{% if a.failed %}x{% endif %}"}
  kept: {set: {whole: "{{ a }}"}}
  asks: {prompt: "Of {{ a }}, {{ group.inner }} or {{ many|first }}"}
outputs: {whole: "{{ a }}"}
"""
    )
    assert warnings(tmp_path, body) == [
        "11:25: a prints all that is known of the step, its status and cost too (did you mean a.text?)",
        "11:34: group.inner prints all that is known of the step, its status and cost too "
        "(did you mean inner.text?)",
        "11:55: many[0] prints all that is known of the step, its status and cost too (its text is (…).text)",
    ]
    assert errors(tmp_path, body) == []


def test_broken_data_is_found_by_check(tmp_path: Path) -> None:
    body = ONE + "data: {d: {file: d.csv}}\nsteps: {a: {classify: x, examples: d}}"
    path = write(tmp_path, body, d_dot_csv='text,label\na,b\n"x,y\n')
    (problem,) = check(path)
    assert str(problem).startswith(f"{tmp_path}/d.csv:3: not CSV")
    recipe(tmp_path, body)


def test_load_raises_all_errors(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        load(write(tmp_path, "stps: {}\nabout: 5"))
    assert [problem.line for problem in caught.value.problems] == [1, 3, 4]
