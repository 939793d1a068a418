"""Both engines behind one face: a clock to turn, people and inquiries by short names, and the outbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from services.agents.config import Configuration
from services.agents.engine import RedisPool
from services.agents.memory import MemoryPool
from services.agents.pool import Left
from services.agents.rules import Rules
from services.agents.steps import steps_of
from services.agents.work import Done, Placed, SignedIn, Ticked, Work
from services.runtime.errors import RefusedError
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.unit.agents.build import START_MS, decision, new_work
from warmline.events import AgentCommand
from warmline.events.work import Accept, Complete, Decline, SendReply, SetPresence, SignIn, Transfer


@dataclass
class Clock:
    """Simulated time."""

    ms: int = START_MS

    def now(self) -> int:
        return self.ms

    def advance(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


@dataclass
class DeskUnderTest:
    """Drives one engine."""

    configuration: Configuration
    clock: Clock
    pool: MemoryPool | RedisPool
    redis: RedisClients | None = None
    keys: Keys | None = None
    commands: Any = field(default_factory=count)

    async def inquiry(self, name: str, conversation: str | None = None, **changes: Any) -> Placed:
        """Takes inquiry `name` in, now; of a conversation of its own unless named."""
        asked = {
            "inquiry_id": name,
            "conversation_id": conversation or f"c-{name}",
            "channel": changes.pop("channel", "chat"),
            "attributes": changes.pop("attributes", {}),
        }
        cause_id = changes.pop("cause_id", None)
        arrival_ms = changes.pop("arrival_ms", self.clock.ms)
        proposal = changes.pop("proposal", None)
        proposal_until = changes.pop("proposal_until", None)
        decided_ms = changes.pop("decided_ms", None)
        made = decision(asked, **changes)
        rules = Rules(self.configuration)
        (placed,) = await self.pool.enqueue(
            [
                new_work(
                    rules,
                    made,
                    cause_id=cause_id,
                    arrival_ms=arrival_ms,
                    now_ms=self.clock.ms,
                    proposal=proposal,
                    proposal_until=proposal_until,
                    decided_ms=decided_ms,
                )
            ]
        )
        return placed

    async def reconfigure(self, configuration: Configuration) -> None:
        self.configuration = configuration
        await self.pool.reconfigure(configuration)

    async def act(self, agent_id: str, action: Any, command_id: str | None = None) -> Done:
        command_id = command_id or f"k{next(self.commands)}"
        return await self.pool.act(
            AgentCommand(command_id=command_id, agent_id=agent_id, action=action)
        )

    async def refused(self, agent_id: str, action: Any, command_id: str | None = None) -> str:
        """The refusal's code; fails if the action is carried out."""
        try:
            await self.act(agent_id, action, command_id)
        except RefusedError as error:
            return str(error.__notes__[0])
        raise AssertionError(f"{action} was carried out")

    async def sign_in(self, *agent_ids: str) -> None:
        for agent_id in agent_ids:
            await self.act(agent_id, SignIn())

    async def set_presence(self, agent_id: str, presence: Any, reason: str | None = None) -> None:
        await self.act(agent_id, SetPresence(presence=presence, reason=reason))

    async def accept(self, agent_id: str, inquiry_id: str) -> int:
        """Accepts the offer as it stands; returns the epoch."""
        epoch = (await self.work(inquiry_id)).epoch
        return (await self.act(agent_id, Accept(inquiry_id=inquiry_id, epoch=epoch))).epoch

    async def decline(self, agent_id: str, inquiry_id: str) -> None:
        epoch = (await self.work(inquiry_id)).epoch
        await self.act(agent_id, Decline(inquiry_id=inquiry_id, epoch=epoch))

    async def reply(self, agent_id: str, inquiry_id: str, text: str = "Done.") -> None:
        epoch = (await self.work(inquiry_id)).epoch
        await self.act(agent_id, SendReply(inquiry_id=inquiry_id, epoch=epoch, text=text))

    async def complete(self, agent_id: str, inquiry_id: str) -> None:
        epoch = (await self.work(inquiry_id)).epoch
        await self.act(agent_id, Complete(inquiry_id=inquiry_id, epoch=epoch))

    async def transfer(self, agent_id: str, inquiry_id: str, **to: Any) -> None:
        epoch = (await self.work(inquiry_id)).epoch
        await self.act(agent_id, Transfer(inquiry_id=inquiry_id, epoch=epoch, **to))

    async def leave(self, conversation: str, cause_id: str = "left") -> Left:
        return await self.pool.abandon(cause_id, conversation, self.clock.ms)

    async def after(self, seconds: float) -> Ticked:
        """Turns the clock and lets the timers look."""
        self.clock.advance(seconds)
        return await self.pool.tick()

    async def work(self, inquiry_id: str) -> Work:
        work = await self.pool.work(inquiry_id)
        assert work is not None, f"{inquiry_id} is nowhere"
        return work

    async def person(self, agent_id: str) -> SignedIn:
        person = await self.pool.person(agent_id)
        assert person is not None, f"{agent_id} is not signed in"
        return person

    async def held(self, agent_id: str) -> dict[str, str]:
        return dict((await self.person(agent_id)).held)

    async def written(self, behind: int = 0) -> list[dict[str, str]]:
        """All that is in the outbox, in order, without the first `behind`."""
        if isinstance(self.pool, MemoryPool):
            return self.pool.desk.outbox[behind:]
        assert self.redis is not None
        assert self.keys is not None
        entries: Any = await self.redis.commands.xrange(self.keys.outbox())
        return [dict(step.fields) for step in steps_of(entries)[behind:]]

    async def outbox(self) -> list[dict[str, str]]:
        """As `written`, but for what is told of people."""
        return [entry for entry in await self.written() if "person" not in entry]

    async def steps(self, inquiry_id: str) -> list[str]:
        """`step` or `step agent`, in order; the numbers are checked on the way."""
        mine = [entry for entry in await self.outbox() if entry.get("inquiry_id") == inquiry_id]
        assert [int(entry["seq"]) for entry in mine] == list(range(1, len(mine) + 1))
        return [f"{entry['step']} {entry['agent_id']}".strip() for entry in mine]

    async def owner(self, conversation: str) -> tuple[str, int]:
        """Who owns a conversation, and its epoch."""
        if isinstance(self.pool, MemoryPool):
            owner = self.pool.desk.owner(conversation)
            return owner.owner, owner.epoch
        assert self.redis is not None
        assert self.keys is not None
        key = self.keys.conversation(conversation)
        name, epoch = await self.redis.commands.hmget(key, ["owner", "epoch"])
        return str(name or "nobody"), int(epoch or 0)

    async def owned(self, conversation: str, owner: str, epoch: int, inquiry_id: str) -> None:
        """The conversation as another service has left it."""
        if isinstance(self.pool, MemoryPool):
            known = self.pool.desk.owner(conversation)
            known.owner, known.epoch, known.inquiry_id = owner, epoch, inquiry_id
            return
        assert self.redis is not None
        assert self.keys is not None
        fields: dict[Any, Any] = {"owner": owner, "epoch": epoch, "inquiry_id": inquiry_id}
        await self.redis.commands.hset(self.keys.conversation(conversation), mapping=fields)

    async def forgotten(self, conversation: str) -> None:
        """The conversation has been silent for so long that its record is gone."""
        if isinstance(self.pool, MemoryPool):
            del self.pool.desk.conversations[conversation]
            return
        assert self.redis is not None
        assert self.keys is not None
        await self.redis.commands.delete(self.keys.conversation(conversation))


def memory_desk(configuration: Configuration) -> DeskUnderTest:
    clock = Clock()
    return DeskUnderTest(configuration, clock, MemoryPool(configuration, clock.now))


def redis_desk(
    configuration: Configuration, redis: RedisClients, name: str, clock: Clock | None = None
) -> DeskUnderTest:
    clock, keys = clock or Clock(), Keys(name)
    pool = RedisPool(
        redis.commands,
        keys,
        configuration,
        clock=lambda: datetime.now(UTC),
        simulated_ms=clock.now,
    )
    return DeskUnderTest(configuration, clock, pool, redis, keys)
