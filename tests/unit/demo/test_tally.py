"""Every inquiry is counted once, and whatever is lost or happens twice is seen."""

from __future__ import annotations

import random

from tests.unit.demo.stories import (
    answered,
    dead_letter,
    decided,
    ended,
    event,
    inquiry,
    said,
    stepped,
    tally,
)
from warmline.demo.summary import conservation_line
from warmline.demo.tally import Conservation, Tally


def _answered_by_bot(key: str) -> list[object]:
    return [event(inquiry(key)), decided(key), answered(key), ended("assumed", key)]


def test_inquiries_that_all_ended_add_up() -> None:
    found = tally(
        *_answered_by_bot("a"),  # type: ignore[arg-type]
        event(inquiry("b")),
        decided("b", route="human", mode=None),
        ended("handed_off", "b"),
        event(inquiry("c")),
        decided("c", route="human", mode=None),
        ended("abandoned", "c"),
    ).conservation()
    assert found == Conservation(3, 1, 1, 1, 0, 0, 0)
    assert found.holds
    assert conservation_line(found) == (
        "3 published = 1 answered + 1 handed off + 1 abandoned + 0 dead-lettered, "
        "lost 0, duplicated 0"
    )


def test_an_inquiry_without_an_end_is_lost() -> None:
    found = tally(event(inquiry("a")), decided("a"), answered("a")).conservation()
    assert found.lost == 1
    assert not found.holds
    assert "1 published ≠ 0 answered" in conservation_line(found)


def test_the_order_in_which_topics_are_read_does_not_matter() -> None:
    events = [*_answered_by_bot("a"), *_answered_by_bot("b"), said("wants_person", "b")]
    expected = tally(*events).conservation()  # type: ignore[arg-type]
    for seed in range(20):
        random.Random(seed).shuffle(events)
        assert tally(*events).conservation() == expected  # type: ignore[arg-type]


def test_a_redelivery_with_the_same_id_and_content_is_no_duplicate() -> None:
    events = _answered_by_bot("a")
    assert tally(*events, *events).conservation().duplicated == 0  # type: ignore[arg-type]


def test_a_second_decision_with_other_content_is_a_duplicate() -> None:
    found = tally(*_answered_by_bot("a"), decided("a", topic="late_fee"))  # type: ignore[arg-type]
    assert found.conservation().duplicated == 1


def test_a_decision_that_follows_from_nothing_is_a_duplicate() -> None:
    found = tally(*_answered_by_bot("a"), decided("a", cause="elsewhere"))  # type: ignore[arg-type]
    assert found.conservation().duplicated == 1


def test_a_decision_that_follows_from_feedback_is_none() -> None:
    found = tally(
        *_answered_by_bot("a"),  # type: ignore[arg-type]
        said("not_helped", "a", "f-1"),
        decided("a", cause="f-1", route="human", mode=None),
    )
    assert found.conservation().duplicated == 0


def test_a_second_answer_of_the_bot_is_a_duplicate() -> None:
    found = tally(*_answered_by_bot("a"), answered("a", reply_id="another"))  # type: ignore[arg-type]
    assert found.conservation().duplicated == 1


def test_a_second_outcome_is_a_duplicate_with_another_id_and_with_another_content() -> None:
    events = _answered_by_bot("a")
    other_id = tally(*events, ended("assumed", "a", "another"))  # type: ignore[arg-type]
    other_content = tally(*events, ended("confirmed", "a"))  # type: ignore[arg-type]
    assert other_id.conservation().duplicated == 1
    assert other_content.conservation().duplicated == 1


def test_an_outcome_of_an_inquiry_that_nobody_published_breaks_the_line() -> None:
    found = tally(*_answered_by_bot("a"), ended("assumed", "ghost"))  # type: ignore[arg-type]
    assert found.conservation().invented == 1
    assert not found.conservation().holds


def test_dead_letters_end_inquiries_by_their_position() -> None:
    found = tally(event(inquiry("a")))
    found.add_unreadable((0, 7))
    assert found.conservation().lost == 2
    found.add_dead_letter(dead_letter(offset=0), None, of_inquiry=True)
    found.add_dead_letter(dead_letter(offset=7), None, of_inquiry=True)
    assert found.conservation() == Conservation(2, 0, 0, 0, 2, 0, 0)
    assert list(found.open_lives()) == []


def test_a_dead_letter_on_the_way_to_people_ends_its_inquiry_unless_that_ended() -> None:
    found = tally(event(inquiry("a")), *_answered_by_bot("b"))  # type: ignore[arg-type]
    found.add_dead_letter(dead_letter(partition=3), "a", of_inquiry=False)
    found.add_dead_letter(dead_letter(partition=3), "b", of_inquiry=False)
    assert found.conservation() == Conservation(2, 1, 0, 0, 1, 0, 0)
    assert found.ended == 2


def test_live_numbers_follow_work_through_the_desk() -> None:
    found = Tally()
    seen = []
    steps = ("enqueued", "offered", "lapsed", "offered", "accepted", "replied", "completed")
    for seq, step in enumerate(steps, start=1):
        found.add(stepped(step, seq))
        found.add(stepped(step, seq))  # delivered twice
        seen.append((found.work["waiting"], found.work["with people"]))
    assert seen == [(1, 0), (1, 0), (1, 0), (1, 0), (0, 1), (0, 1), (0, 0)]


def test_live_numbers_count_first_decisions_and_ends_once() -> None:
    found = tally(
        *_answered_by_bot("a"),  # type: ignore[arg-type]
        *_answered_by_bot("a"),  # type: ignore[arg-type]
        said("wants_person", "a", "f-1"),
        decided("a", cause="f-1", route="human", mode=None),
    )
    assert dict(found.routes) == {"bot": 1}
    assert found.ended == 1
    assert found.outcomes["assumed"] == 1


def test_an_inquiry_that_was_published_twice_is_asked_once() -> None:
    found = tally(event(inquiry("a")), event(inquiry("a")), *_answered_by_bot("a"))  # type: ignore[arg-type]
    assert (found.published, found.asked, found.ended) == (3, 1, 1)
    assert found.conservation() == Conservation(1, 1, 0, 0, 0, 0, 0)
