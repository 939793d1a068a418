"""The plain engine, fast enough for weeks in a minute: the same rules with an index of what waits and of
what is due. What it overrides gives the same results as `memory_desk`; a test plays both and compares.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable

from services.agents.config import Configuration
from services.agents.memory import MemoryPool
from services.agents.memory_desk import MemoryDesk
from services.agents.memory_records import PersonRecord, WorkRecord
from services.agents.work import Ticked

OnStep = Callable[[str, WorkRecord, str, str | None], None]


class Due(dict[str, int]):
    """Entries and when they are due, with the next one at hand."""

    def __init__(self) -> None:
        super().__init__()
        self._heap: list[tuple[int, str]] = []

    def __setitem__(self, entry: str, at_ms: int) -> None:
        super().__setitem__(entry, at_ms)
        heapq.heappush(self._heap, (at_ms, entry))

    def next_ms(self) -> int | None:
        while self._heap and self.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def until(self, now_ms: int) -> list[str]:
        """What is due, in order; it stays until it is done."""
        entries = []
        while (at_ms := self.next_ms()) is not None and at_ms <= now_ms:
            entries.append(heapq.heappop(self._heap)[1])
        return entries


class ReplayDesk(MemoryDesk):
    """Keeps no outbox and no ended work: `on_step` hears of each step."""

    def __init__(
        self, configuration: Configuration, now_ms: Callable[[], int], on_step: OnStep
    ) -> None:
        super().__init__(configuration, now_ms, due=Due())
        self._on_step = on_step
        # Every conversation takes one slot, and none is paused.
        self._plain = (
            not configuration.desk.channels and not configuration.desk.release_silent_after_s
        )
        # By whom it is for: a class of work, or one person.
        self._waiting: defaultdict[object, list[tuple[tuple[int, int], str]]] = defaultdict(list)

    def step(
        self,
        inquiry_id: str,
        work: WorkRecord,
        name: str,
        agent_id: str | None = None,
        reason: str = "",  # noqa: ARG002 - the signature of the plain desk
        **more: str,  # noqa: ARG002
    ) -> None:
        work.seq += 1
        self._on_step(inquiry_id, work, name, agent_id)

    def tell(self, agent_id: str, *, signed_out: bool = False) -> None:
        """Nobody reads it in a replay."""

    def place(self, inquiry_id: str, work: WorkRecord) -> None:
        super().place(inquiry_id, work)
        if work.state == "waiting":
            heapq.heappush(self._waiting[_kind(work)], (work.order, inquiry_id))

    def settle(self, agent_id: str) -> None:
        person = self.people[agent_id]
        self.watch_limit(agent_id)
        while (best := self._best_for(agent_id, person)) is not None:
            self.offer(best, agent_id)
        person.version += 1

    def _best_for(self, agent_id: str, person: PersonRecord) -> str | None:
        best: tuple[int, tuple[int, int], str] | None = None
        for kind in list(self._waiting):
            passed_over = []
            while first := self._first(kind):
                order, inquiry_id = first
                work = self.works[inquiry_id]
                if self.may_take(agent_id, person, inquiry_id):
                    turn = self._turn(agent_id, work)
                    if best is None or (turn, order, inquiry_id) < best:
                        best = (turn, order, inquiry_id)
                    break
                if person.avoid.get(inquiry_id, 0) <= self.now_ms():
                    break  # they may take nothing of this kind
                passed_over.append(heapq.heappop(self._waiting[kind]))
            for each in passed_over:
                heapq.heappush(self._waiting[kind], each)
        return None if best is None else best[2]

    def _first(self, kind: object) -> tuple[tuple[int, int], str] | None:
        """The first that still waits there; what has moved on is dropped from the index."""
        line = self._waiting[kind]
        while line:
            order, inquiry_id = line[0]
            work = self.works.get(inquiry_id)
            if (
                work is not None
                and work.state == "waiting"
                and work.order == order
                and _kind(work) == kind
            ):
                return line[0]
            heapq.heappop(line)
        del self._waiting[kind]
        return None

    def may_take(self, agent_id: str, person: PersonRecord, inquiry_id: str) -> bool:
        if person.presence != "available" or (self._plain and len(person.held) >= person.capacity):
            return False
        work = self.works[inquiry_id]
        if work.direct is None and agent_id not in self.rules.servers(work.work_class):
            return False  # cheaper to ask than for a slot
        return super().may_take(agent_id, person, inquiry_id)

    def waiting_in(self, queue: str) -> int:
        most = self.configuration.queues.get(queue)
        if most is not None and len(self.works) < most.max_waiting:
            return 0  # not full, whatever the exact number is
        return super().waiting_in(queue)

    def archive(self, inquiry_id: str) -> None:
        super().archive(inquiry_id)
        del self.ended[inquiry_id]


def _kind(work: WorkRecord) -> object:
    return ("person", work.direct) if work.direct is not None else work.work_class


class ReplayPool(MemoryPool):
    """`desk` is a `ReplayDesk`."""

    def __init__(
        self, configuration: Configuration, now_ms: Callable[[], int], on_step: OnStep
    ) -> None:
        super().__init__(configuration, now_ms, ReplayDesk(configuration, now_ms, on_step))

    def next_due_ms(self) -> int | None:
        assert isinstance(self.desk.due, Due)  # noqa: S101 - made above
        return self.desk.due.next_ms()

    async def tick(self) -> Ticked:
        assert isinstance(self.desk.due, Due)  # noqa: S101
        entries = self.desk.due.until(self.desk.now_ms())
        for entry in entries:
            self._timers.do(entry)
        return Ticked(len(entries), None)
