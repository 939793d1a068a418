"""For each person every reason for or against, and never one that the engine does not have."""

from __future__ import annotations

from typing import Any

from services.agents.explain import Candidate, candidates
from services.agents.memory import MemoryPool
from services.agents.rules import Rules
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

    async def explained(self, name: str = "i1") -> dict[str, Candidate]:
        work = await self.pool.work(name)
        assert work is not None
        record = self.pool.desk.works[name]
        there = {each: await self.pool.person(each) for each in self.pool.desk.people}
        avoided = {
            agent_id: person.avoid[name]
            for agent_id, person in self.pool.desk.people.items()
            if name in person.avoid
        }
        people = {agent_id: person for agent_id, person in there.items() if person is not None}
        rules = Rules(self.configuration)
        channels = {each: its.work_class.channel for each, its in self.pool.desk.works.items()}
        found = candidates(work, record.work_class, people, avoided, rules, self.now_ms, channels)
        for each in found:  # what is said agrees with what is done
            person = self.pool.desk.people.get(each.agent_id)
            would = person is not None and self.pool.desk.may_take(each.agent_id, person, name)
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
    assert found["ada"].why == ("declined it or let it lapse: not asked again for 20 s",)
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
    work = await desk.pool.work("i1")
    bo = await desk.pool.person("bo")
    assert work is not None
    assert bo is not None
    rules = Rules(configuration({"ada": GOOD}, filters=(CARDS,)))
    found = candidates(
        work, desk.pool.desk.works["i1"].work_class, {"bo": bo}, {}, rules, START_MS, {}
    )
    assert {each.agent_id: each.why for each in found}["bo"] == ("not in people.yaml", "busy")


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
