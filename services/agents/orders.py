"""What supervisors order, as calls of the engine's scripts. Each order is on the record with who and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.agents.actions import plain, transfer_class
from services.agents.classes import ClassTable
from services.agents.clearing import Clearing
from services.agents.config import Configuration
from services.agents.overflow import Overflow
from services.agents.plan import NOT_MOVED, Moved, moved
from services.agents.records import Records
from services.agents.refusals import refuse
from services.agents.rings import Levels, channel_of, classes_of
from services.agents.rules import ANY_LANGUAGE, Rules
from services.agents.scripts import Scripts
from services.agents.work import required_of
from services.runtime.keys import Keys
from warmline.events.work import (
    AgentCommand,
    CloseQueue,
    Drain,
    OpenQueue,
    Pull,
    Push,
    Reprioritise,
    Requeue,
)

ORDERS = (Push, Pull, Reprioritise, Requeue, Drain, CloseQueue, OpenQueue)

Answer = Sequence[Any]


@dataclass(frozen=True)
class Orders:
    """One method per order; `settings` is ARGV[1] of every script."""

    keys: Keys
    rules: Rules
    run: Scripts
    classes: ClassTable
    records: Records
    clearing: Clearing
    now_ms: Callable[[], int]
    settings: Callable[[], str]

    async def once(self, command: AgentCommand) -> Answer:
        """The script's answer; see `Commands.act` for what becomes of it."""
        check_order(command, self.rules)
        match command.action:
            case Push() as action:
                args = [command.agent_id, action.inquiry_id, action.to_agent, plain(action.reason)]
                return await self._script("push", [self._key(command)], args)
            case Pull() as action:
                return await self._pull(command, action)
            case Reprioritise() as action:
                what = (action.inquiry_id, action.priority_min, plain(action.reason))
                return await self._script(
                    "reprioritise", [self._key(command)], [command.agent_id, *what]
                )
            case Requeue() as action:
                return await self._requeue(command, action)
            case Drain() as action:
                change = "drained" if action.draining else "undrained"
                return await self._mark("drain", command, action.of_agent, change, action.reason)
            case CloseQueue() as action:
                return await self._close(command, action)
            case OpenQueue() as action:
                return await self._mark(
                    "mark_queue", command, action.queue, "queue_opened", action.reason
                )
        raise AssertionError(f"no such order: {command.action.do}")

    async def _pull(self, command: AgentCommand, action: Pull) -> Answer:
        conversation = await self.records.conversation_of(action.inquiry_id)
        return await self._script(
            "pull",
            [self._key(command), self.keys.conversation(conversation)],
            [command.agent_id, action.inquiry_id, conversation, plain(action.reason)],
        )

    async def _requeue(self, command: AgentCommand, action: Requeue) -> Answer:
        conversation = await self.records.conversation_of(action.inquiry_id)
        to = await self.moved(action.inquiry_id, action.to_queue)
        return await self._script(
            "requeue",
            [self._key(command), self.keys.conversation(conversation), self.keys.classes()],
            [
                command.agent_id,
                action.inquiry_id,
                conversation,
                to.queue,
                to.class_id,
                plain(action.reason),
                to.plan,
                to.until_s,
            ],
        )

    async def moved(self, inquiry_id: str, to_queue: str | None) -> Moved:
        """Of work that is given to a queue; the desk knows all classes of it. Of work that is nowhere any
        class will do."""
        if to_queue is None:
            return NOT_MOVED
        works = await self.records.works([inquiry_id])
        language, channel = ANY_LANGUAGE, ""
        required: Levels = ()
        if works:
            language, channel = works[0].language, channel_of(works[0].work_class)
            required = required_of(await self.records.details(works[0].members))
        to_class = transfer_class(self.rules, to_queue, language, channel, required)
        stages = Overflow(self.rules).moved(to_class, self.now_ms(), required)
        await self.classes.ensure(classes_of(stages), self.settings())
        return moved(stages)

    async def _mark(
        self, script: str, command: AgentCommand, subject: str, change: str, reason: str
    ) -> Answer:
        return await self._script(
            script,
            [self._key(command)],
            [command.agent_id, subject, change, plain(reason), command.command_id],
        )

    async def _close(self, command: AgentCommand, action: CloseQueue) -> Answer:
        """Closed first, so that nothing comes after; then what waits is taken elsewhere, the first in line
        first. Sent again after a crash in between, it goes on. What is on offer goes once it waits again."""
        done = await self._mark("mark_queue", command, action.queue, "queue_closed", action.reason)
        await self.clearing.clear(action.queue, plain(action.reason))
        return done

    def _key(self, command: AgentCommand) -> str:
        return self.keys.command(command.command_id)

    async def _script(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> Answer:
        answer: Answer = await self.run(name, keys, [self.settings(), *args])
        return answer


def check_actor(command: AgentCommand, configuration: Configuration) -> None:
    """Raises NotFoundError for who is not in people.yaml, ConflictError for an order of somebody who is
    no supervisor."""
    ordered = isinstance(command.action, ORDERS)
    if ordered and command.agent_id in configuration.supervisors:
        return
    if command.agent_id not in configuration.people:
        raise refuse("no_agent")
    if ordered:
        raise refuse("no_supervisor")


def check_order(command: AgentCommand, rules: Rules) -> None:
    """Raises NotFoundError for a person or queue that the desk does not have, ConflictError for closing
    a queue that overflows into itself."""
    configuration = rules.configuration
    match command.action:
        case Push(to_agent=agent_id) | Drain(of_agent=agent_id):
            if agent_id not in configuration.people:
                raise refuse("no_agent")
        case CloseQueue(queue=queue) | OpenQueue(queue=queue) | Requeue(to_queue=str() as queue):
            if queue not in configuration.queues:
                raise refuse("no_queue")
    if isinstance(command.action, CloseQueue):
        queue_id = command.action.queue
        if _full(configuration, queue_id) == queue_id:
            raise refuse("no_overflow")


def _full(configuration: Configuration, queue_id: str) -> str:
    return configuration.queues[queue_id].overflow.full or configuration.desk.default.queue
