"""A plan follows from its seed alone and kills everything as often as asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from tests.chaos.plan import TARGETS, Options, make_plan

OPTIONS = Options(inquiries=1000, per_s=50, kills=3, seed=7)
TEXTS = ["Where is my refund?", "Wo bleibt mein Geld?", "hello"]


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    assert make_plan(OPTIONS, TEXTS) == make_plan(OPTIONS, TEXTS)
    other = make_plan(Options(1000, 50, 3, seed=8), TEXTS)
    assert other.kills != make_plan(OPTIONS, TEXTS).kills
    assert other.inquiries != make_plan(OPTIONS, TEXTS).inquiries


def test_every_target_is_killed_as_often_as_asked_while_inquiries_come_in() -> None:
    kills = make_plan(OPTIONS, TEXTS).kills
    assert Counter(kill.target for kill in kills) == dict.fromkeys(TARGETS, 3)
    assert all(0 < kill.at_s < OPTIONS.publishing_s for kill in kills)


def test_everything_dies_once_before_anything_dies_again() -> None:
    kills = make_plan(OPTIONS, TEXTS).kills
    assert list(kills) == sorted(kills, key=lambda kill: kill.at_s)
    rounds = [kills[start : start + len(TARGETS)] for start in range(0, len(kills), len(TARGETS))]
    assert all({kill.target for kill in each} == set(TARGETS) for each in rounds)
    assert len({tuple(kill.target for kill in each) for each in rounds}) > 1


def test_inquiries_have_ids_of_their_own_and_some_share_a_conversation() -> None:
    inquiries = make_plan(OPTIONS, TEXTS).inquiries
    assert len({each.inquiry_id for each in inquiries}) == 1000
    assert 600 < len({each.conversation_id for each in inquiries}) < 900


def test_what_is_wiped_is_lost_in_the_middle_of_the_load() -> None:
    at_s, what = make_plan(replace(OPTIONS, wipe="desk"), TEXTS).wipe or (0, None)
    assert what == "desk"
    assert 8 <= at_s <= 12
    assert make_plan(OPTIONS, TEXTS).wipe is None
