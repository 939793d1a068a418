"""From an entry of the outbox to the events that it stands for. Pure.

An event's id follows from the inquiry and the step's number, so a step that is published twice is
recognised; a reply's id follows from the command that wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import cast

from services.agents.config import Configuration, NoticeKind
from services.agents.notices import notice
from services.runtime.handling import Output
from warmline.events.draft import DraftVerdict
from warmline.events.envelope import Event, event_id
from warmline.events.model_call import ModelCall
from warmline.events.work import Assignment, DeskChange, Reply
from warmline.topics import ASSIGNMENTS, DESK_CHANGES, DRAFTS, MODEL_CALLS, REPLIES

SOURCE = "/warmline/agents"

_REPEATED = {"": None, "yes": True, "no": False}


STEP = (
    "inquiry_id",
    "conversation_id",
    "step",
    "seq",
    "epoch",
    "queue",
    "agent_id",
    "topic",
    "language",
    "priority_min",
    "waited_ms",
    "members",
    "config_version",
    "at_ms",
    "taken_ms",
    "reason",
)
"""What stands in a step of the outbox, see `lua/shared/desk.lua`."""

Entry = tuple[str, Mapping[str, str]]


def steps_of(entries: Iterable[Entry]) -> list[Entry]:
    """What entries of the outbox hold, in order: steps, and changes of the desk. Each with its entry's id."""
    found: list[Entry] = []
    for entry_id, entry in entries:
        packed = entry.get("steps")
        if packed is None:
            found.append((entry_id, entry))
            continue
        more = {name: value for name, value in entry.items() if name != "steps"}
        for step in packed.split("\x1e")[:-1]:
            found.append((entry_id, dict(zip(STEP, step.split("\x1f"), strict=True)) | more))
            more = {}
    return found


def outputs_of(entry: Mapping[str, str], configuration: Configuration) -> list[Output]:
    """Of one of `steps_of`: the assignment, and the reply where a person wrote one, or the notice of a
    callback where the desk has a text for it; or a change of the desk itself, a verdict on a proposal, or
    a call of a model."""
    if "change" in entry:
        return [_desk_change(entry)]
    if "draft" in entry:
        return [_draft(entry)]
    if "model_call" in entry:
        return [_model_call(entry)]
    at = _moment(entry["at_ms"])
    assignment = Assignment.model_validate(
        {
            "inquiry_id": entry["inquiry_id"],
            "conversation_id": entry["conversation_id"],
            "step": entry["step"],
            "seq": int(entry["seq"]),
            "epoch": int(entry["epoch"]),
            "queue": entry["queue"],
            "agent_id": entry["agent_id"] or None,
            "topic": entry["topic"] or None,
            "language": entry["language"],
            "priority_min": int(entry["priority_min"]),
            "waited_ms": int(entry["waited_ms"]),
            "reason": entry["reason"] or None,
            "members": tuple(json.loads(entry["members"])),
            "config_version": entry["config_version"],
            "by": entry.get("by"),
            "promise": entry.get("promise"),
            "promised_at": _moment(entry["promised_ms"]) if "promised_ms" in entry else None,
            "customer_had_to_repeat": _REPEATED[entry.get("repeated", "")],
        }
    )
    step_id = event_id(assignment.inquiry_id, f"assignment/{assignment.seq}")
    outputs = [Output(ASSIGNMENTS, Event(step_id, SOURCE, at, assignment))]
    if "reply_id" in entry:
        reply = _reply(entry, assignment)
        outputs.append(Output(REPLIES, Event(reply.reply_id, SOURCE, at, reply)))
    told = _notice(entry, assignment, configuration)
    if told is not None:
        outputs.append(Output(REPLIES, Event(told.reply_id, SOURCE, at, told)))
    return outputs


def _notice(
    entry: Mapping[str, str], assignment: Assignment, configuration: Configuration
) -> Reply | None:
    if "notice" not in entry:
        return None
    kind = cast(NoticeKind, entry["notice"])
    promised_ms = int(entry["promised_ms"]) if "promised_ms" in entry else None
    said = notice(configuration, kind, assignment.queue, assignment.language, promised_ms)
    if said is None:
        return None
    text, language = said
    return Reply(
        reply_id=event_id(assignment.inquiry_id, f"notice/{assignment.seq}"),
        inquiry_id=assignment.inquiry_id,
        conversation_id=assignment.conversation_id,
        customer_id=entry["customer_id"],
        by="person",
        kind="notice",
        text=text,
        language=language,
        epoch=assignment.epoch,
    )


def _desk_change(entry: Mapping[str, str]) -> Output:
    change = DeskChange.model_validate(
        {name: entry[name] for name in ("change", "subject", "by", "reason", "config_version")}
    )
    change_id = event_id(entry["command_id"], "desk_change")
    return Output(DESK_CHANGES, Event(change_id, SOURCE, _moment(entry["at_ms"]), change))


def _draft(entry: Mapping[str, str]) -> Output:
    verdict = DraftVerdict.model_validate_json(entry["draft"])
    verdict_id = event_id(verdict.proposal_id, "verdict")
    return Output(DRAFTS, Event(verdict_id, SOURCE, _moment(entry["at_ms"]), verdict))


def _model_call(entry: Mapping[str, str]) -> Output:
    call = ModelCall.model_validate_json(entry["model_call"])
    return Output(MODEL_CALLS, Event(call.call_id, SOURCE, _moment(entry["at_ms"]), call))


def _moment(at_ms: str) -> datetime:
    return datetime.fromtimestamp(int(at_ms) / 1000, UTC)


def _reply(entry: Mapping[str, str], assignment: Assignment) -> Reply:
    return Reply(
        reply_id=entry["reply_id"],
        inquiry_id=assignment.inquiry_id,
        conversation_id=assignment.conversation_id,
        customer_id=entry["customer_id"],
        by="person",
        kind="answer",
        text=entry["text"],
        language=entry["reply_language"],
        epoch=assignment.epoch,
        agent_id=assignment.agent_id,
    )
