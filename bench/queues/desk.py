"""A desk to measure: its configuration, its inquiries, and the engine in Redis."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from services.agents.config import Configuration
from services.agents.engine import RedisPool
from services.agents.rules import Rules
from services.agents.work import NewWork, Work
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients, connect
from tests.unit.agents.build import configuration, decision, new_work
from warmline.events import AgentCommand
from warmline.events.work import Accept, Action, Complete, SignIn

HOUR_S = 3600


def desk_configuration(
    people: int, capacity: int = 1, *, auto_accept: bool = False
) -> Configuration:
    """Three queues, two languages, skills; nothing ends by itself while it is measured."""
    return configuration(
        {
            f"p{number}": {
                "capacity": capacity,
                "auto_accept": auto_accept,
                "languages": {"en": 5, "de": 3} if number % 2 else {"en": 4},
                "skills": {"payments": 1 + number % 5},
            }
            for number in range(people)
        },
        queues={"general": {}, "payments": {}, "fraud": {}},
        filters=(
            {
                "name": "payments",
                "when": {"topics": ["payment_twice"]},
                "queue": "payments",
                "skills": {"payments": 2},
            },
        ),
        offer_timeout_s=HOUR_S,
        presence={"heartbeat_s": HOUR_S, "grace_s": HOUR_S, "lapses_until_away": 100},
    )


class MeasuredDesk:
    """The engine with what drives it. Desk `name` is its own, whatever else is in Redis."""

    def __init__(
        self, url: str, name: str, people: int, capacity: int = 1, *, auto_accept: bool = False
    ) -> None:
        self.configuration = desk_configuration(people, capacity, auto_accept=auto_accept)
        self.rules = Rules(self.configuration)
        self.redis: RedisClients = connect(url)
        self.keys = Keys(name)
        self.pool = RedisPool(
            self.redis.commands, self.keys, self.configuration, clock=lambda: datetime.now(UTC)
        )
        self.records = self.pool.records
        self._commands = 0
        self._prefix = f"{name}-{time.monotonic_ns()}"

    def works(self, count: int, first: int = 0, prefix: str = "i") -> list[NewWork]:
        """Half of them ask for a skill, a third is in German; their arrivals are a millisecond apart."""
        now_ms = int(time.time() * 1000) - count
        return [
            new_work(
                self.rules,
                decision(
                    {
                        "inquiry_id": f"{prefix}{number}",
                        "conversation_id": f"c-{prefix}{number}",
                    },
                    topic="payment_twice" if number % 2 else "other",
                    language="de" if number % 3 == 0 else "en",
                ),
                arrival_ms=now_ms + number - first,
            )
            for number in range(first, first + count)
        ]

    def command(self, agent_id: str, action: Action) -> AgentCommand:
        self._commands += 1
        return AgentCommand(
            command_id=f"{self._prefix}-{self._commands}", agent_id=agent_id, action=action
        )

    async def sign_in(self, agent_id: str) -> None:
        await self.pool.act(self.command(agent_id, SignIn()))

    async def held_by(self, agent_id: str) -> list[Work]:
        """Offers and open work of a person, read as the desk's page reads them."""
        picture = await self.records.desk_of(agent_id)
        return picture[1] if picture else []

    async def offer_of(self, agent_id: str) -> tuple[str, int] | None:
        """Inquiry id and epoch of a person's offer."""
        works = await self.held_by(agent_id)
        return next(
            ((work.inquiry_id, work.epoch) for work in works if work.state == "offered"), None
        )

    async def accept(self, agent_id: str, inquiry_id: str, epoch: int) -> None:
        await self.pool.act(self.command(agent_id, Accept(inquiry_id=inquiry_id, epoch=epoch)))

    async def complete(self, agent_id: str, inquiry_id: str, epoch: int) -> Sequence[Work]:
        """Returns what the person gets next."""
        complete = Complete(inquiry_id=inquiry_id, epoch=epoch)
        return (await self.pool.act(self.command(agent_id, complete))).next

    async def close(self) -> None:
        await self.redis.aclose()
