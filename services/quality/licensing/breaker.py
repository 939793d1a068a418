"""The watches of a licensed topic: each holds an e-process that grows once its signal gets worse."""

from __future__ import annotations

import math
from collections.abc import Mapping

from services.quality.licensing.standing import Counts, Standing
from services.quality.licensing.terms import SIGNALS, Signal, Terms
from services.quality.statistics import DropWatch, anytime_interval


def watches(standing: Standing, target: float, terms: Terms) -> dict[Signal, DropWatch]:
    """New ones, for a licence that begins now."""
    made: dict[Signal, DropWatch] = {}
    for signal in SIGNALS:
        tolerated = _tolerated(signal, standing, target, terms)
        if tolerated is not None:
            made[signal] = DropWatch(tolerated)
    return made


def watch(
    watches: Mapping[Signal, DropWatch], signal: Signal, good: bool
) -> dict[Signal, DropWatch]:
    """After one more observation of the bot's work."""
    seen = watches.get(signal)
    return {**watches, signal: seen.observe(good)} if seen is not None else dict(watches)


def anew(
    standing: Standing, signal: Signal, target: float, terms: Terms
) -> dict[Signal, DropWatch]:
    """After news that change what is tolerated: people's own share, or the first enough readings.

    What a watch has seen stays: each bet was fair under what was tolerated when it was made, and the
    next ones are under the new share, which is known before them.
    """
    tolerated = _tolerated(signal, standing, target, terms)
    if tolerated is None:
        return dict(standing.watches)
    seen = standing.watches.get(signal, DropWatch(tolerated))
    return {**standing.watches, signal: seen._replace(tolerated=tolerated)}


def alarm(standing: Standing, signal: Signal, terms: Terms) -> bool:
    """Over all cells, signals and attempts, at all times, false with a probability of at most
    `alarm_error`."""
    seen = standing.watches.get(signal)
    return seen is not None and seen.log_e >= -math.log(terms.alarm_part(standing.attempt))


def _tolerated(signal: Signal, standing: Standing, target: float, terms: Terms) -> float | None:
    """The share of good ends from which on all is well. For answers it is the target. For readings it
    is what was usual before, and for the rest what people reach, each at the pessimistic end of its
    interval and less the margin; None while that is not known."""
    if signal == "audit":
        return target
    if signal == "drift":
        return _quiet(standing, terms)
    if signal == "reading":
        before = standing.bot.get("reading", Counts())
        return _less_margin(before, standing, terms) if before.size >= terms.readings_min else None
    people = standing.people.get(signal, Counts())
    if people.size < terms.people_min:
        return 1 - terms.usual[signal] - terms.margin
    return _less_margin(people, standing, terms)


def _quiet(standing: Standing, terms: Terms) -> float | None:
    """The share of windows without drift. Where a licence was earned while the inquiries already differed
    from what the router compares them with, it is not lost for that difference once more; where nearly
    all of its windows did, they can tell nothing, and the readings are what is watched."""
    before = standing.bot.get("drift", Counts())
    usual = anytime_interval(before.good, before.bad, terms.alarm_part(standing.attempt))
    if before.size == 0 or usual.high >= QUIET:
        return QUIET
    return usual.low - terms.margin if usual.low > terms.margin else None


def _less_margin(counts: Counts, standing: Standing, terms: Terms) -> float:
    low = anytime_interval(counts.good, counts.bad, terms.alarm_part(standing.attempt)).low
    return max(_LEAST, low - terms.margin)


_LEAST = 0.05

QUIET = 0.99
"""The router says of a window in which nothing has changed with a chance of at most 1 % that any measure
of any topic has drifted."""
