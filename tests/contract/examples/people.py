"""What people at the desk do, and what becomes of human work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from warmline.events import (
    AgentCommand,
    Assignment,
    DeskChange,
    DeskFiles,
    DraftVerdict,
    Payload,
    PersonState,
    Wait,
)
from warmline.events.desk import Avoided, Held
from warmline.events.draft import Rejection, Sent
from warmline.events.work import (
    Accept,
    AcceptDraft,
    Complete,
    EditDraft,
    Push,
    RejectDraft,
    SendReply,
    SignIn,
    Transfer,
)

_AT = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)

PEOPLE: dict[str, tuple[Payload, ...]] = {
    "agents.commands": (
        AgentCommand(command_id="cmd-1", agent_id="amira", action=SignIn()),
        AgentCommand(command_id="cmd-2", agent_id="amira", action=Accept(inquiry_id="i", epoch=1)),
        AgentCommand(
            command_id="cmd-3",
            agent_id="amira",
            action=SendReply(inquiry_id="i", epoch=1, text="Good morning", language="en"),
        ),
        AgentCommand(
            command_id="cmd-4",
            agent_id="amira",
            action=Transfer(inquiry_id="i", epoch=1, to_queue="refunds", note="needs German"),
        ),
        AgentCommand(
            command_id="cmd-5",
            agent_id="greta",
            action=Push(inquiry_id="i", to_agent="amira", reason="knows the case"),
        ),
        AgentCommand(
            command_id="cmd-6",
            agent_id="amira",
            action=AcceptDraft(inquiry_id="i", epoch=1, proposal_of="inq-1"),
        ),
        AgentCommand(
            command_id="cmd-7",
            agent_id="amira",
            action=EditDraft(inquiry_id="i", epoch=1, text="Good morning", language="en"),
        ),
        AgentCommand(
            command_id="cmd-8",
            agent_id="amira",
            action=RejectDraft(
                inquiry_id="i", epoch=1, reason="incomplete", note="no date", text="On Monday."
            ),
        ),
        AgentCommand(
            command_id="cmd-9",
            agent_id="amira",
            action=Complete(inquiry_id="i", epoch=1, customer_had_to_repeat=True),
        ),
    ),
    "assignments": (
        Assignment(
            inquiry_id="inq-1",
            conversation_id="conv-1",
            step="offered",
            seq=2,
            epoch=1,
            queue="refunds",
            agent_id="amira",
            topic="refund status",
            language="de",
            priority_min=30,
            waited_ms=1500,
            reason="longest idle",
            members=("inq-1", "inq-0"),
            config_version="c-1",
            work_class="refunds.de.i-chat.5f2a90b1cc",
            direct="amira",
            desk_order="1772357401000-2-1",
        ),
        Assignment(
            inquiry_id="inq-1",
            conversation_id="conv-1",
            step="promised",
            seq=3,
            epoch=2,
            queue="refunds",
            reason="nobody is signed in who could take it",
            members=("inq-1",),
            by="greta",
            promised_at=_AT + timedelta(days=1),
            waits=True,
        ),
        Assignment(
            inquiry_id="inq-1",
            conversation_id="conv-1",
            step="accepted",
            seq=7,
            epoch=3,
            queue="refunds",
            agent_id="amira",
            members=("inq-1",),
            promised_at=_AT + timedelta(days=1),
            promise="late",
        ),
        Assignment(
            inquiry_id="inq-1",
            conversation_id="conv-1",
            step="completed",
            seq=6,
            epoch=3,
            queue="refunds",
            agent_id="amira",
            members=("inq-1",),
            customer_had_to_repeat=False,
        ),
    ),
    "waits": (
        Wait(
            inquiry_id="inq-1",
            conversation_id="conv-1",
            queue="refunds",
            position=3,
            expected_s=184.0,
            waited_ms=20_000,
            basis="6 people, 70% of their work, 240 s each, patience 310 s",
            members=("inq-1", "inq-0"),
            config_version="c-1",
        ),
        Wait(
            inquiry_id="inq-2",
            conversation_id="conv-2",
            queue="refunds",
            position=1,
            expected_s=None,
            waited_ms=0,
            basis="too few handled lately to say (2)",
            config_version="c-1",
        ),
    ),
    "desk.changes": (
        DeskChange(
            change="queue_closed",
            subject="refunds",
            by="greta",
            reason="The back office is down.",
            config_version="c-1",
        ),
    ),
    "desk.people": (
        PersonState(
            agent_id="amira",
            presence="busy",
            reason="training",
            silent=True,
            drained=True,
            capacity=4,
            held=(
                Held(inquiry_id="inq-1", state="accepted", channel="chat"),
                Held(inquiry_id="inq-2", state="paused"),
            ),
            avoids=(Avoided(inquiry_id="inq-3", until=_AT + timedelta(seconds=30)),),
            idle_since=_AT,
            turn=17,
            turns=23,
            recent=(_AT,),
            config_version="c-1",
            desk_order="1772357401000-2-0",
        ),
        PersonState(
            agent_id="amira",
            presence="signed_out",
            capacity=4,
            idle_since=_AT,
            config_version="c-1",
        ),
    ),
    "desk.files": (
        DeskFiles(version="c-1", desk='{"version": 1}', people='{"version": 1, "people": []}'),
    ),
    "drafts": (
        DraftVerdict(
            proposal_id="prop-1",
            inquiry_id="inq-1",
            conversation_id="conv-1",
            article_id="refund-status",
            topic="refund status",
            language="de",
            given_for="draft",
            verdict="edited",
            sent=Sent(reply_id="rep-1", edits=12, share=0.25),
            agent_id="amira",
            epoch=2,
        ),
        DraftVerdict(
            proposal_id="prop-2",
            inquiry_id="inq-2",
            conversation_id="conv-1",
            language="de",
            given_for="draft",
            verdict="rejected",
            rejection=Rejection(reason="incomplete", note="says nothing of [[ORDER_1]]"),
            agent_id="amira",
            epoch=2,
        ),
    ),
}
