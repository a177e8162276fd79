"""Python tools: found in the recipe's folder only, called by name, their failures told clearly."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest

from workbench.errors import CallError
from workbench.tools.python import call_function, load_function

TOOLS = """
from __future__ import annotations
import asyncio, threading
from dataclasses import dataclass

@dataclass
class Account:
    name: str
    plan: "str"

def find(customer, plan="basic"):
    return {"customer": customer, "plan": plan, "tags": ("a", "b")}

async def later(text: str) -> str:
    await asyncio.sleep(0)
    return text.upper()

def anything(**given):
    return sorted(given)

def broken(x):
    return {}["missing " + x]

def leaves():
    raise SystemExit(3)

def stops():
    raise StopIteration("no more")

def odd():
    return {"when": object()}

def nan():
    return [1.0, float("nan")]

def keys():
    return {1: 2}

def thread():
    return threading.current_thread() is threading.main_thread()

def gives_awaitable():
    return later("x")

class Callable_:
    def __call__(self, a):
        return a

instance = Callable_()
constant = 3

def only_positional(a, /):
    return a
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tools.py").write_text(TOOLS)
    return tmp_path


async def call(folder: Path, name: str, **arguments: object) -> object:
    return await call_function(load_function(folder, f"tools.py:{name}"), arguments)


async def failure(folder: Path, reference: str, **arguments: object) -> CallError:
    with pytest.raises(CallError) as caught:
        await call_function(load_function(folder, reference), arguments)
    return caught.value


async def test_plain_and_async_functions(folder: Path) -> None:
    assert await call(folder, "find", customer="C-1") == {
        "customer": "C-1",
        "plan": "basic",
        "tags": ["a", "b"],
    }
    assert await call(folder, "later", text="hello") == "HELLO"
    assert await call(folder, "anything", b=1, a=2) == ["a", "b"]
    assert await call(folder, "gives_awaitable") == "X"
    assert await call(folder, "instance", a=5) == 5
    assert await call(folder, "thread") is False


async def test_a_slow_tool_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text(
        "import threading\nopen_now = threading.Event()\ndef slow():\n    return open_now.wait(60)\n"
    )
    function = load_function(tmp_path, "t.py:slow")
    waiting = asyncio.create_task(call_function(function, {}))
    await asyncio.sleep(0.01)
    function.__globals__["open_now"].set()
    assert await waiting is True


async def test_a_tool_left_behind_does_not_hold_up_the_end(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text("import time\ndef hang():\n    time.sleep(0.3)\n")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await call_function(load_function(tmp_path, "t.py:hang"), {})
    left = [each for each in threading.enumerate() if each.name == "tool hang"]
    assert all(each.daemon for each in left)
    for each in left:
        each.join()
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("find", {}, "find: missing customer"),
        ("find", {"custmer": 1, "x": 2}, "find: missing customer; unknown custmer, x"),
        ("only_positional", {"a": 1}, "parameters that cannot be given by name"),
    ],
)
async def test_wrong_arguments_are_named(
    folder: Path, name: str, arguments: dict[str, object], said: str
) -> None:
    error = await failure(folder, f"tools.py:{name}", **arguments)
    assert error.error_class == "bad_request"
    assert said in error.message


async def test_the_signature_is_the_hint(folder: Path) -> None:
    assert "(customer, plan='basic')" in (await failure(folder, "tools.py:find")).hint


@pytest.mark.parametrize(
    ("name", "error_class", "said"),
    [
        ("broken", "bug", "KeyError: 'missing it' (tools.py:22)"),
        ("leaves", "bug", "the tool called exit(3)"),
        ("stops", "bug", "StopIteration: no more"),
        ("odd", "malformed", "result.when is a object"),
        ("nan", "malformed", "result[1] is nan"),
        ("keys", "malformed", "result has the key 1"),
    ],
)
async def test_failures_of_a_tool(folder: Path, name: str, error_class: str, said: str) -> None:
    error = await failure(folder, f"tools.py:{name}", **({"x": "it"} if name == "broken" else {}))
    assert error.error_class == error_class
    assert said in error.message
    assert name in error.message


@pytest.mark.parametrize(
    ("reference", "error_class", "said"),
    [
        ("tools.py", "bad_request", "does not name a function"),
        ("tools.py:", "bad_request", "does not name a function"),
        ("tools.py:a b", "bad_request", "does not name a function"),
        ("tools.py:fnd", "bad_request", "has no function 'fnd'"),
        ("tools.py:constant", "bad_request", "is not a function"),
        ("none.py:f", "bad_request", "is not there"),
        ("tools.txt:f", "bad_request", "is not a Python file"),
        ("../outside.py:f", "denied", "outside"),
        ("/etc/passwd.py:f", "denied", "outside"),
        ("link.py:f", "denied", "outside"),
        ("a\0b.py:f", "bad_request", "is not a file name"),
        ("wrong.py:f", "bug", "wrong.py cannot be loaded: SyntaxError"),
        ("raises.py:f", "bug", "ZeroDivisionError: division by zero (raises.py:2)"),
        ("exits.py:f", "bug", "SystemExit"),
    ],
)
async def test_what_cannot_be_loaded(folder: Path, reference: str, error_class: str, said: str) -> None:
    inner = folder / "recipe"
    inner.mkdir()
    (folder / "outside.py").write_text("def f():\n    return 1\n")
    (inner / "tools.py").write_text(TOOLS)
    (inner / "wrong.py").write_text("def f(:\n")
    (inner / "raises.py").write_text("x = 1\nx / 0\n")
    (inner / "exits.py").write_text("raise SystemExit(1)\n")
    (inner / "link.py").symlink_to(folder / "outside.py")
    error = await failure(inner, reference)
    assert (error.error_class, error.sent) == (error_class, False)
    assert said in error.message


async def test_a_changed_file_is_loaded_again_and_the_path_stays_as_it_was(tmp_path: Path) -> None:
    before = list(sys.path)
    names = ("tools",)
    (tmp_path / "tools.py").write_text("def f():\n    return 1\n")
    assert load_function(tmp_path, "tools.py:f") is load_function(tmp_path, "tools.py:f")
    assert await call(tmp_path, "f") == 1
    (tmp_path / "tools.py").write_text("def f():\n    return 2\n")
    assert await call(tmp_path, "f") == 2
    assert sys.path == before
    assert not any(name in sys.modules for name in names)


async def test_two_recipes_may_name_their_files_alike(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tools.py").write_text(f"def f():\n    return '{name}'\n")
    assert await call(tmp_path / "one", "f") == "one"
    assert await call(tmp_path / "two", "f") == "two"
    assert await call(tmp_path / "one", "f") == "one"


async def test_deep_results(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text(
        "def f(n):\n    x = []\n    for _ in range(n):\n        x = [x]\n    return x\n"
        "def big():\n    return 10**5000\n"
    )
    assert await call_function(load_function(tmp_path, "t.py:f"), {"n": 100})
    assert "nested deeper" in (await failure(tmp_path, "t.py:f", n=100_000)).message
    assert "too many digits" in (await failure(tmp_path, "t.py:big")).message
