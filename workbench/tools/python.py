"""Python tools: functions in a recipe's folder, called with a step's ``with:`` as keyword arguments."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
import math
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import Any

from workbench.errors import CallError
from workbench.events import Json

Function = Callable[..., Any]
MODULE_PREFIX = "_workbench_tool_"
DEEPEST = 200
"""Levels of lists and objects that a result may have."""

_modules: dict[Path, tuple[str, ModuleType]] = {}
_loading = threading.RLock()


def load_function(recipe_folder: Path, reference: str) -> Function:
    """The function that ``file.py:name`` names in ``recipe_folder``; CallError when there is none.

    The file is loaded by its path under a private name, again when it changed; ``sys.path`` stays as it is.
    """
    path, name = _inside(recipe_folder, reference)
    with _loading:
        module = _module(path, reference)
    function = getattr(module, name, None)
    if function is None:
        own = (
            key
            for key, value in vars(module).items()
            if inspect.isfunction(value) and not key.startswith("_")
        )
        there = ", ".join(own) or "none"
        raise _bad(f"{reference}: the file has no function {name!r}", f"functions there: {there}")
    if not callable(function):
        raise _bad(f"{reference}: {name!r} is not a function")
    return function  # type: ignore[no-any-return]


async def call_function(function: Function, arguments: Mapping[str, Json]) -> Json:
    """What ``function`` returns for keyword ``arguments``, checked to be JSON.

    A plain function runs in a thread of its own, so that it never holds up other steps.  A failure is a
    CallError of class ``bug`` with the tool's own message, and where in the tool it happened.
    """
    _check_arguments(function, arguments)
    try:
        if _is_async(function):
            result = await function(**arguments)
        else:
            result = await _in_thread(function, arguments)
            if inspect.isawaitable(result):
                result = await result
    except CallError:
        raise
    except Exception as error:
        raise CallError(
            "bug", _told(error, function), hint="the tool failed: mend it or what it is given"
        ) from error
    return _as_json(result, _name(function))


def _bad(message: str, hint: str = "") -> CallError:
    return CallError("bad_request", message, hint=hint, sent=False)


def _inside(recipe_folder: Path, reference: str) -> tuple[Path, str]:
    """The file and the function's name; refuses anything that leads out of the folder, links too."""
    file, colon, name = reference.rpartition(":")
    if not colon or not name.isidentifier():
        raise _bad(f"{reference!r} does not name a function", 'write it as "tools.py:name"')
    folder = recipe_folder.resolve()
    try:
        path = (folder / file).resolve()
    except (OSError, ValueError, RuntimeError):
        raise _bad(f"{file!r} is not a file name") from None
    if not path.is_relative_to(folder):
        raise CallError("denied", f"{file} lies outside the recipe's folder", sent=False)
    if path.suffix != ".py":
        raise _bad(f"{file} is not a Python file", 'tools are functions, as "tools.py:name"')
    if not path.is_file():
        raise _bad(f"{file} is not there", f"looked in {folder}")
    return path, name


def _module(path: Path, reference: str) -> ModuleType:
    """The loaded file, the same one until its content changes."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _bad(f"{path.name} cannot be read: {error.strerror}") from None
    digest = blake2b(str(path).encode() + b"\0" + content, digest_size=12).hexdigest()
    known = _modules.get(path)
    if known and known[0] == digest:
        return known[1]
    name = MODULE_PREFIX + digest
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses and pickling look their module up there
    try:
        # Compiled from the bytes just hashed: a stale .pyc of the same second can never run instead.
        exec(compile(content, str(path), "exec", dont_inherit=True), vars(module))
    except BaseException as error:
        sys.modules.pop(name, None)
        if not isinstance(error, Exception | SystemExit):
            raise
        raise CallError(
            "bug",
            f"{reference.rpartition(':')[0]} cannot be loaded: {_what(error)}{_where(error, path)}",
            hint="a tool file may import installed packages, not other files of the recipe",
            sent=False,
        ) from error
    if known:
        sys.modules.pop(MODULE_PREFIX + known[0], None)
    _modules[path] = (digest, module)
    return module


def _check_arguments(function: Function, arguments: Mapping[str, Json]) -> None:
    """CallError naming every argument that is missing or not known."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    parameters = signature.parameters.values()
    if any(each.kind is each.POSITIONAL_ONLY and each.default is each.empty for each in parameters):
        raise _bad(f"{_name(function)}{signature} has parameters that cannot be given by name")
    named = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters)
    missing = [each.name for each in named if each.default is each.empty and each.name not in arguments]
    names = {each.name for each in named}
    unknown = [] if takes_any else [each for each in arguments if each not in names]
    said = []
    if missing:
        said.append("missing " + ", ".join(missing))
    if unknown:
        said.append("unknown " + ", ".join(unknown))
    if said:
        raise _bad(
            f"{_name(function)}: {'; '.join(said)}", f"it takes {signature}: give these in the step's with:"
        )


def _is_async(function: Function) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 (an object whose call is async)
    )


async def _in_thread(function: Function, arguments: Mapping[str, Json]) -> Any:
    """Run in a thread that nobody waits for at exit: a tool that hangs may be left behind."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if waiting.done():
            return
        if error is None:
            waiting.set_result(result)
        else:
            waiting.set_exception(error)

    def run() -> None:
        result: Any = None
        failed: BaseException | None = None
        try:
            result = function(**arguments)
        except StopIteration as error:  # a future cannot carry it
            failed = RuntimeError(f"StopIteration: {error}").with_traceback(error.__traceback__)
        except SystemExit as error:
            failed = RuntimeError(f"the tool called exit({error.code})").with_traceback(error.__traceback__)
        except BaseException as error:
            failed = error
        try:
            loop.call_soon_threadsafe(settle, result, failed)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    threading.Thread(target=run, name=f"tool {_name(function)}", daemon=True).start()
    return await waiting


def _name(function: Function) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _what(error: BaseException) -> str:
    """An error in one line, as Python would name it."""
    return traceback.format_exception_only(error)[-1].strip()


def _told(error: Exception, function: Function) -> str:
    """The tool's own message, with the last place in the tool's file."""
    file = inspect.getsourcefile(inspect.unwrap(function)) if inspect.isfunction(function) else None
    return f"{_name(function)}: {_what(error)}{_where(error, Path(file) if file else None)}"


def _where(error: BaseException, path: Path | None) -> str:
    """`` (tools.py:12)``: the innermost line of the file that led to the error."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f" ({Path(error.filename or '').name}:{error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if path is not None and Path(frame.filename) == path]
    return f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""


def _as_json(value: Any, name: str) -> Json:
    """``value`` as plain JSON (tuples become lists); CallError naming the place of what JSON cannot hold."""
    found = _not_json(value, "result", 0)
    if found:
        raise CallError(
            "malformed",
            f"{name} returned what JSON cannot hold: {found}",
            hint="return texts, numbers, true/false, None, lists, and dicts with text keys",
        )
    return json.loads(json.dumps(value))


def _not_json(value: Any, place: str, depth: int) -> str | None:
    """The first part of ``value`` that JSON cannot hold, in words."""
    if value is None or isinstance(value, str | bool):
        return None
    if isinstance(value, int):
        return None if value.bit_length() <= 4096 else f"{place} is a number of too many digits"
    if isinstance(value, float):
        return None if math.isfinite(value) else f"{place} is {value}"
    if depth >= DEEPEST:
        return f"{place[:80]}… is nested deeper than {DEEPEST} levels"
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                return f"{place} has the key {key!r}, which is not a text"
            if found := _not_json(each, f"{place}.{key}", depth + 1):
                return found
        return None
    if isinstance(value, list | tuple):
        for index, each in enumerate(value):
            if found := _not_json(each, f"{place}[{index}]", depth + 1):
                return found
        return None
    return f"{place} is a {type(value).__name__}"
