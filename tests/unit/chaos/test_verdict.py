"""What the verdict finds, and what it lets pass."""

from __future__ import annotations

from tests.chaos.verdict import violations
from tests.unit.chaos.history import history, reply, step
from warmline.demo.tally import Tally

GOOD = (
    step(1, "enqueued", 2, 0),
    step(2, "offered", 3, 0, agent_id="ada"),
    step(3, "accepted", 3, 1, agent_id="ada"),
    step(4, "replied", 3, 2, agent_id="ada"),
    reply("r1", 3, 2, by="person", agent_id="ada"),
    step(5, "completed", 4, 3, agent_id="ada"),
)


def found(*records: object) -> list[str]:
    return violations(Tally(), history(*records))  # type: ignore[arg-type]


def test_a_whole_life_passes_however_often_it_is_delivered() -> None:
    assert found(*GOOD) == []
    assert found(*GOOD, *GOOD[2:], *GOOD[4:]) == []
    assert history(*GOOD, *GOOD[2:], *GOOD[4:]).repeated_deliveries() == 6


def test_a_missing_step_is_found() -> None:
    assert found(*GOOD[:2], *GOOD[3:]) == [
        "i: step 4 follows step 2",
        "i: step 5 follows step 3",
    ]


def test_a_step_number_used_twice_is_found() -> None:
    assert found(*GOOD, step(5, "requeued", 4, 3)) == ["i: two different steps 5"]


def test_an_epoch_that_falls_is_found() -> None:
    assert "i: the epoch falls: [2, 3, 3, 3, 4, 3]" in found(*GOOD, step(6, "enqueued", 3, 4))


def test_one_offer_accepted_by_two_is_found() -> None:
    second = step(6, "accepted", 3, 1.5, agent_id="bruno")
    assert "c: epoch 3 was accepted twice" in found(*GOOD, second)


def test_two_works_of_one_conversation_held_at_once_are_found() -> None:
    other = step(1, "accepted", 5, 2, inquiry_id="j", agent_id="bruno")
    assert found(*GOOD, other) == [
        "c: bruno accepted j in epoch 5 while ada held i in epoch 3",
    ]


def test_work_that_was_given_back_may_be_accepted_again() -> None:
    again = (
        step(4, "requeued", 4, 2, agent_id="ada"),
        step(5, "offered", 5, 3, agent_id="bruno"),
        step(6, "accepted", 5, 4, agent_id="bruno"),
    )
    assert found(*GOOD[:3], *again) == []


def test_two_who_speak_in_one_epoch_are_found() -> None:
    assert found(reply("r1", 3, 1), reply("r2", 3, 2, by="person", agent_id="ada")) == [
        "c: in epoch 3 spoke [\"('bot', None)\", \"('person', 'ada')\"]"
    ]


def test_a_bot_that_speaks_after_a_person_has_accepted_is_found() -> None:
    (late,) = found(*GOOD[:3], reply("r0", 1, 1.5))
    assert "the bot's answer r0 of epoch 1 was written" in late
    assert found(*GOOD[:3], reply("r0", 1, 0.5)) == []
    assert found(*GOOD[:3], reply("r0", 5, 1.5)) == []
