"""The tabs of one step as lines: prompt as sent, answer, why this model, gates, attempts, raw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.engine.control import AnswerStop, CallStop
from workbench.events import Json, asked_by
from workbench.ledger.rows import CallRow, StepDetail
from workbench.providers.tool_calls import calls_of
from workbench.safe_text import safe_text
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink, paragraphs
from workbench.tui.prompt_text import message_lines, messages_of
from workbench.tui.why_text import choice_lines
from workbench.usage import money

TABS = ("Prompt", "Answer", "Why", "Gates", "Attempts", "Raw")


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at: a step's details, where the run stops for it, and what streams in."""

    detail: StepDetail | None = None
    stop: CallStop | AnswerStop | None = None
    streamed: str = ""
    question: tuple[str, tuple[str, ...]] | None = None
    note: str = ""
    """Said where there is no detail yet."""


def tab_lines(tab: str, look: Look) -> list[Line]:
    """The lines of a tab."""
    made = {
        "Prompt": _prompt,
        "Answer": _answer,
        "Why": _why,
        "Gates": _gates,
        "Attempts": _attempts,
        "Raw": _raw,
    }[tab](look)
    return made or [ink((look.note or _nothing(tab), "dim"))]


def tab_text(tab: str, look: Look) -> str:
    """The full text of a tab, for the clipboard."""
    call = last_call(look.detail)
    if tab == "Prompt":
        if isinstance(look.stop, CallStop) and look.stop.messages:
            return "\n\n".join(message.text for message in look.stop.messages)
        return "\n\n".join(message.text for message in messages_of(call.request)) if call else ""
    if tab == "Answer":
        return answer_text(look)
    if tab == "Raw" and call is not None:
        return show.json_text(call.raw or call.request)
    return "\n".join("".join(text for text, _ in line) for line in tab_lines(tab, look))


def last_call(detail: StepDetail | None) -> CallRow | None:
    """The attempt that counts: the step's own last one, neither by hand nor of a gate or a shadow.

    Where another attempt at that call answered first, it is that one.
    """
    calls = [call for call in detail.calls if call.kind != "hand" and not call.gate] if detail else []
    if not calls:
        return None
    answered = (each for each in calls if each.call == calls[-1].call and each.status == "ok")
    return next(answered, calls[-1])


def answer_text(look: Look) -> str:
    """The answer as text, as far as it has come."""
    if isinstance(look.stop, AnswerStop):
        return look.stop.text
    if look.streamed:
        return look.streamed
    detail = look.detail
    if detail is None:
        return ""
    if isinstance(detail.output, Mapping):
        for key in ("text", "answer"):
            if isinstance(detail.output.get(key), str):
                return str(detail.output[key])
    call = last_call(detail)
    if call is not None and call.answer is not None:
        text = call.answer.get("text")
        return text if isinstance(text, str) and text else show.value_text(call.answer.get("data"))
    return "" if detail.output is None else show.value_text(_own(detail.output))


def _nothing(tab: str) -> str:
    return {
        "Prompt": "This step asks nobody: nothing is sent.",
        "Answer": "No answer yet.",
        "Why": "No choice was made: this step asked no model.",
        "Gates": "No gate checks this step.",
        "Attempts": "No attempts.",
        "Raw": "Nothing went over the wire.",
    }[tab]


# -- prompt and answer ------------------------------------------------------------------------------


def _prompt(look: Look) -> list[Line]:
    if isinstance(look.stop, CallStop):
        head = ink((f"{READY.get(look.stop.kind, 'ready to ask')} ", "dim"), (look.stop.target, "bold"))
        if look.stop.recorded:
            head = ink(("will be answered from the record", "accent"))
        if look.stop.messages:
            return [head, (), *message_lines(look.stop.messages, roles=look.stop.kind == "model")]
        return [head, (), *_request(look.stop.request)]
    if look.question is not None:
        question, choices = look.question
        return _question(question, choices)
    call = last_call(look.detail)
    if call is None:
        return []
    messages = messages_of(call.request)
    if call.status == "reused" and not messages:
        return [ink("Answered from the record: ", ("nothing was sent.", "dim")), *_source(call)]
    head = ink((f"{_KINDS.get(call.kind, call.kind)} ", "dim"), (call.model or call.target, "bold"))
    if messages:
        lines = message_lines(messages, roles=call.kind == "model")
        return [head, (), *lines, *_rest(call.request)]
    return [head, (), *_request(call.request)]


READY = {"model": "ready to send to", "tool": "ready to call", "retrieve": "ready to search in"}
_KINDS = {"model": "sent to", "tool": "tool", "retrieve": "searched in", "human": "asked"}


def _question(question: str, choices: Sequence[str]) -> list[Line]:
    lines = [ink(("a person is asked", "warn")), (), *paragraphs(question)]
    return lines + ([(), ink(("choices  ", "dim"), " · ".join(choices))] if choices else [])


def _rest(request: Mapping[str, Json]) -> list[Line]:
    """What a request holds besides its messages, without what only machines need."""
    rest = {key: value for key, value in request.items() if key in ("params", "labels", "schema") and value}
    return [(), *_fields(rest)] if rest else []


def _request(request: Mapping[str, Json]) -> list[Line]:
    return _fields({key: value for key, value in request.items() if key != "messages"})


def _fields(values: Mapping[str, Json]) -> list[Line]:
    lines: list[Line] = []
    for key, value in values.items():
        text = show.value_text(value)
        if "\n" in text or len(text) > 60:
            lines += [ink((key, "dim")), *paragraphs(text)]
        else:
            lines.append(ink((f"{key}  ", "dim"), text))
    return lines


def _answer(look: Look) -> list[Line]:
    stop, detail = look.stop, look.detail
    lines: list[Line] = []
    if isinstance(stop, AnswerStop):
        source = "from the record" if stop.reused else f"from {stop.model}" if stop.model else "came in"
        lines = [ink((f"answer {source}, not used yet", "warn")), ()]
    elif detail is not None and detail.step.error:
        error_class = detail.step.error_class or "error"
        lines = [ink((f"✗ {error_class}: ", "bad")), *paragraphs(detail.step.error, "bad"), ()]
    text = answer_text(look)
    body = _thought(look) + (paragraphs(text) if text else [])
    if look.streamed and not isinstance(stop, AnswerStop):
        body = [*body[:-1], (*body[-1], ("▌", "live"))]
    data = _data(look)
    if data is not None:
        body += [(), ink(("data", "dim")), *paragraphs(show.value_text(data))]
    if detail is not None and detail.step.reason:
        body = [*paragraphs(detail.step.reason, "dim"), *([()] if body else []), *body]
    return lines + body


def _thought(look: Look) -> list[Line]:
    """What the model showed of its thinking, and the calls of tools it asks for."""
    call = last_call(look.detail)
    if call is None or call.answer is None or look.streamed:
        return []
    thought = call.answer.get("reasoning")
    lines = [ink(("reasoning", "dim")), *paragraphs(str(thought), "dim"), ()] if thought else []
    for each in calls_of(call.answer):
        lines.append(ink(("asks for ", "dim"), (each.name, "bold"), f"({each.arguments})"))
    return lines


def _data(look: Look) -> Json:
    """Structured output beside the text, where there is some that the text does not show."""
    if isinstance(look.stop, AnswerStop):
        return look.stop.data
    if look.detail is None or not isinstance(look.detail.output, Mapping):
        return None
    own = {key: value for key, value in _own(look.detail.output).items() if key not in ("text", "answer")}
    return own or None


def _own(output: Json) -> Json:
    """An output without the keys that every step has."""
    if not isinstance(output, Mapping):
        return output
    common = ("status", "failed", "skipped", "cost", "model", "gates")
    return {key: value for key, value in output.items() if key not in common and value is not None}


# -- why, gates, attempts ---------------------------------------------------------------------------


def _why(look: Look) -> list[Line]:
    if isinstance(look.stop, CallStop) and look.stop.candidates:
        return choice_lines(look.stop.target, look.stop.reason, "", look.stop.candidates)
    lines: list[Line] = []
    for decision in look.detail.decisions if look.detail else ():
        if lines:
            lines.append(())
        title = f"role {decision.role}, {decision.policy}" + (
            f", attempt {decision.attempt}" if decision.attempt > 1 else ""
        )
        lines += choice_lines(decision.chosen, decision.reason, title, decision.candidates)
    call = last_call(look.detail)
    if call is not None and call.status == "reused":
        lines += ([()] if lines else []) + [ink("Answered from the record."), *_source(call)]
    return lines


def _gates(look: Look) -> list[Line]:
    lines: list[Line] = []
    for gate in look.detail.gates if look.detail else ():
        state = "done" if gate.passed else "failed"
        word = "passed" if gate.passed else "failed"
        score = f"   score {gate.score:.2f} {show.bar(gate.score, 10)}" if gate.score is not None else ""
        cost = f"   cost {money(gate.cost_nano)}" if gate.cost_nano != 0 else ""
        lines.append(
            ink(
                (f"{show.glyph(state)} {word}  ", show.state_ink(state)),
                (gate.label, "bold"),
                (score + cost, "dim"),
            )
        )
        if gate.reason:
            lines += [(("    ", ""), *line) for line in paragraphs(gate.reason, "dim")]
    return lines


def _attempts(look: Look) -> list[Line]:
    lines: list[Line] = []
    for call in look.detail.calls if look.detail else ():
        if lines:
            lines.append(())
        lines += _attempt(call)
    return lines


def _attempt(call: CallRow) -> list[Line]:
    number = f"call {call.call}" + (f", attempt {call.attempt}" if call.attempt > 1 else "")
    what = "edited by hand" if call.kind == "hand" else call.model or call.target
    role = (f"  {asked_by(call.gate)}" if call.gate else "", "dim")
    lines = [ink(*show.state(call.status), (f"  {number}  ", "dim"), (what, "bold"), role)]
    usage = call.usage
    figures = [
        show.cost(call.cost_nano) if call.kind == "model" else "",
        show.seconds(call.seconds),
        f"{show.tokens(usage.input_total)} in, {show.tokens(usage.output)} out"
        if usage.input is not None
        else "",
        f"{show.tokens(usage.cached)} cached" if usage.cached else "",
        f"first word after {show.seconds(call.first_token)}"
        if call.first_token and call.source is None
        else "",
        f"ended: {call.finish}" if call.finish and call.finish != "stop" else "",
    ]
    told = " · ".join(figure for figure in figures if figure)
    if told:
        lines.append(ink((f"    {told}", "dim")))
    if call.error:
        lines += [
            (("    ", ""), *line)
            for line in paragraphs(f"{call.error_class or 'error'}: {call.error}", "bad")
        ]
    return lines + [(("    ", ""), *line) for line in _source(call)]


def _source(call: CallRow) -> list[Line]:
    if call.source is None:
        return []
    run, number, attempt = call.source
    return [ink((f"from run {run}, call {number}, attempt {attempt}", "dim"))]


def _raw(look: Look) -> list[Line]:
    call = last_call(look.detail)
    if call is None:
        return []
    head = [ink(("fingerprint  ", "dim"), call.fingerprint), ()]
    if call.raw is not None:
        return head + [
            line for key, value in call.raw.items() for line in (ink((str(key), "bold")), *_json(value), ())
        ]
    return [
        *head,
        ink(("request", "bold")),
        *_json(call.request),
        (),
        ink(("answer", "bold")),
        *_json(call.answer),
    ]


def _json(value: Json) -> list[Line]:
    return paragraphs(safe_text(show.value_text(value)))
