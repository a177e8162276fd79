"""Our themes: quiet grounds, few colours, each with one meaning."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="workbench-dark",
    primary="#7aa2f7",
    secondary="#9ece9a",
    accent="#c7a6f5",
    foreground="#d5d9e4",
    background="#15171e",
    surface="#1a1d26",
    panel="#242836",
    success="#8fce8b",
    warning="#e6bd6a",
    error="#f0808c",
    dark=True,
    variables={
        "border": "#7aa2f7",
        "border-blurred": "#3a4054",
        "block-cursor-background": "#2f3b59",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "input-selection-background": "#7aa2f7 35%",
        "ink-dim": "#8890a6",
        "ink-passage": "#8fd0c4",
        "ink-step": "#c7a6f5",
        "ink-input": "#e6bd6a",
    },
)

LIGHT = Theme(
    name="workbench-light",
    primary="#2a5bd0",
    secondary="#2e7d46",
    accent="#7a42c4",
    foreground="#24283a",
    background="#f7f7f4",
    surface="#ffffff",
    panel="#e9e9e4",
    success="#24733b",
    warning="#8a5a00",
    error="#b3263a",
    dark=False,
    variables={
        "border": "#2a5bd0",
        "border-blurred": "#c4c6cc",
        "block-cursor-background": "#d5e0fa",
        "block-cursor-foreground": "#101420",
        "block-cursor-text-style": "none",
        "input-selection-background": "#2a5bd0 25%",
        "ink-dim": "#666c80",
        "ink-passage": "#0b6e62",
        "ink-step": "#7a42c4",
        "ink-input": "#8a5a00",
    },
)

SIXTEEN = Theme(
    name="workbench-sixteen",
    primary="#55ffff",
    secondary="#55ff55",
    accent="#ff55ff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#55ff55",
    warning="#ffff55",
    error="#ff5555",
    dark=True,
    variables={
        "border": "#55ffff",
        "border-blurred": "#555555",
        "block-cursor-background": "#0000aa",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "input-selection-background": "#0000aa",
        "ink-dim": "#aaaaaa",
        "ink-passage": "#00aaaa",
        "ink-step": "#ff55ff",
        "ink-input": "#ffff55",
    },
)
"""For terminals of sixteen colours, of which nearly all of the other themes' would become greys."""

INKS_ELSEWHERE = {
    "ink-dim": "text-muted",
    "ink-passage": "secondary",
    "ink-step": "accent",
    "ink-input": "warning",
}
"""Which colours our inks take in themes that are not ours."""
