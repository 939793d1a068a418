"""The state of the queue engine in plain Python, and the moves that keep it in order: what
`lua/shared` is to the scripts. Nothing but dicts and loops, so that it can be seen to be right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.agents.config import Configuration
from services.agents.memory_busy import less_paused, turn, wrapped
from services.agents.memory_outbox import person_entry, step_entry
from services.agents.memory_promises import answer_promise, is_promised, promise
from services.agents.memory_records import Ownership, PersonRecord, WorkRecord
from services.agents.rules import Rules, Stage, WorkClass
from services.agents.work import Details


@dataclass
class MemoryDesk:
    """`outbox` has the fields of the Redis stream; `ended` and `joined` are what is known of other
    ids; `closed` are queues and who has closed them; `judged` are messages whose proposal has its verdict."""

    configuration: Configuration
    now_ms: Callable[[], int]
    outbox: list[dict[str, str]] = field(default_factory=list)
    conversations: dict[str, Ownership] = field(default_factory=dict)
    works: dict[str, WorkRecord] = field(default_factory=dict)
    ended: dict[str, WorkRecord] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    people: dict[str, PersonRecord] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    turns: int = 0
    closed: dict[str, str] = field(default_factory=dict)
    details: dict[str, Details] = field(default_factory=dict)
    judged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rules = Rules(self.configuration)

    def owner(self, conversation_id: str) -> Ownership:
        return self.conversations.setdefault(conversation_id, Ownership())

    def step(
        self,
        inquiry_id: str,
        work: WorkRecord,
        name: str,
        agent_id: str | None = None,
        reason: str = "",
        **more: str,
    ) -> None:
        work.seq += 1
        self.outbox.append(step_entry(self, inquiry_id, work, name, agent_id, reason) | more)

    def give(
        self, inquiry_id: str, work: WorkRecord, owner: str, agent_id: str | None = None
    ) -> None:
        """Gives the conversation to `owner`; its epoch follows the work's."""
        conversation = self.owner(work.new.conversation_id)
        conversation.owner, conversation.epoch = owner, work.epoch
        conversation.inquiry_id = inquiry_id
        conversation.work_id = None if owner == "closed" else inquiry_id
        conversation.agent_id = agent_id or conversation.agent_id

    def tell(self, agent_id: str, *, signed_out: bool = False) -> None:
        """What a person is now, wherever that is more than the steps of their work say; called before the
        same transition offers them anything."""
        self.outbox.append(person_entry(self, agent_id, signed_out=signed_out))

    # Bringing waiting work and free people together

    def may_take(self, agent_id: str, person: PersonRecord, inquiry_id: str) -> bool:
        work = self.works[inquiry_id]
        if person.avoid.get(inquiry_id, 0) > self.now_ms():
            return False
        if not self._has_slot(person, work.work_class):
            return False
        if work.direct is not None:
            return work.direct == agent_id
        return agent_id in self.rules.servers(work.work_class)

    def _takes_work(self, person: PersonRecord) -> bool:
        there = person.presence == "available" and not person.silent
        return there and not person.drained and not person.limited

    def _limited_until(self, person: PersonRecord) -> int | None:
        """They have had as many offers as they may until then."""
        limit = self.configuration.desk.offer_limit
        if limit is None or len(person.recent) < limit.offers:
            return None
        until_ms = person.recent[-limit.offers] + limit.within_s * 1000
        return until_ms if until_ms > self.now_ms() else None

    def watch_limit(self, agent_id: str) -> None:
        """Looks at a person again when their next offer is allowed; they are in no line until that look."""
        person = self.people[agent_id]
        when = self._limited_until(person)
        person.limited = when is not None
        if when is not None:
            self.due.setdefault(f"look|{when}|{agent_id}", when)

    def units_in_use(self, person: PersonRecord, channel: str = "") -> int:
        """As work of `channel` sees them: what it interrupts does not count."""
        rules = self.configuration.desk.channels
        over = next((rules[name].interrupts for name in rules if name == channel), ())
        return sum(
            self.rules.units(work_class)
            for work_class in self._busy_with(person)
            if work_class.channel not in over
        )

    def _busy_with(self, person: PersonRecord) -> list[WorkClass]:
        active = [each for each, state in person.held.items() if state != "paused"]
        return [self.works[inquiry_id].work_class for inquiry_id in active]

    def _has_slot(self, person: PersonRecord, wanted: WorkClass) -> bool:
        used = self.units_in_use(person, wanted.channel)
        if not self._takes_work(person) or used + self.rules.units(wanted) > person.capacity:
            return False
        channel = self.rules.channel(wanted.channel)
        if not channel:
            return True
        limits = {str(name): most for name, most in person.limits.items()}
        same = sum(each.channel == channel for each in self._busy_with(person))
        return same < limits.get(channel, 100)

    def _rank(self, agent_id: str, work: WorkRecord) -> tuple[int | str, ...]:
        """The order among people who may take it."""
        person = self.people[agent_id]
        used = self.units_in_use(person)
        order = "longest_idle" if work.direct else work.work_class.order
        match order:
            case "longest_idle":
                return person.idle_ms, agent_id
            case "most_spare":
                return used - person.capacity, person.idle_ms, agent_id
            case "least_active":
                return used, person.idle_ms, agent_id
            case "round_robin":
                return person.turn, agent_id

    def settle(self, agent_id: str) -> None:
        """Fills a person's free slots with waiting work."""
        person = self.people[agent_id]
        self.watch_limit(agent_id)
        while mine := [
            (self._turn(agent_id, work), work.order, inquiry_id)
            for inquiry_id, work in self.works.items()
            if work.state == "waiting" and self.may_take(agent_id, person, inquiry_id)
        ]:
            self.offer(min(mine)[2], agent_id)
        person.version += 1

    def _turn(self, agent_id: str, work: WorkRecord) -> int:
        return 1 if work.direct else self.rules.priority(agent_id, work.work_class)

    def place(self, inquiry_id: str, work: WorkRecord) -> None:
        """Offers work to the first who is free in its ring, or in the next where that ring is passed
        over; lets it wait where nobody is."""
        self.works[inquiry_id] = work
        work.state, work.agent_id, work.until_ms = "waiting", None, None
        goes_on_ms = work.goes_on_ms(self.now_ms())
        while goes_on_ms is not None and goes_on_ms <= self.now_ms():
            if self.next_ring(inquiry_id, work):
                return
            goes_on_ms = work.goes_on_ms(self.now_ms())
        while not self._offer_to_free(inquiry_id, work):
            if work.direct or not self._skips(work.stages[0]):
                goes_on_ms = work.goes_on_ms(self.now_ms())
                if goes_on_ms is not None:
                    self.due[f"ring|{inquiry_id}"] = goes_on_ms
                return
            if self.next_ring(inquiry_id, work):
                return

    def _offer_to_free(self, inquiry_id: str, work: WorkRecord) -> bool:
        free = [
            agent_id
            for agent_id, person in self.people.items()
            if self.may_take(agent_id, person, inquiry_id)
        ]
        if free:
            agent_id = min(free, key=lambda each: self._rank(each, work))
            self.offer(inquiry_id, agent_id)
            self.people[agent_id].version += 1
        return bool(free)

    def next_ring(self, inquiry_id: str, work: WorkRecord) -> bool:
        """Goes on to what comes next; there is something. Returns whether that is a promise."""
        ring = work.next_stage(self.now_ms())
        assert ring is not None  # noqa: S101 - every ring but the last ends
        if ring.promise_ms is not None and is_promised(work, self.now_ms()):
            work.stages = [each for each in work.stages if each is not ring]
            return False
        if ring.is_overflow:
            closings = [each for each in work.stages[1:] if each.closing and each is not ring]
            work.stages = [ring, *ring.then, *closings]
        else:
            del work.stages[0]
        if ring.priority_min is not None:
            work.priority_min = ring.priority_min
        work.work_class = ring.work_class
        if ring.promise_ms is not None:
            promise(self, inquiry_id, work, ring.promise_ms, ring.name)
            return True
        self.step(inquiry_id, work, "widened", None, ring.name)
        return False

    def _skips(self, stage: Stage) -> bool:
        rule = stage.skip_if
        if rule is None:
            return False
        able = [
            person.counted_as
            for agent_id, person in self.people.items()
            if agent_id in self.rules.servers(stage.work_class)
        ]
        people = {
            "signed_in": len(able),
            "unavailable": len(able) - able.count("available"),
        }.get(rule.count, able.count(rule.count))
        return people < rule.below if rule.below is not None else people > (rule.above or 0)

    def offer(self, inquiry_id: str, agent_id: str, reason: str = "", **more: str) -> None:
        work, person = self.works[inquiry_id], self.people[agent_id]
        work.state, work.agent_id = "offered", agent_id
        work.epoch += 1
        self.step(inquiry_id, work, "offered", agent_id, reason, **more)
        self.due.pop(f"ring|{inquiry_id}", None)
        person.held[inquiry_id] = "offered"
        if self._accepts_at_once(person, work):
            self.accept(inquiry_id, agent_id)
        else:
            work.until_ms = self.now_ms() + self.configuration.desk.offer_timeout_s * 1000
            self.due[f"offer|{work.epoch}|{inquiry_id}"] = work.until_ms
        person.idle_ms = self.now_ms()
        self.turns += 1
        person.turn = self.turns
        self._count_offer(agent_id, person)

    def _accepts_at_once(self, person: PersonRecord, work: WorkRecord) -> bool:
        """As the queue says, or else the person."""
        queue = self.configuration.queues.get(work.work_class.queue)
        if queue is None or queue.auto_accept is None:
            return person.auto_accept
        return queue.auto_accept

    def accept(self, inquiry_id: str, agent_id: str) -> None:
        work, person = self.works[inquiry_id], self.people[agent_id]
        work.until_ms = work.direct = None
        work.taken_ms = self.now_ms()
        work.state = person.held[inquiry_id] = "accepted"
        told = self.waited_again(work)
        self.watch_for_silence(inquiry_id, work)
        person.lapses = 0
        told |= answer_promise(self, inquiry_id, work)
        self.step(inquiry_id, work, "accepted", agent_id, **told)

    def waited_again(self, work: WorkRecord) -> dict[str, str]:
        """What a step says of work that somebody has had before: how long it has waited since."""
        if work.spoke_ms is None:
            return {}
        return {"waited_again_ms": str(self.now_ms() - work.entered_ms)}

    def _count_offer(self, agent_id: str, person: PersonRecord) -> None:
        limit = self.configuration.desk.offer_limit
        if limit is None:
            return
        person.recent = [*person.recent, self.now_ms()][-limit.offers :]
        self.watch_limit(agent_id)

    # What several transitions do to work that somebody holds

    def drop(self, inquiry_id: str, agent_id: str) -> None:
        person = self.people[agent_id]
        del person.held[inquiry_id]
        person.idle_ms = self.now_ms()

    def avoid(self, inquiry_id: str, agent_id: str) -> None:
        until_ms = self.now_ms() + self.configuration.desk.reoffer_after_s * 1000
        self.people[agent_id].avoid[inquiry_id] = until_ms
        self.due[f"look|{until_ms}|{agent_id}"] = until_ms

    def end_offer(
        self, inquiry_id: str, work: WorkRecord, name: str, reason: str = "", **more: str
    ) -> str:
        """Returns whose offer it was; the caller settles them and then places the work."""
        agent_id = work.agent_id or ""
        self.due.pop(f"offer|{work.epoch}|{inquiry_id}", None)
        self.drop(inquiry_id, agent_id)
        work.epoch += 1
        work.direct = work.agent_id = None
        work.state = "offered"  # in nobody's hands, not yet waiting
        self.step(inquiry_id, work, name, agent_id, reason, **more)
        return agent_id

    def rescind_offers(self, agent_id: str, reason: str) -> list[str]:
        held = self.people[agent_id].held
        ids = sorted(inquiry_id for inquiry_id, state in held.items() if state == "offered")
        for inquiry_id in ids:
            self.end_offer(inquiry_id, self.works[inquiry_id], "rescinded", reason)
        return ids

    def place_all(self, inquiry_ids: list[str]) -> None:
        for inquiry_id in inquiry_ids:
            self.place(inquiry_id, self.works[inquiry_id])

    def take_back(self, inquiry_id: str, reason: str, **more: str) -> str:
        """Takes accepted work out of its person's hands; returns whose it was. The caller settles
        them and places the work."""
        work = self.works[inquiry_id]
        agent_id = work.agent_id or ""
        self.due.pop(f"pause|{inquiry_id}", None)
        self.drop(inquiry_id, agent_id)
        work.epoch += 1
        work.taken_ms = work.agent_id = None
        work.entered_ms = self.now_ms()
        work.state = "offered"  # in nobody's hands, not yet waiting
        self.give(inquiry_id, work, "queue", agent_id)
        self.step(inquiry_id, work, "requeued", agent_id, reason, **more)
        return agent_id

    def let_go(self, agent_id: str, held: list[str], reason: str) -> list[str]:
        """Ends the wrap-ups and takes back the accepted work of a person who goes; returns what is to
        be placed."""
        back = []
        for inquiry_id in held:
            match self.people[agent_id].held.get(inquiry_id):
                case "wrapping":
                    self.end_wrap_up(inquiry_id)
                case "accepted" | "paused":
                    self.take_back(inquiry_id, reason, **turn(self, self.works[inquiry_id]))
                    back.append(inquiry_id)
        return back

    def watch_for_silence(self, inquiry_id: str, work: WorkRecord) -> None:
        """From now on it counts how long nobody speaks."""
        work.spoke_ms = self.now_ms()
        after_s = self.configuration.desk.release_silent_after_s
        if after_s is not None:
            self.due[f"pause|{inquiry_id}"] = self.now_ms() + after_s * 1000

    def resume(self, inquiry_id: str, work: WorkRecord) -> None:
        """A paused conversation takes its slot again; the caller settles its person."""
        agent_id, less = work.agent_id or "", less_paused(self, work)
        work.state = self.people[agent_id].held[inquiry_id] = "accepted"
        self.watch_for_silence(inquiry_id, work)
        self.step(inquiry_id, work, "resumed", agent_id, **less)

    def archive(self, inquiry_id: str) -> None:
        work = self.ended[inquiry_id] = self.works.pop(inquiry_id)
        if work.state != "abandoned":
            work.state = "completed"

    def end_wrap_up(self, inquiry_id: str) -> str:
        """Returns whose wrap-up it was; the caller settles them."""
        work = self.works[inquiry_id]
        agent_id = work.agent_id or ""
        self.due.pop(f"wrap|{agent_id}|{inquiry_id}", None)
        self.drop(inquiry_id, agent_id)
        self.step(inquiry_id, work, "wrapped_up", agent_id, **wrapped(self, work))
        self.archive(inquiry_id)
        return agent_id

    def open_to_all(self, inquiry_id: str, reason: str) -> None:
        """Work that waits for one person only is opened to everybody of its class."""
        work = self.works[inquiry_id]
        self.due.pop(f"direct|{inquiry_id}", None)
        self.due.pop(f"ring|{inquiry_id}", None)
        work.direct = None
        self.step(inquiry_id, work, "requeued", None, reason)
        self.place(inquiry_id, work)

    def sign_off(self, agent_id: str, back: list[str], reason: str) -> None:
        """A person goes; `back` and what waits for them alone goes to others."""
        self.tell(agent_id, signed_out=True)
        del self.people[agent_id]
        self.due.pop(f"presence|{agent_id}", None)
        self.place_all(back)
        self.open_all_direct(agent_id, reason)

    def open_all_direct(self, agent_id: str, reason: str) -> None:
        """What waits for one person alone is everybody's."""
        theirs = [each for each in self.works.items() if each[1].direct == agent_id]
        for inquiry_id, work in sorted(theirs, key=lambda each: (each[1].order, each[0])):
            if work.state == "waiting":
                self.open_to_all(inquiry_id, reason)

    def waiting_in(self, queue: str) -> int:
        return sum(
            work.state == "waiting" and work.direct is None and work.work_class.queue == queue
            for work in self.works.values()
        )
