"""From an entry of the outbox to the events that it stands for. Pure.

An event's id follows from the inquiry and the step's number, so a step that is published twice is
recognised; a reply's id follows from the command that wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, cast

from services.agents.config import Configuration, NoticeKind
from services.agents.notices import notice
from services.runtime.handling import Output
from warmline.events.desk import PersonState
from warmline.events.draft import DraftVerdict
from warmline.events.envelope import Event, event_id
from warmline.events.model_call import ModelCall
from warmline.events.work import Assignment, DeskChange, Reply
from warmline.topics import (
    ASSIGNMENTS,
    DESK_CHANGES,
    DESK_PEOPLE,
    DRAFTS,
    MODEL_CALLS,
    REPLIES,
)

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
    "work_class",
    "direct",
)
"""What stands in a step of the outbox, see `lua/shared/desk.lua`. One that an older version has left there
ends before `work_class`."""


class Entry(NamedTuple):
    """A step, or whatever else the outbox holds. `number` counts the steps within an entry of the stream."""

    id: str
    fields: Mapping[str, str]
    number: int = 0

    @property
    def desk_order(self) -> str:
        return f"{self.id}-{self.number}"


def steps_of(entries: Iterable[tuple[str, Mapping[str, str]]]) -> list[Entry]:
    """What entries of the outbox hold, in order: steps, people, changes of the desk."""
    found: list[Entry] = []
    for entry_id, entry in entries:
        packed = entry.get("steps")
        if packed is None:
            found.append(Entry(entry_id, entry))
            continue
        more = {name: value for name, value in entry.items() if name != "steps"}
        for number, step in enumerate(packed.split("\x1e")[:-1]):
            fields = dict(zip(STEP, step.split("\x1f"), strict=False)) | more
            found.append(Entry(entry_id, fields, number))
            more = {}
    return found


def outputs_of(
    entry: Mapping[str, str], configuration: Configuration, desk_order: str | None = None
) -> list[Output]:
    """Of the fields of one of `steps_of`: the assignment, and the reply where a person wrote one, or the
    notice of a callback where the desk has a text for it; or a person, a change of the desk itself, a
    verdict on a proposal, or a call of a model."""
    if "person" in entry:
        return [_person(entry, desk_order)]
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
            "waits": True if "waits" in entry else None,
            "customer_had_to_repeat": _REPEATED[entry.get("repeated", "")],
            "work_class": entry.get("work_class"),
            "direct": entry.get("direct") or None,
            "desk_order": desk_order,
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


def _person(entry: Mapping[str, str], desk_order: str | None) -> Output:
    person = PersonState.model_validate(
        {
            "agent_id": entry["person"],
            "presence": entry["presence"],
            "reason": entry["reason"] or None,
            "silent": entry["silent"] == "1",
            "drained": entry["drained"] == "1",
            "capacity": int(entry["capacity"]),
            "held": tuple(
                {"inquiry_id": inquiry_id, "state": state, "channel": channel or None}
                for inquiry_id, value in _pairs(entry["held"])
                for state, _, channel in [value.partition("/")]
            ),
            "avoids": tuple(
                {"inquiry_id": inquiry_id, "until": _moment(until_ms)}
                for inquiry_id, until_ms in _pairs(entry["avoid"])
            ),
            "idle_since": _moment(entry["idle_ms"]),
            "turn": int(entry["turn"]),
            "turns": int(entry["turns"]),
            "recent": tuple(_moment(at_ms) for at_ms in entry["recent"].split("\x1e")[:-1]),
            "config_version": entry["config_version"],
            "desk_order": desk_order,
        }
    )
    person_id = event_id(person.agent_id, f"person/{desk_order}")
    return Output(DESK_PEOPLE, Event(person_id, SOURCE, _moment(entry["at_ms"]), person))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """A map as `lua/shared/desk.lua` writes it."""
    for entry in text.split("\x1e")[:-1]:
        key, _, value = entry.partition("\x1d")
        yield key, value


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
