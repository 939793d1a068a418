"""`warmline replay --config new.yaml`: a changed desk on recorded events, before it goes live."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from warmline.cli.options import TIMEOUT_S, AsJson, Bootstrap, Prefix, kafka_address

if TYPE_CHECKING:
    from services.agents.config import Configuration
    from services.agents.replay.recording import Recording
    from services.agents.replay.report import Fates

COLUMNS = {
    "inquiries": "inquiries",
    "mean_wait_s": "mean wait s",
    "p50_wait_s": "half wait s",
    "p90_wait_s": "9 in 10 s",
    "service_level": "in time",
    "abandonment": "gave up",
}


def replay(
    events: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Exports of the topics routed.human, handoffs, assignments and desk.people (`warmline tail "
            "TOPIC --from-beginning --json`). Default: the topics themselves.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="The changed desk.yaml, or a folder with desk.yaml and people.yaml."),
    ] = None,
    company: Annotated[
        Path, typer.Option(envvar="WARMLINE_COMPANY", help="The company as it is now.")
    ] = Path("examples/paylater"),
    out: Annotated[
        Path | None, typer.Option(help="Who would have got what: a JSON line for each inquiry.")
    ] = None,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    as_json: AsJson = False,
) -> None:
    """Plays recorded events with simulated time, under the desk as it is now and under a changed one, and
    shows both beside what happened.

    The first of the two tells how far the replay can be trusted: it should look like what happened. The same
    events and files give the same result, to the last inquiry.
    """
    with _without_looking_for_garbage():
        _replay(events, config, company, out, bootstrap, prefix, as_json=as_json)


@contextmanager
def _without_looking_for_garbage() -> Iterator[None]:
    """What is read stays to the end: looking for garbage among it again and again takes half of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _replay(
    events: list[Path] | None,
    config: Path | None,
    company: Path,
    out: Path | None,
    bootstrap: str | None,
    prefix: str,
    *,
    as_json: bool,
) -> None:
    from services.agents.config_file import load
    from services.agents.replay import report
    from services.agents.replay.recording import record
    from services.agents.replay.run import Replay

    if out is not None and not out.parent.is_dir():
        raise typer.BadParameter(f"--out: there is no folder {out.parent}")
    configurations = {"now": load(company)}
    if config is not None:
        configurations["changed"] = _changed(config, company)
    recording = record(_of_files(events) if events else _of_topics(bootstrap, prefix))
    if not recording.arrivals:
        raise typer.BadParameter("there is no inquiry for people in these events")
    runs: dict[str, Fates] = {"happened": report.happened(recording)}
    began, unknown = time.monotonic(), set[str]()
    for name, configuration in configurations.items():
        result = asyncio.run(Replay(recording, configuration).play())
        unknown.update(result.unknown_people)
        runs[name] = report.replayed(result)
    took_s = time.monotonic() - began
    if out is not None:
        with out.open("w", encoding="utf-8") as file:
            for line in report.each_inquiry(runs):
                file.write(json.dumps(line) + "\n")
    levels = {"happened": configurations["now"], **configurations}
    if as_json:
        print(json.dumps(_as_json(recording, runs, levels, unknown, took_s)))
        return
    _show(recording, runs, levels, unknown, took_s)


def _changed(config: Path, company: Path) -> Configuration:
    from services.agents.config_file import PEOPLE_FILE, load, load_files

    return load(config) if config.is_dir() else load_files(config, company / PEOPLE_FILE)


def _of_files(files: list[Path]) -> Iterator[Mapping[str, Any]]:
    from services.agents.replay.recording import read_lines

    for file in files:
        with file.open(encoding="utf-8") as lines:
            yield from read_lines(lines, str(file))


def _of_topics(bootstrap: str | None, prefix: str) -> Iterator[Mapping[str, Any]]:
    from services.agents.replay.recording import TOPICS
    from warmline.client import Client

    with Client(kafka_address(bootstrap), prefix, timeout_s=TIMEOUT_S) as client:
        for topic in TOPICS:
            for received in client.consume(
                topic, from_beginning=True, to_end=True, on_bad=lambda _: None
            ):
                event = received.event
                yield {
                    "id": event.id,
                    "type": event.data.type_name(),
                    "time": event.time.isoformat(),
                    "data": event.data.model_dump(mode="json"),
                }


def _as_json(
    recording: Recording,
    runs: Mapping[str, Fates],
    levels: Mapping[str, Configuration],
    unknown: set[str],
    took_s: float,
) -> dict[str, Any]:
    from services.agents.replay import report

    return {
        "inquiries": len(recording.arrivals),
        "seconds": round(took_s, 1),
        "unknown_people": sorted(unknown),
        "runs": {
            name: {
                "config_version": None if name == "happened" else levels[name].version,
                "queues": report.by_queue(fates, levels[name]),
                "people": report.by_person(fates),
                "other_person_than_happened": report.moved(runs["happened"], fates),
            }
            for name, fates in runs.items()
        },
    }


def _show(
    recording: Recording,
    runs: Mapping[str, Fates],
    levels: Mapping[str, Configuration],
    unknown: set[str],
    took_s: float,
) -> None:
    from services.agents.replay import report

    screen = Console(highlight=False)
    told = {name: report.by_queue(fates, levels[name]) for name, fates in runs.items()}
    table = Table("queue", "", *COLUMNS.values(), box=None)
    names = dict.fromkeys(queue for each in told.values() for queue in each if queue)
    for queue in (*names, ""):
        for number, (name, queues) in enumerate(told.items()):
            values = [_cell(what, queues.get(queue, {}).get(what)) for what in COLUMNS]
            table.add_row((queue or "all") if number == 0 else "", name, *values)
    screen.print(table)
    for name in list(runs)[1:]:
        count = report.moved(runs["happened"], runs[name])
        screen.print(f"{name}: {count} inquiries would have had another person than they had")
    if unknown:
        screen.print(f"not in people.yaml, so left out: {', '.join(sorted(unknown))}")
    screen.print(f"{len(recording.arrivals)} inquiries, {took_s:.1f} s")


def _cell(what: str, value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if what in ("service_level", "abandonment") else f"{value:,}"
