"""What both engines keep to when a person judges a proposal: once, with the epoch, in one step with the
reply."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.agents.steps import outputs_of
from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest
from tests.unit.agents.build import START
from warmline.events.draft import DraftVerdict
from warmline.events.work import AcceptDraft, EditDraft, RejectDraft, SendReply

PROPOSAL = "Your refund left us on Monday."


async def drafting(make: MakeDesk, **about: Any) -> tuple[DeskUnderTest, dict[str, Any]]:
    """Ada has accepted work with a proposal."""
    desk = make()
    await desk.sign_in("ada")
    await desk.inquiry("i1", proposal=PROPOSAL, topic="refund_status", **about)
    epoch = await desk.accept("ada", "i1")
    return desk, {"inquiry_id": "i1", "epoch": epoch}


async def verdicts(desk: DeskUnderTest) -> list[tuple[str, DraftVerdict]]:
    """Each with its event's id."""
    found = []
    for entry in await desk.outbox():
        if "draft" in entry:
            (output,) = outputs_of(entry, desk.configuration)
            assert isinstance(output.event.data, DraftVerdict)
            found.append((output.event.id, output.event.data))
    return found


async def replies(desk: DeskUnderTest) -> list[tuple[str, str]]:
    return [
        (entry["text"], entry["reply_id"]) for entry in await desk.outbox() if "reply_id" in entry
    ]


async def test_an_accepted_proposal_is_sent_as_it_stands(desk: MakeDesk) -> None:
    d, on = await drafting(desk)
    await d.act("ada", AcceptDraft(**on))
    [(text, reply_id)] = await replies(d)
    assert text == PROPOSAL
    [(_, verdict)] = await verdicts(d)
    assert verdict.verdict == "accepted"
    assert verdict.sent is not None
    assert (verdict.sent.reply_id, verdict.sent.edits, verdict.sent.share) == (reply_id, 0, 0.0)
    assert verdict.sent_unchanged
    assert (verdict.inquiry_id, verdict.topic, verdict.language) == ("i1", "refund_status", "en")
    assert (verdict.article_id, verdict.agent_id) == ("article-1", "ada")
    assert verdict.epoch == on["epoch"]


async def test_an_edited_proposal_is_sent_with_its_distance(desk: MakeDesk) -> None:
    d, on = await drafting(desk)
    await d.act("ada", EditDraft(**on, text=" Your refund left us  on Tuesday.", language="en"))
    [(text, _)] = await replies(d)
    assert text == " Your refund left us  on Tuesday."
    [(_, verdict)] = await verdicts(d)
    assert verdict.sent is not None
    assert verdict.sent.edits == 4  # Mon and Tues, blanks folded
    assert verdict.sent.share == pytest.approx(4 / 31)
    assert not verdict.sent_unchanged


async def test_who_edits_nothing_has_sent_it_unchanged(desk: MakeDesk) -> None:
    d, on = await drafting(desk)
    await d.act("ada", EditDraft(**on, text=PROPOSAL + "\n"))
    [(_, verdict)] = await verdicts(d)
    assert verdict.verdict == "edited"
    assert verdict.sent_unchanged


async def test_a_rejection_alone_sends_nothing(desk: MakeDesk) -> None:
    d, on = await drafting(desk)
    await d.act("ada", RejectDraft(**on, reason="wrong"))
    assert await replies(d) == []
    assert await d.steps("i1") == ["enqueued", "offered ada", "accepted ada"]
    [(_, verdict)] = await verdicts(d)
    assert (verdict.verdict, verdict.sent) == ("rejected", None)
    await d.reply("ada", "i1", "Something else.")
    assert [text for text, _ in await replies(d)] == ["Something else."]


async def test_a_rejection_may_carry_the_persons_own_reply(desk: MakeDesk) -> None:
    d, on = await drafting(desk)
    await d.act("ada", RejectDraft(**on, reason="other", text="We look into it."))
    assert [text for text, _ in await replies(d)] == ["We look into it."]
    [(_, verdict)] = await verdicts(d)
    assert verdict.sent is not None
    assert verdict.sent.edits > 10
    assert not verdict.sent_unchanged


async def test_a_note_names_no_customer(desk: MakeDesk) -> None:
    d, on = await drafting(desk, attributes={"customer_name": "Erika Muster"})
    note = "Erika Muster wrote from erika@example.org about k1"
    await d.act("ada", RejectDraft(**on, reason="other", note=note))
    [(_, verdict)] = await verdicts(d)
    assert verdict.rejection is not None
    assert verdict.rejection.note == "[[PERSONAL_1]] wrote from [[EMAIL_1]] about [[PERSONAL_2]]"


async def test_a_proposal_is_judged_once_and_a_repeated_command_is_harmless(desk: MakeDesk) -> None:
    d, on = await drafting(desk)
    done = await d.act("ada", AcceptDraft(**on), "k-1")
    assert await d.act("ada", AcceptDraft(**on), "k-1") == done
    assert await d.refused("ada", RejectDraft(**on, reason="wrong"), "k-2") == "judged"
    assert len(await verdicts(d)) == len(await replies(d)) == 1


async def test_who_has_lost_the_work_can_judge_nothing(desk: MakeDesk) -> None:
    d, on = await drafting(desk)
    await d.transfer("ada", "i1", to_queue="fraud")
    for action in (AcceptDraft(**on), EditDraft(**on, text="x"), RejectDraft(**on, reason="wrong")):
        assert await d.refused("ada", action) == "stale"
    assert await verdicts(d) == []


async def test_without_a_proposal_there_is_nothing_to_judge(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    on: dict[str, Any] = {"inquiry_id": "i1", "epoch": await d.accept("ada", "i1")}
    assert await d.refused("ada", AcceptDraft(**on)) == "no_draft"
    await d.act("ada", SendReply(**on, text="Hello"))


async def test_one_of_several_proposals_must_be_named(desk: MakeDesk) -> None:
    d, on = await drafting(desk)
    await d.inquiry("i2", "c-i1", proposal="It takes five days.")
    assert await d.refused("ada", AcceptDraft(**on)) == "several_drafts"
    await d.act("ada", AcceptDraft(**on, proposal_of="i2"))
    await d.act("ada", RejectDraft(**on, proposal_of="i1", reason="not_applicable"))
    assert [text for text, _ in await replies(d)] == ["It takes five days."]
    ids = [event_id for event_id, _ in await verdicts(d)]
    assert len(set(ids)) == 2


async def test_a_reason_is_one_of_the_desks_codes(desk: MakeDesk) -> None:
    d = desk(drafts={"reasons": ["too_long"]})
    await d.sign_in("ada")
    await d.inquiry("i1", proposal=PROPOSAL)
    on: dict[str, Any] = {"inquiry_id": "i1", "epoch": await d.accept("ada", "i1")}
    assert await d.refused("ada", RejectDraft(**on, reason="wrong")) == "unknown_reason"
    await d.act("ada", RejectDraft(**on, reason="too_long"))


async def test_what_has_expired_meanwhile_is_not_sent_as_it_stands(desk: MakeDesk) -> None:
    today = min(datetime.now(UTC), START).date()
    d, on = await drafting(desk, proposal_until=today - timedelta(days=1))
    assert await d.refused("ada", AcceptDraft(**on)) == "expired_draft"
    await d.act("ada", EditDraft(**on, text="It left us on Monday."))
    assert len(await verdicts(d)) == 1


async def test_judging_wakes_a_paused_conversation(desk: MakeDesk) -> None:
    d = desk(release_silent_after_s=60, presence={"heartbeat_s": 3600})
    await d.sign_in("ada")
    await d.inquiry("i1", proposal=PROPOSAL)
    epoch = await d.accept("ada", "i1")
    await d.after(61)
    assert (await d.work("i1")).state == "paused"
    await d.act("ada", AcceptDraft(inquiry_id="i1", epoch=epoch))
    assert (await d.work("i1")).state == "accepted"
    assert await d.owner("c-i1") == ("person", epoch)
