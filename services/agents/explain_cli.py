"""`warmline explain INQUIRY`: what became of it step by step, and who could have it now."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from warmline.cli.options import (
    TIMEOUT_S,
    AsJson,
    Bootstrap,
    Prefix,
    RedisUrl,
    kafka_address,
    redis_address,
)

if TYPE_CHECKING:
    from services.agents.insights import Explanation


def explain(
    inquiry_id: Annotated[str, typer.Argument(help="An inquiry that people have or had.")],
    company: Annotated[
        Path, typer.Option(envvar="WARMLINE_COMPANY", help="The company's folder.")
    ] = Path("examples/paylater"),
    desk: Annotated[str, typer.Option(envvar="WARMLINE_DESK", help="The desk.")] = "main",
    steps: Annotated[
        bool, typer.Option(help="Read its steps from the topic assignments, from the beginning.")
    ] = True,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    redis: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Which rule chose its queue, every step with its time and the version of the desk's files, and for each
    person why they have it, could have it, or not."""
    from services.runtime.errors import NotFoundError

    try:
        found = asyncio.run(_read(redis_address(redis), desk, company, inquiry_id))
    except NotFoundError as error:
        raise typer.BadParameter(f"{inquiry_id}: {error}") from None
    past = _steps(kafka_address(bootstrap), prefix, found.work.inquiry_id) if steps else []
    if as_json:
        print(json.dumps({**asdict(found), "steps": past}))
        return
    show(found, past, Console(highlight=False, soft_wrap=True))


def show(found: Explanation, past: list[dict[str, Any]], screen: Console) -> None:
    work = found.work
    screen.print(
        f"{work.inquiry_id}: {work.state} in {work.queue}, needs {found.needs}", markup=False
    )
    if found.why:
        screen.print(f"why there: {found.why}; a person, because of {found.reason}", markup=False)
    for step in past:
        who = f" {step['agent_id']}" if step["agent_id"] else ""
        reason = f" ({step['reason']})" if step["reason"] else ""
        waited = f"after {step['waited_ms'] / 1000:.1f} s"
        screen.print(
            f"{step['at']}  {step['step']}{who} {waited}{reason}  desk {step['config_version']}",
            markup=False,
        )
    at = datetime.fromtimestamp(found.at_ms / 1000, UTC).isoformat(timespec="seconds")
    screen.print(f"people at {at}, desk {found.config_version}:", markup=False)
    for each in found.candidates:
        screen.print(f"  {each.agent_id}: {'; '.join(each.why)}", markup=False)


async def _read(url: str, desk: str, company: Path, inquiry_id: str) -> Explanation:
    from services.agents.config_file import load
    from services.agents.insights import Insights
    from services.agents.records import Records
    from services.agents.rules import Rules
    from services.runtime.clock import now
    from services.runtime.keys import Keys
    from services.runtime.redis import connect

    rules, clients, keys = Rules(load(company)), connect(url), Keys(desk)
    insights = Insights(clients, keys, Records(clients.commands, keys), rules, now)
    try:
        return await insights.explained(inquiry_id)
    finally:
        await clients.aclose()


def _steps(bootstrap: str, prefix: str, inquiry_id: str) -> list[dict[str, Any]]:
    from warmline.client import Client
    from warmline.events.work import Assignment

    found: dict[int, dict[str, Any]] = {}
    with Client(bootstrap, prefix, timeout_s=TIMEOUT_S) as client:
        for received in client.consume(
            "assignments", from_beginning=True, to_end=True, on_bad=lambda _: None
        ):
            step = received.event.data
            if isinstance(step, Assignment) and step.inquiry_id == inquiry_id:
                at = received.event.time.isoformat(timespec="milliseconds")
                found[step.seq] = {"at": at, **step.model_dump(mode="json")}
    return [found[seq] for seq in sorted(found)]
