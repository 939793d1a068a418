"""Every inquiry ends exactly once, in whatever order its news is read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.lives import Conversation, learn
from services.quality.rules import Timing, close, conclude, next_look_ms
from tests.unit.quality.stories import STORIES
from tests.unit.quality.world import ASSUME_AFTER_MS, CONVERSATION, START_MS, Kind, World
from warmline.events import Event, Outcome, Payload

TIMING = Timing(assume_after_ms=ASSUME_AFTER_MS, settle_ms=500)
FAR_MS = START_MS + 10**9

Story = Callable[[World], None]

gaps = st.lists(st.integers(1, 2000), min_size=1, max_size=40)


def world_of(stories: Sequence[Story], gaps_ms: Sequence[int]) -> World:
    world = World(itertools.cycle(gaps_ms))
    for story in stories:
        story(world)
    return world


worlds = st.builds(world_of, st.lists(st.sampled_from(STORIES), min_size=1, max_size=4), gaps)


def learn_all(
    events: Sequence[Event[Payload]], conversation: Conversation, now_ms: int
) -> Conversation:
    for event in events:
        conversation = learn(conversation, event, now_ms)
    return conversation


def end_all(conversation: Conversation, now_ms: int, ended: list[Outcome]) -> Conversation:
    """Concludes and publishes what is due."""
    concluded = conclude(CONVERSATION, conversation, now_ms, TIMING)
    outcomes = {
        inquiry_id: life.outcome for inquiry_id, life in concluded.lives.items() if life.outcome
    }
    ended += outcomes.values()
    return close(concluded, outcomes.keys())


def kinds(ended: Sequence[Outcome]) -> dict[str, Kind]:
    ids = [outcome.inquiry_id for outcome in ended]
    assert len(ids) == len(set(ids)), "an inquiry ended twice"
    return {outcome.inquiry_id: outcome.kind for outcome in ended}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_every_kind_of_life_ends_as_it_should(story: Story) -> None:
    world = world_of([story], [100])
    ended: list[Outcome] = []
    end_all(learn_all(world.events, Conversation(), START_MS), FAR_MS, ended)
    assert kinds(ended) == world.expected


@given(world=worlds, data=st.data())
def test_any_order_and_repetition_gives_the_same_record_and_the_same_outcomes(
    world: World, data: st.DataObject
) -> None:
    read = data.draw(st.permutations([*world.events, *world.events]))
    in_order = learn_all(world.events, Conversation(), START_MS)
    shuffled = learn_all(read, Conversation(), START_MS)
    assert shuffled == in_order

    ended: list[Outcome] = []
    expected: list[Outcome] = []
    record = end_all(shuffled, FAR_MS, ended)
    end_all(in_order, FAR_MS, expected)
    assert kinds(ended) == world.expected
    assert sorted(ended, key=str) == sorted(expected, key=str)

    again: list[Outcome] = []
    end_all(learn_all(read, record, FAR_MS), FAR_MS * 2, again)
    assert again == []


@given(world=worlds)
def test_reading_live_ends_inquiries_as_reading_everything_at_once_does(world: World) -> None:
    record = Conversation()
    ended: list[Outcome] = []
    for event in world.events:
        now_ms = int(event.time.timestamp() * 1000)
        look_ms = next_look_ms(record, TIMING)
        if look_ms is not None and look_ms < now_ms:
            record = end_all(record, now_ms - 1, ended)
        record = learn(record, event, now_ms)
    end_all(record, FAR_MS, ended)
    assert kinds(ended) == world.expected

    at_once: list[Outcome] = []
    end_all(learn_all(world.events, Conversation(), START_MS), FAR_MS, at_once)
    assert sorted(ended, key=str) == sorted(at_once, key=str)


@given(world=worlds, data=st.data())
def test_every_inquiry_ends_exactly_once_even_if_news_comes_late(
    world: World, data: st.DataObject
) -> None:
    """Concluded too early an outcome may be of another kind, but there is never a second one."""
    read = data.draw(st.permutations([*world.events, *world.events]))
    record = Conversation()
    ended: list[Outcome] = []
    for event in read:
        record = learn(record, event, START_MS)
        if data.draw(st.booleans()):
            record = end_all(record, FAR_MS, ended)
    end_all(record, FAR_MS, ended)
    assert kinds(ended).keys() == world.expected.keys()


@given(world=worlds)
def test_the_next_look_comes_when_something_is_due_and_not_before(world: World) -> None:
    record = learn_all(world.events, Conversation(), START_MS)
    ended: list[Outcome] = []
    while (look_ms := next_look_ms(record, TIMING)) is not None:
        assert end_all(record, look_ms - 1, []) == record
        before = len(ended)
        record = end_all(record, look_ms, ended)
        assert len(ended) > before
    assert kinds(ended) == world.expected


@given(world=worlds)
def test_a_record_survives_its_json(world: World) -> None:
    record = learn_all(world.events, Conversation(), START_MS)
    concluded = conclude(CONVERSATION, record, FAR_MS, TIMING)
    json = concluded.model_dump_json(exclude_defaults=True)
    assert Conversation.model_validate_json(json) == concluded
