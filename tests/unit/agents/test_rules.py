"""Queue choice, order and eligibility."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agents.config import Person
from services.agents.overflow import Overflow
from services.agents.rules import Rules, WorkClass, can_serve, score_ms
from tests.unit.agents.build import START_MS, configuration, decision

FILTERS: tuple[dict[str, Any], ...] = (
    {
        "name": "danger",
        "when": {"risk_tiers": ["threat_or_self_harm"]},
        "queue": "care",
        "skills": {"care": 4},
        "priority_min": 180,
    },
    {"name": "fraud", "when": {"topics": ["fraud", "theft"]}, "queue": "fraud", "priority_min": 60},
    {
        "name": "german mail",
        "when": {"languages": ["de"], "channels": ["email"]},
        "queue": "mail",
    },
    {"name": "more fraud", "when": {"topics": ["fraud"]}, "queue": "care"},
)
QUEUES: dict[str, dict[str, Any]] = {"general": {}, "fraud": {}, "care": {}, "mail": {}}
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"skills": {"care": 5}},
    "bob": {"queues": ["general", "mail"], "languages": {"en": 3}},
}


def rules(**settings: Any) -> Rules:
    return Rules(configuration(PEOPLE, queues=QUEUES, filters=FILTERS, **settings))


@pytest.mark.parametrize(
    ("made", "rule", "queue"),
    [
        ({"topic": "fraud"}, "fraud", "fraud"),
        ({"topic": "theft"}, "fraud", "fraud"),
        ({"topic": "fraud", "risk_tier": "threat_or_self_harm"}, "danger", "care"),
        ({"topic": "refund"}, "default", "general"),
        ({"topic": None}, "default", "general"),
        ({"language": "de"}, "default", "general"),
        ({"language": "de", "inquiry": {"channel": "email"}}, "german mail", "mail"),
        ({"language": "en", "inquiry": {"channel": "email"}}, "default", "general"),
    ],
)
def test_the_first_filter_that_matches_decides(made: dict[str, Any], rule: str, queue: str) -> None:
    choice = rules().choose(decision(**made))
    assert (choice.rule, choice.work_class.queue) == (rule, queue)


def test_a_filter_and_a_decision_ask_for_the_higher_level_of_each_skill() -> None:
    made = decision(risk_tier="threat_or_self_harm", skills={"care": 2, "law": 0})
    skilled = rules()
    choice = skilled.choose(made.model_copy(update={"skills": {"care": 5}}))
    assert choice.work_class.skills == (("care", 5),)
    assert skilled.choose(made).work_class.skills == (("care", 4), ("law", 0))


def test_the_higher_priority_counts() -> None:
    assert rules().choose(decision(topic="fraud", priority_min=10)).priority_min == 60
    assert rules().choose(decision(topic="fraud", priority_min=90)).priority_min == 90


@pytest.mark.parametrize(
    ("person", "work", "can"),
    [
        ({}, WorkClass("general", "en"), True),
        ({}, WorkClass("general"), True),
        ({}, WorkClass("general", "fi"), False),
        ({"queues": ["fraud"]}, WorkClass("general", "en"), False),
        ({"skills": {"s": 3}}, WorkClass("general", "en", (("s", 3),)), True),
        ({"skills": {"s": 2}}, WorkClass("general", "en", (("s", 3),)), False),
        ({}, WorkClass("general", "en", (("s", 1),)), False),
        ({"skills": {"s": 5, "t": 1}}, WorkClass("general", "en", (("s", 1), ("t", 2))), False),
    ],
)
def test_a_person_serves_by_queue_language_and_skill_level(
    person: dict[str, Any], work: WorkClass, can: bool
) -> None:
    desk = configuration({"ada": person})
    assert can_serve(desk.people["ada"], work) is can


@pytest.mark.parametrize(
    ("wanted", "reached", "given_up"),
    [
        (WorkClass("general", "en"), WorkClass("general", "en"), 0),
        (WorkClass("general", "fi"), WorkClass("general"), 1),
        (WorkClass("care", "fi", (("care", 5),)), WorkClass("care", "und", (("care", 5),)), 1),
        (WorkClass("fraud", "en", (("law", 1),)), WorkClass("fraud", "en"), 1),
        (WorkClass("fraud", "fi", (("law", 1),)), WorkClass("fraud"), 2),
    ],
)
def test_nothing_waits_for_somebody_who_does_not_exist(
    wanted: WorkClass, reached: WorkClass, given_up: int
) -> None:
    found, why = rules().reachable(wanted)
    assert (found, len(why)) == (reached, given_up)


def test_a_queue_in_which_nobody_works_leads_to_the_default_queue() -> None:
    desk = configuration({"ada": {"queues": ["general"]}}, queues=QUEUES)
    found, why = Rules(desk).reachable(WorkClass("fraud", "de"))
    assert found == WorkClass("general", "de")
    assert why == ("nobody works in fraud",)


def test_work_of_a_queue_that_is_gone_is_for_those_of_the_default_queue() -> None:
    assert rules().servers(WorkClass("gone", "fi")) == {"ada", "bob"}


def test_where_an_inquiry_goes_is_told_without_looking_at_everybody_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at: list[str] = []

    def counted(person: Person, work: WorkClass) -> bool:
        looked_at.append(person.id)
        return can_serve(person, work)

    monkeypatch.setattr("services.agents.rules.can_serve", counted)
    questions = rules()

    def place() -> None:
        choice = questions.choose(decision(topic="fraud", language="de"))
        Overflow(questions).placement(choice, START_MS)
        questions.servers(choice.work_class)

    place()
    at_first = len(looked_at)
    place()
    assert len(looked_at) == at_first > 0
    questions.adopt(questions.configuration)
    place()
    assert len(looked_at) == 2 * at_first


@given(
    language=st.sampled_from(["en", "de", "fi", "und"]),
    topic=st.sampled_from(["fraud", "refund", None]),
    skills=st.dictionaries(st.sampled_from(["care", "law"]), st.integers(0, 9)),
    risk_tier=st.sampled_from(["threat_or_self_harm", None]),
)
def test_every_inquiry_can_be_served_by_somebody(
    language: str, topic: str | None, skills: dict[str, int], risk_tier: str | None
) -> None:
    made = decision(language=language, topic=topic, skills=skills, risk_tier=risk_tier)
    questions = rules()
    choice = questions.choose(made)
    assert questions.servers(choice.work_class)
    assert questions.servers(Overflow(questions).placement(choice, START_MS).full.work_class)
    assert choice.why


def test_the_explanation_names_rule_needs_and_what_was_given_up() -> None:
    made = decision(language="fi", risk_tier="threat_or_self_harm")
    assert rules().choose(made).why == (
        "rule danger: queue care, language und, care 4+, 180 min ahead; "
        "given up: nobody who can take it speaks fi"
    )


def test_priority_minutes_come_off_the_arrival() -> None:
    assert score_ms(1_000_000_000, 2) == 1_000_000_000 - 120_000
    assert score_ms(1000, 2) == 0


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 1000)), min_size=2))
def test_of_equal_priority_the_older_is_always_first(arrivals: list[tuple[int, int]]) -> None:
    base = 1_790_000_000_000
    for minutes in {priority for _, priority in arrivals}:
        ages = sorted(base + arrival for arrival, priority in arrivals if priority == minutes)
        scores = [score_ms(arrival, minutes) for arrival in ages]
        assert scores == sorted(scores)


def test_a_class_is_known_by_what_it_asks_for() -> None:
    plain = WorkClass("general", "en")
    assert plain.id == "general.en.i"
    skilled = WorkClass("general", "en", (("s", 1),))
    assert skilled.id == WorkClass("general", "en", (("s", 1),)).id
    others = [
        plain,
        WorkClass("general", "en", (("s", 2),)),
        WorkClass("general", "en", (("t", 1),)),
        WorkClass("general", "en", (("s", 1), ("t", 1))),
    ]
    assert skilled.id not in {other.id for other in others}


def test_only_queues_other_than_the_default_have_a_bound() -> None:
    questions = rules()
    assert questions.bound("general") == 0
    assert questions.bound("fraud") == 100_000
