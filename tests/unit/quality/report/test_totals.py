"""From events to totals: any order, any repetition, any number; and what is counted is the truth."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quality.report.cases import cases_of, person_ms
from services.quality.report.facts import Held, fact_of, to_line
from services.quality.report.figures import of_proposals
from services.quality.report.moments import Measure, Moments, Weights, terms_of
from services.quality.report.sorting import SortedLines
from services.quality.report.totals import Group, Period, Slice, Totals, as_data, totals_of
from tests.unit.quality.report.company import MARKETS, START_MS, TOPICS, Company, Truth
from warmline.events import Assignment, Decision, DraftVerdict, Event

FOREVER = Period(0, 10**15, window_ms=0, late_ms=60_000)


def totals(events: Iterable[Event[Any]], period: Period = FOREVER, run_lines: int = 97) -> Totals:
    with SortedLines(run_lines) as lines:
        for event in events:
            found = fact_of(event)
            if found is not None:
                lines.add(to_line(*found))
        return totals_of(cases_of(lines), period)


def company(inquiries: int = 400) -> tuple[list[Event[Any]], list[Truth]]:
    made = Company(seed=20261125, inquiries=inquiries)
    events: list[Event[Any]] = [event for _, event in made.history()]
    return events, made.truths


def test_any_order_and_repetition_gives_the_same_bytes() -> None:
    events, _ = company()
    once = json.dumps(as_data(totals(events)))
    for seed in range(4):
        shuffled = events + random.Random(seed).sample(events, len(events) // 3)
        random.Random(seed).shuffle(shuffled)
        assert json.dumps(as_data(totals(shuffled, run_lines=70 + 83 * seed))) == once


def test_every_inquiry_is_in_one_ending_one_group_and_one_slice_of_each_kind() -> None:
    events, truths = company()
    found = totals(events)
    assert found.endings == Counter(truth.kind for truth in truths)
    assert found.unsettled == 0
    assert sum(moments.size for moments in found.groups.values()) == len(truths)
    assert sum(moments.size for moments in found.days.values()) == len(truths)
    for by in ("language", "channel", "market"):
        sizes = {part.name: m.size for part, m in found.slices.items() if part.by == by}
        assert sizes == Counter(getattr(truth, by) for truth in truths)


def test_what_people_made_of_proposals_is_counted_once_by_topic_and_reason() -> None:
    said = [("i1", "accepted"), ("i2", "edited"), ("i3", "rejected"), ("i4", "rejected")]
    events: list[Event[Any]] = []
    for inquiry_id, verdict in said:
        judged = DraftVerdict.model_validate(
            {
                "proposal_id": inquiry_id,
                "inquiry_id": inquiry_id,
                "conversation_id": "c",
                "topic": "refund_status",
                "language": "en",
                "given_for": "draft",
                "verdict": verdict,
                "sent": {"reply_id": "r", "edits": int(verdict == "edited"), "share": 0.0}
                if verdict != "rejected"
                else None,
                "rejection": {"reason": "wrong_tone"} if verdict == "rejected" else None,
                "agent_id": "ada",
                "epoch": 1,
            }
        )
        at = datetime.fromtimestamp(START_MS / 1000, UTC)
        events.append(Event(f"e-{inquiry_id}", "/test", at, judged))
    found = totals([*events, *events])
    assert found.proposals == {
        ("refund_status", "en"): {
            "unchanged": 1,
            "edited": 1,
            "rejected": 2,
            "rejected: wrong_tone": 2,
        }
    }
    shown = list(of_proposals(found, 0.05))
    assert [(one.measure, one.value) for one in shown] == [
        ("sent unchanged", 0.25),
        ("edited", 1),
        ("rejected", 2),
        ("rejected: wrong_tone", 2),
    ]


def test_who_had_to_repeat_is_counted_by_topic_and_silence_is_no_answer() -> None:
    events, _ = company(200)
    said = {"refund_status": True, "due_date": False, "fraud": None}
    completed = [
        event
        for event in events
        if isinstance(event.data, Assignment) and event.data.step == "completed"
    ]
    asked = {
        event.data.inquiry.inquiry_id: event.data
        for event in events
        if isinstance(event.data, Decision)
    }
    for event in completed:
        topic = asked[event.data.inquiry_id].topic or ""
        news = event.data.model_copy(update={"customer_had_to_repeat": said[topic]})
        events[events.index(event)] = Event(event.id, event.source, event.time, news)
    found = totals(events).repeats
    assert {topic for topic, _ in found} == set(said)
    for (topic, language), some in found.items():
        size = sum(
            (asked[one.data.inquiry_id].topic, asked[one.data.inquiry_id].language)
            == (topic, language)
            for one in completed
        )
        expected = {True: (size, 0, 0), False: (0, size, 0), None: (0, 0, size)}[said[topic]]
        assert (some.yes, some.no, some.not_said) == expected


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("arm", ["bot", "people", ""])
def test_a_group_sums_what_is_true_of_its_inquiries(topic: str, arm: str) -> None:
    events, truths = company()
    found = totals(events)
    some = [t for t in truths if (t.topic, t.language, t.arm) == (topic, "en", arm)]
    group = found.groups.get(Group(topic, "en", arm))
    if group is None:
        assert not some
        return
    assert group.size == len(some)
    assert group.sums[Measure.PERSON_MS] == sum(t.person_ms for t in some)
    drafted = sum(t.drafted for t in some)
    assert group.sums[Measure.ATTEMPTS] == (len(some) if arm == "bot" else drafted)
    stayed = [t for t in some if not t.returned]
    assert group.sums[Measure.RETURNED] == len(some) - len(stayed)
    assert group.sums[Measure.KEPT] == sum(t.kind in ("confirmed", "handed_off") for t in stayed)
    assert group.sums[Measure.KEPT_IN_SILENCE] == sum(t.kind != "abandoned" for t in stayed)
    assert group.sums[Measure.SCORE] == sum(t.score for t in some)
    assert group.sums[Measure.RATED] == sum(t.score > 0 for t in some)
    assert group.sums[Measure.WAITED_MS] == sum(max(0, t.first_answer_ms) for t in some)
    assert group.sums[Measure.LATE] == sum(not 0 <= t.first_answer_ms <= 60_000 for t in some)
    assert group.sums[Measure.AUTOMATED] == sum(t.by == "bot" for t in some)
    assert group.sums[Measure.HANDED_OVER] == sum(t.by != "bot" for t in some) * int(arm == "bot")
    squares = sum(t.person_ms**2 for t in some)
    assert group.product(Measure.PERSON_MS, Measure.PERSON_MS) == squares


def test_verdicts_are_counted_by_confidence_and_drafts_by_topic_and_language() -> None:
    events, truths = company()
    found = totals(events)
    judged = [t for t in truths if t.judged_good is not None and t.topic == "due_date"]
    steps = found.judged["due_date"]
    assert sum(step.right for step in steps) == sum(bool(t.judged_good) for t in judged)
    assert sum(step.wrong for step in steps) == sum(not t.judged_good for t in judged) > 0
    assert sum(step.seen for step in steps) == sum(t.topic == "due_date" for t in truths)
    drafts = [t for t in judged if t.language == "de" and t.arm != "bot"]
    right = sum(bool(t.judged_good) for t in drafts)
    assert found.drafts["due_date", "de"] == [right, len(drafts) - right]


def test_what_is_outside_the_period_or_too_young_is_told_apart() -> None:
    events, truths = company()
    since, until, window = START_MS + 2 * 10**7, START_MS + 7 * 10**7, 10**7
    found = totals(events, Period(since, until, window, 60_000))
    inside = [t for t in truths if since <= t.received_ms < until]
    young = [t for t in inside if t.received_ms + window > until]
    assert 0 < len(young) < len(inside) < len(truths)
    assert sum(found.endings.values()) == len(inside)
    assert found.unsettled == len(young)
    assert sum(m.size for m in found.groups.values()) == len(inside) - len(young)


def test_an_inquiry_without_its_end_is_open_and_one_without_its_decision_is_not_counted() -> None:
    events, truths = company(40)
    first = truths[0].inquiry_id
    without_end = [
        e for e in events if not (_about(e) == first and type(e.data).__name__ == "Outcome")
    ]
    without_decision = [
        e for e in events if not (_about(e) == first and type(e.data).__name__ == "Decision")
    ]
    assert totals(without_end).endings["open"] == 1
    assert sum(totals(without_decision).endings.values()) == len(truths) - 1


def _about(event: Event[Any]) -> str:
    data = event.data
    inquiry = getattr(data, "inquiry", data)
    return str(getattr(inquiry, "inquiry_id", ""))


def test_no_personal_data_is_kept_on_disk() -> None:
    events, _ = company(30)
    lines = [to_line(*found) for event in events if (found := fact_of(event)) is not None]
    written = "".join(lines)
    assert "refund?" not in written
    assert '"k' not in written
    assert len(set(lines)) > 60


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("accepted@5 completed@65 wrapped_up@75", 70),
        ("accepted@5 completed@65", 60),
        ("accepted@5 transferred@15 accepted@100 completed@130 wrapped_up@130", 40),
        ("accepted@5 requeued@25 accepted@30 abandoned@31", 21),
        ("abandoned@9", 0),
        ("accepted@5", 0),
    ],
)
def test_time_in_peoples_hands_is_from_accepting_to_the_end_of_wrap_up(
    steps: str, expected: int
) -> None:
    held = [
        Held("i", number, name, int(at))
        for number, (name, _, at) in enumerate(step.partition("@") for step in steps.split())
    ]
    assert person_ms(held) == expected
    assert person_ms(reversed(held)) == expected


values = st.lists(
    st.fixed_dictionaries({measure: st.integers(0, 10**7) for measure in Measure}),
    min_size=2,
    max_size=40,
)


@settings(max_examples=50)
@given(rows=values, parts=st.integers(1, 3))
def test_moments_are_numpys_means_variances_and_covariances(
    rows: Sequence[dict[Measure, int]], parts: int
) -> None:
    whole = Moments()
    for part in range(parts):
        some = Moments()
        for row in rows[part::parts]:
            some.add(terms_of(row))
        whole.merge(some)
    weights: Weights = {
        Measure.PERSON_MS: Fraction(1, 3),
        Measure.RETURNED: Fraction(7),
        Measure.KEPT: 2,
    }
    others: Weights = {Measure.KEPT: 1}
    pair = whole.pair(weights, others)
    first = np.array([float(sum(Fraction(w) * row[m] for m, w in weights.items())) for row in rows])
    other = np.array([float(row[Measure.KEPT]) for row in rows])
    covariance = np.cov(first, other)
    assert pair.size == whole.size == len(rows)
    assert pair[:2] == pytest.approx((first.mean(), other.mean()))
    scale = 1e-9 * float(np.abs(covariance).max()) + 1e-9
    assert pair.variance == pytest.approx(covariance[0, 0], rel=1e-6, abs=scale)
    assert pair.other_variance == pytest.approx(covariance[1, 1], rel=1e-6, abs=scale)
    assert pair.covariance == pytest.approx(covariance[0, 1], rel=1e-6, abs=scale)


def test_the_score_is_averaged_over_those_who_gave_one() -> None:
    moments = Moments()
    for score in (0, 5, 0, 2, 5, 0):
        moments.add(terms_of({Measure.RATED: score > 0, Measure.SCORE: score}))
    sample = moments.among(Measure.SCORE, Measure.RATED)
    assert sample == pytest.approx((4.0, 3.0, 3, -9.0))
    assert Moments().among(Measure.SCORE, Measure.RATED) == (0.0, 0.0, 0, 0.0)


def test_slices_know_the_markets() -> None:
    events, _ = company()
    assert {part.name for part in totals(events).slices if part.by == "market"} == {
        market or "" for market in MARKETS
    }
    assert Slice("market", "DE") in totals(events).slices
