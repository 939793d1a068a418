"""Simulated customers behave alike in every run, and in the shares that they are meant to."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.unit.demo.stories import answered, event, stepped
from warmline.client import Client
from warmline.demo.customers import (
    Customers,
    after_answer,
    after_question,
    leaves,
    leaves_the_question,
)
from warmline.events import Reply

_KEYS = [f"inquiry-{number}" for number in range(20_000)]


def test_most_say_nothing_and_every_reaction_occurs() -> None:
    said = Counter(after_answer(key) for key in _KEYS)
    shares = {kind: count / len(_KEYS) for kind, count in said.items()}
    assert shares == pytest.approx(
        {None: 0.57, "helped": 0.35, "not_helped": 0.05, "wants_person": 0.03}, abs=0.01
    )


def test_few_leave_while_they_wait() -> None:
    assert sum(leaves(key) for key in _KEYS) / len(_KEYS) == pytest.approx(0.02, abs=0.005)


def test_the_same_inquiry_gets_the_same_reaction() -> None:
    assert [after_answer(key) for key in _KEYS] == [after_answer(key) for key in _KEYS]


def test_only_an_answer_of_the_bot_and_the_beginning_of_waiting_cause_feedback() -> None:
    customers = Customers(Client("127.0.0.1:1"))  # connects on first use, which never comes
    talkative = next(key for key in _KEYS if after_answer(key) == "helped")
    leaving = next(key for key in _KEYS if leaves(key))
    by_bot = answered(talkative)
    assert isinstance(by_bot.data, Reply)
    customers.see(answered(talkative, by="person"))
    customers.see(event(by_bot.data.model_copy(update={"kind": "notice"})))
    customers.see(stepped("offered", 2, leaving))
    assert customers.planned == 0
    customers.see(by_bot)
    customers.see(stepped("enqueued", 1, leaving))
    assert customers.planned == 2


def test_a_few_of_those_who_are_asked_go_away_and_write_nothing() -> None:
    gone = [key for key in _KEYS if leaves_the_question(key)]
    assert len(gone) / len(_KEYS) == pytest.approx(0.03, abs=0.005)
    assert all(after_question(key, "en") is None for key in gone)
    customers = Customers(Client("127.0.0.1:1"))  # connects on first use, which never comes
    asked = answered(gone[0])
    assert isinstance(asked.data, Reply)
    customers.see(event(asked.data.model_copy(update={"kind": "question"})))
    assert customers.planned == 1
