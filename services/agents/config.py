"""The desk's configuration as data: queues, the filters that choose one, and the people.

`desk.yaml` and `people.yaml` are read by `config_file`; what they mean is in `rules`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from services.agents.hours import Calendar
from services.agents.roster import Roster
from services.agents.targets import AgentId, Filter, Level, QueueId, Skills, Target
from warmline.events.base import Language, Name, Part, Probability
from warmline.events.inquiry import Channel

DeskLanguage = Literal["en", "de"]
"""What the desk's own words to its people are written in."""

Order = Literal["longest_idle", "most_spare", "least_active", "round_robin"]
"""Who is asked first among people who are equally able. Ties: longest idle, then by id."""


class ServiceLevel(Part):
    """`share` of the inquiries is accepted `within_s` seconds."""

    share: Probability
    within_s: int = Field(ge=1)


CALLBACK = "callback"
WAIT = "wait"
Elsewhere = QueueId
"""A queue's id, or `callback`: a dated promise that a person will get in touch."""


class OverflowRules(Part):
    """Where an inquiry goes when its queue is closed by its calendar, full, or has nobody signed in who
    could ever take it, and after it has waited for `too_long_s`. Nothing given: it goes to the default
    queue when full, gets a callback when closed or unstaffed, and waits otherwise. Unstaffed, it waits for
    whoever comes as well; `unstaffed: wait` lets it wait without a promise."""

    closed: Elsewhere = CALLBACK
    full: Elsewhere | None = None
    unstaffed: Elsewhere = CALLBACK
    too_long: Elsewhere | None = None
    too_long_s: int | None = Field(default=None, ge=1, le=7 * 86_400)

    @model_validator(mode="after")
    def _too_long_is_whole(self) -> Self:
        if (self.too_long is None) != (self.too_long_s is None):
            raise ValueError("too_long says where to, too_long_s after how long: give both")
        return self


NoticeText = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
NoticeKind = Literal["promised", "retried", "given_up"]


class Callbacks(Part):
    """`notices` are what the customer is told, by language: when a callback is promised, when they were not
    reached and it is promised again, and when the last attempt has failed. `{time}` is the promised moment,
    in the queue's hours. Without a text nothing is sent; a language without one gets the first, which is
    counted and logged.

    A promise is for `after_s` from now, in the queue's hours, and kept if somebody has it in hand `within_s`
    after its moment. A person who does not reach the customer tries again after `retry_after_s`, `attempts`
    times in all."""

    after_s: int = Field(default=1800, ge=60, le=7 * 86_400)
    within_s: int = Field(default=900, ge=60, le=86_400)
    attempts: int = Field(default=3, ge=1, le=20)
    retry_after_s: int = Field(default=3600, ge=60, le=7 * 86_400)
    notices: dict[NoticeKind, dict[Language, NoticeText]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _notices_can_be_filled(self) -> Self:
        for kind, texts in self.notices.items():
            if not texts:
                raise ValueError(f"notices.{kind} has no text: leave it out")
            for language, text in texts.items():
                rest = text.replace("{time}", "")
                if "{" in rest or "}" in rest:
                    raise ValueError(
                        f"notices.{kind}.{language}: only {{time}} may stand in braces"
                    )
                if kind == "given_up" and "{time}" in text:
                    raise ValueError(f"notices.given_up.{language}: there is no {{time}} any more")
        return self


class Queue(Part):
    """`max_waiting` is a bound: what comes on top overflows, by default to the default queue, which has
    no bound unless it overflows elsewhere. `hours` names a calendar; without one it is always open.
    `wrap_up_s` is the time for notes after a completed inquiry; it holds the slot. 0: none.
    `order` says who of several free people is asked first. `auto_accept`: what is offered from here is
    accepted in the same moment, or never is; without it, as each person's own setting says."""

    id: QueueId
    title: Name
    service_level: ServiceLevel
    max_waiting: int = Field(default=100_000, ge=1)
    wrap_up_s: int = Field(default=0, ge=0, le=3600)
    order: Order = "longest_idle"
    hours: Name | None = None
    auto_accept: bool | None = None
    overflow: OverflowRules = OverflowRules()


ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""Why somebody is busy, on break or away, as reports count it."""


class PresenceRules(Part):
    """A person without a heartbeat for `heartbeat_s` gets no offers; after `grace_s` more, what
    they hold is offered to others. `lapses_until_away` offers left to lapse in a row set them
    away. Signing out with open work is refused, or gives it to others (`transfer`). A presence that has
    `reasons` is set with one of these codes only; the others take any note, or none."""

    heartbeat_s: int = Field(default=30, ge=1, le=3600)
    grace_s: int = Field(default=30, ge=0, le=3600)
    lapses_until_away: int = Field(default=2, ge=1, le=100)
    sign_out: Literal["refuse", "transfer"] = "refuse"
    reasons: dict[Literal["busy", "break", "away"], tuple[ReasonCode, ...]] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _reasons_are_given(self) -> Self:
        for presence, codes in self.reasons.items():
            if not codes:
                raise ValueError(f"reasons.{presence} is empty: nobody could set it; leave it out")
            _refuse_repeated(f"reasons.{presence}", codes)
        return self


class ChannelRules(Part):
    """`units` is how much of a person's capacity one conversation takes. It is offered even where
    conversations of the channels in `interrupts` fill the person: those do not count against it."""

    units: int = Field(default=1, ge=1, le=100)
    interrupts: tuple[Channel, ...] = ()


DRAFT_REASONS = (
    "wrong",
    "incomplete",
    "wrong_tone",
    "wrong_language",
    "not_applicable",
    "other",
)


class DraftRules(Part):
    """`reasons` are the codes by which a person rejects a proposal."""

    reasons: tuple[ReasonCode, ...] = Field(default=DRAFT_REASONS, min_length=1)

    @model_validator(mode="after")
    def _reasons_are_unique(self) -> Self:
        _refuse_repeated("drafts.reasons", self.reasons)
        return self


class OfferLimit(Part):
    """A person gets at most `offers` within `within_s` seconds."""

    offers: int = Field(ge=1, le=1000)
    within_s: int = Field(ge=1, le=86_400)


class Desk(Part):
    """`desk.yaml`. `default` is compulsory: an inquiry that no filter matches is never lost.

    An inquiry is not offered again for `reoffer_after_s` to a person who declined it or let it
    lapse. Work that was transferred to a person waits for them for `direct_s`, then for everybody.
    `channels` are those that differ from one unit of capacity. A conversation in which nobody has
    spoken for `release_silent_after_s` gives its slot back until somebody does. `language` is what the
    people at the desk read among themselves, whatever their customers speak. Who comes back after a
    person has closed their conversation waits for that person for `returning_for_s`, where the filter does
    not say otherwise; 0: for nobody, None: three offers long.
    """

    version: Literal[1]
    desk: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    language: DeskLanguage = "en"
    offer_timeout_s: int = Field(ge=1, le=3600)
    reoffer_after_s: int = Field(default=30, ge=1, le=3600)
    direct_s: int = Field(default=120, ge=1, le=86_400)
    returning_for_s: int | None = Field(default=None, ge=0, le=86_400)
    release_silent_after_s: int | None = Field(default=None, ge=60, le=7 * 86_400)
    offer_limit: OfferLimit | None = None
    presence: PresenceRules = PresenceRules()
    channels: dict[Channel, ChannelRules] = Field(default_factory=dict)
    calendars: tuple[Calendar, ...] = ()
    callbacks: Callbacks = Callbacks()
    drafts: DraftRules = Field(default_factory=DraftRules)
    queues: tuple[Queue, ...] = Field(min_length=1)
    filters: tuple[Filter, ...] = ()
    default: Target

    @property
    def returning_s(self) -> int:
        return 3 * self.offer_timeout_s if self.returning_for_s is None else self.returning_for_s

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        _refuse_repeated("queues", (queue.id for queue in self.queues))
        _refuse_repeated("filters", (each.name for each in self.filters))
        _refuse_repeated("calendars", (each.id for each in self.calendars))
        return self


class QueueProfile(Part):
    """How a person works for a queue: they take work of a lower `priority` number first, and see
    work only once it has waited for `delay_s` (Amazon Connect's routing profile)."""

    queue: QueueId
    priority: int = Field(default=1, ge=1, le=99)
    delay_s: int = Field(default=0, ge=0, le=9999)


def _profile(value: Any) -> Any:
    return {"queue": value} if isinstance(value, str) else value


class Person(Part):
    """Somebody who answers. `languages` and `skills` have levels 1 to 5. `capacity` counts units:
    conversations, where the desk's `channels` say nothing else; `limits` is the most of a channel
    at once. An entry of `queues` is a queue's id, or an id with priority and delay. What is offered to
    who has `auto_accept` is accepted in the same moment, as by a phone that answers by itself; a queue
    that has the setting, too, decides for its own work."""

    id: AgentId
    name: Name
    languages: dict[Language, Level] = Field(min_length=1)
    skills: Skills = Field(default_factory=dict)
    queues: tuple[Annotated[QueueProfile, BeforeValidator(_profile)], ...] = Field(min_length=1)
    capacity: int = Field(ge=1, le=100)
    limits: dict[Channel, Annotated[int, Field(ge=0, le=100)]] = Field(default_factory=dict)
    auto_accept: bool = False


class Supervisor(Part):
    """Who may order: push, pull, re-queue, drain, close. May be one of `people` as well."""

    id: AgentId
    name: Name


class People(Part):
    """`people.yaml`."""

    version: Literal[1]
    people: tuple[Person, ...] = Field(min_length=1)
    supervisors: tuple[Supervisor, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        _refuse_repeated("people", (person.id for person in self.people))
        _refuse_repeated("supervisors", (each.id for each in self.supervisors))
        return self


@dataclass(frozen=True)
class Configuration:
    """All files together. `version` is a hash of what decides who gets what, and stands on every event; the
    roster decides nothing."""

    desk: Desk
    queues: Mapping[str, Queue]
    people: Mapping[str, Person]
    supervisors: frozenset[str]
    version: str
    roster: Roster | None = None

    def calendar_of(self, queue: Queue) -> Calendar | None:
        """None: always open."""
        return next((each for each in self.desk.calendars if each.id == queue.hours), None)

    @classmethod
    def of(cls, desk: Desk, people: People, roster: Roster | None = None) -> Self:
        content = desk.model_dump_json() + people.model_dump_json()
        return cls(
            desk=desk,
            queues={queue.id: queue for queue in desk.queues},
            people={person.id: person for person in people.people},
            supervisors=frozenset(each.id for each in people.supervisors),
            version=hashlib.sha256(content.encode()).hexdigest()[:12],
            roster=roster,
        )


def _refuse_repeated(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what}: {name!r} stands there twice")
        seen.add(name)
