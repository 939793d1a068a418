"""Which answers are audited, and what two people's marks come to."""

from __future__ import annotations

import itertools

import pytest
from scipy import stats

from services.quality.audit_command import pairs_of
from services.quality.audits import Audit, Sampling, ask, conclusion, mark
from tests.unit.quality.world import World
from warmline.events.audit import AuditMark, AuditVerdict

SAMPLING = Sampling(share=0.1, double_share=0.25, seed="1", open_max=50, expires_ms=1000)


def asked(wanted: int = 1) -> Audit:
    world = World(itertools.repeat(10))
    decision = world.decide(world.new_inquiry("assumed"), "bot")
    return ask(Audit(), decision, wanted, now_ms=5)


def given(verdict: AuditVerdict, by: str = "ada") -> AuditMark:
    return AuditMark(mark_id=f"m-{by}", audit_id="i0", agent_id=by, verdict=verdict)


def test_the_audited_share_is_random_and_so_is_the_double_marked_one() -> None:
    drawn = [f"i{number}" for number in range(20_000) if SAMPLING.takes(f"i{number}")]
    assert stats.binomtest(len(drawn), 20_000, 0.1).pvalue > 0.001
    doubled = sum(SAMPLING.marks_wanted(each) == 2 for each in drawn)
    assert stats.binomtest(doubled, len(drawn), 0.25).pvalue > 0.001


@pytest.mark.parametrize(
    ("verdict", "good", "harmful"),
    [
        ("right", True, False),
        ("wrong", False, False),
        ("person", False, False),
        ("harmful", False, True),
    ],
)
def test_a_mark_is_evidence(verdict: AuditVerdict, good: bool, harmful: bool) -> None:
    found = conclusion("i0", mark(asked(), given(verdict)), 7)
    assert found is not None
    assert (found.kind, found.good, found.harmful) == ("audit", good, harmful)
    assert (found.topic, found.confidence) == ("refund_status", 0.9)


def test_two_marks_are_awaited_and_the_worse_counts() -> None:
    once = mark(asked(2), given("right"))
    assert conclusion("i0", once, 7) is None
    assert mark(once, given("harmful")) == once, "the first mark of a person stands"
    both = conclusion("i0", mark(once, given("wrong", "bo")), 7)
    assert both is not None
    assert not both.good


def test_asking_again_changes_nothing_and_a_late_mark_neither() -> None:
    marked = mark(asked(), given("right"))
    world = World(itertools.repeat(10))
    assert ask(marked, world.decide("i0", "bot"), 2, now_ms=99) == marked
    assert mark(marked, given("harmful", "bo")) == marked


def test_only_answers_with_two_marks_say_how_people_agree() -> None:
    marks = [{"ada": "right"}, {"bo": "wrong", "ada": "right"}, {"bo": "right", "ada": "right"}]
    assert pairs_of(marks) == [("right", "wrong"), ("right", "right")]
