"""What the topics say happened to the inquiries, and whether each of them ended exactly once. Pure.

`Tally` is filled with events, the topics in any order: while a demonstration runs, for the live
table, and again from the first record on, for the summary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warmline.dead_letters import DeadLetter
from warmline.demo.lives import Life, duplicates, route_of
from warmline.events import Assignment, Decision, Event, Feedback, Handover, Inquiry, Outcome, Reply
from warmline.events.envelope import event_id

Position = tuple[int, int]
"""Partition and offset on `inquiries`."""

_WAITING = frozenset(
    {
        "enqueued",
        "widened",
        "promised",
        "offered",
        "declined",
        "lapsed",
        "rescinded",
        "requeued",
        "transferred",
    }
)
_WITH_PEOPLE = frozenset({"accepted", "replied", "paused", "resumed"})
_ASIDE = frozenset({"joined", "missed", "reprioritised"})


@dataclass(frozen=True, slots=True)
class Conservation:
    """`published = answered + handed_off + abandoned + dead_lettered` holds if nothing was lost, and
    nothing happened twice or to an inquiry that nobody published (`invented`)."""

    published: int
    answered: int
    handed_off: int
    abandoned: int
    dead_lettered: int
    duplicated: int
    invented: int

    @property
    def lost(self) -> int:
        ended = self.answered + self.handed_off + self.abandoned + self.dead_lettered
        return self.published - ended

    @property
    def holds(self) -> bool:
        return self.lost == self.duplicated == self.invented == 0


class Tally:
    """One thread fills it; another may read the counters meanwhile.

    `routes` counts first decisions by route, `work` human work by where it is, `answers` by who gave
    them, `outcomes` by kind; `asked` and `ended` count inquiries, `published` their records: a file
    may hold an inquiry twice. With `only`, no other inquiries are counted: the topics may hold those
    of others too.
    """

    def __init__(self, only: Container[str] | None = None) -> None:
        self._only = only
        self.lives: dict[str, Life] = {}
        self.unreadable: dict[Position, bool] = {}
        self.routes: Counter[str] = Counter()
        self.work: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.reversed: set[str] = set()
        self.dead_letters = 0
        self.asked = 0
        self.ended = 0
        self._positions: dict[Position, str] = {}
        self._work: dict[str, tuple[int, str]] = {}

    @property
    def published(self) -> int:
        return len(self._positions) + len(self.unreadable)

    def add(self, event: Event[Any], position: Position | None = None) -> None:
        """`position` is needed for inquiries, because dead letters name them by it."""
        if not self.counts(inquiry_of(event.data)):
            return
        match event.data:
            case Inquiry() as inquiry:
                if position is not None:
                    self._positions[position] = inquiry.inquiry_id
                life = self._life(inquiry.inquiry_id)
                self.asked += life.asked is None
                life.asked = life.asked or event.time
            case Decision() as decision:
                self._decided(event.id, decision)
            case Handover() as handover:
                self._life(handover.decision.inquiry.inquiry_id).handed_over = True
            case Reply() as reply:
                self._replied(event.time, reply)
            case Feedback(inquiry_id=str() as inquiry_id) as feedback:
                self._life(inquiry_id).feedback[feedback.feedback_id] = feedback.kind
            case Assignment() as step:
                self._moved(step)
            case Outcome(revision=0) as outcome:
                self._closed(event.id, outcome)
            case Outcome() as correction:
                self.reversed.add(correction.inquiry_id)

    def add_unreadable(self, position: Position) -> None:
        """A record on `inquiries` that is no inquiry: it must end as a dead letter."""
        if self._only is None:
            self.unreadable.setdefault(position, False)

    def add_dead_letter(self, letter: DeadLetter, inquiry_id: str | None, of_inquiry: bool) -> None:
        """`of_inquiry`: the record was one of `inquiries`, which are found by their position;
        `inquiry_id` is what any other record names, if it names one."""
        position = (letter.partition, letter.offset)
        if of_inquiry:
            inquiry_id = self._positions.get(position)
        if not self.counts(inquiry_id):
            return
        self.dead_letters += 1
        if of_inquiry and position in self.unreadable:
            self.unreadable[position] = True
        elif inquiry_id is not None:
            life = self._life(inquiry_id)
            self.ended += not life.ended
            life.dead = letter.reason

    def counts(self, inquiry_id: str | None) -> bool:
        """Whether it is one of those that this tally is about."""
        return self._only is None or inquiry_id in self._only

    def open_lives(self) -> Iterator[tuple[str, Life]]:
        """Published and not ended."""
        for inquiry_id, life in self.lives.items():
            if life.asked is not None and not life.ended:
                yield inquiry_id, life

    def conservation(self) -> Conservation:
        published = [life for life in self.lives.values() if life.asked is not None]
        kinds = Counter(life.outcome.kind for life in published if life.outcome is not None)
        dead = sum(life.outcome is None and life.dead is not None for life in published)
        return Conservation(
            published=len(published) + len(self.unreadable),
            answered=kinds["confirmed"] + kinds["assumed"],
            handed_off=kinds["handed_off"],
            abandoned=kinds["abandoned"],
            dead_lettered=dead + sum(self.unreadable.values()),
            duplicated=sum(duplicates(key, life) for key, life in self.lives.items()),
            invented=len(self.lives) - len(published),
        )

    def _life(self, inquiry_id: str) -> Life:
        return self.lives.setdefault(inquiry_id, Life())

    def _decided(self, id_: str, decision: Decision) -> None:
        inquiry_id = decision.inquiry.inquiry_id
        life = self._life(inquiry_id)
        if id_ not in life.decisions and id_ == event_id(inquiry_id, "decision"):
            self.routes[route_of(decision)] += 1
        life.contradictions += life.decisions.setdefault(id_, decision) != decision

    def _replied(self, at: datetime, reply: Reply) -> None:
        life = self._life(reply.inquiry_id)
        if reply.by == "bot":
            life.bot_messages[reply.reply_id] = reply
        if reply.kind == "answer":
            life.answers.append((at, reply.by))
            self.answers[reply.by] += 1

    def _moved(self, step: Assignment) -> None:
        seq, before = self._work.get(step.inquiry_id, (0, "over"))
        if step.seq <= seq:
            return
        now = _place(step.step, before)
        self._work[step.inquiry_id] = (step.seq, now)
        self.work[before] -= 1
        self.work[now] += 1

    def _closed(self, id_: str, outcome: Outcome) -> None:
        life = self._life(outcome.inquiry_id)
        self.ended += not life.ended
        self.outcomes[outcome.kind] += not life.outcomes
        life.contradictions += life.outcomes.setdefault(id_, outcome) != outcome


def inquiry_of(data: Any) -> str | None:
    """The inquiry that an event is about; feedback may be about a conversation as a whole."""
    match data:
        case Handover(decision=decision):
            return decision.inquiry.inquiry_id
        case Decision(inquiry=inquiry):
            return inquiry.inquiry_id
        case Inquiry() | Reply() | Feedback() | Assignment() | Outcome():
            return data.inquiry_id
    return None


def _place(step: str, before: str) -> str:
    if step in _WAITING:
        return "waiting"
    if step in _WITH_PEOPLE:
        return "with people"
    return before if step in _ASIDE else "over"
