"""What is shown is shown as it is and steers nothing."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.contract.examples import EXAMPLES
from warmline.cli.screen import one_line, plain
from warmline.cli.summaries import summary
from warmline.events import Inquiry, Payload


def _shown(markup: str) -> str:
    console = Console(file=io.StringIO(), width=500, highlight=False)
    console.print(markup, end="")
    return str(console.file.getvalue())  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["[bold]no[/]", "[red", "a\\[b]", "Größe 😀 👩‍🚀"])
def test_markup_in_a_text_is_only_text(text: str) -> None:
    assert _shown(plain(text)) == text


def test_what_could_steer_the_terminal_is_replaced() -> None:
    shown = _shown(plain("a\x1b[2Jb\u202ec\x07"))
    assert (
        shown == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}"
    )


def test_a_long_text_becomes_one_short_line() -> None:
    assert one_line("one\n two\tthree", 80) == "one two three"
    assert one_line("x" * 100, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    "payload",
    [payload for some in EXAMPLES.values() for payload in some],
    ids=lambda payload: payload.KIND,
)
def test_every_kind_of_event_has_a_summary_of_one_line(payload: Payload) -> None:
    shown = _shown(summary(payload))
    assert shown
    assert "\n" not in shown


def test_an_inquiry_shows_what_the_customer_wrote() -> None:
    inquiry = Inquiry(
        inquiry_id="i",
        conversation_id="c",
        customer_id="u",
        text="[Where] is\nit?",
        wants_person=True,
    )
    assert _shown(summary(inquiry)) == "chat wants a person [Where] is it?"


def test_waits_and_promises_are_told_in_their_line() -> None:
    known, unknown = (_shown(summary(wait)) for wait in EXAMPLES["waits"])
    assert known.startswith("place 3 in refunds, about 184 s more")
    assert unknown.startswith("place 1 in refunds, nobody can say how long (too few handled")
    [kept_late] = [each for each in EXAMPLES["assignments"] if "late" in each.model_dump().values()]
    late = _shown(summary(kept_late))
    assert late.startswith("accepted amira, promise late in refunds")
