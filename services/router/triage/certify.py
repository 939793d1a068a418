"""Thresholds that keep their word: from labelled live inquiries, with a bound, or not at all.

A threshold is certified when, among the calibration inquiries at or above it, the exact lower
bound of the share answered rightly (Clopper & Pearson 1934) reaches the target. Trying many
thresholds and keeping the best would break the bound; each method below pays for the search:

- `bonferroni`: a grid of GRID starting points from strict to lenient, each with its part of the error
  level (the strictest the largest); what a passed test has not spent is carried to the next, step by
  step (the fallback procedure, Wiens 2003). It certifies whatever the same weighted Bonferroni grid
  would, and more. The default.
- `fixed_sequence`: from the strictest threshold down, each at 1 - confidence, until the first fails.
- `sgr`: binary search, each step at (1 - confidence) / log2(n) (Geifman & El-Yaniv 2017).

"None" means people. An inquiry out of scope counts as answered wrongly.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from services.router.triage.drift import Window
from services.runtime.errors import ModelError

Method = Literal["bonferroni", "fixed_sequence", "sgr"]
Level = Literal["topic_and_language", "topic", "language", "all"]

GRID = 12
STEPS_BETWEEN = 16
STRICTEST = 0.2
"""Share of the calibration inquiries that the strictest threshold answers, unless they are few."""
SEQUENCE_START = 0.45
OLDER_SHARE = 0.8
"""Certified first, in time order, and tried on the rest."""
THRESHOLDS_FILE = "thresholds.json"
"""A certificate's place in the folder of its model."""


class Judgement(NamedTuple):
    """One labelled inquiry: what the model said, and whether it was right."""

    topic: str
    language: str
    confidence: float
    right: bool


class Threshold(BaseModel):
    """`value` is None where nothing can be certified. Counts are of the calibration inquiries."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    topic: str | None
    language: str | None
    level: Level | None
    value: float | None
    inquiries: int
    answered: int
    right: int
    lower_bound: float


class Check(BaseModel):
    """The older inquiries' thresholds, tried on the newest: `answered` of `inquiries`, `right` of those."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    inquiries: int
    answered: int
    right: int
    holds: bool
    """False where the share right is below the target and that cannot be chance."""


class Certificate(BaseModel):
    """Thresholds of one model, valid for that model only."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal["warmline-thresholds/1"] = "warmline-thresholds/1"
    model_version: str
    method: Method
    target: float
    confidence: float
    inquiries: int
    thresholds: tuple[Threshold, ...]
    check: Check | None = None
    window: Window | None = None
    """What the calibration inquiries were like: drift is measured against it."""

    @property
    def version(self) -> str:
        """Short content hash: it stands on each decision that these thresholds were asked for."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def threshold(self, topic: str, language: str) -> float | None:
        """What the confidence must reach for the bot to answer; None: people answer."""
        for entry in self.thresholds:
            if (entry.topic, entry.language) == (topic, language):
                return entry.value
        return None

    def save(self, path: Path) -> None:
        """Writes JSON; a router that looks at the file meanwhile sees the old or the new one."""
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)

    @classmethod
    def load(cls, path: Path, model_version: str) -> Certificate:
        """Raises ModelError for a file that is damaged or belongs to another model."""
        try:
            certificate = cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError, ValueError) as error:
            raise ModelError(f"cannot read the thresholds {path}: {error}") from error
        if certificate.model_version != model_version:
            raise ModelError(
                f"{path} certifies the model {certificate.model_version}, not {model_version}; "
                "run `warmline certify` again"
            )
        return certificate


def certify(
    judgements: Sequence[Judgement],
    model_version: str,
    *,
    target: float = 0.99,
    confidence: float = 0.95,
    method: Method = "bonferroni",
) -> Certificate:
    """A threshold for every topic and language that occurs, from the narrowest evidence that holds.

    Tried in turn: the topic in that language, the topic, the language, everything. A wider level
    is not used where the topic's own inquiries speak against it.
    """
    pools = _pools(judgements)
    found = {key: _certify_pool(pool, target, confidence, method) for key, pool in pools.items()}
    thresholds = []
    pairs = {(judgement.topic, judgement.language) for judgement in judgements}
    for topic, language in sorted(pairs):
        own = pools[topic, language]
        chosen = Threshold(
            topic=topic, language=language, level=None, value=None,
            inquiries=len(own.right), answered=0, right=0, lower_bound=0.0,
        )  # fmt: skip
        for level, key in _levels(topic, language):
            at = found[key]
            if at is not None and not _contradicted(own, at, target, confidence):
                chosen = _threshold(topic, language, level, pools[key], at, confidence)
                break
        thresholds.append(chosen)
    return Certificate(
        model_version=model_version,
        method=method,
        target=target,
        confidence=confidence,
        inquiries=len(judgements),
        thresholds=tuple(thresholds),
    )


def try_on_newest(
    judgements: Sequence[Judgement],
    model_version: str,
    *,
    target: float = 0.99,
    confidence: float = 0.95,
    method: Method = "bonferroni",
) -> Check | None:
    """Thresholds of the older judgements on the newest; these stand in time order. None: too few."""
    from scipy.stats import binom

    cut = int(OLDER_SHARE * len(judgements))
    older, newest = judgements[:cut], judgements[cut:]
    if not older or not newest:
        return None
    found = certify(older, model_version, target=target, confidence=confidence, method=method)
    asked = {(entry.topic, entry.language): entry.value for entry in found.thresholds}
    answered = [
        each.right
        for each in newest
        if (value := asked.get((each.topic, each.language))) is not None
        and each.confidence >= value
    ]
    right = sum(answered)
    by_chance = binom.cdf(right, len(answered), target) if answered else 1.0
    return Check(
        inquiries=len(newest),
        answered=len(answered),
        right=right,
        holds=bool(by_chance >= 1 - confidence),
    )


def lower_bound(right: int, answered: int, confidence: float) -> float:
    """Clopper-Pearson: the share right is at least this, with that confidence (one-sided)."""
    from scipy.stats import beta

    if right == 0:
        return 0.0
    return float(beta.ppf(1 - confidence, right, answered - right + 1))


class Pool(NamedTuple):
    """Inquiries by falling confidence, and how many of the first n were right."""

    confidence: NDArray[np.float64]
    right: NDArray[np.int64]

    def cut(self, answered: int) -> int:
        """At least `answered`, moved so that equal confidences are not torn apart; 0 for none."""
        if answered <= 0:
            return 0
        value = self.confidence[min(answered, len(self.confidence)) - 1]
        return int(np.searchsorted(-self.confidence, -value, side="right"))


def pool(judgements: Iterable[Judgement]) -> Pool:
    """Sorted once, so that every threshold is two look-ups."""
    ordered = sorted(judgements, key=lambda judgement: -judgement.confidence)
    return Pool(
        np.array([judgement.confidence for judgement in ordered], dtype=np.float64),
        np.cumsum([judgement.right for judgement in ordered], dtype=np.int64),
    )


def largest_certified(
    evidence: Pool, target: float, confidence: float, method: Method
) -> int | None:
    """How many of the calibration inquiries the certified threshold answers; None for none."""
    return _METHODS[method](evidence, target, confidence) if len(evidence.right) else None


def starting_points(size: int, target: float, confidence: float) -> list[tuple[float, float]]:
    """Shares of `size` inquiries to answer, from strict to lenient, each with its part of the error
    level; the parts sum to 1 - confidence. The first is not below what flawless answers could certify."""
    parts = np.arange(GRID, 0, -1) / (GRID * (GRID + 1) / 2) * (1 - confidence)
    fewest = math.log(parts[0]) / math.log(target)
    first = min(max(STRICTEST, math.ceil(fewest) / size), 1.0)
    return list(zip(np.linspace(first, 1.0, GRID).tolist(), parts.tolist(), strict=True))


def _bonferroni(evidence: Pool, target: float, confidence: float) -> int | None:
    """The error level of a test that fails is lost; the next starting point brings its own part."""
    points = starting_points(len(evidence.right), target, confidence)
    certified, carried = None, 0.0
    shares = np.linspace(points[0][0], 1.0, (GRID - 1) * STEPS_BETWEEN + 1)
    for step, share in enumerate(shares.tolist()):
        start, between = divmod(step, STEPS_BETWEEN)
        level = carried if between else carried + points[start][1]
        answered = evidence.cut(round(share * len(evidence.right)))
        holds = level > 0 and answered > 0 and _holds(evidence, answered, target, 1 - level)
        carried = level if holds else 0.0
        certified = answered if holds else certified
    return certified


def _fixed_sequence(evidence: Pool, target: float, confidence: float) -> int | None:
    """Starts where certifying is possible at all; earlier steps could only fail."""
    size = len(evidence.right)
    fewest = math.ceil(math.log(1 - confidence) / math.log(target))
    step = max(size // 200, 1)
    certified = None
    start = max(fewest, int(SEQUENCE_START * size))
    for answered in range(start, size + step, step):
        at = evidence.cut(min(answered, size))
        if not _holds(evidence, at, target, confidence):
            break
        certified = at
    return certified


def _sgr(evidence: Pool, target: float, confidence: float) -> int | None:
    size = len(evidence.right)
    steps = max(math.ceil(math.log2(size)), 1)
    each = 1 - (1 - confidence) / steps
    low, high, certified = 1, size, None
    for _ in range(steps):
        middle = (low + high) // 2
        at = evidence.cut(middle)
        if _holds(evidence, at, target, each):
            certified = max(certified or 0, at)
            low = middle + 1
        else:
            high = middle - 1
        if low > high:
            break
    return certified


_METHODS: dict[Method, Callable[[Pool, float, float], int | None]] = {
    "bonferroni": _bonferroni,
    "fixed_sequence": _fixed_sequence,
    "sgr": _sgr,
}


def _holds(evidence: Pool, answered: int, target: float, confidence: float) -> bool:
    return lower_bound(int(evidence.right[answered - 1]), answered, confidence) >= target


def _levels(topic: str, language: str) -> list[tuple[Level, tuple[str | None, str | None]]]:
    return [
        ("topic_and_language", (topic, language)),
        ("topic", (topic, None)),
        ("language", (None, language)),
        ("all", (None, None)),
    ]


def _pools(judgements: Sequence[Judgement]) -> dict[tuple[str | None, str | None], Pool]:
    members: dict[tuple[str | None, str | None], list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        for _, key in _levels(judgement.topic, judgement.language):
            members[key].append(judgement)
    return {key: pool(values) for key, values in members.items()}


def _certify_pool(evidence: Pool, target: float, confidence: float, method: Method) -> float | None:
    answered = largest_certified(evidence, target, confidence, method)
    return None if answered is None else float(evidence.confidence[answered - 1])


def _contradicted(own: Pool, value: float, target: float, confidence: float) -> bool:
    """Whether the topic's own inquiries at or above `value` show a share below the target."""
    from scipy.stats import binom

    answered = int(np.searchsorted(-own.confidence, -value, side="right"))
    if not answered:
        return False
    return bool(binom.cdf(own.right[answered - 1], answered, target) < 1 - confidence)


def _threshold(
    topic: str, language: str, level: Level, evidence: Pool, value: float, confidence: float
) -> Threshold:
    answered = int(np.searchsorted(-evidence.confidence, -value, side="right"))
    right = int(evidence.right[answered - 1])
    return Threshold(
        topic=topic,
        language=language,
        level=level,
        value=value,
        inquiries=len(evidence.right),
        answered=answered,
        right=right,
        lower_bound=lower_bound(right, answered, confidence),
    )
