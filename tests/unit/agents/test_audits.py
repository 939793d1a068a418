"""Which audit goes to whom."""

from __future__ import annotations

from typing import Any

import pytest

from services.agents.audits import LEASE_MS, AuditBoard
from services.runtime.errors import ConflictError, NotFoundError
from warmline.events import AuditMark, AuditTask

EXPIRES_MS = 10 * LEASE_MS


def task(number: int, wanted: int = 1) -> AuditTask:
    return AuditTask(
        audit_id=f"a{number}",
        inquiry_id=f"a{number}",
        conversation_id=f"c{number}",
        topic="refund_status",
        language="en",
        question="Where is my refund?",
        answer="On its way.",
        marks_wanted=wanted,
    )


def mark(number: int, by: str, verdict: Any = "right") -> AuditMark:
    return AuditMark(mark_id=f"a{number}-{by}", audit_id=f"a{number}", agent_id=by, verdict=verdict)


def board_with(*tasks: AuditTask) -> AuditBoard:
    board = AuditBoard(EXPIRES_MS)
    for number, each in enumerate(tasks):
        board.ask(each, 1000 + number)
    return board


def given(board: AuditBoard, by: str, now_ms: int = 2000) -> str | None:
    found = board.next_for(by, now_ms)
    return found.audit_id if found is not None else None


def test_people_get_different_audits_and_each_keeps_theirs_until_it_is_marked() -> None:
    board = board_with(task(1), task(2))
    assert [given(board, "ada"), given(board, "ada"), given(board, "bruno")] == ["a1", "a1", "a2"]
    assert given(board, "cleo") is None
    board.note(mark(1, "ada"), 2000)
    assert given(board, "ada") is None
    assert board.waiting() == 1


def test_an_audit_that_wants_two_marks_goes_to_two_people_and_never_twice_to_one() -> None:
    board = board_with(task(1, wanted=2))
    assert [given(board, who) for who in ("ada", "bruno", "cleo")] == ["a1", "a1", None]
    board.note(mark(1, "ada"), 2000)
    board.note(mark(1, "ada", "wrong"), 2001)
    assert given(board, "ada") is None
    assert board.waiting() == 1
    board.note(mark(1, "bruno"), 2002)
    assert board.waiting() == 0
    assert given(board, "cleo") is None


def test_what_somebody_was_given_and_did_not_mark_goes_to_others_later() -> None:
    board = board_with(task(1))
    assert given(board, "ada") == "a1"
    assert given(board, "bruno", 2000 + LEASE_MS) == "a1"


def test_the_order_in_which_the_topics_are_read_does_not_matter() -> None:
    board = AuditBoard(EXPIRES_MS)
    board.note(mark(1, "ada"), 1500)
    board.ask(task(1), 1000)
    board.ask(task(1), 1000)
    assert given(board, "bruno") is None


def test_a_mark_counts_once_and_only_where_it_was_asked_for() -> None:
    board = board_with(task(1), task(2, wanted=2))
    assert board.check("a1", "ada", "right")
    board.note(mark(1, "ada"), 2000)
    assert not board.check("a1", "ada", "right")
    with pytest.raises(ConflictError, match="first mark"):
        board.check("a1", "ada", "wrong")
    with pytest.raises(ConflictError, match="all the marks"):
        board.check("a1", "bruno", "right")
    with pytest.raises(NotFoundError):
        board.check("a9", "ada", "right")
    assert board.check("a2", "ada", "harmful")


def test_what_is_too_old_to_count_is_forgotten() -> None:
    board = board_with(task(1), task(2))
    board.note(mark(1, "ada"), 1000)
    board.forget_old(1000 + EXPIRES_MS)
    assert given(board, "bruno", 1000 + EXPIRES_MS) == "a2"
    with pytest.raises(NotFoundError):
        board.check("a1", "ada", "right")
