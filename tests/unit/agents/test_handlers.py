"""What comes in on the topics, on the plain engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.agents.brief import from_decision
from services.agents.handlers import Intake
from services.agents.memory import MemoryPool
from services.knowledge.base import KnowledgeBase
from services.knowledge.suggesting import Suggester
from services.runtime.errors import ConflictError, NotFoundError
from tests.unit.agents.build import START, START_MS, configuration, decision
from warmline.events import AgentCommand, Event, Feedback, Handover
from warmline.events.envelope import event_id
from warmline.events.work import Accept, SignIn


@pytest.fixture
def pool() -> MemoryPool:
    return MemoryPool(configuration(), lambda: START_MS)


@pytest.fixture
def intake(pool: MemoryPool) -> Intake:
    return Intake(pool, pool.desk.rules)


def event(data: Any, id_: str = "e1", after_s: float = 0) -> Event[Any]:
    return Event(id_, "/test", START + timedelta(seconds=after_s), data)


def command(action: Any, agent_id: str = "ada", command_id: str = "k1") -> Event[AgentCommand]:
    return event(AgentCommand(command_id=command_id, agent_id=agent_id, action=action))


async def test_a_routed_inquiry_waits_in_its_queue_with_a_brief(
    intake: Intake, pool: MemoryPool
) -> None:
    assert await intake.routed([event(decision(priority_min=3))]) == [[]]
    record = pool.desk.works["i1"]
    assert record.priority_min == 3
    assert record.new.details.brief == from_decision(decision())
    assert record.new.details.reason == "no_licence"
    assert record.new.details.why.startswith("rule default: queue general")


async def test_a_handed_over_inquiry_keeps_the_bots_brief(intake: Intake, pool: MemoryPool) -> None:
    made = decision(route="bot", mode="answer")
    brief = from_decision(made).model_copy(update={"wish": "a refund", "completeness": 0.9})
    handover = Handover(decision=made, reason="not_helped", brief=brief)
    assert await intake.handed_over([event(handover)]) == [[]]
    assert pool.desk.works["i1"].new.details.brief.wish == "a refund"
    assert pool.desk.works["i1"].new.details.reason == "not_helped"


async def test_who_has_changed_language_is_handed_to_those_who_speak_it(
    intake: Intake, pool: MemoryPool
) -> None:
    began = decision(route="bot", mode="intake", language="en")
    brief = from_decision(began).model_copy(update={"language": "de"})
    await intake.handed_over([event(Handover(decision=began, reason="no_licence", brief=brief))])
    assert pool.desk.works["i1"].new.language == "de"


async def test_who_presses_a_button_later_than_their_message_has_waited_since_then(
    intake: Intake, pool: MemoryPool
) -> None:
    pressed = START + timedelta(minutes=10)
    await intake.routed([event(decision(), event_id("i1", "decision"))])
    later = decision({"inquiry_id": "i2", "conversation_id": "c2"}, decided_at=pressed)
    await intake.routed([event(later, event_id("f1", "decision"))])
    assert pool.desk.works["i1"].new.details.asked_at is None
    assert pool.desk.works["i2"].new.details.asked_at == pressed
    assert pool.desk.works["i2"].new.details.received_at == START


class _Broken(Suggester):
    def suggest(self, *_: Any, **__: Any) -> Any:
        raise ValueError("a fault in an article")


async def test_a_fault_in_what_helps_people_costs_the_help_and_not_the_customer(
    pool: MemoryPool,
) -> None:
    broken = Intake(pool, pool.desk.rules, suggester=_Broken(KnowledgeBase([])))
    await broken.routed([event(decision())])
    brief = pool.desk.works["i1"].new.details.brief
    assert brief == from_decision(decision())
    assert [turn.text for turn in brief.said] == ["My card was charged twice"]


async def test_an_event_handled_twice_is_taken_in_once(intake: Intake, pool: MemoryPool) -> None:
    batch = [event(decision()), event(decision())]
    await intake.routed(batch)
    await intake.routed(batch)
    assert [entry["step"] for entry in pool.desk.outbox] == ["enqueued"]


async def test_a_command_is_carried_out(intake: Intake, pool: MemoryPool) -> None:
    assert await intake.command(command(SignIn())) == []
    assert "ada" in pool.desk.people


async def test_a_command_that_comes_too_late_is_no_dead_letter(
    intake: Intake, pool: MemoryPool
) -> None:
    await intake.routed([event(decision())])
    assert await intake.command(command(Accept(inquiry_id="i1", epoch=9))) == []
    assert pool.desk.works["i1"].state == "waiting"


@pytest.mark.parametrize(
    "impossible",
    [command(SignIn(), agent_id="nobody"), command(Accept(inquiry_id="never-seen", epoch=1))],
)
async def test_a_command_that_could_never_be_carried_out_is_one(
    intake: Intake, impossible: Event[AgentCommand]
) -> None:
    with pytest.raises(NotFoundError):
        await intake.command(impossible)


async def test_who_leaves_is_no_longer_in_line_and_nothing_else_ends_it(
    intake: Intake, pool: MemoryPool
) -> None:
    await intake.routed([event(decision())])
    helped = Feedback(feedback_id="f0", conversation_id="c1", kind="helped")
    assert await intake.feedback(event(helped, after_s=1)) == []
    assert pool.desk.works["i1"].state == "waiting"
    left = Feedback(feedback_id="f1", conversation_id="c1", kind="left")
    assert await intake.feedback(event(left, after_s=1)) == []
    assert pool.desk.ended["i1"].state == "abandoned"


async def test_a_flood_is_refused_and_the_rest_of_the_batch_is_in(
    intake: Intake, pool: MemoryPool
) -> None:
    flood = [
        event(decision({"inquiry_id": f"i{n}", "conversation_id": "c"}), f"e{n}")
        for n in range(201)
    ]
    other = event(decision({"inquiry_id": "other", "conversation_id": "o"}), "other")
    with pytest.raises(ConflictError):
        await intake.routed([*flood, other])
    assert set(pool.desk.works) == {"i0", "other"}
