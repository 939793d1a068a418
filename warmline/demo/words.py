"""What a demonstration says to whoever watches it for the first time. Markup of rich."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from rich.markup import escape

from warmline.client.inquiry_files import BadLine
from warmline.demo.tally import Tally

_BAD_LINES_SHOWN = 5
_MISSING_SHOWN = 5


def introduction(count: int, source: str) -> str:
    return (
        f"[bold]Warmline demonstration[/]: {count:,} inquiries of {escape(source)} go through a real "
        "Kafka and a real Redis\non this machine. A router decides about each; a bot answers what it "
        "is licensed to answer; people answer\nthe rest. Only the customers and the people are "
        "simulated. Everything listens on the loopback\ninterface only. Ctrl-C stops all of it.\n"
    )


def introduction_attached(count: int, source: str) -> str:
    return (
        f"[bold]Warmline demonstration[/]: {count:,} inquiries of {escape(source)} go through the "
        "system that runs here.\nOnly the customers and, if you started them, the people are simulated. "
        "Customers who say nothing to the\nbot's answer count as content after the time that quality "
        "is set to: WARMLINE_ASSUME_AFTER_S; those\nwho say nothing to its question go to people after "
        "the bot's WARMLINE_INTAKE_WAIT_S.\n"
    )


def bad_lines(file: Path, bad: Sequence[BadLine]) -> str:
    shown = "\n".join(
        f"  line {line.line}: {escape(str(line.error))}" for line in bad[:_BAD_LINES_SHOWN]
    )
    more = f"\n  and {len(bad) - _BAD_LINES_SHOWN} more" if len(bad) > _BAD_LINES_SHOWN else ""
    return (
        f"[yellow]{len(bad):,} lines of {escape(file.name)} are no inquiries and are left out:[/]\n"
        f"{shown}{more}\n"
    )


def publishing(count: int, per_s: float, time_limit_s: float) -> str:
    return (
        f"\nPublishing {count:,} inquiries, {per_s:.0f} a second. Simulated customers say whether the "
        "bot's answer helped, press the\nbutton for a person, leave, or say nothing. Simulated people "
        f"work at the desk through its HTTP API.\nIt ends when every inquiry has ended, at the latest "
        f"after {time_limit_s:.0f} s.\n"
    )


def made_worse(topics: Collection[str]) -> str:
    return (
        f"On {escape(', '.join(sorted(topics)))} the bot's answers are wrong on purpose: simulated people "
        "who audit them find\nharm, and the licence is lost. What people accept of the bot's proposals "
        "earns another.\n"
    )


def missing(tally: Tally, logs: Path | str) -> str:
    """Where the inquiries are that have not ended."""
    places: Counter[str] = Counter()
    examples: list[str] = []
    for inquiry_id, life in tally.open_lives():
        if not life.decisions:
            place = "not routed: see router.log"
        elif life.went_to_people(inquiry_id) or life.feedback:
            place = "with people or waiting for them: see agents-worker.log and agents-api.log"
        elif life.answered_by_bot:
            place = "answered, without an outcome: see quality.log"
        else:
            place = "with the bot: see bot.log"
        places[place] += 1
        if len(examples) < _MISSING_SHOWN:
            examples.append(inquiry_id)
    lines = "\n".join(f"  {count:,} {place}" for place, count in places.most_common())
    return (
        f"[bold red]Not every inquiry has ended in time.[/] Logs: {escape(str(logs))}\n{lines}\n"
        f"  for instance {', '.join(escape(example) for example in examples)}\n"
    )


def what_next(logs: Path) -> str:
    return (
        f"\nWhat the services said is in {escape(str(logs))}. To go on:\n"
        "  make demo ARGS=--keep            the same, and leave it running to try things yourself\n"
        "  make demo DATA=questions.csv     your own texts: any CSV or JSONL with a text column\n"
        "  kill -9 a service while it runs  its pid is in the same folder: it comes back, nothing is lost\n"
        "  .venv/bin/warmline --help        publish, tail, dead-letters, doctor …\n"
        "  examples/paylater/README.md      the sample company, and how to describe your own"
    )


def still_running(
    bootstrap: str, redis_url: str, prefix: str, api_port: int, health: Sequence[tuple[str, int]]
) -> str:
    """After `--keep`."""
    pages = "\n".join(f"  {name:<16} http://127.0.0.1:{port}/readyz" for name, port in health)
    return (
        "\n[bold]Everything is still running[/] (simulated people included):\n"
        f"  Kafka            {bootstrap}\n"
        f"  Redis            {redis_url}\n"
        f"  desk's queues    http://127.0.0.1:{api_port}/v1/queues\n"
        f"  desk's API       http://127.0.0.1:{api_port}/openapi.json\n"
        f"{pages}\n"
        "Try, in another terminal of this folder:\n"
        f"  export WARMLINE_KAFKA_BOOTSTRAP={bootstrap} WARMLINE_TOPIC_PREFIX={prefix}\n"
        "  .venv/bin/warmline tail replies\n"
        """  echo '{"text": "When is my payment due?"}' | .venv/bin/warmline publish -\n"""
        "Stop it with\n"
        "  .venv/bin/warmline demo --stop"
    )
