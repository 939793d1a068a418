"""Plays a recording under a configuration. Deterministic: the same recording and files, the same result.

People are there when they were there and take as long to accept as they did; each inquiry takes as long to
handle as it did, with a reply whenever there was one. Who declined an offer, or let it lapse, does so again
when the same inquiry is offered to them; work that was given to another queue or person is given there
again, after as long. Who gave up waits as long as they did; who was answered had at least that much
patience, and beyond it the patience of the others. What was never handled takes the middle time of its queue.
Closed queues are cleared, and what waits with nobody there is found, once a minute, as workers do.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

from services.agents.config import Configuration
from services.agents.memory_records import WorkRecord
from services.agents.placing import new_work
from services.agents.replay.desk import ReplayPool
from services.agents.replay.recording import Arrival, Recording, Stint
from services.agents.sweeping import EVERY_S
from services.runtime.clock import millis
from services.runtime.errors import RefusedError
from warmline.events.work import (
    Accept,
    AgentCommand,
    Brief,
    Complete,
    Decline,
    SendReply,
    SetPresence,
    SignIn,
    SignOut,
    Transfer,
)

LOOK_MS = round(EVERY_S * 1000)
HANDLE_MS = 5 * 60 * 1000
"""Where nothing was ever handled."""

FOR_EVER_S = 100 * 365 * 86_400
FOR_EVER_MS = FOR_EVER_S * 1000

NO_BRIEF = Brief(wish="-", language="und", completeness=0.0)
"""Nobody reads it in a replay."""


@dataclass(slots=True)
class Played:
    """What became of one piece of work in the replay."""

    queue: str
    arrived_ms: int
    agent_id: str | None = None
    wait_ms: int | None = None
    abandoned: bool = False
    offers: int = 0
    accepted: int = 0


@dataclass
class Result:
    """`unknown_people` were there and are not in the configuration."""

    played: dict[str, Played] = field(default_factory=dict)
    unknown_people: tuple[str, ...] = ()
    open_at_the_end: int = 0


class Replay:
    """One run; `play` once."""

    def __init__(self, recording: Recording, configuration: Configuration) -> None:
        self._recording = recording
        self._configuration = _without_heartbeats(configuration)
        self._now_ms = self._look_ms = 0
        self._pool = ReplayPool(self._configuration, lambda: self._now_ms, self._on_step)
        self._events: list[tuple[int, int, Callable[..., Any], tuple[Any, ...]]] = []
        self._numbers = count()
        self._commands = count()
        self._result = Result()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._going: set[str] = set()
        self._patience_ms = recording.patience_ms
        self._handle_ms = recording.handle_ms()
        self._accept_ms = recording.accept_ms()

    async def play(self) -> Result:
        self._plan()
        while self._events:
            due_ms, next_ms = self._pool.next_due_ms(), min(self._events[0][0], self._look_ms)
            if due_ms is not None and due_ms <= next_ms:
                self._now_ms = max(self._now_ms, due_ms)
                await self._pool.tick()  # may plan what comes before the next event
                continue
            if self._look_ms == next_ms:
                self._now_ms = max(self._now_ms, next_ms)
                self._look_ms += LOOK_MS
                await self._look()
                continue
            at_ms, _, what, arguments = heapq.heappop(self._events)
            self._now_ms = max(self._now_ms, at_ms)
            await what(*arguments)
        self._result.open_at_the_end = len(self._pool.desk.works)
        return self._result

    def _plan(self) -> None:
        recording, known = self._recording, self._configuration.people
        people = sorted({*recording.there, *recording.signed_in})
        self._result.unknown_people = tuple(each for each in people if each not in known)
        begins_ms = self._begins_ms()
        self._look_ms = begins_ms + LOOK_MS
        for agent_id in [each for each in people if each in known]:
            for since_ms, until_ms in recording.signed_in.get(agent_id) or [(begins_ms, None)]:
                self._at(since_ms, self._sign_in, agent_id)
                if until_ms is not None:
                    self._at(until_ms, self._sign_out, agent_id)
            for from_ms, to_ms in recording.there.get(agent_id, ()):
                self._at(from_ms, self._come, agent_id)
                self._at(to_ms, self._go, agent_id)
        for arrival in recording.arrivals:
            self._at(arrival.at_ms, self._arrive, arrival)

    def _begins_ms(self) -> int:
        sessions = self._recording.there.values()
        return min(
            [
                *(each.at_ms for each in self._recording.arrivals),
                *(each[0][0] for each in sessions),
            ],
            default=0,
        )

    async def _look(self) -> None:
        if self._pool.desk.works:
            await self._pool.clear_closed_queues()
            await self._pool.find_unstaffed()

    def _at(self, at_ms: int, what: Callable[..., Any], *arguments: Any) -> None:
        heapq.heappush(self._events, (at_ms, next(self._numbers), what, arguments))

    async def _act(self, agent_id: str, action: Any) -> None:
        command = AgentCommand.model_construct(
            command_id=f"r{next(self._commands)}", agent_id=agent_id, action=action
        )
        with suppress(RefusedError):  # the state has moved on, as it does for people
            await self._pool.act(command)
        self._pool.forget_command(command.command_id)

    async def _sign_in(self, agent_id: str) -> None:
        if agent_id not in self._pool.desk.people:
            await self._act(agent_id, SignIn())
            await self._act(agent_id, SetPresence(presence="away"))

    async def _sign_out(self, agent_id: str) -> None:
        """Once they have finished what they hold here, which is other work than they held."""
        person = self._pool.desk.people.get(agent_id)
        if person is None:
            return
        if set(person.held.values()) <= {"offered"}:
            self._going.discard(agent_id)
            await self._act(agent_id, SignOut())
        else:
            self._going.add(agent_id)
            await self._go(agent_id)

    async def _come(self, agent_id: str) -> None:
        self._going.discard(agent_id)
        await self._act(agent_id, SignIn())
        await self._act(agent_id, SetPresence(presence="available"))

    async def _go(self, agent_id: str) -> None:
        await self._act(agent_id, SetPresence(presence="away"))

    async def _arrive(self, arrival: Arrival) -> None:
        decision = arrival.decision
        work = new_work(
            self._pool.desk.rules,
            decision,
            cause_id=arrival.cause_id,
            reason=decision.reasons[0].code,
            brief=NO_BRIEF,
            arrival_ms=min(millis(decision.received_at), self._now_ms),
            decided_ms=self._now_ms,
            now_ms=self._now_ms,
        )
        with suppress(RefusedError):  # a flood is refused in the replay as well
            await self._pool.enqueue([work])

    def _on_step(self, inquiry_id: str, work: WorkRecord, name: str, agent_id: str | None) -> None:
        match name:
            case "enqueued":
                self._enqueued(inquiry_id, work)
            case "offered" if agent_id is not None:
                self._result.played[inquiry_id].offers += 1
                self._answer(inquiry_id, work, agent_id)
            case "lapsed" if agent_id is not None:
                self._missed(agent_id)
            case "accepted" if agent_id is not None:
                played = self._result.played[inquiry_id]
                played.agent_id, played.queue = agent_id, work.work_class.queue
                if played.wait_ms is None:
                    played.wait_ms = self._now_ms - work.arrival_ms
                played.accepted += 1
                self._end_later(inquiry_id, played, agent_id, work.epoch)
            case "abandoned":
                played = self._result.played[inquiry_id]
                played.abandoned, played.wait_ms = True, self._now_ms - work.arrival_ms
            case "completed" | "wrapped_up" | "transferred" if agent_id in self._going:
                self._at(self._now_ms, self._sign_out, agent_id)
            case _:
                pass

    def _answer(self, inquiry_id: str, work: WorkRecord, agent_id: str) -> None:
        """As this person answered the offers of this inquiry, one after the other; then they accept."""
        happened, number = self._recording.happened.get(inquiry_id), (inquiry_id, agent_id)
        again = [each for each in happened.refused if each.agent_id == agent_id] if happened else []
        nth = self._refused[number]
        if nth < len(again):
            self._refused[number] += 1
            after_ms = again[nth].after_ms
            if after_ms is not None:
                self._at(self._now_ms + after_ms, self._decline, agent_id, inquiry_id, work.epoch)
            return
        after_ms = self._accept_ms.get(agent_id, self._accept_ms.get("", 1000))
        self._at(self._now_ms + after_ms, self._accept, agent_id, inquiry_id, work.epoch)

    def _missed(self, agent_id: str) -> None:
        """Who was set away for it comes back when they were next heard of in the same session."""
        seen = self._recording.seen.get(agent_id, [])
        at = bisect_right(seen, self._now_ms)
        if at < len(seen) and self._is_there(agent_id, seen[at]):
            self._at(seen[at], self._come, agent_id)

    def _is_there(self, agent_id: str, at_ms: int) -> bool:
        sessions = self._recording.there.get(agent_id, [])
        return any(from_ms <= self._now_ms and at_ms < to_ms for from_ms, to_ms in sessions)

    def _end_later(self, inquiry_id: str, played: Played, agent_id: str, epoch: int) -> None:
        """Given on where this turn of the work was, else completed."""
        happened, nth = self._recording.happened.get(inquiry_id), played.accepted - 1
        stint = happened.stints[nth] if happened and nth < len(happened.stints) else None
        silent_s = self._configuration.desk.release_silent_after_s
        if stint is not None and silent_s is not None and stint.held_ms > silent_s * 1000:
            for after_ms in stint.replied_ms:
                self._at(self._now_ms + after_ms, self._reply, agent_id, inquiry_id, epoch)
        if stint is not None and stint.to_queue is not None:
            given = (agent_id, inquiry_id, epoch, stint)
            self._at(self._now_ms + stint.held_ms, self._give_on, *given)
            return
        handling_ms = self._handling(inquiry_id, played.queue)
        self._at(self._now_ms + handling_ms, self._complete, agent_id, inquiry_id, epoch)

    def _enqueued(self, inquiry_id: str, work: WorkRecord) -> None:
        self._result.played[inquiry_id] = Played(work.work_class.queue, work.arrival_ms)
        patience_ms = self._patience(inquiry_id)
        if patience_ms is not None:
            leaves_ms = max(self._now_ms, work.arrival_ms + patience_ms)
            self._at(leaves_ms, self._leave, inquiry_id, work.new.conversation_id)

    def _patience(self, inquiry_id: str) -> int | None:
        happened = self._recording.happened.get(inquiry_id)
        if happened is not None and happened.abandoned_ms is not None:
            return happened.wait_ms
        if self._patience_ms is None:
            return None
        at_least = (happened.wait_ms or 0) if happened is not None else 0
        return at_least + round(-math.log(1 - _chance(inquiry_id)) * self._patience_ms)

    def _handling(self, inquiry_id: str, queue: str) -> int:
        happened = self._recording.happened.get(inquiry_id)
        if happened is not None and happened.handle_ms is not None:
            return max(0, happened.handle_ms)
        return self._handle_ms.get(queue, self._handle_ms.get("", HANDLE_MS))

    async def _accept(self, agent_id: str, inquiry_id: str, epoch: int) -> None:
        await self._act(agent_id, Accept.model_construct(inquiry_id=inquiry_id, epoch=epoch))

    async def _decline(self, agent_id: str, inquiry_id: str, epoch: int) -> None:
        await self._act(agent_id, Decline.model_construct(inquiry_id=inquiry_id, epoch=epoch))

    async def _give_on(self, agent_id: str, inquiry_id: str, epoch: int, stint: Stint) -> None:
        """To that person if they are signed in, else to the queue; who cannot give it
        on under this desk completes it."""
        give = partial(Transfer.model_construct, inquiry_id=inquiry_id, epoch=epoch)
        if stint.to_agent in self._pool.desk.people and stint.to_agent != agent_id:
            await self._act(agent_id, give(to_agent=stint.to_agent))
            return
        if stint.to_queue in self._configuration.queues:
            await self._act(agent_id, give(to_queue=stint.to_queue))
            return
        await self._complete(agent_id, inquiry_id, epoch)

    async def _reply(self, agent_id: str, inquiry_id: str, epoch: int) -> None:
        reply = SendReply.model_construct(
            inquiry_id=inquiry_id, epoch=epoch, text=".", language=None
        )
        await self._act(agent_id, reply)

    async def _complete(self, agent_id: str, inquiry_id: str, epoch: int) -> None:
        await self._act(agent_id, Complete.model_construct(inquiry_id=inquiry_id, epoch=epoch))

    async def _leave(self, inquiry_id: str, conversation_id: str) -> None:
        if self._pool.desk.owner(conversation_id).work_id == inquiry_id:
            await self._pool.abandon(f"left-{inquiry_id}", conversation_id, FOR_EVER_MS)


def _chance(inquiry_id: str) -> float:
    """Between 0 and 1, always the same for an inquiry."""
    digest = hashlib.blake2b(inquiry_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _without_heartbeats(configuration: Configuration) -> Configuration:
    """Recordings hold no heartbeats: who was there was there."""
    presence = configuration.desk.presence.model_copy(
        update={"heartbeat_s": FOR_EVER_S, "grace_s": FOR_EVER_S}
    )
    desk = configuration.desk.model_copy(update={"presence": presence})
    return replace(configuration, desk=desk)
