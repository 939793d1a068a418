"""Reads the engine's state in Redis. Changes nothing. The format of the records:
`lua/shared/desk.lua`."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

from services.agents.scripts import Scripts
from services.agents.there import There
from services.agents.work import Details, Presence, QueueState, SignedIn, State, Work
from services.runtime.coalescing import CoalescingRedis
from services.runtime.keys import Keys

_REMEMBERED = 50_000
SERVER_TIME = ""
"""ARGV[1] of a script that only reads: no settings, and the server's clock."""

_SCORE_AND_ENTRY = slice(10, 12)
_AT_ONCE = 500
_FIELD, _ENTRY, _PART = "\x1f", "\x1e", "\x1d"


class Records:
    """Remembers which conversation an inquiry belongs to, which never changes while it is open."""

    def __init__(self, client: CoalescingRedis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._run = Scripts(client, keys)
        self._conversations: OrderedDict[str, str] = OrderedDict()

    async def conversation_of(self, inquiry_id: str) -> str:
        """'' where no open work is known."""
        known = self._conversations.get(inquiry_id)
        if known is not None:
            return known
        works = await self.works([inquiry_id])
        return works[0].conversation_id if works else ""

    def _remember(self, works: Sequence[Work]) -> None:
        for work in works:
            self._conversations[work.inquiry_id] = work.conversation_id
        while len(self._conversations) > _REMEMBERED:
            self._conversations.popitem(last=False)

    def forget(self, inquiry_id: str) -> None:
        self._conversations.pop(inquiry_id, None)

    async def work(self, inquiry_id: str) -> Work | None:
        """Open work, else what is left of ended work, else the work that the inquiry joined."""
        works = await self.works([inquiry_id])
        if works:
            return works[0]
        ended = await self._ended(inquiry_id)
        if ended is None:
            return None
        joined = joined_by(ended)
        return read_work(inquiry_id, ended) if joined is None else await self.work(joined)

    async def works(self, inquiry_ids: Sequence[str]) -> list[Work]:
        """Open work only, in the order asked for."""
        if not inquiry_ids:
            return []
        records = await self._client.hmget(self._keys.work(), list(inquiry_ids))
        works = [
            read_work(inquiry_id, str(record))
            for inquiry_id, record in zip(inquiry_ids, records, strict=True)
            if record
        ]
        self._remember(works)
        return works

    def offered(self, pairs: Sequence[str]) -> tuple[Work, ...]:
        """From inquiry ids and records by turns, as scripts return them."""
        works = tuple(map(read_work, pairs[::2], pairs[1::2]))
        self._remember(works)
        return works

    async def _ended(self, inquiry_id: str) -> str | None:
        return cast("str | None", await self._client.get(self._keys.ended(inquiry_id)))

    async def newest_seq(self, inquiry_id: str) -> int:
        """The number of the last step that is known of an inquiry's own work; 0 where none is."""
        works = await self.works([inquiry_id])
        if works:
            return works[0].seq
        ended = await self._ended(inquiry_id)
        if ended is None:
            return 0
        joined = joined_by(ended)
        return read_work(inquiry_id, ended).seq if joined is None else int(ended.split(_FIELD)[2])

    async def why_not_open(self, inquiry_id: str) -> str:
        """The refusal's code for an inquiry that is no open work."""
        ended = await self._ended(inquiry_id)
        if ended is None:
            return "no_inquiry"
        return "ended" if joined_by(ended) is None else "part_of_other"

    async def open_work_of(self, conversation_id: str) -> str:
        """The inquiry id of a conversation's open work, '' for none."""
        work_id = await self._client.hget(self._keys.conversation(conversation_id), "work_id")
        return str(work_id or "")

    async def command_result(self, command_id: str) -> tuple[str, int] | None:
        """A command's result code and the work's epoch then; None where none is remembered."""
        result = cast("str | None", await self._client.get(self._keys.command(command_id)))
        if not result:
            return None
        code, epoch, *_ = result.split("|", 2)
        return code, int(epoch)

    async def held_by(self, agent_id: str) -> tuple[list[str], list[str]]:
        """What a person holds, and conversation, ended and details key of each."""
        signed_in = await self.person(agent_id)
        works = await self.works(sorted(signed_in.held) if signed_in else [])
        keys = [
            key
            for work in works
            for key in (
                self._keys.conversation(work.conversation_id),
                self._keys.ended(work.inquiry_id),
                self._keys.details(work.inquiry_id),
            )
        ]
        return [work.inquiry_id for work in works], keys

    async def person(self, agent_id: str) -> SignedIn | None:
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.hget(self._keys.people(), agent_id)
            pipe.time()
            record, (seconds, micros) = await pipe.execute()
        if not record:
            return None
        return read_person(agent_id, record, seconds * 1000 + micros // 1000)

    async def desk_of(self, agent_id: str) -> tuple[SignedIn, list[Work]] | None:
        """A person and all that they hold, read in one step; None where they are not signed in."""
        picture = await self._run("desk_of", [], [SERVER_TIME, agent_id])
        if not picture:
            return None
        now_ms, record, *held = picture
        works = [
            read_work(inquiry_id, work)
            for inquiry_id, work in zip(held[::2], held[1::2], strict=True)
            if work
        ]
        self._remember(works)
        works.sort(key=lambda work: work.inquiry_id)
        return read_person(agent_id, record, int(now_ms)), works

    async def people(self) -> list[SignedIn]:
        """Everybody who is signed in."""
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.hgetall(self._keys.people())
            pipe.time()
            records, (seconds, micros) = await pipe.execute()
        now_ms = seconds * 1000 + micros // 1000
        return [read_person(agent_id, record, now_ms) for agent_id, record in records.items()]

    async def everybody_there(self) -> list[There]:
        """Everybody who is signed in, with all that counts for what they are offered."""
        records = await self._client.hgetall(self._keys.people())
        return [_read_there(str(agent_id), str(record)) for agent_id, record in records.items()]

    async def class_definition(self, class_id: str) -> str | None:
        """What a class of work asks for, as JSON."""
        return cast("str | None", await self._client.hget(self._keys.classes(), class_id))

    async def position(self, work: Work) -> int:
        """The place of waiting work among all that waits in its queue, from 1. What waits for one person only
        is counted among theirs."""
        record = await self._client.hget(self._keys.work(), work.inquiry_id)
        if record is None:
            return 1
        score, entry = (int(part) for part in str(record).split(_FIELD)[_SCORE_AND_ENTRY])
        line = f"@{work.direct}" if work.direct else work.queue
        heads = [str(head) for head in await self._client.zrange(self._keys.heads(), 0, -1)]
        async with self._client.pipeline(transaction=False) as pipe:
            for each in [each for each in heads if line_of(each) == line]:
                before = f"({each}|{score:013d}|{entry:010d}|"
                pipe.zlexcount(self._keys.waiting(), f"[{each}|", before)
            ahead: list[int] = await pipe.execute()
        return 1 + sum(ahead)

    async def details(self, inquiry_ids: Sequence[str]) -> list[Details]:
        """What is known of these inquiries; those that were forgotten meanwhile are left out."""
        if not inquiry_ids:
            return []
        records = await self._client.mget([self._keys.details(each) for each in inquiry_ids])
        return [Details.model_validate_json(record) for record in records if record]

    async def wishes(self, inquiry_ids: Sequence[str]) -> list[Details]:
        """What is known of those of these inquiries in which the customer asked for a person."""
        if not inquiry_ids:
            return []
        records = await self._client.mget([self._keys.details(each) for each in inquiry_ids])
        asked = [each for each in records if each and '"reason":"explicit_wish"' in each]
        return [Details.model_validate_json(record) for record in asked]

    async def closed_by(self) -> dict[str, str]:
        """The queues that supervisors have closed, and who has."""
        state = await self._client.hgetall(self._keys.desk_state())
        named = ((str(name).partition("|"), str(by)) for name, by in state.items())
        return {queue: by for (what, _, queue), by in named if what == "closed"}

    async def waiting_in(self, queue_id: str, most: int | None = None) -> AsyncIterator[Work]:
        """What waits for the people of a queue, the first in line first, whatever its class; where there are
        more than `most`, so many of them, class by class."""
        bounds = {} if most is None else {"start": 0, "num": most}
        entries: Any = await self._client.zrangebylex(
            self._keys.waiting(), f"[{queue_id}.", f"({queue_id}/", **bounds
        )
        in_line = sorted(entry.split("|", 3)[1:] for entry in entries)
        for start in range(0, len(in_line), _AT_ONCE):
            for work in await self.works([id_ for _, _, id_ in in_line[start : start + _AT_ONCE]]):
                yield work

    async def waiting_classes(self) -> list[str]:
        """The classes in which work waits, but not for one person alone; the oldest first."""
        heads = [str(head) for head in await self._client.zrange(self._keys.heads(), 0, -1)]
        return [head for head in heads if not head.startswith("@")]

    async def signed_in(self) -> frozenset[str]:
        """Ids of everybody who is signed in."""
        return frozenset(map(str, await self._client.hkeys(self._keys.people())))

    async def lines(self, most: int) -> dict[str, list[str]]:
        """What waits, the first in line first, by queue, and by `@person` where it waits for one alone. Of
        each class the first `most`; read some at a time, so that nobody waits for it."""
        found: dict[str, list[list[str]]] = {}
        for head in [str(each) for each in await self._client.zrange(self._keys.heads(), 0, -1)]:
            line = found.setdefault(line_of(head), [])
            after, left = f"[{head}|", most
            while left > 0:
                entries: Any = await self._client.zrangebylex(
                    self._keys.waiting(), after, f"({head}}}", start=0, num=min(left, _AT_ONCE)
                )
                line += [entry.split("|", 3)[1:] for entry in entries]
                if len(entries) < _AT_ONCE:
                    break
                after, left = f"({entries[-1]}", left - len(entries)
        return {name: [id_ for _, _, id_ in sorted(line)] for name, line in found.items()}

    async def queues(self, queue_ids: Sequence[str]) -> list[QueueState]:
        """Waiting in each queue, and in others in which any does, and how long the first in line has waited;
        what waits for one person alone is in no queue's line."""
        heads = await self.waiting_classes()
        known = frozenset(queue_ids)
        queue_ids = [*queue_ids, *sorted({line_of(head) for head in heads} - known)]
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.hmget(self._keys.desk_state(), [f"closed|{queue_id}" for queue_id in queue_ids])
            for queue_id in queue_ids:
                pipe.zlexcount(self._keys.waiting(), f"[{queue_id}.", f"({queue_id}/")
            for head in heads:
                pipe.zrangebylex(self._keys.waiting(), f"[{head}|", f"({head}}}", start=0, num=1)
            (seconds, micros), closed, *answers = await pipe.execute()
        counts, firsts = answers[: len(queue_ids)], answers[len(queue_ids) :]
        in_line = sorted(member[0].split("|", 3)[1:] for member in firsts if member)
        works = await self.works([inquiry_id for _, _, inquiry_id in in_line])
        now_ms = seconds * 1000 + micros // 1000
        waited_ms = {work.queue: max(0, now_ms - work.arrival_ms) for work in reversed(works)}
        return [
            QueueState(
                queue=queue_id,
                waiting=count,
                oldest_ms=waited_ms.get(queue_id),
                closed=bool(by),
                removed=queue_id not in known,
            )
            for queue_id, count, by in zip(queue_ids, counts, closed, strict=True)
        ]


def line_of(head: str) -> str:
    """The queue of a class, or `@person` where work waits for one alone."""
    return head.partition("/" if head.startswith("@") else ".")[0]


def joined_by(record: str) -> str | None:
    """The inquiry id of the work that an inquiry joined; None for a record of its own work."""
    state, work_id, *_ = record.split(_FIELD)
    return work_id if state == "joined" else None


def read_work(inquiry_id: str, record: str) -> Work:
    (
        state,
        conversation,
        _customer,
        queue,
        work_class,
        language,
        topic,
        priority_min,
        arrival_ms,
        _newest_ms,
        _score,
        _entry,
        agent_id,
        until_ms,
        taken_ms,
        direct,
        note,
        epoch,
        seq,
        members,
        _causes,
        _entered,
        _ring_ms,
        _skip,
        _plan,
        _spoke,
        promised_ms,
        _attempts,
        _,
    ) = record.split(_FIELD)
    return Work(
        inquiry_id=inquiry_id,
        conversation_id=conversation,
        state=cast(State, state),
        queue=queue,
        work_class=work_class,
        topic=topic or None,
        language=language,
        priority_min=int(priority_min),
        arrival_ms=int(arrival_ms),
        epoch=int(epoch),
        seq=int(seq),
        members=(inquiry_id,)
        if len(members) == len(inquiry_id) + 4
        else tuple(json.loads(members)),
        agent_id=agent_id or None,
        until_ms=int(until_ms) if until_ms else None,
        taken_ms=int(taken_ms) if taken_ms else None,
        direct=direct or None,
        note=note or None,
        promised_ms=int(promised_ms) if promised_ms and state == "promised" else None,
    )


_PERSON = (
    "presence reason capacity limits held idle lapses avoid beat silent listed staffed turn recent drained v"
).split()


def _person_fields(record: str) -> dict[str, str]:
    return dict(zip(_PERSON, record.split(_FIELD)[:-1], strict=True))


def _map_of(text: str) -> dict[str, str]:
    pairs = (entry.split(_PART) for entry in text.split(_ENTRY) if entry)
    return dict(pairs)


def read_person(agent_id: str, record: str, now_ms: int) -> SignedIn:
    fields = _person_fields(record)
    held = _map_of(fields["held"]).items()
    return SignedIn(
        agent_id=agent_id,
        presence=cast(Presence, fields["presence"]),
        reason=fields["reason"],
        silent=bool(fields["silent"]),
        drained=bool(fields["drained"]),
        capacity=int(fields["capacity"]),
        held={inquiry_id: cast(State, state.partition("/")[0]) for inquiry_id, state in held},
        version=int(fields["v"]),
        now_ms=now_ms,
    )


def _read_there(agent_id: str, record: str) -> There:
    fields = _person_fields(record)
    held = {each: value.partition("/") for each, value in _map_of(fields["held"]).items()}
    return There(
        agent_id=agent_id,
        presence=fields["presence"],
        reason=fields["reason"],
        silent=bool(fields["silent"]),
        drained=bool(fields["drained"]),
        capacity=int(fields["capacity"]),
        held={inquiry_id: (state, channel) for inquiry_id, (state, _, channel) in held.items()},
        avoids={each: int(until_ms) for each, until_ms in _map_of(fields["avoid"]).items()},
        idle_ms=int(fields["idle"]),
        turn=int(fields["turn"]),
        recent=[int(at_ms) for at_ms in fields["recent"].split(_ENTRY)[:-1]],
    )
