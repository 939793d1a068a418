"""Rings as classes of people, and what overflow adds to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agents.overflow import Overflow
from services.agents.rings import WorkClass, channel_of, compile_rings, plain_class
from services.agents.rules import Rules
from services.agents.targets import Target
from tests.unit.agents.build import START_MS, configuration, decision

QUEUES: dict[str, dict[str, Any]] = {"general": {}, "loans": {}, "cards": {}}


def target(**changes: Any) -> Target:
    return Target.model_validate({"queue": "loans", **changes})


def test_each_ring_keeps_what_it_does_not_name() -> None:
    rings = compile_rings(
        target(
            skills={"loans": 5, "law": 2},
            any_of=[{"a": 3}, {"b": 2, "c": 1}],
            for_s=30,
            then=[
                {"lower": {"loans": 2, "a": 4}, "for_s": 30},
                {"relax": ["law", "c"], "join": ["cards"], "for_s": 30},
                {"queue": "general", "any_language": True},
            ],
        ),
        "de",
        {},
    )
    first, second, third, fourth = (work for work, _ in rings)
    assert first.skills == (("law", 2), ("loans", 5))
    assert second == replace(
        first,
        skills=(("law", 2), ("loans", 3)),
        any_of=((("a", 1),), (("b", 2), ("c", 1))),
    )
    assert third == replace(
        second, skills=(("loans", 3),), any_of=((("a", 1),), (("b", 2),)), joined=("cards",)
    )
    assert (fourth.queue, fourth.language, fourth.joined) == ("general", "und", ())


def test_an_alternative_that_asks_for_nothing_any_more_lets_everybody_in() -> None:
    rings = compile_rings(
        target(any_of=[{"a": 3}, {"b": 2}], for_s=30, then=[{"relax": ["a"]}]), "en", {}
    )
    assert rings[1][0].any_of == ()


def test_what_the_inquiry_requires_stands_in_every_ring() -> None:
    rings = compile_rings(
        target(skills={"law": 2}, for_s=30, then=[{"relax": ["law"], "skills": {}}]),
        "en",
        {"law": 4},
    )
    assert {work.skills for work, _ in rings} == {(("law", 4),)}


def stages(people: dict[str, dict[str, Any]], **settings: Any) -> list[tuple[Any, ...]]:
    desk = configuration(people, queues=QUEUES, **settings)
    choice = Rules(desk).choose(decision())
    return [(each.until_s, each.work_class.waited_s, each.name) for each in choice.stages]


def test_a_persons_delay_is_a_ring_of_its_own() -> None:
    people = {
        "ada": {},
        "bob": {"queues": [{"queue": "general", "delay_s": 10}]},
        "cem": {"queues": [{"queue": "general", "delay_s": 90}]},
    }
    assert stages(people) == [
        (10, 0, "ring 1"),
        (90, 10, "ring 1, seen by more after 10 s"),
        (None, 90, "ring 1, seen by more after 90 s"),
    ]
    rings = {"queue": "general", "for_s": 30, "then": [{"priority_min": 5}]}
    assert stages(people, default=rings) == [
        (10, 0, "ring 1"),
        (30, 10, "ring 1, seen by more after 10 s"),
        (90, 10, "ring 2"),
        (None, 90, "ring 2, seen by more after 90 s"),
    ]


def test_without_delays_nothing_is_cut() -> None:
    assert stages({"ada": {}, "bob": {}}) == [(None, None, "ring 1")]


CLASSES = st.builds(
    WorkClass,
    queue=st.sampled_from(["a", "b-c"]),
    language=st.sampled_from(["en", "und"]),
    skills=st.sampled_from([(), (("s", 1),), (("s", 2),)]),
    any_of=st.sampled_from([(), ((("s", 1),),)]),
    language_level=st.sampled_from([1, 3]),
    joined=st.sampled_from([(), ("x",)]),
    waited_s=st.sampled_from([None, 0, 5]),
    order=st.sampled_from(["longest_idle", "most_spare", "least_active", "round_robin"]),
    channel=st.sampled_from(["", "phone"]),
)


@given(CLASSES, CLASSES)
def test_different_classes_have_different_ids(one: WorkClass, other: WorkClass) -> None:
    assert (one == other) is (one.id == other.id)
    assert channel_of(one.id) == one.channel
    assert one.id.split(".")[0] == one.queue


def placement(overflow: dict[str, Any], at_ms: int = START_MS, **settings: Any) -> Any:
    desk = configuration(
        settings.pop("people", {"ada": {}}),
        queues={"general": {}, "loans": {"overflow": overflow}},
        filters=({"name": "loans", "when": {}, "queue": "loans", **settings.pop("target", {})},),
        **settings,
    )
    rules = Rules(desk)
    return Overflow(rules).placement(rules.choose(decision()), at_ms)


def test_waiting_too_long_begins_by_the_clock_behind_all_rings() -> None:
    found = placement(
        {"too_long": "general", "too_long_s": 45},
        target={"for_s": 30, "then": [{"priority_min": 1, "for_s": 30}, {"priority_min": 2}]},
    )
    assert [
        (each.until_s, each.after_s, each.work_class.queue, each.name) for each in found.stages
    ] == [
        (30, None, "loans", "ring 1"),
        (60, None, "loans", "ring 2"),
        (None, None, "loans", "ring 3"),
        (None, 45, "general", "waited too long"),
    ]


def test_who_sees_a_queue_later_joins_in_behind_an_overflow_into_it() -> None:
    """What has waited for their delay by then, they see at once."""
    people: dict[str, dict[str, Any]] = {
        "ada": {},
        "bob": {"queues": [{"queue": "general", "delay_s": 10}]},
        "cem": {"queues": [{"queue": "general", "delay_s": 90}]},
    }
    overflow = {"too_long": "general", "too_long_s": 45}
    found = placement(overflow, people=people)
    (begins,) = [each for each in found.stages if each.is_overflow]
    assert [(each.until_s, each.work_class.waited_s) for each in (begins, *begins.then)] == [
        (90, 10),
        (None, 90),
    ]
    assert [each.work_class.waited_s for each in found.full.rings] == [0, 10, 90]
    assert {each.priority_min for each in (begins, *begins.then, *found.full.rings)} == {None}


@pytest.mark.parametrize(("overflow", "to"), [({}, "general"), ({"full": "callback"}, "loans")])
def test_a_full_queue_leads_to_the_default_queue_unless_it_says_otherwise(
    overflow: dict[str, Any], to: str
) -> None:
    found = placement(overflow, callbacks={"after_s": 60})
    assert found.full.work_class.queue == to
    assert found.full.promise_ms == (START_MS + 60_000 if overflow else None)
    assert (found.now, found.unstaffed) == (None, None)


def test_a_class_whose_id_says_it_all_can_be_read_from_it() -> None:
    for plain in (
        WorkClass("general", "en"),
        WorkClass("back-office", "de", order="most_spare", channel="phone"),
    ):
        assert plain_class(plain.id) == plain
    assert plain_class(WorkClass("general", "en", skills=(("cards", 3),)).id) is None
    assert plain_class("") is None
    assert plain_class("general.en.x") is None
