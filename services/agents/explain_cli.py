"""`warmline explain INQUIRY`: what became of it step by step, and at each moment why whom it was offered
to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from warmline.cli.options import (
    AsJson,
    Bootstrap,
    Prefix,
    RedisUrl,
    kafka_address,
    redis_address,
)

if TYPE_CHECKING:
    from services.agents.api_explain import CandidateBody, ExplanationBody, MomentBody, StepBody
    from services.runtime.settings import ServiceSettings


def explain(
    inquiry_id: Annotated[str, typer.Argument(help="An inquiry that people have or had.")],
    company: Annotated[
        Path, typer.Option(envvar="WARMLINE_COMPANY", help="The company's folder.")
    ] = Path("examples/paylater"),
    desk: Annotated[str, typer.Option(envvar="WARMLINE_DESK", help="The desk.")] = "main",
    past: Annotated[
        bool, typer.Option(help="Read its steps, and who was at the desk then, from Kafka.")
    ] = True,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    redis: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Which rule chose its queue, and every step with its time. At each moment at which it was offered or
    put in line, and now: why each person had it, could have had it or not, by the desk's files of then."""
    from services.runtime.entry import settings_of
    from services.runtime.errors import NotFoundError
    from services.runtime.settings import ServiceSettings

    settings = settings_of(
        ServiceSettings,
        kafka_bootstrap=kafka_address(bootstrap),
        redis_url=redis_address(redis),
        topic_prefix=prefix,
        desk=desk,
    )
    try:
        found = asyncio.run(_read(settings, company, inquiry_id, past=past))
    except NotFoundError as error:
        raise typer.BadParameter(f"{inquiry_id}: {error}") from None
    if as_json:
        print(found.model_dump_json())
        return
    screen = Console(highlight=False, soft_wrap=True)
    for line in lines_of(found):
        screen.print(line, markup=False)


async def _read(
    settings: ServiceSettings, company: Path, inquiry_id: str, *, past: bool
) -> ExplanationBody:
    from services.agents.api_explain import body_of
    from services.agents.config_file import load
    from services.agents.explaining import Explaining
    from services.agents.recorded import Recorded
    from services.agents.records import Records
    from services.agents.rules import Rules
    from services.runtime.clock import now
    from services.runtime.keys import Keys
    from services.runtime.redis import connect

    rules, keys = Rules(load(company)), Keys(settings.desk)
    clients = connect(settings.redis_url.get_secret_value(), settings.desk)
    records = Records(clients.commands, keys)
    try:
        explaining = Explaining(records, rules, Recorded(settings), now)
        return body_of(await explaining.explained(inquiry_id, past=past))
    finally:
        await clients.aclose()


def lines_of(found: ExplanationBody) -> Iterator[str]:
    """For people: the steps in order, each moment below its step."""
    yield f"{found.inquiry_id}: {found.state} in {found.queue}, needs {found.needs}"
    if found.why:
        yield f"why there: {found.why}; a person, because of {found.reason}"
    moments = {moment.seq: moment for moment in found.moments}
    if found.moments_left_out:
        yield f"the first {found.moments_left_out} moments are not explained: too many"
    for step in found.steps:
        yield _step(step)
        if step.seq in moments:
            yield from _moment(moments[step.seq])
    if found.candidates:
        yield f"now, {_at(found.at)}, by desk {found.config_version}:"
        yield from _people(found.candidates, found.more_people)


def _step(step: StepBody) -> str:
    who = f" {step.agent_id}" if step.agent_id else ""
    by = f" by order of {step.by}" if step.by else ""
    reason = f" ({step.reason})" if step.reason else ""
    waited = f"after {step.waited_s:.1f} s"
    return f"{_at(step.at)}  {step.step}{who}{by} {waited}{reason}  desk {step.config_version}"


def _moment(moment: MomentBody) -> Iterator[str]:
    what = f"offered to {moment.agent_id}" if moment.agent_id else "put in line"
    ahead = f", {moment.priority_min} min ahead" if moment.priority_min else ""
    needs = f"; needs {moment.needs}" if moment.needs else ""
    yield f"    {what} then: {moment.queue}, {moment.ring}{ahead}{needs}"
    if moment.not_known:
        yield f"      not known: {moment.not_known}"
    yield from _people(moment.candidates, moment.more_people, "      ")


def _people(people: Sequence[CandidateBody], more: int, indent: str = "  ") -> Iterator[str]:
    for each in people:
        yield f"{indent}{each.agent_id}: {'; '.join(each.why)}"
    if more:
        yield f"{indent}and {more} more"


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
