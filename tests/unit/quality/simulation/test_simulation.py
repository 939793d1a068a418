"""The simulated desk: seeded, the same customers for all, waits as theory says, real rules inside."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import special

from services.quality import licensing
from services.quality.simulation import policies as policies_module
from services.quality.simulation.command import draw_figure, page, run
from services.quality.simulation.desk import Desk
from services.quality.simulation.inquiries import DAY_MIN, WEEK_H, draw, week_profile
from services.quality.simulation.policies import Fixed, Warmline
from services.quality.simulation.results import csat
from services.quality.simulation.shown import against, as_json, table
from services.quality.simulation.world import Fall, World, load_world
from services.quality.statistics import wilson
from warmline.errors import ConfigurationError

LESSON = load_world(None)


def world(*, days: int = 28, topics: int = 2, busier: float = 1.0, **more: Any) -> World:
    """The lesson's first topics; `more` changes them all."""
    some = [
        topic.model_copy(update={"per_day": topic.per_day * busier, "fall": None, **more})
        for topic in LESSON.topics[:topics]
    ]
    return LESSON.model_copy(update={"days": days, "topics": tuple(some), "season": 0.0})


def test_the_same_seed_gives_the_same_year_and_another_seed_another() -> None:
    known = world(days=14)
    first, again, other = (as_json(run(known, seed)[0]) for seed in (1, 1, 2))
    assert json.dumps(first) == json.dumps(again)
    assert json.dumps(first) != json.dumps(other)


def test_every_policy_has_the_same_customers() -> None:
    results, _ = run(world(days=14), 3)
    arrived = [[week.inquiries for week in result.weeks[:2]] for result in results]
    assert len(arrived) == 4
    assert arrived.count(arrived[0]) == 4
    assert sum(arrived[0]) == len(list(draw(world(days=14), 3)))


def test_inquiries_come_as_often_as_the_world_says() -> None:
    known = world(days=140)
    inquiries = list(draw(known, 5))
    for place, topic in enumerate(known.topics):
        came = sum(inquiry.topic == place for inquiry in inquiries)
        expected = topic.per_day * known.days
        assert abs(came - expected) < 4 * math.sqrt(expected)
    times = [inquiry.at_min for inquiry in inquiries]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] < known.days * DAY_MIN
    sundays = sum(int(at // DAY_MIN) % 7 == 6 for at in times)
    assert sundays / len(times) == pytest.approx(0.55 / 6.5, abs=0.01)


def test_answers_are_right_as_often_as_the_world_says_before_and_after_the_fall() -> None:
    """A wrong answer of the bot is counted once; the unclear ones have a share of their own."""
    known = world(days=84, bot_right=0.97, fall=Fall(day=42, bot_right=0.7))
    known = known.model_copy(
        update={"customers": known.customers.model_copy(update={"returns": 0.0, "notices": 0.0})}
    )
    result = Desk(known, Fixed("all", 1.0)).run(draw(known, 8))
    clear, unclear = known.topics[0].clear, known.topics[0].unclear_right
    for weeks, right in ((slice(0, 6), 0.97), (slice(6, 12), 0.7)):
        answers = sum(week.bot_answers for week in result.weeks[weeks])
        wrong = sum(week.wrong_by_bot for week in result.weeks[weeks])
        low, high = wilson(wrong, answers, 0.001)
        assert low <= 1 - (clear * right + (1 - clear) * unclear) <= high


def erlang_a(load: float, servers: int, per_patience: float) -> tuple[float, float]:
    """Share that waits and share that leaves in M/M/n+M, in mean handling times; `per_patience` is
    handling over patience. Birth and death, summed over states (Garnett, Mandelbaum, Reiman 2002)."""
    states = np.arange(0, servers + 2000)
    leaving = np.where(states <= servers, states, servers + (states - servers) * per_patience)
    log_weights = states * math.log(load) - np.concatenate([[0], np.cumsum(np.log(leaving[1:]))])
    chance = np.exp(log_weights - special.logsumexp(log_weights))
    waiting = chance[states >= servers].sum()
    queue = (chance * np.maximum(0, states - servers)).sum()
    return float(waiting), float(queue * per_patience / load)


def test_erlang_a_is_that_of_the_published_case() -> None:
    """100 inquiries in half an hour, 180 s each, mean patience 180 s, ten people: 0.54207, 0.12511."""
    waits, leaves = erlang_a(10.0, 10, 1.0)
    assert waits == pytest.approx(0.54207, abs=1e-5)
    assert leaves == pytest.approx(0.12511, abs=1e-5)


def test_waiting_and_leaving_are_those_of_theory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk with an even load and a fixed number of people is an Erlang A queue."""
    from services.quality.simulation import desk, inquiries

    even = np.ones(WEEK_H)
    monkeypatch.setattr(desk, "week_profile", lambda: even)
    monkeypatch.setattr(inquiries, "_hourly_shares", lambda: np.full((7, 24), 1 / 24))
    known = world(days=28, topics=1, per_day=2400.0, minutes=6.0, people_right=1.0)
    staffing = known.staffing.model_copy(
        update={"hire_share": 0.0, "leave_share": 0.0, "spare": 0.0}
    )
    customers = known.customers.model_copy(
        update={"patience_min": 6.0, "complains": 0.0, "returns": 0.0}
    )
    known = known.model_copy(update={"staffing": staffing, "customers": customers})
    result = Desk(known, Fixed("none", 0.0)).run(draw(known, 4)).total()
    _, leaves = erlang_a(10.0, 10, 1.0)
    assert result.abandoned / result.inquiries == pytest.approx(leaves, rel=0.05)


def test_hiring_follows_the_work_no_faster_than_people_come_and_go() -> None:
    known = world(days=70, topics=4)
    automated = Desk(known, Fixed("all", 1.0)).run(draw(known, 2))
    people = [automated.people(week) for week in automated.weeks[:10]]
    for before, after in itertools.pairwise(people):
        assert after >= before * (1 - known.staffing.leave_share) * 0.9
        assert after <= before * (1 + known.staffing.hire_share) * 1.15
    assert people[-1] < people[0] * 0.6


def test_warmline_licenses_what_is_good_and_never_what_is_bad_or_risky() -> None:
    good = world(days=28, topics=1)
    bad = good.topics[0].model_copy(update={"name": "bad", "bot_right": 0.93})
    risky = good.topics[0].model_copy(update={"name": "risky", "harm": "risk", "bot_right": 1.0})
    known = good.model_copy(update={"topics": (*good.topics, bad, risky)})
    policy = Warmline(known)
    result = Desk(known, policy).run(draw(known, 1)).total()
    states = {(topic, state) for _, topic, state, _ in policy.changes}
    assert ("due_date", "licensed") in states
    assert {state for topic, state in states if topic == "bad"} == {"draft"}
    assert not any(topic == "risky" for topic, _ in states)
    assert 0 < result.bot_answers < result.inquiries / 3


def test_warmline_suspends_after_a_fall_and_answers_nothing_from_then_on() -> None:
    known = world(days=56, topics=1, busier=2, fall=Fall(day=14, bot_right=0.6))
    policy = Warmline(known)
    result = Desk(known, policy).run(draw(known, 1))
    changes = {state: at / DAY_MIN for at, _, state, _ in policy.changes}
    assert changes["licensed"] < 14 < changes["suspended"] < 35
    assert result.weeks[6].bot_answers == 0
    assert result.weeks[6].drafts > 0, "the bot goes on proposing, so that fresh evidence can come"


def test_a_wish_for_a_person_is_met_by_warmline_alone() -> None:
    known = world(days=14, topics=1)
    inquiries = list(draw(known, 1))
    warmline, fixed = Warmline(known), Fixed("all", 1.0)
    assert {warmline.route(each, clear=True, wish=True) for each in inquiries} == {"people"}
    assert {fixed.route(each, clear=True, wish=True) for each in inquiries} == {"bot"}


def test_evidence_goes_through_the_rules_of_licences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not through a copy of them."""
    heard: list[str] = []
    real = licensing.after

    def listening(desk: Any, evidence: Any, terms: Any) -> Any:
        heard.append(evidence.kind)
        return real(desk, evidence, terms)

    monkeypatch.setattr(policies_module, "after", listening)
    known = world(days=28, topics=1, busier=2)
    Desk(known, Warmline(known)).run(draw(known, 1))
    assert {"history", "draft", "audit", "return", "complaint", "csat", "reading"} == set(heard)


def test_tables_figure_and_json_show_every_policy() -> None:
    known = world(days=42, topics=1, fall=Fall(day=14, bot_right=0.6))
    results, changes = run(known, 1)
    assert table(results)[0][1:] == [result.policy for result in results]
    text = page(known, results, changes)
    assert "From week 2 on" in text
    assert "Warmline against nothing automated: CSAT" in text
    assert len(against(results, "nothing automated")) == 3
    picture = draw_figure(known, results)
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own text
    assert len(root.findall("{http://www.w3.org/2000/svg}svg")) == 4
    data = as_json(results)
    assert data[0]["total"]["inquiries"] == sum(week["inquiries"] for week in data[0]["weeks"])


def test_csat_is_the_mean_of_the_scores() -> None:
    known = world(days=14)
    total = Desk(known, Fixed("all", 1.0)).run(draw(known, 1)).total()
    assert csat(total).value == pytest.approx(total.score_sum / total.scores)
    assert 1 <= csat(total).value <= 5


def test_the_profile_of_a_week_has_a_mean_of_one() -> None:
    assert week_profile().mean() == pytest.approx(1)
    assert len(week_profile()) == WEEK_H


def test_a_wrong_world_says_what_and_where(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text("days: 3\n")
    with pytest.raises(ConfigurationError, match=r"world\.yaml: days"):
        load_world(path)
    with pytest.raises(ConfigurationError, match="nowhere"):
        load_world(tmp_path / "nowhere.yaml")
