"""What the demonstration writes where nobody watches, and in its summary."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from tests.unit.demo.stories import answered, decided, ended, event, inquiry, stepped, tally
from warmline.demo import words
from warmline.demo.board import Board
from warmline.demo.samples import Truth
from warmline.demo.summary import show_summary


def _console() -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return Console(file=written, width=120, highlight=False), written


def test_without_a_terminal_the_numbers_come_as_a_line() -> None:
    console, written = _console()
    found = tally(event(inquiry("a")), decided("a"), stepped("enqueued", 1, "b"))
    with Board(console).live(total=2) as show:
        show(found)
        show(found)  # not again so soon
    [line] = written.getvalue().splitlines()
    assert line.startswith("published 1/2, ended 0; routed to: bot 1, draft 0, intake 0, human 0; ")
    assert "waiting 1, with people 0" in line


def test_a_step_tells_its_result() -> None:
    console, written = _console()
    with Board(console).step("Kafka and Redis") as tell:
        tell("Starting Kafka")
        tell("on 127.0.0.1:9092 [really]")
    assert written.getvalue().startswith("✓ Kafka and Redis (0.")
    assert written.getvalue().rstrip().endswith("on 127.0.0.1:9092 [really]")


def test_the_summary_compares_with_the_labels() -> None:
    console, written = _console()
    found = tally(
        event(inquiry("right")), decided("right"), answered("right"), ended("confirmed", "right"),
        event(inquiry("wrong")), decided("wrong"), answered("wrong"), ended("assumed", "wrong"),
        event(inquiry("wish")), decided("wish", route="human", mode=None), ended("handed_off", "wish"),
    )  # fmt: skip
    truths = {
        "right": Truth("how_to_pay", "en", False),
        "wrong": Truth("late_fee", "en", False),
        "wish": Truth("how_to_pay", "en", True),
    }
    show_summary(console, found, truths)
    lines = [" ".join(line.split()) for line in written.getvalue().splitlines()]
    assert "bot answers on the right topic 1 of 2" in lines
    assert "wishes for a person kept 1 of 1" in lines
    assert "bot 2 67% the bot may answer" in lines
    assert "how_to_pay 3 2 - - 1" in lines
    assert "bot 2 1.00 1.00 1.00" in lines


def test_the_summary_shows_what_was_answered_with_facts_of_the_order_system() -> None:
    console, written = _console()
    text = "I am an assistant.\n\nFor order PL-1, 9.00 EUR is open.\n\nDid this help?"
    due = answered("due")
    looked_up = {"article_id": "payment_due_date_order", "text": text, "discloses_ai": True}
    reply = event(due.data.model_copy(update=looked_up), due.id, due.time)
    found = tally(event(inquiry("due")), decided("due"), reply, ended("confirmed", "due"))
    show_summary(console, found, {})
    lines = [" ".join(line.split()) for line in written.getvalue().splitlines()]
    assert "Answered with facts from the company's order system" in lines
    assert "Where is it? For order PL-1, 9.00 EUR is open." in lines
    console, written = _console()
    show_summary(console, tally(event(inquiry("a")), decided("a"), answered("a")), {})
    assert "order system" not in written.getvalue()


def test_what_is_missing_is_told_with_where_it_is() -> None:
    found = tally(event(inquiry("a")), event(inquiry("b")), decided("b", route="human", mode=None))
    said = words.missing(found, Path("logs"))
    assert "1 not routed: see router.log" in said
    assert "1 with people or waiting for them" in said
