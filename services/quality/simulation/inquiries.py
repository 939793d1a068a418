"""Who comes, when, with what, and what would happen to them under any policy. Pure and seeded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.quality.simulation.world import HOURS, WEEK, World

DAY_MIN = 24 * 60
WEEK_H = 7 * 24


class Luck(IntEnum):
    """Independent numbers from 0 to 1 of one inquiry; a smaller one is under more thresholds."""

    CLEAR = 0
    BOT = 1
    PERSON = 2
    WISH = 3
    NOTICE = 4
    RETURN = 5
    COMPLAIN = 6
    PATIENCE = 7
    HANDLING = 8
    RATE = 9
    SATISFIED = 10
    SCORE = 11
    HOLDOUT = 12
    AUDIT = 13
    JUDGE = 14
    DELAY = 15


class SimulatedInquiry(NamedTuple):
    """`at_min`: minutes since the first day. `topic`: its place in the world. `returned`: how often
    this customer has come back with it already."""

    at_min: float
    topic: int
    luck: Sequence[float]
    returned: int = 0


def draw(world: World, seed: int) -> Iterator[SimulatedInquiry]:
    """In the order of time; a Poisson process whose rate follows hour, weekday and season."""
    random = np.random.Generator(np.random.PCG64(seed))
    shares = _hourly_shares()
    per_day = np.array([topic.per_day for topic in world.topics])
    for day in range(world.days):
        swing = 1 + world.season * math.cos(2 * math.pi * (day - 350) / 365)
        rates = np.outer(shares[day % 7] * swing, per_day)
        counts = random.poisson(rates)
        hours, topics = np.nonzero(counts)
        which = np.repeat(np.arange(len(hours)), counts[hours, topics])
        minutes = day * DAY_MIN + 60 * (hours[which] + random.random(len(which)))
        luck = random.random((len(which), len(Luck))).tolist()
        for place in np.argsort(minutes, kind="stable"):
            yield SimulatedInquiry(float(minutes[place]), int(topics[which[place]]), luck[place])


def _hourly_shares() -> NDArray[np.float64]:
    """Of a mean day's inquiries: by weekday and hour."""
    week = np.array(WEEK) / np.mean(WEEK)
    hours = np.array(HOURS) / np.sum(HOURS)
    return np.outer(week, hours)


def week_profile() -> NDArray[np.float64]:
    """By hour of the week, relative to the mean hour."""
    flat = _hourly_shares().ravel()
    profile: NDArray[np.float64] = flat / flat.mean()
    return profile
