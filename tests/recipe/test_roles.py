"""Roles with their policies, and what a step does when it fails: what is wrong with them is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.recipe.kit import errors, warnings


def messages(folder: Path, body: str) -> list[str]:
    return errors(folder, body) + warnings(folder, body)


ROLE = """
inputs: {n: number, vip: boolean}
models:
  m: %s
steps:
  a: {prompt: x, model: m}
outputs: {o: "{{ a.text }} {{ n }} {{ vip }}"}
"""


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("{CANDIDATES, policy: rules, rules: [{when: vip, model: p/b}], else: p/a}", []),
        ("{CANDIDATES, policy: rules}", ["policy rules has no rules", "policy rules has no else"]),
        (
            "{CANDIDATES, policy: rules, rules: [{when: a.text, model: p/c}], else: p/a}",
            ["p/c is no candidate of the role", "a is not known here"],
        ),
        ("{CANDIDATES, policy: rules, rules: [{when: n >, model: p/b}], else: p/a}", ["a value is expected"]),
        ("{CANDIDATES, policy: split, weights: {p/a: 9, p/b: 1}}", []),
        ("{CANDIDATES, policy: split}", ["policy split has no weights"]),
        ("{CANDIDATES, policy: split, weights: {p/c: 1}}", ["p/c is no candidate of the role"]),
        ("{CANDIDATES, policy: split, weights: {p/a: -1}}", ["weights.*must be at least 0|p/a must be"]),
        ("{CANDIDATES, weights: {p/a: 1}}", ["weights goes with policy: split, not fixed"]),
        ("{CANDIDATES, policy: cascade, at_least: {confidence: 0.5}}", []),
        ("{CANDIDATES, policy: cascade, at_least: {confidenc: 0.5}}", ["unknown key confidenc"]),
        ("{CANDIDATES, policy: learned, at_least: {chance: 0.8}}", []),
        ("{CANDIDATES, policy: learned}", ["learned needs at_least: chance"]),
        ("{CANDIDATES, policy: learned, at_least: {confidence: 0.8}}", ["learned goes by chance"]),
        ("{CANDIDATES, policy: cascade, at_least: {chance: 0.8}}", []),
        ("{CANDIDATES, policy: cascade, at_least: {chance: 0.8, confidence: 0.5}}", []),
        ("{CANDIDATES, policy: cascade, at_least: {quality: 0.8}}", ["cascade goes by confidence or chance"]),
        ("{CANDIDATES, policy: learned, at_least: {quality: 0.95}}", []),
        ("{CANDIDATES, policy: learned, at_least: {quality: 0.9, chance: 0.8}}", ["learned goes by one of"]),
        ("{CANDIDATES, policy: cascade, at_least: {}}", ["cascade needs at_least: confidence"]),
        ("{CANDIDATES, at_least: {confidence: 0.5}}", ["at_least goes with policy: cascade or"]),
        ("{candidates: [p/a], policy: cheapest}", ["cheapest has only one candidate to choose from"]),
        ("{CANDIDATES, fallback: {cooldown: 30s, failures: 2}}", []),
        ("{CANDIDATES, fallback: {cooldown: soon}}", ["soon is not a length of time"]),
        ("{CANDIDATES, fallback: {failures: 2}}", ["failures does nothing without cooldown"]),
    ],
)  # fmt: skip
def test_roles_and_their_policies(tmp_path: Path, role: str, expected: list[str]) -> None:
    found = messages(tmp_path, ROLE % role.replace("CANDIDATES", "candidates: [p/a, p/b]"))
    assert len(found) >= len(expected), found
    assert bool(found) == bool(expected), found
    for wanted in expected:
        assert any(re.search(wanted, each) for each in found), found


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{prompt: x, model: two, on_fail: [retry, escalate, {fallback: 'no {{ i }}'}]}", []),
        ("{prompt: x, model: two, on_fail: {fallback: nothing}}", []),
        ("{prompt: x, model: two, on_fail: [{fallback: '{{ gone }}'}]}", ["gone is not known here"]),
        ("{prompt: x, model: two, on_fail: [{fallbak: x}]}", ["unknown key fallbak"]),
        ("{prompt: x, model: two, on_fail: [{fallback: x}, retry]}", ["fallback ends it"]),
        ("{prompt: x, model: one, on_fail: escalate}", ["escalate has no second candidate"]),
        ("{prompt: x, model: p/a, on_fail: escalate}", ["escalate has no second candidate"]),
        ("{human: x, on_fail: escalate}", ["escalate asks another model; human asks none"]),
        ("{set: {x: 1}, on_fail: {fallback: 1}}", ["fallback gives a value in place"]),
        ("{prompt: x, model: two, repeat: {at_most: 2}, on_fail: escalate}", ["does not work with repeat"]),
    ],
)  # fmt: skip
def test_what_to_do_on_failure(tmp_path: Path, step: str, expected: list[str]) -> None:
    body = f"inputs: {{i: string}}\nmodels: {{one: p/a, two: [p/a, p/b]}}\nsteps: {{a: {step}, "
    body += "b: {prompt: '{{ i }}', model: one}, c: {prompt: '{{ i }}', model: two}}\n"
    found = messages(tmp_path, body)
    assert bool(found) == bool(expected), found
    for wanted in expected:
        assert any(wanted in each for each in found), found
