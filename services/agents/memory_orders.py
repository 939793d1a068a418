"""What supervisors order, on the plain desk. Each method is one script of `lua`."""

from __future__ import annotations

from dataclasses import replace

from services.agents.actions import plain
from services.agents.memory_busy import turn
from services.agents.memory_desk import MemoryDesk
from services.agents.memory_moving import move, put_into
from services.agents.memory_promises import answer_promise, is_promised, promise
from services.agents.memory_records import WorkRecord
from services.agents.overflow import Overflow
from services.agents.rules import WorkClass
from services.agents.work import required_of
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

FREE = ("waiting", "offered", "promised")


class MemoryOrders:
    """See `services.agents.orders.Orders`."""

    def __init__(self, desk: MemoryDesk) -> None:
        self._desk = desk

    def act(self, command: AgentCommand) -> tuple[str, int]:
        """A code of `refusals`, or `ok`, and the work's epoch afterwards."""
        match command.action:
            case Drain() as action:
                return self._drain(command, action)
            case CloseQueue() as action:
                return self._close(command, action)
            case OpenQueue() as action:
                self._desk.closed.pop(action.queue, None)
                self._changed("queue_opened", command, action.queue, action.reason)
                return "ok", 0
            case Push() | Pull() | Reprioritise() | Requeue() as action:
                work = self._desk.works.get(action.inquiry_id)
                if work is None:
                    return "no_inquiry", 0
                code = self._on_work(command, action, work)
                return code, work.epoch
        raise AssertionError(f"no such order: {command.action.do}")

    def _on_work(
        self, command: AgentCommand, action: Push | Pull | Reprioritise | Requeue, work: WorkRecord
    ) -> str:
        by = command.agent_id
        match action:
            case Push():
                return self._push(by, action, work)
            case Pull():
                return self._pull(by, action, work)
            case _ if work.state == "wrapping":
                return "ended"
            case Reprioritise():
                work.priority_min = action.priority_min
                work.stages = [
                    replace(each, priority_min=work.priority_min) for each in work.stages
                ]
                why = plain(action.reason)
                self._desk.step(action.inquiry_id, work, "reprioritised", work.agent_id, why, by=by)
            case Requeue():
                self._requeue(by, action, work)
        return "ok"

    def _push(self, by: str, action: Push, work: WorkRecord) -> str:
        desk, inquiry_id = self._desk, action.inquiry_id
        person = desk.people.get(action.to_agent)
        if work.state not in FREE:
            return "in_hands"
        if person is None or person.presence != "available" or person.silent:
            return "target_absent"
        if work.agent_id == action.to_agent:
            return "already_theirs"
        holder = self._take_out(by, inquiry_id, work, action.reason)
        desk.offer(inquiry_id, action.to_agent, plain(action.reason), by=by)
        person.version += 1
        if holder is not None:
            desk.settle(holder)
        return "ok"

    def _pull(self, by: str, action: Pull, work: WorkRecord) -> str:
        desk, inquiry_id = self._desk, action.inquiry_id
        if work.state not in FREE:
            return "in_hands"
        if by not in desk.people:
            return "not_signed_in"
        holder = self._take_out(by, inquiry_id, work, action.reason)
        person = desk.people[by]
        work.state = person.held[inquiry_id] = "accepted"
        work.agent_id, work.until_ms, work.taken_ms = by, None, desk.now_ms()
        work.epoch += 1
        person.idle_ms = desk.now_ms()
        told = desk.waited_again(work)
        desk.watch_for_silence(inquiry_id, work)
        told |= answer_promise(desk, inquiry_id, work)
        desk.step(inquiry_id, work, "accepted", by, plain(action.reason), by=by, **told)
        desk.give(inquiry_id, work, "person", by)
        desk.settle(by)
        if holder is not None and holder != by:
            desk.settle(holder)
        return "ok"

    def _take_out(self, by: str, inquiry_id: str, work: WorkRecord, reason: str) -> str | None:
        """Returns whose offer it was."""
        desk = self._desk
        for timer in ("direct", "ring", "callback"):
            desk.due.pop(f"{timer}|{inquiry_id}", None)
        holder = None
        if work.state == "offered":
            holder = desk.end_offer(inquiry_id, work, "rescinded", plain(reason), by=by)
        work.direct = None
        return holder

    def _requeue(self, by: str, action: Requeue, work: WorkRecord) -> None:
        desk, inquiry_id, why = self._desk, action.inquiry_id, plain(action.reason)
        holder: str | None
        if work.state in ("accepted", "paused"):
            self._move(action.to_queue, work)
            holder = desk.take_back(inquiry_id, why, by=by, **turn(desk, work))
        else:
            holder = self._take_out(by, inquiry_id, work, why)
            self._move(action.to_queue, work)
            desk.step(inquiry_id, work, "requeued", None, why, by=by)
        work.state = "offered"  # in nobody's hands, not yet waiting
        if holder is not None:
            desk.avoid(inquiry_id, holder)
            desk.settle(holder)
        desk.place(inquiry_id, work)

    def _move(self, to_queue: str | None, work: WorkRecord) -> None:
        """Before the step is written: whoever reads it later finds the work where it went."""
        if to_queue is not None:
            move(self._desk, work, to_queue)

    def _drain(self, command: AgentCommand, action: Drain) -> tuple[str, int]:
        desk, agent_id = self._desk, action.of_agent
        person = desk.people.get(agent_id)
        if person is None:
            return "not_signed_in", 0
        person.drained = action.draining
        back = desk.rescind_offers(agent_id, "drained") if action.draining else []
        change = "drained" if action.draining else "undrained"
        self._changed(change, command, agent_id, action.reason)
        desk.tell(agent_id)
        desk.settle(agent_id)
        desk.place_all(back)
        if person.drained:
            desk.open_all_direct(agent_id, "drained")
        return "ok", 0

    def _close(self, command: AgentCommand, action: CloseQueue) -> tuple[str, int]:
        self._desk.closed[action.queue] = command.agent_id
        self._changed("queue_closed", command, action.queue, action.reason)
        self.clear(action.queue, action.reason)
        return "ok", 0

    def clear(self, queue: str, reason: str = "") -> int:
        """See `services.agents.clearing`."""
        desk = self._desk
        if Overflow(desk.rules).leaving(WorkClass(queue), desk.closed, desk.now_ms()) is None:
            return 0
        waiting = sorted(
            (work.order, inquiry_id)
            for inquiry_id, work in desk.works.items()
            if work.state == "waiting" and not work.direct and work.work_class.queue == queue
        )
        places = enumerate(inquiry_id for _, inquiry_id in waiting)
        return sum(self._divert(queue, each, plain(reason), place) for place, each in places)

    def _divert(self, queue: str, inquiry_id: str, reason: str, place: int) -> bool:
        desk, overflow = self._desk, Overflow(self._desk.rules)
        work = desk.works[inquiry_id]
        if work.state != "waiting" or work.work_class.queue != queue:
            return False
        required = required_of(desk.details[each] for each in work.members)
        channel = work.work_class.channel
        asked = WorkClass(queue, work.new.language, skills=required, channel=channel)
        found = overflow.leaving(asked, desk.closed, desk.now_ms())
        if found is None:
            return False
        (elsewhere, why), by = found, desk.closed.get(queue, "")
        if elsewhere.promise_ms is not None and is_promised(work, desk.now_ms()):
            return False
        why = reason or why
        self._take_out(by, inquiry_id, work, why)
        work.state = "offered"  # in nobody's hands, not yet waiting
        if elsewhere.work_class.queue != queue:
            put_into(work, overflow.moved(elsewhere.work_class, desk.now_ms(), required))
        desk.step(inquiry_id, work, "requeued", None, why, **({"by": by} if by else {}))
        if elsewhere.promise_ms is None:
            desk.place(inquiry_id, work)
        else:
            promise(desk, inquiry_id, work, elsewhere.promise_ms + place, why)
        return True

    def _changed(self, change: str, command: AgentCommand, subject: str, reason: str) -> None:
        self._desk.outbox.append(
            {
                "change": change,
                "command_id": command.command_id,
                "subject": subject,
                "by": command.agent_id,
                "reason": plain(reason),
                "config_version": self._desk.configuration.version,
                "at_ms": str(self._desk.now_ms()),
            }
        )
