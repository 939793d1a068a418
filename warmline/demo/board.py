"""What is on the screen while a demonstration runs: the steps, then a table that lives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from warmline.demo.tally import Tally

_LINE_EVERY_S = 5.0
_FRAMES_PER_S = 4


class Board:
    """On a terminal it repaints; elsewhere it writes a line when something is done or 5 s passed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said_at = 0.0

    def say(self, message: str) -> None:
        """`message` may hold markup."""
        self._console.print(message, soft_wrap=True)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Yields a function that tells what the step is doing; call it last with its result."""
        began = time.monotonic()
        last = ""

        def tell(doing: str) -> None:
            nonlocal last
            last = doing
            status.update(f"{title}: {escape(doing)}")

        with self._console.status(title) as status:
            yield tell
        took_s = time.monotonic() - began
        self.say(f"[green]✓[/] [bold]{title}[/] [dim]({took_s:.1f} s)[/]  {escape(last)}")

    @contextmanager
    def live(self, total: int) -> Iterator[Callable[[Tally], None]]:
        """Yields a function to be called often."""
        bars = _bars(self._console)
        published = bars.add_task("published", total=total)
        ended = bars.add_task("ended", total=total)

        def show(tally: Tally) -> None:
            bars.update(published, completed=tally.published)
            bars.update(ended, completed=tally.ended)
            if live is not None:
                live.update(Group(bars, _table(tally)))
            elif time.monotonic() - self._said_at >= _LINE_EVERY_S:
                self._said_at = time.monotonic()
                self._console.print(_line(total, tally), soft_wrap=True)

        if not self._console.is_terminal:
            live = None
            yield show
            return
        with Live(console=self._console, refresh_per_second=_FRAMES_PER_S) as live:
            yield show


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _table(tally: Tally) -> RenderableType:
    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False)
    rows = _numbers(tally)
    for title, _ in rows:
        table.add_column(title, header_style="bold")
    lines = max(len(cells) for _, cells in rows)
    for index in range(lines):
        table.add_row(*(_cell(cells, index) for _, cells in rows))
    return table


def _numbers(tally: Tally) -> list[tuple[str, list[tuple[str, int]]]]:
    routes, outcomes = tally.routes, tally.outcomes
    return [
        ("routed to", [(name, routes[name]) for name in ("bot", "draft", "intake", "human")]),
        ("people", [(name, tally.work[name]) for name in ("waiting", "with people")]),
        ("answered by", [(name, tally.answers[name]) for name in ("bot", "person")]),
        (
            "outcome",
            [
                (name.replace("_", " "), outcomes[name])
                for name in ("confirmed", "assumed", "handed_off", "abandoned")
            ],
        ),
        ("trouble", [("dead letters", tally.dead_letters)]),
    ]


def _cell(cells: list[tuple[str, int]], index: int) -> str:
    if index >= len(cells):
        return ""
    name, number = cells[index]
    return f"{number:>6,} {name}"


def _line(total: int, tally: Tally) -> str:
    parts = [
        f"{title}: " + ", ".join(f"{name} {number}" for name, number in cells)
        for title, cells in _numbers(tally)
    ]
    return f"published {tally.published}/{total}, ended {tally.ended}; " + "; ".join(parts)
