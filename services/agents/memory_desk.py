"""The state of the queue engine in plain Python, and the moves that keep it in order: what
`lua/shared` is to the scripts. Nothing but dicts and loops, so that it can be seen to be right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from services.agents.config import Configuration
from services.agents.rules import Rules, WorkClass, score_ms
from services.agents.work import NewWork, Presence, State


@dataclass
class WorkRecord:
    """`new` is how it came; the rest is what has become of it."""

    new: NewWork
    work_class: WorkClass
    topic: str | None
    priority_min: int
    arrival_ms: int
    newest_ms: int
    entry: int
    epoch: int
    seq: int
    members: list[str]
    state: State = "waiting"
    agent_id: str | None = None
    until_ms: int | None = None
    taken_ms: int | None = None
    direct: str | None = None
    note: str | None = None

    @property
    def order(self) -> tuple[int, int]:
        return score_ms(self.arrival_ms, self.priority_min), self.entry


@dataclass
class PersonRecord:
    """Somebody signed in; `held` are inquiry ids and their states."""

    capacity: int
    idle_ms: int
    beat_ms: int
    presence: Presence = "available"
    reason: str = ""
    silent: bool = False
    held: dict[str, State] = field(default_factory=dict)
    lapses: int = 0
    avoid: dict[str, int] = field(default_factory=dict)
    version: int = 0

    @property
    def has_slot(self) -> bool:
        return self.presence == "available" and not self.silent and len(self.held) < self.capacity


@dataclass
class Ownership:
    """Who owns a conversation, as in `services.runtime.conversations`."""

    owner: str = "nobody"
    epoch: int = 0
    inquiry_id: str | None = None
    work_id: str | None = None
    agent_id: str | None = None


@dataclass
class MemoryDesk:
    """`outbox` has the fields of the Redis stream; `ended` and `joined` are what is known of other
    ids."""

    configuration: Configuration
    now_ms: Callable[[], int]
    outbox: list[dict[str, str]] = field(default_factory=list)
    conversations: dict[str, Ownership] = field(default_factory=dict)
    works: dict[str, WorkRecord] = field(default_factory=dict)
    ended: dict[str, WorkRecord] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    people: dict[str, PersonRecord] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)

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
        now_ms = self.now_ms()
        waited_ms = (now_ms if work.taken_ms is None else work.taken_ms) - work.arrival_ms
        self.outbox.append(
            {
                "inquiry_id": inquiry_id,
                "conversation_id": work.new.conversation_id,
                "step": name,
                "seq": str(work.seq),
                "epoch": str(work.epoch),
                "queue": work.work_class.queue,
                "agent_id": agent_id or "",
                "topic": work.topic or "",
                "language": work.new.language,
                "priority_min": str(work.priority_min),
                "waited_ms": str(max(0, waited_ms)),
                "reason": reason,
                "members": json.dumps(work.members, separators=(",", ":")),
                "config_version": self.configuration.version,
                "at_ms": str(now_ms),
                **more,
            }
        )

    def give(
        self, inquiry_id: str, work: WorkRecord, owner: str, agent_id: str | None = None
    ) -> None:
        """Gives the conversation to `owner`; its epoch follows the work's."""
        conversation = self.owner(work.new.conversation_id)
        conversation.owner, conversation.epoch = owner, work.epoch
        conversation.inquiry_id = inquiry_id
        conversation.work_id = None if owner == "closed" else inquiry_id
        conversation.agent_id = agent_id or conversation.agent_id

    # Bringing waiting work and free people together

    def may_take(self, agent_id: str, person: PersonRecord, inquiry_id: str) -> bool:
        work = self.works[inquiry_id]
        if person.avoid.get(inquiry_id, 0) > self.now_ms():
            return False
        if work.direct is not None:
            return work.direct == agent_id
        return agent_id in self.rules.servers(work.work_class)

    def settle(self, agent_id: str) -> None:
        """Fills a person's free slots with waiting work."""
        person = self.people[agent_id]
        while person.has_slot:
            mine = [
                (work.order, inquiry_id)
                for inquiry_id, work in self.works.items()
                if work.state == "waiting" and self.may_take(agent_id, person, inquiry_id)
            ]
            if not mine:
                break
            self._offer(min(mine)[1], agent_id)
        person.version += 1

    def place(self, inquiry_id: str, work: WorkRecord) -> None:
        """Offers work to the person with the fewest conversations, then the longest idle; lets it
        wait where nobody is free."""
        self.works[inquiry_id] = work
        work.state, work.agent_id, work.until_ms = "waiting", None, None
        free = [
            (len(person.held), person.idle_ms, agent_id)
            for agent_id, person in self.people.items()
            if person.has_slot and self.may_take(agent_id, person, inquiry_id)
        ]
        if free:
            agent_id = min(free)[2]
            self._offer(inquiry_id, agent_id)
            self.people[agent_id].version += 1

    def _offer(self, inquiry_id: str, agent_id: str) -> None:
        work, person = self.works[inquiry_id], self.people[agent_id]
        work.state, work.agent_id = "offered", agent_id
        work.until_ms = self.now_ms() + self.configuration.desk.offer_timeout_s * 1000
        work.epoch += 1
        self.step(inquiry_id, work, "offered", agent_id)
        self.due[f"offer|{work.epoch}|{inquiry_id}"] = work.until_ms
        person.held[inquiry_id] = "offered"
        person.idle_ms = self.now_ms()

    # What several transitions do to work that somebody holds

    def drop(self, inquiry_id: str, agent_id: str) -> None:
        person = self.people[agent_id]
        del person.held[inquiry_id]
        person.idle_ms = self.now_ms()

    def avoid(self, inquiry_id: str, agent_id: str) -> None:
        until_ms = self.now_ms() + self.configuration.desk.reoffer_after_s * 1000
        self.people[agent_id].avoid[inquiry_id] = until_ms
        self.due[f"look|{until_ms}|{agent_id}"] = until_ms

    def end_offer(self, inquiry_id: str, work: WorkRecord, name: str, reason: str = "") -> str:
        """Returns whose offer it was; the caller settles them and then places the work."""
        agent_id = work.agent_id or ""
        self.due.pop(f"offer|{work.epoch}|{inquiry_id}", None)
        self.drop(inquiry_id, agent_id)
        work.epoch += 1
        work.direct = work.agent_id = None
        work.state = "offered"  # in nobody's hands, not yet waiting
        self.step(inquiry_id, work, name, agent_id, reason)
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
        self.step(inquiry_id, work, "wrapped_up", agent_id)
        self.archive(inquiry_id)
        return agent_id

    def open_to_all(self, inquiry_id: str, reason: str) -> None:
        """Work that waits for one person only is opened to everybody of its class."""
        work = self.works[inquiry_id]
        self.due.pop(f"direct|{inquiry_id}", None)
        work.direct = None
        self.step(inquiry_id, work, "requeued", None, reason)
        self.place(inquiry_id, work)

    def sign_off(self, agent_id: str, back: list[str], reason: str) -> None:
        """A person goes; `back` and what waits for them alone goes to others."""
        del self.people[agent_id]
        self.due.pop(f"presence|{agent_id}", None)
        self.place_all(back)
        for inquiry_id in list(self._waiting_for(agent_id)):
            self.open_to_all(inquiry_id, reason)

    def _waiting_for(self, agent_id: str) -> Iterator[str]:
        waiting = [
            (work.order, inquiry_id)
            for inquiry_id, work in self.works.items()
            if work.state == "waiting" and work.direct == agent_id
        ]
        return (inquiry_id for _, inquiry_id in sorted(waiting))

    def waiting_in(self, queue: str) -> int:
        return sum(
            work.state == "waiting" and work.direct is None and work.work_class.queue == queue
            for work in self.works.values()
        )
