"""For each person every reason for or against, and never one that the engine does not have."""

from __future__ import annotations

from typing import Any

import pytest

from services.agents.config import Order
from services.agents.explain import Asked, Candidate, candidates, rank
from services.agents.memory import MemoryPool
from services.agents.rules import Rules, WorkClass
from services.agents.there import There
from tests.unit.agents.build import START_MS, configuration, decision, new_work
from warmline.events.work import Accept, AgentCommand, Decline, SetPresence, SignIn

CARDS = {
    "name": "cards",
    "when": {"topics": ["cards"]},
    "queue": "fraud",
    "skills": {"cards": 3},
    "any_of": [{"phone": 1}, {"mail": 1}],
}
GOOD = {"skills": {"cards": 3, "mail": 1}}


class Desk:
    """The plain engine, where it can be asked whether it would offer."""

    def __init__(self, people: dict[str, dict[str, Any]], **desk: Any) -> None:
        self.configuration = configuration(people, filters=(CARDS,), **desk)
        self.now_ms = START_MS
        self.pool = MemoryPool(self.configuration, lambda: self.now_ms)
        self._commands = 0

    async def act(self, agent_id: str, action: Any) -> None:
        self._commands += 1
        await self.pool.act(
            AgentCommand(command_id=f"k{self._commands}", agent_id=agent_id, action=action)
        )

    async def inquiry(self, name: str = "i1", channel: str = "chat") -> None:
        asked = {"inquiry_id": name, "conversation_id": f"c-{name}", "channel": channel}
        made = decision(asked, topic="cards", language="de")
        await self.pool.enqueue([new_work(Rules(self.configuration), made)])

    def people(self) -> dict[str, There]:
        desk = self.pool.desk
        return {
            agent_id: There(
                agent_id,
                presence=person.presence,
                reason=person.reason,
                silent=person.silent,
                drained=person.drained,
                capacity=person.capacity,
                held={
                    each: (state, desk.works[each].work_class.channel)
                    for each, state in person.held.items()
                },
                avoids=person.avoid,
                idle_ms=person.idle_ms,
                turn=person.turn,
                recent=person.recent,
            )
            for agent_id, person in desk.people.items()
        }

    async def explained(self, name: str = "i1", rules: Rules | None = None) -> dict[str, Candidate]:
        desk, record = self.pool.desk, self.pool.desk.works[name]
        asked = Asked(name, record.work_class, record.state, record.agent_id, record.direct)
        found = candidates(asked, self.people(), rules or desk.rules, self.now_ms)
        for each in found if rules is None else ():  # what is said agrees with what is done
            person = desk.people.get(each.agent_id)
            would = person is not None and desk.may_take(each.agent_id, person, name)
            if record.state == "waiting":
                assert each.could == would, each
        return {each.agent_id: each for each in found}


async def test_every_reason_against_a_person_is_named() -> None:
    desk = Desk(
        {
            "elsewhere": {**GOOD, "queues": ["general"]},
            "english": {**GOOD, "languages": {"en": 5}},
            "novice": {"skills": {"cards": 2}},
            "absent": GOOD,
            "pausing": GOOD,
            "hopeless": {"languages": {"en": 1}, "queues": ["general"]},
        }
    )
    for agent_id in ("elsewhere", "english", "novice", "pausing"):
        await desk.act(agent_id, SignIn())
    await desk.act("pausing", SetPresence(presence="break", reason="lunch"))
    await desk.inquiry()
    found = await desk.explained()
    assert {agent_id: each.why for agent_id, each in found.items()} == {
        "absent": ("not signed in",),
        "elsewhere": ("does not work for fraud",),
        "english": ("language de: has none, needs 1",),
        "hopeless": (
            "does not work for fraud",
            "language de: has none, needs 1",
            "skill cards: has none, needs 3",
            "has none of the alternative skills",
            "not signed in",
        ),
        "novice": ("skill cards: has 2, needs 3", "has none of the alternative skills"),
        "pausing": ("break: lunch",),
    }


async def test_who_has_it_comes_first_and_who_declined_it_is_not_asked_for_a_while() -> None:
    desk = Desk({"ada": GOOD, "bo": GOOD})
    await desk.act("ada", SignIn())
    await desk.inquiry()
    assert (await desk.explained())["ada"] == Candidate("ada", True, False, ("has it: offered",))
    await desk.act("ada", Decline(inquiry_id="i1", epoch=desk.pool.desk.works["i1"].epoch))
    desk.now_ms += 10_000
    found = await desk.explained()
    assert found["ada"].why == ("has just had it: not asked again for 20 s",)
    desk.now_ms += 20_000
    assert (await desk.explained())["ada"] == Candidate("ada", False, True, ("could take it",))


async def test_a_full_person_is_told_apart_from_a_free_one() -> None:
    desk = Desk({"ada": GOOD, "bo": {**GOOD, "capacity": 2}})
    await desk.act("ada", SignIn())
    await desk.inquiry("first")
    await desk.act("ada", Accept(inquiry_id="first", epoch=desk.pool.desk.works["first"].epoch))
    await desk.inquiry("second")
    found = await desk.explained("second")
    assert found["ada"].why == ("full: 1 of 1",)
    held = await desk.explained("first")
    assert next(iter(held)) == "ada"
    assert held["ada"].why == ("has it: accepted",)


async def test_people_who_are_no_longer_in_the_files_are_named() -> None:
    desk = Desk({"ada": GOOD, "bo": GOOD})
    await desk.act("bo", SignIn())
    await desk.act("bo", SetPresence(presence="busy"))
    await desk.inquiry()
    found = await desk.explained(rules=Rules(configuration({"ada": GOOD}, filters=(CARDS,))))
    assert found["bo"].why == ("not in people.yaml", "busy")


async def test_why_a_full_person_has_the_call_all_the_same() -> None:
    channels = {"phone": {"units": 2, "interrupts": ["email"]}, "email": {}}
    people = {"ada": {**GOOD, "capacity": 2}, "bo": {**GOOD, "capacity": 2, "limits": {"email": 1}}}
    desk = Desk(people, channels=channels)
    await desk.act("ada", SignIn())
    for name in ("mail1", "mail2"):
        await desk.inquiry(name, "email")
        await desk.act("ada", Accept(inquiry_id=name, epoch=desk.pool.desk.works[name].epoch))
    await desk.inquiry("call", "phone")
    assert (await desk.explained("call"))["ada"].why == (
        "has it: offered",
        "phone interrupts email: 2 of 2 do not count",
    )
    await desk.inquiry("mail3", "email")
    assert (await desk.explained("mail3"))["ada"].why == ("full: 4 of 2",)
    await desk.act("bo", SignIn())
    await desk.inquiry("mail4", "email")
    assert (await desk.explained("mail4"))["bo"].why == (
        "has 1 of email already, the most for them",
    )


async def test_who_has_had_enough_offers_is_told_so() -> None:
    desk = Desk({"ada": {**GOOD, "capacity": 5}}, offer_limit={"offers": 1, "within_s": 60})
    await desk.act("ada", SignIn())
    await desk.inquiry("i1")
    await desk.inquiry("i2")
    found = await desk.explained("i2")
    assert found["ada"].why == ("has had 1 offers within 60 s, the most for anybody",)


@pytest.mark.parametrize(
    ("order", "first", "in_words"),
    [
        ("longest_idle", "bo", "idle since 2026-09-21T14:13:20.001+00:00"),
        ("most_spare", "cy", "2 units free, idle since 2026-09-21T14:13:20.003+00:00"),
        ("least_active", "bo", "0 units in use, idle since 2026-09-21T14:13:20.001+00:00"),
        ("round_robin", "bo", "had no offer"),
    ],
)
def test_the_order_among_people_who_could_is_that_of_the_queue(
    order: Order, first: str, in_words: str
) -> None:
    one = {"x": ("accepted", "")}
    there = [
        There("ada", "available", capacity=2, held=one, idle_ms=START_MS + 2, turn=4),
        There("bo", "available", capacity=1, idle_ms=START_MS + 1),
        There("cy", "available", capacity=3, held=one, idle_ms=START_MS + 3, turn=5),
    ]
    asked = Asked("i1", WorkClass("fraud", order=order), "waiting")
    ranks = {each.agent_id: rank(asked, each, Rules(configuration())) for each in there}
    assert min(ranks, key=lambda each: ranks[each][0]) == first
    assert ranks[first][1] == in_words


def test_a_turn_that_is_not_the_first_is_told() -> None:
    later = {"cy": {"queues": [{"queue": "fraud", "priority": 2}]}}
    asked = Asked("i1", WorkClass("fraud"), "waiting")
    there = There("cy", "available", idle_ms=START_MS)
    _, in_words = rank(asked, there, Rules(configuration(later)))
    assert in_words.endswith("takes such work in turn 2")
