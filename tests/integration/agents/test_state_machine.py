"""The engine in Redis and the plain one get the same steps in any order and must stay alike.

`WARMLINE_EXAMPLES` sets the number of runs (100 for each desk by default; the nightly run asks for 5000).
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.agents.config import Configuration
from services.runtime.errors import RefusedError
from services.runtime.redis import connect
from tests.integration.agents import invariants
from tests.integration.agents.desks import DeskUnderTest, memory_desk, redis_desk
from tests.integration.agents.machine_desks import BARE, CHANGED, PLAIN, RICH
from tests.integration.agents.machine_past import PublishedPast
from warmline.events.work import (
    Accept,
    AcceptDraft,
    CloseQueue,
    Complete,
    Decline,
    Drain,
    Heartbeat,
    NotReached,
    OpenQueue,
    Pull,
    Push,
    RejectDraft,
    Reprioritise,
    Requeue,
    SendReply,
    SetPresence,
    SignIn,
    SignOut,
    Transfer,
    WrapUpDone,
)

T = TypeVar("T")

PEOPLE = st.sampled_from(sorted(PLAIN.people))
CONVERSATIONS = st.sampled_from(["c1", "c2", "c3", "c4", "c5"])
ACTIONS = st.sampled_from(
    [
        "accept",
        "decline",
        "reply",
        "accept_draft",
        "reject_draft",
        "complete",
        "not_reached",
        "wrap",
        "to_queue",
        "to_agent",
    ]
)


class Desks(RuleBasedStateMachine):
    """Both desks; every rule does the same on each and compares what comes back."""

    url: str
    rich: bool

    def __init__(self) -> None:
        super().__init__()
        self.desk = RICH if self.rich else PLAIN
        self.loop = asyncio.new_event_loop()
        self.clients = connect(self.url)
        self.plain = memory_desk(self.desk)
        self.name = f"machine-{secrets.token_hex(6)}"
        self.real = redis_desk(self.desk, self.clients, self.name)
        self.inquiries: list[tuple[str, str, dict[str, Any]]] = []
        self.commands: list[tuple[str, Any, str]] = []
        self.epochs: dict[str, int] = {}
        self.compared = 0
        self.past = PublishedPast([PLAIN, RICH, CHANGED, BARE])

    def teardown(self) -> None:
        try:
            self.loop.run_until_complete(self._compare_all())
        finally:
            self.loop.run_until_complete(self.clients.commands.flushdb())
            self.loop.run_until_complete(self.clients.aclose())
            self.loop.close()

    def both(self, do: Callable[[DeskUnderTest], Awaitable[T]]) -> T | str:
        """What `do` gives on both desks: a value, or a refusal's code."""
        plain, real = (self._one(do, desk) for desk in (self.plain, self.real))
        assert plain == real
        return plain

    def _one(self, do: Callable[[DeskUnderTest], Awaitable[T]], desk: DeskUnderTest) -> T | str:
        async def run() -> T | str:
            try:
                return await do(desk)
            except RefusedError as refused:
                return str(refused.__notes__[0])

        return self.loop.run_until_complete(run())

    def act(self, agent_id: str, action: Any) -> None:
        command_id = f"k{len(self.commands)}"
        self.commands.append((agent_id, action, command_id))
        self.both(lambda desk: desk.act(agent_id, action, command_id))

    def take_in(self, name: str, conversation: str, about: dict[str, Any]) -> None:
        self.both(lambda desk: desk.inquiry(name, conversation, **about))

    @rule(
        conversation=CONVERSATIONS,
        language=st.sampled_from(["en", "de", "fi"]),
        topic=st.sampled_from(["fraud", "refund"]),
        skilled=st.booleans(),
        priority_min=st.integers(0, 2),
        ago_s=st.integers(-5, 90),
        channel=st.sampled_from(["chat", "email", "phone"]),
        preferred=st.none() | PEOPLE,
    )
    def an_inquiry_comes(
        self,
        conversation: str,
        language: str,
        topic: str,
        skilled: bool,
        priority_min: int,
        ago_s: int,
        channel: str,
        preferred: str | None,
    ) -> None:
        name = f"i{len(self.inquiries)}"
        about = {
            "language": language,
            "topic": topic,
            "skills": {"refunds": 2} if skilled else {},
            "priority_min": priority_min,
            "arrival_ms": self.plain.clock.ms - ago_s * 1000,
            "cause_id": f"cause-{name}",
            "channel": channel,
            "attributes": {"preferred_agent": preferred} if preferred else {},
            "proposal": "It takes five days." if priority_min else None,
        }
        self.inquiries.append((name, conversation, about))
        self.take_in(name, conversation, about)

    @precondition(lambda self: self.inquiries)
    @rule(data=st.data())
    def an_inquiry_is_delivered_again(self, data: st.DataObject) -> None:
        name, conversation, about = data.draw(st.sampled_from(self.inquiries))
        self.take_in(name, conversation, about)

    @precondition(lambda self: self.inquiries)
    @rule(data=st.data())
    def an_inquiry_comes_for_another_reason(self, data: st.DataObject) -> None:
        name, conversation, about = data.draw(st.sampled_from(self.inquiries))
        again = {**about, "cause_id": f"{about['cause_id']}-again-{len(self.commands)}"}
        self.take_in(name, conversation, again)

    @rule(agent_id=PEOPLE)
    def a_person_signs_in(self, agent_id: str) -> None:
        self.act(agent_id, SignIn())

    @rule(agent_id=PEOPLE)
    def a_person_signs_out(self, agent_id: str) -> None:
        self.act(agent_id, SignOut())

    @rule(agent_id=PEOPLE, presence=st.sampled_from(["available", "available", "busy", "break"]))
    def a_person_says_where_they_are(self, agent_id: str, presence: Any) -> None:
        self.act(agent_id, SetPresence(presence=presence))

    @rule(agent_id=PEOPLE)
    def a_heartbeat(self, agent_id: str) -> None:
        self.act(agent_id, Heartbeat())

    @precondition(lambda self: self.plain.pool.desk.works)
    @rule(
        data=st.data(), action=ACTIONS, by=st.none() | PEOPLE, stale=st.sampled_from([0, 0, 0, 1])
    )
    def a_person_acts(self, data: st.DataObject, action: str, by: str | None, stale: int) -> None:
        works = self.plain.pool.desk.works  # type: ignore[union-attr]
        inquiry_id = data.draw(st.sampled_from(sorted(works)))
        work = works[inquiry_id]
        agent_id = by or work.agent_id or "ada"
        on: dict[str, Any] = {"inquiry_id": inquiry_id, "epoch": max(1, work.epoch - stale)}
        match action:
            case "accept":
                self.act(agent_id, Accept(**on))
            case "decline":
                self.act(agent_id, Decline(**on, reason="not mine"))
            case "reply":
                self.act(agent_id, SendReply(**on, text="Hello"))
            case "accept_draft":
                self.act(agent_id, AcceptDraft(**on))
            case "reject_draft":
                text = data.draw(st.sampled_from([None, "Hello"]))
                self.act(agent_id, RejectDraft(**on, reason="wrong", text=text))
            case "complete":
                self.act(agent_id, Complete(**on, customer_had_to_repeat=False))
            case "not_reached":
                self.act(agent_id, NotReached(**on))
            case "wrap":
                self.act(agent_id, WrapUpDone(inquiry_id=inquiry_id))
            case "to_queue":
                self.act(
                    agent_id,
                    Transfer(**on, to_queue=data.draw(st.sampled_from(["general", "fraud"]))),
                )
            case "to_agent":
                self.act(agent_id, Transfer(**on, to_agent=data.draw(PEOPLE), note="please"))

    @precondition(lambda self: self.commands)
    @rule(data=st.data())
    def a_command_comes_again(self, data: st.DataObject) -> None:
        agent_id, action, command_id = data.draw(st.sampled_from(self.commands))
        self.both(lambda desk: desk.act(agent_id, action, command_id))

    @precondition(lambda self: self.commands)
    @rule(data=st.data(), agent_id=PEOPLE)
    def another_command_comes_under_an_id(self, data: st.DataObject, agent_id: str) -> None:
        _, _, command_id = data.draw(st.sampled_from(self.commands))
        on_break = SetPresence(presence="break")
        self.both(lambda desk: desk.act(agent_id, on_break, command_id))

    @precondition(lambda self: self.rich and self.plain.pool.desk.works)
    @rule(
        data=st.data(),
        order=st.sampled_from(["push", "pull", "priority", "requeue", "to_queue"]),
        by=st.sampled_from(["sue", "bob", "ada"]),
        to=PEOPLE,
    )
    def a_supervisor_orders(self, data: st.DataObject, order: str, by: str, to: str) -> None:
        works = self.plain.pool.desk.works  # type: ignore[union-attr]
        on: dict[str, Any] = {
            "inquiry_id": data.draw(st.sampled_from(sorted(works))),
            "reason": "because",
        }
        match order:
            case "push":
                self.act(by, Push(**on, to_agent=to))
            case "pull":
                self.act(by, Pull(**on))
            case "priority":
                self.act(by, Reprioritise(**on, priority_min=data.draw(st.integers(0, 3))))
            case "requeue":
                self.act(by, Requeue(**on))
            case "to_queue":
                to_queue = data.draw(st.sampled_from(["fraud", "general"]))
                self.act(by, Requeue(**on, to_queue=to_queue))

    @precondition(lambda self: self.rich)
    @rule(agent_id=PEOPLE, draining=st.booleans())
    def a_supervisor_drains(self, agent_id: str, draining: bool) -> None:
        self.act("sue", Drain(of_agent=agent_id, draining=draining, reason="shift ends"))

    @precondition(lambda self: self.rich)
    @rule(queue=st.sampled_from(["general", "fraud"]), close=st.booleans())
    def a_supervisor_closes_or_opens(self, queue: str, close: bool) -> None:
        if close:
            self.act("sue", CloseQueue(queue=queue, reason="fire drill"))
        else:
            self.act("sue", OpenQueue(queue=queue, reason="over"))

    @precondition(lambda self: self.rich)
    @rule()
    def closed_queues_are_cleared(self) -> None:
        self.both(lambda desk: desk.pool.clear_closed_queues())

    @precondition(lambda self: self.rich)
    @rule()
    def what_waits_with_nobody_there_is_found(self) -> None:
        self.both(lambda desk: desk.pool.find_unstaffed())

    @precondition(lambda self: self.rich)
    @rule(back=st.none() | PEOPLE)
    def everybody_goes_home(self, back: str | None) -> None:
        """And what waits is found, for long enough; perhaps somebody is back in time."""
        for agent_id in sorted(PLAIN.people):
            self.act(agent_id, SignOut())
        self.both(lambda desk: desk.pool.find_unstaffed())
        self.both(lambda desk: desk.after(45))
        if back is not None:
            self.act(back, SignIn())
        self.both(lambda desk: desk.after(15))

    @rule(conversation=CONVERSATIONS, number=st.integers(0, 3))
    def a_customer_leaves(self, conversation: str, number: int) -> None:
        self.both(lambda desk: desk.leave(conversation, f"left-{number}"))

    @rule(seconds=st.sampled_from([1, 5, 10, 20, 45]))
    def time_passes(self, seconds: int) -> None:
        self.both(lambda desk: desk.after(seconds))

    @precondition(lambda self: self.rich)
    @rule(desk=st.sampled_from([RICH, CHANGED, BARE]))
    def the_configuration_changes(self, desk: Configuration) -> None:
        self.desk = desk
        self.both(lambda desk: desk.reconfigure(self.desk))

    @rule()
    def the_process_is_replaced(self) -> None:
        clock, pool = self.real.clock, redis_desk(self.desk, self.clients, self.name)
        pool.clock.ms = clock.ms
        self.real = pool

    @invariant()
    def both_are_alike(self) -> None:
        self.loop.run_until_complete(self._compare())

    async def _compare(self) -> None:
        plain = await self.plain.written()
        real = await self.real.written(self.compared)
        assert real == plain[self.compared :]
        for entry in real:
            if "step" not in entry:  # a person, or a change of the desk
                continue
            conversation, epoch = entry["conversation_id"], int(entry["epoch"])
            if entry["step"] == "wrapped_up":  # its conversation may be on a newer matter by now
                continue
            assert epoch >= self.epochs.get(conversation, 0), "an epoch only grows"
            self.epochs[conversation] = epoch
        self.compared = len(plain)
        assert self.real.keys is not None
        await invariants.check(self.clients, self.real.keys, self.desk)
        await self._compare_people()
        await self._compare_works()
        await self._compare_what_is_published(real)

    async def _compare_people(self) -> None:
        for agent_id in self.desk.people:
            ours = await self.plain.pool.person(agent_id)
            theirs = await self.real.pool.person(agent_id)
            assert (ours is None) == (theirs is None)
            if ours is not None and theirs is not None:
                assert replace(ours, now_ms=0, version=0) == replace(theirs, now_ms=0, version=0)

    async def _compare_works(self) -> None:
        """The newest after every step; all of them when the run ends."""
        for name, conversation, _ in self.inquiries[-3:]:
            assert await self.plain.pool.work(name) == await self.real.pool.work(name)
            assert await self.plain.owner(conversation) == await self.real.owner(conversation)

    async def _compare_what_is_published(self, entries: list[dict[str, str]]) -> None:
        records, desk = self.real.pool.records, self.plain.pool.desk  # type: ignore[union-attr]
        await self.past.follow(entries, self.desk, records)
        waiting = [name for name, work in desk.works.items() if work.state == "waiting"]
        await self.past.check(waiting, self.real.clock.ms, self.desk, records)

    async def _compare_all(self) -> None:
        for name, conversation, _ in self.inquiries:
            assert await self.plain.pool.work(name) == await self.real.pool.work(name)
            assert await self.plain.owner(conversation) == await self.real.owner(conversation)


@pytest.mark.parametrize("rich", [False, True])
def test_the_engine_in_redis_is_the_plain_one(redis_url: str, rich: bool) -> None:
    Desks.url = redis_url.rsplit("/", 1)[0] + "/9"
    Desks.rich = rich
    run_state_machine_as_test(
        Desks,
        settings=settings(
            max_examples=int(os.environ.get("WARMLINE_EXAMPLES", "100")),
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
