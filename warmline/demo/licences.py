"""Licences in a demonstration: what the company begins with, and what becomes of it while one watches."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Container
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from warmline.cli.screen import plain
from warmline.client import Client
from warmline.client.broker import Broker
from warmline.errors import UnavailableError
from warmline.events import AuditMark, AuditTask, Event, Licence
from warmline.events.envelope import event_id
from warmline.licence_history import publish_history, read_history

WORSE = frozenset({"return_report"})
"""On this topic the bot's answers turn out wrong in the demonstration, so that its licence is lost."""

_TIMEOUT_S = 60.0
_WIDE = 130
"""Columns of a screen on which the reasons fit too; `warmline licence show` tells them anywhere."""


Cell = tuple[str, str]


def begin_with_history(broker: Broker, prefix: str, file: Path) -> Counter[str]:
    """Publishes the labelled history and waits until quality has come to its licences; returns how many
    there are of each state. Raises UnavailableError where it does not within a minute."""
    cells = {(piece.topic, piece.language) for piece in read_history(file, datetime.now(UTC))}
    last = list(read_history(file, datetime.now(UTC)))[-1]
    found: dict[Cell, Licence] = {}
    deadline = time.monotonic() + _TIMEOUT_S
    with Client(broker.bootstrap, prefix) as client:
        publish_history(client, file)
        for received in client.consume("licences", from_beginning=True, idle_timeout_s=_TIMEOUT_S):
            licence: Licence = received.event.data
            found[licence.topic, licence.language] = licence
            counted = found.get((last.topic, last.language))
            if counted is not None and counted.sample >= last.count and cells <= found.keys():
                return Counter(licence.state for licence in found.values())
            if time.monotonic() > deadline:
                break
    raise UnavailableError("quality has given no licences within a minute: see its log")


def judge(client: Client, event: Event[Any], worse: Container[str]) -> None:
    """What the simulated people say of an audited answer; on a topic that got worse it does harm."""
    task = event.data
    if not isinstance(task, AuditTask):
        return
    for number in range(task.marks_wanted):
        person = f"simulated-auditor-{number + 1}"
        client.publish(
            AuditMark(
                mark_id=event_id(task.audit_id, person),
                audit_id=task.audit_id,
                agent_id=person,
                verdict="harmful" if task.topic in worse else "right",
            )
        )


class LicenceWatch:
    """Give `see` every event; it tells of each change of state, and remembers where each began."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.before: dict[Cell, Licence] = {}
        self.now: dict[Cell, Licence] = {}
        self._say = say
        self._began = datetime.now(UTC)

    def see(self, event: Event[Any]) -> None:
        licence = event.data
        if not isinstance(licence, Licence):
            return
        cell = licence.topic, licence.language
        known = self.now.get(cell)
        self.now[cell] = licence
        if event.time < self._began or known is None:
            self.before[cell] = licence
        elif known.state != licence.state:
            self._say(
                f"[bold]{escape(licence.topic)}[/] in {licence.language}: {known.state} → "
                f"[bold]{licence.state}[/], {escape(licence.reason)}"
            )


def show_licences(console: Console, watch: LicenceWatch) -> None:
    """One line for each licence that has changed, and for two topics of each state."""
    changed = [
        cell
        for cell, licence in sorted(watch.now.items())
        if licence.state != watch.before.get(cell, licence).state
    ]
    shown = {*changed}
    for state in ("licensed", "draft", "suspended", "human_only"):
        same = [cell for cell, licence in sorted(watch.now.items()) if licence.state == state]
        shown |= {*same[:2]}
    table = Table(title="Licences: what the bot may do", title_justify="left", box=None)
    for column in ("topic", "", "licence", "judged", "wrong", "proven"):
        right = column in ("judged", "wrong", "proven")
        table.add_column(column, justify="right" if right else "left", no_wrap=True)
    for cell in sorted(shown, key=lambda cell: (cell not in changed, cell)):
        licence = watch.now[cell]
        began = f"{watch.before[cell].state} → " if cell in changed else ""
        proven = f"{licence.lower_bound:.1%}" if licence.lower_bound else "-"
        judged = f"{licence.sample:,}", f"{licence.wrong:,}"
        table.add_row(*map(plain, (*cell, began + licence.state, *judged, proven)))
    console.print(table)
    counts = Counter(licence.state for licence in watch.now.values())
    console.print(", ".join(f"{count} {state}" for state, count in sorted(counts.items())))
    console.print()
