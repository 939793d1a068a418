"""Dead letters: records that could not be processed, kept as they came, with headers that say why.

Key, value and headers of the original record stay untouched; what went wrong is added behind them
under the header names of Kafka Connect (KIP-298), which tools and people already know. All added
values are UTF-8 text, numbers in decimal.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Literal, cast, get_args

from warmline.errors import InvalidEventError, WarmlineError

Stage = Literal["decode", "handle", "produce"]
"""Where it failed: reading the record, deciding on it, or writing what follows from it."""

Headers = Sequence[tuple[str, bytes]]

TOPIC = "__connect.errors.topic"
PARTITION = "__connect.errors.partition"
OFFSET = "__connect.errors.offset"
SERVICE = "__connect.errors.connector.name"
STAGE = "__connect.errors.stage"
ERROR_CLASS = "__connect.errors.exception.class.name"
REASON = "__connect.errors.exception.message"
AT = "warmline.dead-letter.at"
ADDED = (TOPIC, PARTITION, OFFSET, SERVICE, STAGE, ERROR_CLASS, REASON, AT)

REPLAYS = "warmline.dead-letter.replays"
"""On a record that an operator sent back to its topic: how many times by now. It survives the next
failure, so that a record that comes back again and again is seen."""

_REASON_MAX = 1000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The original record (`topic`, `partition`, `offset`, `key`, `value`, `headers`) and its fate.

    `topic` is the name on the broker, prefix included. `replays` counts earlier replays.
    """

    topic: str
    partition: int
    offset: int
    service: str
    stage: Stage
    error_class: str
    reason: str
    at: datetime
    key: bytes | None
    value: bytes | None = field(repr=False)
    headers: tuple[tuple[str, bytes], ...]
    replays: int


def build_headers(
    original: Headers,
    *,
    topic: str,
    partition: int,
    offset: int,
    service: str,
    stage: Stage,
    error: BaseException,
    at: datetime,
) -> list[tuple[str, bytes]]:
    """The original headers and behind them what `parse` reads. Key and value go along unchanged."""
    added = {
        TOPIC: topic,
        PARTITION: str(partition),
        OFFSET: str(offset),
        SERVICE: service,
        STAGE: stage,
        ERROR_CLASS: f"{type(error).__module__}.{type(error).__qualname__}",
        REASON: reason_of(error),
        AT: at.isoformat(),
    }
    return [*original, *((name, value.encode()) for name, value in added.items())]


def reason_of(error: BaseException) -> str:
    """What an operator may read. Messages of Warmline's own errors name no customer data; those of
    others may quote anything, so only the error's class and its place in the code are told."""
    if isinstance(error, WarmlineError):
        said = str(error).encode(errors="replace").decode()
        return said if len(said) <= _REASON_MAX else said[: _REASON_MAX - 1] + "…"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}: a fault in the service, see its log"


def parse(key: bytes | None, value: bytes | None, headers: Headers | None) -> DeadLetter:
    """The dead letter in a record. Raises InvalidEventError if a header of ours is not readable."""
    rest, added = _split(headers or ())
    missing = [name for name in ADDED if name not in added]
    if missing:
        raise InvalidEventError(f"not a dead letter: it has no header {', '.join(missing)}")
    try:
        text = {name: (content or b"").decode() for name, content in added.items()}
        if text[STAGE] not in get_args(Stage):
            raise ValueError(f"{STAGE} is none of {', '.join(get_args(Stage))}")
        return DeadLetter(
            topic=text[TOPIC],
            partition=int(text[PARTITION]),
            offset=int(text[OFFSET]),
            service=text[SERVICE],
            stage=cast(Stage, text[STAGE]),
            error_class=text[ERROR_CLASS],
            reason=text[REASON],
            at=datetime.fromisoformat(text[AT]),
            key=key,
            value=value,
            headers=tuple(rest),
            replays=replays_of(rest),
        )
    except ValueError as error:
        raise InvalidEventError(f"a dead letter with an unreadable header: {error}") from None


def replay_headers(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """The original headers with the count of replays, this one included."""
    kept = [(name, content) for name, content in letter.headers if name != REPLAYS]
    return [*kept, (REPLAYS, str(letter.replays + 1).encode())]


def replays_of(headers: Headers) -> int:
    """How often a record was replayed; 0 where the header is absent or not a number."""
    found = dict(headers).get(REPLAYS) or b""
    return int(found) if found.isdigit() else 0


def _split(headers: Headers) -> tuple[list[tuple[str, bytes]], dict[str, bytes]]:
    """The original headers and ours. The last of a name is ours: Kafka allows a name twice, and the
    original may itself have been somebody's dead letter."""
    rest: list[tuple[str, bytes]] = []
    added: dict[str, bytes] = {}
    for name, content in reversed(headers):
        if name in ADDED and name not in added:
            added[name] = content
        else:
            rest.append((name, content))
    return rest[::-1], added
