"""The queue engine in plain Python: to be read beside the Lua scripts, and to check them.

It keeps no index and forgets nothing; `services.agents.engine` is the one for work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.agents.actions import FREES
from services.agents.config import Configuration
from services.agents.memory_busy import turn
from services.agents.memory_commands import MemoryCommands
from services.agents.memory_desk import MemoryDesk
from services.agents.memory_orders import FREE
from services.agents.memory_promises import give_promise, is_promised, promise
from services.agents.memory_records import Ownership, WorkRecord, seen_from_outside
from services.agents.memory_timers import MemoryTimers
from services.agents.memory_unstaffed import NOBODY, find_unstaffed, is_staffed
from services.agents.overflow import Elsewhere
from services.agents.pool import Left
from services.agents.refusals import refuse
from services.agents.work import (
    MEMBERS_MAX,
    Done,
    NewWork,
    Placed,
    QueueState,
    SignedIn,
    Ticked,
    Work,
)
from warmline.events.work import AgentCommand

HAD_LEFT = "the customer had left before it came here"
MORE_URGENT = "the customer has written something more urgent"


class MemoryPool:
    """`services.agents.pool.Pool`; `desk` is open to be looked into."""

    def __init__(
        self,
        configuration: Configuration,
        now_ms: Callable[[], int],
        desk: MemoryDesk | None = None,
    ) -> None:
        self.desk = desk or MemoryDesk(configuration, now_ms)
        self._commands = MemoryCommands(self.desk)
        self._timers = MemoryTimers(self.desk)
        self._seen: set[str] = set()
        self._entries = 0

    async def configure(self) -> None:
        """Nothing is left from before a start, and nobody else is there."""

    async def reconfigure(self, configuration: Configuration) -> None:
        """See `RedisPool.reconfigure`."""
        desk = self.desk
        desk.configuration = configuration
        desk.rules.adopt(configuration)
        for agent_id in sorted(desk.people):
            person, known = desk.people[agent_id], configuration.people.get(agent_id)
            person.capacity = known.capacity if known else 1
            person.limits = known.limits if known else {}
            person.auto_accept = known is not None and known.auto_accept
            if configuration.desk.release_silent_after_s is not None:
                accepted = (each for each, state in person.held.items() if state == "accepted")
                desk.due |= {f"pause|{inquiry_id}": desk.now_ms() for inquiry_id in accepted}
            desk.tell(agent_id)
            desk.settle(agent_id)

    async def enqueue(self, works: Sequence[NewWork]) -> list[Placed]:
        placed = [self._enqueue(new) for new in works]
        if any(each is None for each in placed):
            raise refuse("flood")
        return [each for each in placed if each is not None]

    def _enqueue(self, new: NewWork) -> Placed | None:
        if new.cause_id in self._seen:
            return Placed("repeated", self.desk.joined.get(new.inquiry_id, new.inquiry_id))
        placed = self._join_open(new) or self._take_in(new)
        if placed is _FLOOD:
            return None
        self._seen.add(new.cause_id)
        return placed

    def _join_open(self, new: NewWork) -> Placed | None:
        desk, own = self.desk, self.desk.works.get(new.inquiry_id)
        if own is not None and own.state == "wrapping":  # asked for again
            desk.settle(desk.end_wrap_up(new.inquiry_id))
        owner = desk.owner(new.conversation_id)
        for open_id in (owner.work_id, new.inquiry_id):
            work = desk.works.get(open_id or "")
            if open_id and work and work.state != "wrapping":
                return self._join(open_id, work, new)
        return None

    def _join(self, work_id: str, work: WorkRecord, new: NewWork) -> Placed:
        if new.inquiry_id in work.members:
            return Placed("repeated", work_id)
        if len(work.members) >= MEMBERS_MAX:
            return _FLOOD
        work.members.append(new.inquiry_id)
        self.desk.details[new.inquiry_id] = new.details
        work.newest_ms = max(work.newest_ms, min(new.arrival_ms, self.desk.now_ms()))
        self.desk.joined[new.inquiry_id] = work_id
        moves = new.priority_min > work.priority_min and work.state in FREE
        holder = None
        if moves and work.state == "offered" and work.work_class != new.work_class:
            holder = self.desk.end_offer(work_id, work, "rescinded", MORE_URGENT)
        if moves:
            work.priority_min, work.topic = new.priority_min, new.topic
            work.work_class, work.stages = new.work_class, list(new.placement.stages)
            work.entered_ms = self.desk.now_ms()
            self.desk.due.pop(f"ring|{work_id}", None)
            self.desk.due.pop(f"callback|{work_id}", None)
        if work.state == "accepted":
            work.spoke_ms = self.desk.now_ms()
        self.desk.step(work_id, work, "joined", work.agent_id)
        if holder is not None:
            self.desk.settle(holder)
        if work.state == "paused":
            self._wake_up(work_id, work)
        elif moves and work.agent_id is None:
            self.desk.place(work_id, work)
        elif work.agent_id is not None:
            self.desk.people[work.agent_id].version += 1
        return Placed("joined", work_id)

    def _wake_up(self, work_id: str, work: WorkRecord) -> None:
        desk, agent_id = self.desk, work.agent_id or ""
        person = desk.people[agent_id]
        if person.presence in ("available", "busy") and not person.silent:
            desk.resume(work_id, work)
            desk.settle(agent_id)
            return
        why = f"the customer has written again, and {agent_id} is not there"
        desk.take_back(work_id, why, **turn(desk, work))
        desk.settle(agent_id)
        desk.place(work_id, work)

    def _preferred(self, new: NewWork) -> str | None:
        for who in new.asked_first:
            agent_id = self.desk.owner(new.conversation_id).agent_id if who == "*" else who
            person = self.desk.people.get(agent_id or "")
            if person is not None and person.counted_as == "available":
                return agent_id
        return None

    def _take_in(self, new: NewWork) -> Placed:
        desk = self.desk
        before = desk.ended.pop(new.inquiry_id, None)
        desk.joined.pop(new.inquiry_id, None)
        self._entries += 1
        desk.details[new.inquiry_id] = new.details
        elsewhere, reason = self._elsewhere(new)
        arrival_ms = min(new.arrival_ms, desk.now_ms())
        work = WorkRecord(
            new=new,
            work_class=elsewhere.work_class if elsewhere else new.work_class,
            topic=new.topic,
            priority_min=new.priority_min,
            arrival_ms=arrival_ms,
            newest_ms=arrival_ms,
            entry=self._entries,
            epoch=max(
                _next_epoch(desk.owner(new.conversation_id), new), before.epoch + 1 if before else 1
            ),
            seq=before.seq if before else 0,
            members=[new.inquiry_id],
            entered_ms=desk.now_ms(),
            stages=[
                *elsewhere.rings,
                *(stage for stage in new.placement.stages if stage.closing),
            ]
            if elsewhere
            else list(new.placement.stages),
        )
        promise_ms = elsewhere.promise_ms if elsewhere else None
        rings = [ring.work_class for ring in elsewhere.rings] if elsewhere else new.rings
        nobody_ms = None if is_staffed(desk, rings) else new.placement.nobody_ms
        had_left = desk.owner(new.conversation_id).left_ms > new.decided_ms
        has_left = had_left and promise_ms is None and nobody_ms is None
        work.direct = None if promise_ms is not None or has_left else self._preferred(new)
        reasons = [reason] if elsewhere else []
        if work.direct is not None and new.choice.prefer is not None:
            box_ms = new.choice.prefer.for_s * 1000
            desk.due[f"direct|{new.inquiry_id}"] = desk.now_ms() + box_ms
            reasons.append(f"{work.direct} is asked first")
        desk.give(new.inquiry_id, work, "queue")
        reason = "; ".join(reasons)
        desk.step(new.inquiry_id, work, "enqueued", None, reason)
        if has_left:
            desk.works[new.inquiry_id] = work
            work.state, work.epoch = "abandoned", work.epoch + 1
            desk.give(new.inquiry_id, work, "closed")
            desk.step(new.inquiry_id, work, "abandoned", None, HAD_LEFT)
            desk.archive(new.inquiry_id)
        elif promise_ms is None:
            if nobody_ms is not None:
                give_promise(desk, new.inquiry_id, work, nobody_ms, NOBODY, waits="1")
            desk.place(new.inquiry_id, work)
        else:
            promise(desk, new.inquiry_id, work, promise_ms, reason)
        return Placed("enqueued", new.inquiry_id)

    def _elsewhere(self, new: NewWork) -> tuple[Elsewhere | None, str]:
        """Where it goes instead of its queue, and why."""
        placement, desk = new.placement, self.desk
        if placement.now is not None:
            return placement.now, placement.reason
        if placement.unstaffed is not None and not is_staffed(desk, new.rings):
            return placement.unstaffed, NOBODY
        if new.work_class.queue in desk.closed:
            return placement.full, f"{new.work_class.queue} is closed for now"
        if 0 < new.bound <= desk.waiting_in(new.work_class.queue):
            return placement.full, f"{new.work_class.queue} is full"
        return None, ""

    async def act(self, command: AgentCommand) -> Done:
        person = self.desk.people.get(command.agent_id)
        had = set(person.held) if person is not None else set()
        done = self._commands.act(command)
        if person is None or not isinstance(command.action, FREES):
            return done
        new = tuple(each for each in person.held if each not in had)
        return Done(
            done.epoch, tuple(seen_from_outside(each, self.desk.works[each]) for each in new)
        )

    async def clear_closed_queues(self) -> int:
        return self._commands.clear_closed_queues()

    async def find_unstaffed(self) -> int:
        return find_unstaffed(self.desk)

    def forget_command(self, command_id: str) -> None:
        """Its result is not needed again."""
        self._commands.forget(command_id)

    async def abandon(self, cause_id: str, conversation_id: str, left_ms: int) -> Left:
        desk = self.desk
        if cause_id in self._seen:
            return "repeated"
        inquiry_id = desk.owner(conversation_id).work_id or ""
        self._seen.add(cause_id)
        work = desk.works.get(inquiry_id)
        if work is None or work.state == "wrapping":
            owner = desk.owner(conversation_id)
            owner.left_ms = max(owner.left_ms, left_ms)
            return "nothing_waits"
        if work.newest_ms > left_ms:
            return "nothing_waits"
        if work.state == "promised" or is_promised(work, desk.now_ms()):
            return "promised"
        if work.state in ("accepted", "paused"):
            return "held"
        agent_id = work.agent_id
        desk.due.pop(f"direct|{inquiry_id}", None)
        desk.due.pop(f"ring|{inquiry_id}", None)
        if agent_id is not None:
            desk.end_offer(inquiry_id, work, "cancelled", "the customer has left")
        else:
            work.epoch += 1
        work.state, work.until_ms = "abandoned", None
        desk.give(inquiry_id, work, "closed")
        promised = work.promised_ms is not None
        told = {"after_promise": "1"} if promised else desk.waited_again(work)
        desk.step(inquiry_id, work, "abandoned", **told)
        desk.archive(inquiry_id)
        if agent_id is not None:
            desk.settle(agent_id)
        return "abandoned"

    async def tick(self) -> Ticked:
        now_ms = self.desk.now_ms()
        entries = sorted((at, entry) for entry, at in self.desk.due.items() if at <= now_ms)
        later = [at - now_ms for at in self.desk.due.values() if at > now_ms]
        for _, entry in entries:
            self._timers.do(entry)
        return Ticked(len(entries), min(later, default=None))

    async def person(self, agent_id: str) -> SignedIn | None:
        person = self.desk.people.get(agent_id)
        if person is None:
            return None
        return SignedIn(
            agent_id=agent_id,
            presence=person.presence,
            reason=person.reason,
            silent=person.silent,
            drained=person.drained,
            capacity=person.capacity,
            held=dict(person.held),
            version=person.version,
            now_ms=self.desk.now_ms(),
        )

    async def work(self, inquiry_id: str) -> Work | None:
        known_as = inquiry_id
        while known_as in self.desk.joined:  # what it joined may have joined other work since
            known_as = self.desk.joined[known_as]
        record = self.desk.works.get(known_as) or self.desk.ended.get(known_as)
        return None if record is None else seen_from_outside(known_as, record)

    async def queues(self) -> list[QueueState]:
        known, works = self.desk.configuration.queues, self.desk.works.values()
        lines = {
            each.work_class.queue for each in works if each.state == "waiting" and not each.direct
        }
        return [self._queue_state(each) for each in (*known, *sorted(lines - known.keys()))]

    def _queue_state(self, queue_id: str) -> QueueState:
        arrivals = [
            (work.order, work.arrival_ms)
            for work in self.desk.works.values()
            if work.state == "waiting" and work.work_class.queue == queue_id and not work.direct
        ]
        oldest = min(arrivals)[1] if arrivals else None
        return QueueState(
            queue=queue_id,
            waiting=len(arrivals),
            oldest_ms=None if oldest is None else self.desk.now_ms() - oldest,
            closed=queue_id in self.desk.closed,
            removed=queue_id not in self.desk.configuration.queues,
        )


_FLOOD = Placed("repeated", "")


def _next_epoch(owner: Ownership, new: NewWork) -> int:
    """The router has raised it already if it gave this very inquiry to the queue."""
    routed_here = owner.owner == "queue" and owner.inquiry_id == new.inquiry_id
    return owner.epoch if routed_here else owner.epoch + 1
