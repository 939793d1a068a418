"""A desk in Redis that loses everything and is rebuilt from what it has published, with no broker."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.agents.config import Configuration
from services.agents.engine import RedisPool
from services.agents.handlers import Intake
from services.agents.history import History
from services.agents.rebuild import rebuild
from services.agents.steps import outputs_of
from tests.integration.agents.desks import DeskUnderTest, redis_desk
from tests.unit.agents.build import decision
from warmline.events import Decision, Event


@dataclass
class LosableDesk:
    """`d` is the desk as it is now; `asked` are the decisions that brought work here."""

    d: DeskUnderTest
    name: str
    asked: dict[str, Decision] = field(default_factory=dict)

    async def inquiry(self, name: str, conversation: str, **about: Any) -> None:
        await self.d.inquiry(name, conversation, **about)
        ids = {"inquiry_id": name, "conversation_id": conversation, "channel": "chat"}
        at = datetime.fromtimestamp(self.d.clock.ms / 1000, UTC)
        self.asked[name] = decision(ids, received_at=at, decided_at=at, **about)

    async def lose_everything(self, configuration: Configuration | None = None) -> None:
        """Rebuilt under a configuration, the one that it had unless given."""
        before, clock, redis = await self.d.outbox(), self.d.clock, self.d.redis
        assert redis is not None
        await redis.commands.flushdb()
        self.d = redis_desk(configuration or self.d.configuration, redis, self.name, clock)
        pool: Any = self.d.pool
        assert isinstance(pool, RedisPool)
        intake = Intake(pool, pool.rules, now_ms=clock.now)
        await rebuild(pool, intake, self._history(before), clock.ms, mend=True)

    def _history(self, published: list[dict[str, str]]) -> History:
        history = History()
        for number, entry in enumerate(published):
            (output, *_) = outputs_of(entry, self.d.configuration, f"{number}-0-0")
            step: Event[Any] = output.event
            history.lives.tell([step])
        for name, made in self.asked.items():
            cause_id = f"cause-{name}"
            history.asked[name] = [Event(cause_id, "/test", made.decided_at, made)]
            history.causes[name] = [cause_id]
        return history
