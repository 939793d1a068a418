"""How many audited answers it takes to notice a drop, and how often one is noticed that is none.

Ours: `DropWatch`, at the part of the error that one signal of one topic has in a desk of 28. Beside
it: CUSUM (Page 1954) that is told the share after the drop, with a threshold that gives an average
run length of at least 1/error (Lorden 1971), so it will give a false alarm some day; the best delay
for that, log(1/error) / KL; and an exact binomial test at 0.05 looked at after every answer.
CUSUM from the share before the drop also gives alarm at a share that is still tolerated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy import stats

from services.quality.licensing import Terms
from services.quality.statistics import DropWatch

BEFORE, AFTER = 0.995, (0.95, 0.90)
TOLERATED = 0.98
WELL_FOR = 500
WATCHED_MAX = 4000
CELLS = 28
ERROR = Terms(
    harms={f"topic-{number}": "money" for number in range(CELLS)}, languages=("en",)
).alarm_part(1)
LOOKS_FROM = 20


def delays(seed: int, runs: int) -> list[dict[str, Any]]:
    rows = []
    for after in AFTER:
        random = np.random.default_rng([seed, round(after * 1000)])
        streams = [
            np.concatenate(
                [random.random(WELL_FOR) < BEFORE, random.random(WATCHED_MAX) < after]
            ).tolist()
            for _ in range(runs)
        ]
        rows.append(
            {
                "drop_to": after,
                "ours": _told(streams, _ours),
                "cusum_from_tolerated": _told(streams, partial(_cusum, TOLERATED, after)),
                "its_best_delay": round(-math.log(ERROR) / _kl(after, TOLERATED), 1),
                "cusum_from_before": _told(streams, partial(_cusum, BEFORE, after)),
                "peeked_binomial": _told(streams, _peeked),
            }
        )
    return rows


def false_alarms(seed: int, runs: int, answers: int) -> list[dict[str, Any]]:
    """Shares of runs of `answers` with an alarm although nothing has dropped."""
    rows = []
    for share in (TOLERATED, BEFORE):
        random = np.random.default_rng([seed, round(share * 1000), 1])
        streams = [(random.random(answers) < share).tolist() for _ in range(runs)]
        rows.append(
            {
                "share": share,
                "answers": answers,
                "ours_at_one_signals_part": _alarmed(streams, _ours),
                "ours_at_0.05": _alarmed(streams, partial(_ours, error=0.05)),
                "cusum_from_tolerated_to_0.95": _alarmed(streams, partial(_cusum, TOLERATED, 0.95)),
                "cusum_from_before_to_0.95": _alarmed(streams, partial(_cusum, BEFORE, 0.95)),
                "peeked_binomial": _alarmed(streams, _peeked),
            }
        )
    return rows


def _ours(right: Sequence[bool], error: float = ERROR) -> int | None:
    watch, asked = DropWatch(TOLERATED), -math.log(error)
    for number, good in enumerate(right):
        watch = watch.observe(good)
        if watch.log_e >= asked:
            return number
    return None


def _kl(one: float, other: float) -> float:
    return one * math.log(one / other) + (1 - one) * math.log((1 - one) / (1 - other))


def _cusum(before: float, after: float, right: Sequence[bool]) -> int | None:
    good_step = math.log(after / before)
    bad_step = math.log((1 - after) / (1 - before))
    level, asked = 0.0, -math.log(ERROR)
    for number, good in enumerate(right):
        level = max(0.0, level) + (good_step if good else bad_step)
        if level >= asked:
            return number
    return None


_SIZES = np.arange(1, WELL_FOR + WATCHED_MAX + 1)
_TOO_FEW = stats.binom.ppf(0.05, _SIZES, TOLERATED) - 1
"""With so few right of n the test says at 0.05 that the share is below the tolerated one."""


def _peeked(right: Sequence[bool]) -> int | None:
    sums = np.cumsum(right)
    below = np.nonzero(sums[LOOKS_FROM:] <= _TOO_FEW[LOOKS_FROM : len(sums)])[0]
    return int(below[0]) + LOOKS_FROM if len(below) else None


def _told(
    streams: Sequence[Sequence[bool]], method: Callable[[Sequence[bool]], int | None]
) -> dict[str, Any]:
    """Of the runs without an alarm before the drop. A drop never noticed counts as the longest."""
    at = [method(right) for right in streams]
    late = [WATCHED_MAX if one is None else one - WELL_FOR + 1 for one in at if not _early(one)]
    return {
        "median": float(np.median(late)),
        "p95": float(np.percentile(late, 95)),
        "alarms_before_the_drop": sum(_early(one) for one in at) / len(at),
    }


def _early(alarm: int | None) -> bool:
    return alarm is not None and alarm < WELL_FOR


def _alarmed(
    streams: Sequence[Sequence[bool]], method: Callable[[Sequence[bool]], int | None]
) -> float:
    return sum(method(right) is not None for right in streams) / len(streams)
