"""`warmline queues rebuild`: what Redis has lost of the desk, from Kafka."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from services.agents.cli import desk_settings, queues
from warmline.cli.options import Bootstrap, RedisUrl

if TYPE_CHECKING:
    from services.agents.rebuild import Rebuilt
    from services.agents.settings import AgentsSettings

SAYS = {
    "ended": "is over",
    "kept": "stays with its person",
    "promised": "keeps its promise",
    "waiting": "is offered again",
    "joined": "joins the newer work of its conversation",
}


@queues.command("rebuild")
def rebuild(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    bootstrap: Bootstrap = None,
    redis: RedisUrl = None,
) -> None:
    """Brings back from Kafka what Redis has lost of the desk; what it knows stays as it is.

    Desk and company are those of the settings (WARMLINE_DESK, WARMLINE_COMPANY). The workers do the same when
    they start and something is missing. Exits with 1 where open work cannot be brought back, because its text
    is on no topic any more.
    """
    report = asyncio.run(_rebuilt(desk_settings(redis, bootstrap), mend=not dry_run))
    out = Console(highlight=False, soft_wrap=True)
    for inquiry_id, outcome in report.works:
        out.print(f"{inquiry_id}: {SAYS[outcome]}", markup=False)
    for agent_id in report.signed_in:
        out.print(f"{agent_id}: is signed in again", markup=False)
    for inquiry_id in report.taken_in:
        out.print(f"{inquiry_id}: is taken in again", markup=False)
    for inquiry_id in report.without_text:
        out.print(f"{inquiry_id}: is open, but its text is on no topic any more", markup=False)
    verb = "would change" if dry_run else "changed"
    out.print(
        f"{len(report.works) + len(report.taken_in)} inquiries {verb}, "
        f"{len(report.without_text)} cannot be brought back",
        markup=False,
    )
    if report.without_text:
        raise typer.Exit(1)


async def _rebuilt(settings: AgentsSettings, *, mend: bool) -> Rebuilt:
    from services.agents.app import assemble, build_recovery, load_sound_forms
    from services.agents.handlers import Intake

    parts = assemble(settings)
    intake = Intake(parts.pool, parts.pool.rules, load_sound_forms(settings.company))
    try:
        return await build_recovery(settings, parts, intake).rebuild(mend=mend)
    finally:
        await parts.redis.aclose()
