"""One of many processes that go for the same inquiry.

`python -m tests.integration.agents.racer URL DESK NUMBER` takes rounds (an inquiry id and the offer's
epoch) from a list of its own, tries to accept, and says what came of it.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

from services.agents.engine import RedisPool
from services.runtime.errors import RefusedError
from services.runtime.keys import Keys
from services.runtime.redis import connect
from tests.unit.agents.build import configuration
from warmline.events import AgentCommand
from warmline.events.work import Accept


async def race(url: str, desk: str, number: str) -> None:
    """Until an empty round comes."""
    clients = connect(url)
    pool = RedisPool(
        clients.commands,
        Keys(desk),
        configuration(presence={"heartbeat_s": 3600}),
        clock=lambda: datetime.now(UTC),
    )
    await clients.commands.rpush(f"{desk}-results", "ready")
    while True:
        taken: Any = await clients.blocking.blpop([f"{desk}-{number}"])
        if not taken[1]:
            break
        inquiry_id, epoch = taken[1].split(" ")
        command = AgentCommand(
            command_id=f"{inquiry_id}-{number}",
            agent_id="ada",
            action=Accept(inquiry_id=inquiry_id, epoch=int(epoch)),
        )
        try:
            await pool.act(command)
            won = "won"
        except RefusedError as refused:
            won = str(refused.__notes__[0])
        await clients.commands.rpush(f"{desk}-results", won)
    await clients.aclose()


if __name__ == "__main__":
    asyncio.run(race(*sys.argv[1:4]))
