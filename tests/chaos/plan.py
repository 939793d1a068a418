"""What a run does and when, from its seed alone. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from warmline.events import Inquiry
from warmline.events.inquiry import Channel

SERVICES = ("router", "bot", "agents-worker", "agents-api", "quality")
REDIS = "redis"
WIPED = "wiped redis"
Wipe = Literal["desk", "all"]
TARGETS = (*SERVICES, REDIS)

_CONTINUES = 0.25
_OPEN_CONVERSATIONS = 50
"""A quarter of the messages belong to one of the fifty latest conversations."""

_FROM, _UNTIL = 0.05, 0.95
_DOWN_S = (0.1, 2.0)
_WORKS_S = (0.0, 2.0)


@dataclass(frozen=True, slots=True)
class Options:
    """`kills` is the number for each service and for Redis. `wipe`: what is lost once in the middle: the desk
    of the people, which its service rebuilds from Kafka, or all that Redis holds."""

    inquiries: int
    per_s: float
    kills: int
    seed: int
    wipe: Wipe | None = None

    @property
    def publishing_s(self) -> float:
        return self.inquiries / self.per_s


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL `at_s` after publishing began; started again `down_s` later.

    It shall meet its target at work: one that has not brought about anything yet since its last
    start is left alone until it has, and for `works_s` more.
    """

    at_s: float
    target: str
    down_s: float
    works_s: float


@dataclass(frozen=True)
class Plan:
    inquiries: tuple[Inquiry, ...]
    kills: tuple[Kill, ...]
    kafka_restart_s: float
    wipe: tuple[float, Wipe] | None = None


def make_plan(options: Options, texts: Sequence[str]) -> Plan:
    """The same options and texts give the same plan."""
    publishing_s = options.publishing_s
    return Plan(
        inquiries=_inquiries(options, texts),
        kills=_kills(options.kills, publishing_s, random.Random(f"{options.seed}/kills")),
        kafka_restart_s=random.Random(f"{options.seed}/kafka").uniform(0.2, 0.7) * publishing_s,
        wipe=None if options.wipe is None else (_wipe_s(options), options.wipe),
    )


def _wipe_s(options: Options) -> float:
    return random.Random(f"{options.seed}/wipe").uniform(0.4, 0.6) * options.publishing_s


def _kills(rounds: int, publishing_s: float, chance: random.Random) -> tuple[Kill, ...]:
    """Spread over the time in which inquiries come in, each at a random moment of its share of it. In
    each round every target dies once, in another order."""
    order = [target for _ in range(rounds) for target in chance.sample(TARGETS, len(TARGETS))]
    share_s = publishing_s * (_UNTIL - _FROM) / max(1, len(order))
    return tuple(
        Kill(
            at_s=publishing_s * _FROM + share_s * (number + chance.random()),
            target=target,
            down_s=chance.uniform(*_DOWN_S),
            works_s=chance.uniform(*_WORKS_S),
        )
        for number, target in enumerate(order)
    )


def _inquiries(options: Options, texts: Sequence[str]) -> tuple[Inquiry, ...]:
    chance = random.Random(f"{options.seed}/inquiries")
    channels = get_args(Channel)
    latest: list[int] = []
    made = []
    for number in range(options.inquiries):
        goes_on = bool(latest) and chance.random() < _CONTINUES
        conversation = chance.choice(latest) if goes_on else number
        if not goes_on:
            latest = [*latest[-_OPEN_CONVERSATIONS + 1 :], number]
        made.append(
            Inquiry(
                inquiry_id=f"i{options.seed}-{number:05}",
                conversation_id=f"c{options.seed}-{conversation:05}",
                customer_id=f"k{options.seed}-{conversation:05}",
                text=chance.choice(texts),
                channel=chance.choice(channels),
            )
        )
    return tuple(made)
