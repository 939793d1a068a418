"""The queue engine in Redis: each transition is one Lua script, atomic, with the server's clock.

This module decides nothing. It puts keys and arguments together, asks again where the state has
moved between reading and acting, and turns result codes into values and errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from uuid import uuid4

from services.agents.actions import plain
from services.agents.classes import ATTEMPTS, ClassTable, limits_of
from services.agents.clearing import Clearing
from services.agents.commands import Commands
from services.agents.config import Configuration
from services.agents.orders import Orders
from services.agents.overflow import Elsewhere
from services.agents.plan import plan_of, skip_of
from services.agents.pool import Left
from services.agents.records import Records
from services.agents.refusals import refuse
from services.agents.restoring import LostWork, Outcome, restore
from services.agents.rules import Rules, Stage
from services.agents.script_settings import settings_of
from services.agents.scripts import Scripts
from services.agents.sweeper import Verdict, prolong, sweep
from services.agents.unstaffed import Unstaffed
from services.agents.work import (
    MEMBERS_MAX,
    Done,
    NewWork,
    Placed,
    QueueState,
    SignedIn,
    Ticked,
    Work,
)
from services.runtime.applied import Applied, lost_writes
from services.runtime.clock import Clock, millis
from services.runtime.coalescing import CoalescingRedis
from services.runtime.keys import Keys
from warmline.errors import UnavailableError
from warmline.events.work import AgentCommand

CONFIGURATION_HELD_MS = 15 * 1000
"""Each worker says every second which configuration it uses. One of which nobody has spoken for so long is
over, if another one was spoken of meanwhile."""

CONFIGURATION_SILENT_MS = 5 * 1000
"""While Redis is away for longer nobody can be heard: it counts from anew then."""

DUE_AT_ONCE = 200

SCRIPT_OF_TIMER = {
    "offer": "lapse",
    "look": "look",
    "direct": "open_direct",
    "ring": "ring",
    "pause": "pause",
    "callback": "callback",
    "missed": "missed",
}


class RedisPool:
    """`services.agents.pool.Pool` on Redis. `simulated_ms` replaces the server's clock, for replays
    and tests; `clock` only dates what people write, `zone` says which day that is. With `applied` nothing is
    taken in by a Redis that has lost what it had."""

    def __init__(
        self,
        client: CoalescingRedis,
        keys: Keys,
        configuration: Configuration,
        *,
        clock: Clock,
        simulated_ms: Callable[[], int] | None = None,
        zone: tzinfo = UTC,
        applied: Applied | None = None,
    ) -> None:
        self._client = client
        self._applied = applied
        self._keys = keys
        self._simulated_ms = simulated_ms
        self._fixed_settings = settings_of(configuration)
        self.rules = Rules(configuration)
        self._run = Scripts(client, keys)
        self._classes = ClassTable(client, keys, self._run, self.rules)
        self.records = Records(client, keys)
        self._now_ms = now_ms = simulated_ms or (lambda: millis(clock()))
        self._clearing = Clearing(
            keys=keys,
            rules=self.rules,
            run=self._run,
            classes=self._classes,
            records=self.records,
            now_ms=now_ms,
            settings=self._settings,
        )
        self._unstaffed = Unstaffed(
            keys=keys,
            rules=self.rules,
            run=self._run,
            classes=self._classes,
            records=self.records,
            now_ms=now_ms,
            settings=self._settings,
        )
        orders = Orders(
            keys=keys,
            rules=self.rules,
            run=self._run,
            classes=self._classes,
            records=self.records,
            clearing=self._clearing,
            now_ms=now_ms,
            settings=self._settings,
        )
        self._commands = Commands(
            keys=keys,
            rules=self.rules,
            run=self._run,
            classes=self._classes,
            records=self.records,
            orders=orders,
            clock=clock,
            zone=zone,
            now_ms=now_ms,
            settings=self._settings,
        )

    def _now(self) -> str:
        return "" if self._simulated_ms is None else str(self._simulated_ms())

    def _settings(self) -> str:
        """ARGV[1] of every transition, see `lua/shared/desk.lua`."""
        return f"{self._now()}|{self._fixed_settings}"

    async def configure(self) -> str | None:
        """Gives people who are signed in the classes and capacity of this configuration, if the desk has
        another one that nobody uses any more; returns the one that is in use instead. Called at start, and
        again and again from then on, which says that this one is in use."""
        return await self._use("asked")

    async def reconfigure(self, configuration: Configuration) -> None:
        """From now on this configuration counts. What waits keeps the rings that it came with."""
        self.rules.adopt(configuration)
        self._fixed_settings = settings_of(configuration)
        await self._use("changed")

    async def _use(self, why: str) -> str | None:
        """Killed in between, the next process with this configuration goes on."""
        args = [self._settings(), why, CONFIGURATION_HELD_MS, CONFIGURATION_SILENT_MS]
        code, *other = await self._run("use_configuration", [], args)
        if code == "other":
            return str(other[0])
        if code == "apply" or why == "changed":
            for agent_id in sorted(await self._client.hkeys(self._keys.serves())):
                await self._serve_again(str(agent_id))
            version = self.rules.configuration.version
            await self._client.hset(self._keys.desk_state(), "config_version", version)
        return None

    async def _serve_again(self, agent_id: str) -> None:
        person = self.rules.configuration.people.get(agent_id)
        for _ in range(ATTEMPTS):
            generation = await self._client.hget(self._keys.desk_state(), "generation") or "0"
            served, capacity, limits = self._classes.served_by_nobody_known(agent_id), 1, ","
            if person is not None:
                served, generation = await self._classes.served_by(person)
                capacity, limits = person.capacity, limits_of(person)
            (code,) = await self._run(
                "serve", [], [self._settings(), agent_id, capacity, served, generation, limits]
            )
            if code != "stale_classes":
                return
        raise UnavailableError("classes of work are added faster than people can be given them")

    async def enqueue(self, works: Sequence[NewWork]) -> list[Placed]:
        """One round trip for all, unless a class of work is new. Raises LostWritesError."""
        for _ in range(ATTEMPTS):
            for work in works:
                await self._classes.ensure(work.classes, self._settings())
            answers = await self._run.many("enqueue", [self._enqueueing(work) for work in works])
            if any(answer[0] == "lost" for answer in answers):
                raise lost_writes("the desk")
            if not any(answer[0] == "unknown_class" for answer in answers):
                return [_placed(answer) for answer in answers]
            self._classes.forget()
        raise UnavailableError("Redis keeps losing the classes of work")

    def _enqueueing(self, work: NewWork) -> tuple[Sequence[str], Sequence[str]]:
        """Keys and arguments of `enqueue.lua`."""
        keys, inquiry = self._keys, work.details.inquiry
        fields: tuple[object, ...] = (
            plain(work.cause_id),
            inquiry.conversation_id,
            inquiry.customer_id,
            work.work_class.queue,
            work.work_class.id,
            work.language,
            work.topic or "",
            work.priority_min,
            work.arrival_ms,
            work.bound,
            _elsewhere(work.placement.full),
            MEMBERS_MAX,
            *_rings_of(work.placement.stages),
            "".join(f"{who}," for who in work.asked_first),
            work.choice.prefer.for_s * 1000 if work.choice.prefer is not None else "",
            "".join(f"{each.id}," for each in dict.fromkeys(work.classes)),
            "".join(f"{each.id}," for each in work.rings),
            _elsewhere(work.placement.now),
            _elsewhere(work.placement.unstaffed),
            work.placement.reason,
            _text(work.placement.nobody_ms),
            work.decided_ms,
            "",  # each field is ended, the last one too
        )
        return (
            [
                keys.conversation(inquiry.conversation_id),
                keys.ended(inquiry.inquiry_id),
                keys.details(inquiry.inquiry_id),
                keys.classes(),
                keys.applied("desk"),
            ],
            [
                self._settings(),
                inquiry.inquiry_id,
                "\x1f".join(map(str, fields)),
                work.details.model_dump_json(),
                self._applied.incarnation if self._applied is not None else "",
            ],
        )

    async def act(self, command: AgentCommand) -> Done:
        return await self._commands.act(command)

    async def abandon(self, cause_id: str, conversation_id: str, left_ms: int) -> Left:
        keys = self._keys
        for _ in range(ATTEMPTS):
            inquiry_id = await self.records.open_work_of(conversation_id)
            answer = await self._run(
                "abandon",
                [
                    keys.seen(cause_id),
                    keys.conversation(conversation_id),
                    keys.ended(inquiry_id),
                    keys.details(inquiry_id),
                ],
                [self._settings(), inquiry_id, left_ms],
            )
            if answer[0] != "moved":
                left: Left = answer[0]
                return left
        raise UnavailableError("the conversation changes faster than it can be ended")

    async def tick(self) -> Ticked:
        now_ms, next_ms, *entries = await self._run.due(self._now(), DUE_AT_ONCE)
        for entry in entries:
            await self._do(entry)
        if len(entries) == DUE_AT_ONCE:
            return Ticked(len(entries), 0)
        return Ticked(len(entries), int(float(next_ms)) - int(now_ms) if next_ms else None)

    async def _do(self, entry: str) -> None:
        kind, _, rest = entry.partition("|")
        if kind == "presence":
            await self._silence(rest)
        elif kind == "wrap":
            await self._end_wrap_up(entry, *rest.split("|", 1))
        elif kind == "unstaffed":
            await self._unstaffed.look_again(entry)
        else:
            await self._run(SCRIPT_OF_TIMER[kind], [], [self._settings(), entry])

    async def _silence(self, agent_id: str) -> None:
        for _ in range(ATTEMPTS):
            held, keys = await self.records.held_by(agent_id)
            (code,) = await self._run("silence", keys, [self._settings(), agent_id, *held])
            if code != "moved":
                return
        raise UnavailableError("a person's work changes faster than it can be taken back")

    async def _end_wrap_up(self, entry: str, agent_id: str, inquiry_id: str) -> None:
        keys = self._keys
        code, *_ = await self._run(
            "wrap_up_done",
            [keys.command(f"timer-{uuid4()}"), keys.ended(inquiry_id), keys.details(inquiry_id)],
            [self._settings(), agent_id, inquiry_id],
        )
        if code != "ok":  # ended otherwise: the entry is left over
            await self._client.zrem(keys.due(), entry)

    async def sweep(self, *, mend: bool) -> Verdict:
        """Whether everything is where it belongs; what is not is put there where asked to."""
        return await sweep(self._client, self._keys, self._run, self._settings(), mend=mend)

    async def prolong(self) -> int:
        """What belongs to open work does not expire before it."""
        return await prolong(self._client, self._keys, self._now_ms())

    async def clear_closed_queues(self) -> int:
        return await self._clearing.clear_all()

    async def find_unstaffed(self) -> int:
        return await self._unstaffed.find()

    async def restore(self, lost: LostWork, *, mend: bool) -> Outcome:
        """Brings back what Redis has lost of one piece of work; without `mend`, says what it would do."""
        for _ in range(ATTEMPTS):
            if mend and lost.life.is_open:
                await self._classes.ensure(lost.classes, self._settings())
            rings = _rings_of(lost.stages) if lost.stages else ("", "", "")
            outcome = await restore(
                self._client, self._keys, self._run, self._settings(), lost, rings, mend=mend
            )
            if outcome != "unknown_class":
                return outcome
            self._classes.forget()
        raise UnavailableError("Redis keeps losing the classes of work")

    async def raise_epochs(self, epochs: Mapping[str, int]) -> None:
        """No conversation is below the epoch that somebody was given."""
        names = list(epochs)
        for start in range(0, len(names), DUE_AT_ONCE):
            some = names[start : start + DUE_AT_ONCE]
            keys = [self._keys.conversation(each) for each in some]
            await self._run(
                "raise_epochs", keys, [self._settings(), *(epochs[each] for each in some)]
            )

    async def person(self, agent_id: str) -> SignedIn | None:
        return await self.records.person(agent_id)

    async def work(self, inquiry_id: str) -> Work | None:
        return await self.records.work(inquiry_id)

    async def queues(self) -> list[QueueState]:
        return await self.records.queues(
            [queue.id for queue in self.rules.configuration.desk.queues]
        )


def _placed(answer: Sequence[str]) -> Placed:
    if answer[0] == "flood":
        raise refuse("flood")
    return Placed(answer[0], answer[1])  # type: ignore[arg-type]


def _elsewhere(elsewhere: Elsewhere | None) -> str:
    if elsewhere is None:
        return ""
    first, *later = elsewhere.rings
    work = first.work_class
    parts = (work.queue, work.id, _text(elsewhere.promise_ms), _text(first.until_s))
    return "".join(f"{part}\x1d" for part in parts) + plan_of(later)


def _rings_of(stages: Sequence[Stage]) -> tuple[str, str, str]:
    """Until when the first ring lasts, when it is passed over, and the rings to come, as
    `lua/enqueue.lua` and `lua/shared/matching.lua` read them."""
    first, *later = stages
    return _text(first.until_s), skip_of(first), plan_of(later)


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
