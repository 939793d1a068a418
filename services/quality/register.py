"""What stands for every topic and language, on Redis: a projection of the topic `evidence`.

The standings and the offset up to which evidence is in them change in one atomic step. Whoever dies
between reads the same evidence again and comes to the same end; where Redis has lost everything, the
offset is gone too, and all is built again from the topic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from redis.asyncio import Redis

from services.quality.licensing import Cell, Standing, dump, load
from services.runtime.following import Place
from services.runtime.keys import Keys
from services.runtime.redis import load_script
from warmline.errors import UnavailableError
from warmline.events.evidence import Evidence

_DAY_MS = 24 * 60 * 60 * 1000
SEEN_TTL_MS = 30 * _DAY_MS
"""As long as the topics from which evidence follows are kept, and so could be read again."""

SEEN_BRIEFLY_MS = _DAY_MS // 24
"""For what comes with every inquiry: remembered for as long as a crash could bring it again."""

_CELL, _OFFSET = "cell:", "offset:"


class Known(NamedTuple):
    standings: dict[Cell, Standing]
    offsets: dict[int, int]


class Register:
    """Raises the client's errors; every method may be called again."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._save = load_script(client, "services.quality", "save_standings")

    async def read(self) -> Known:
        fields: dict[str, str] = await cast(Any, self._client.hgetall(self._keys.standings()))
        known = Known({}, {})
        for name, value in fields.items():
            if name.startswith(_CELL):
                topic, _, language = name.removeprefix(_CELL).rpartition("/")
                known.standings[Cell(topic, language)] = load(value)
            else:
                known.offsets[int(name.removeprefix(_OFFSET))] = int(value)
        return known

    async def unseen(self, evidence_ids: Sequence[str]) -> list[str]:
        """Those that have not counted before, each once, in the order given."""
        each = list(dict.fromkeys(evidence_ids))
        if not each:
            return []
        seen = await self._client.mget([self._keys.evidence(name) for name in each])
        return [name for name, value in zip(each, seen, strict=True) if value is None]

    async def save(
        self,
        before: int,
        place: Place,
        changed: Mapping[Cell, Standing],
        counted: Sequence[Evidence],
    ) -> None:
        """All or nothing. Raises UnavailableError where another process has gone on from `before`: read
        again and go on from there."""
        values = [
            part
            for cell, standing in changed.items()
            for part in (f"{_CELL}{cell.topic}/{cell.language}", dump(standing))
        ]
        saved = await cast(
            Any,
            self._save(
                keys=[
                    self._keys.standings(),
                    *(self._keys.evidence(piece.evidence_id) for piece in counted),
                ],
                args=[
                    f"{_OFFSET}{place.partition}",
                    before,
                    place.offset,
                    *(_remembered_ms(piece) for piece in counted),
                    *values,
                ],
            ),
        )
        if not saved:
            raise UnavailableError("another process has gone on with the evidence")


def _remembered_ms(piece: Evidence) -> int:
    often = piece.kind in ("reading", "history") and not piece.seeded
    return SEEN_BRIEFLY_MS if often else SEEN_TTL_MS
