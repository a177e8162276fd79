"""The gate ``injection``: instructions to a model where there should be only data.

Patterns in English and German catch about a third of the attacks in a public set and hardly ever fire on
ordinary questions.  ``lines: true`` adds a rule for single lines that give orders, which catches about half
of the instructions hidden in e-mails and also fires on some honest ones.  ``at_most`` adds words learnt from
that set (see ``pieces``): they catch about two thirds, and fire on ordinary texts as often as the threshold
lets them, which differs from one kind of text to another: ``workbench calibrate`` finds it.
"""

from __future__ import annotations

import re

from workbench.gates.pieces import likelihood
from workbench.gates.verdict import Subject, Verdict, measured
from workbench.learnt_words import kept
from workbench.recipe.gate_options import Injection

MIDDLE = 11.0
"""The score of learnt words that stands for 0.5: about one bank customer's question in a hundred is above."""
STEEPNESS = 0.5

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "tells to ignore earlier instructions",
            r"\b(?:ignore|disregard|forget|neglect|override|bypass|skip)\b[^.!?\n]{0,40}"
            r"\b(?:previous|prior|above|earlier|preceding|all|everything|every|your|the|any)\b[^.!?\n]{0,30}"
            r"\b(?:instructions?|prompts?|rules?|directions?|commands?|guidelines?|tasks?|assignments?|orders?|"
            r"context|text|said|before|above|programming)\b",
        ),
        (
            "tells to forget what came before",
            r"\b(?:forget|ignore|disregard)\s+(?:about\s+)?(?:everything|all|anything)\b",
        ),
        (
            "sagt, frühere Anweisungen zu vergessen",
            r"\b(?:vergiss|vergessen|ignorier\w*|missachte\w*|überspring\w*|lass\w*)\b[^.!?\n]{0,50}"
            r"\b(?:alle\w*|vorherig\w*|vorangegangen\w*|bisherig\w*|obig\w*|davor|zuvor|anweisung\w*|"
            r"aufgabe\w*|instruktion\w*|befehl\w*|regeln|beiseite)\b",
        ),
        (
            "gives the model another identity",
            r"\b(?:you are now|from now on,? you(?: are|'re| will| must)?|act as (?:if you|an? \w+)|"
            r"pretend (?:to be|that you|you)|i want you to act as|you(?:'re| are) no longer|"
            r"ab jetzt (?:bist|sollst)|du bist (?:jetzt|nun|ab)|stell dir vor,? du (?:bist|wärst)|"
            r"tu so,? als)\b",
        ),
        (
            "asks for the hidden prompt",
            r"\b(?:show|print|reveal|repeat|output|tell|give|spell|return|zeig\w*|nenn\w*|gib|wiederhol\w*)\b"
            r"[^.!?\n]{0,50}\b(?:system prompt|(?:initial|original|your|full|exact|deine\w*)\s+"
            r"(?:prompts?|instructions?|anweisung\w*)|prompt texts?|"
            r"(?:all|complete)\s+(?:of\s+)?(?:your\s+)?prompts?)\b",
        ),
        (
            "switches off the rules",
            r"\b(?:jailbreak|dan mode|developer mode|do anything now|no restrictions)\b",
        ),
        (
            "imitates a conversation's marks",
            r"<\|?(?:im_start|im_end|system|endoftext|endofprompt)\|?>|\[/?INST\]|^\s*#{2,}\s*(?:system|instruction)s?\b"
            r"|\b(?:system|admin)\s*(?:override|command)\s*:",
        ),
        (
            "announces new instructions",
            r"\b(?:new|next|real|actual|another|neue\w*|nächste\w*)\s+(?:instructions?|tasks?|assignments?|"
            r"aufgabe\w*|anweisung\w*)\s*(?::|\bis\b|\bare\b|\bfollow|\blautet)",
        ),
    )
)
_ORDER = re.compile(
    r"^(?:please\s+|now\s+|then\s+|also\s+)*(?:write|list|explain|describe|provide|give|tell|create|generate|"
    r"translate|summari[sz]e|convert|rewrite|reply|respond|answer|suggest|recommend|find|identify|calculate|"
    r"compare|analy[sz]e|outline|compose|draft|classify|name|define|discuss|design|develop|research|"
    r"modify|encrypt|send|forward|delete|visit|open|download|append|insert|include|print|output|ignore|what|which|"
    r"who|how|why|where|when|can you|could you)\b.{8,200}$",
    re.IGNORECASE,
)
_GREETING = re.compile(r"\b(?:you|your|us|our|we|me|my|here|below|attached)\b", re.IGNORECASE)


_ABOUT_ANSWER = re.compile(
    r"^(?!thank|we\b|i\b|it\b|dear|hi\b|hello|looking).{0,120}"
    r"\b(?:in|of|to|from|with|modify|change) your (?:next )?(?:answer|response|reply|output)\b",
    re.IGNORECASE,
)


def injection(spec: Injection, subject: Subject) -> Verdict:
    """No pattern of an attack occurs, no line that gives an order, no words like those of attacks.

    Lines and words are looked at where the recipe asks for them.
    """
    signs = find(subject.text)
    if spec.get("lines") and order_lines(subject.text):
        signs.append("has a line that gives an order")
    if signs:
        return Verdict(False, 0.0, f"may hold instructions to a model: it {' and '.join(signs[:3])}")
    most = spec.get("at_most")
    if most is None:
        return Verdict(True, 1.0, "no known sign of injected instructions")
    share = attack_share(subject.text)
    if share > most:
        told = f"reads like instructions to a model ({share:.3f}, at most {most:g})"
        return measured(False, 1 - share, told)
    return measured(True, 1 - share, f"no known sign of injected instructions; {share:.3f} like them")


def attack_share(text: str) -> float:
    """How much the words of a text are like those of known attacks, 0..1."""
    return likelihood(text, kept("workbench.gates", "injection_weights.txt"), MIDDLE, STEEPNESS)


def find(text: str) -> list[str]:
    """What in ``text`` looks like an attack, in words."""
    return [name for name, pattern in _PATTERNS if pattern.search(text)]


def order_lines(text: str) -> list[str]:
    """Lines that read like a task for a model."""
    lines = [line.strip(" \t|>*-") for line in re.split(r"\n|\|", text)]
    return [line for line in lines if _is_order(line)]


def _is_order(line: str) -> bool:
    return bool(_ABOUT_ANSWER.search(line) or (_ORDER.match(line) and not _GREETING.search(line)))
