"""How long-running steps tell the person at the terminal what they are doing."""

from __future__ import annotations

from collections.abc import Callable

# Called with one short sentence when a step that takes a noticeable time begins.
Progress = Callable[[str], None]


def silent(step: str) -> None:
    """A `Progress` for callers without a terminal."""
