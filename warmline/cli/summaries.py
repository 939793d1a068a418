"""One line for each kind of event, for people who watch a topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from warmline.cli.screen import one_line, plain
from warmline.events import (
    AgentCommand,
    Assignment,
    AuditMark,
    AuditTask,
    Decision,
    DeskChange,
    DeskFiles,
    DraftVerdict,
    Drift,
    Erasure,
    Evidence,
    Feedback,
    Handover,
    Inquiry,
    Licence,
    ModelCall,
    Outcome,
    Payload,
    PersonState,
    Reply,
    Wait,
)

_TEXT_WIDTH = 120


def summary(payload: Payload) -> str:
    """With markup."""
    return _SUMMARIES[type(payload)](payload)


def _inquiry(inquiry: Inquiry) -> str:
    wish = " [magenta]wants a person[/]" if inquiry.wants_person else ""
    return f"[dim]{inquiry.channel}[/]{wish} {_text(inquiry.text)}"


def _decision(decision: Decision) -> str:
    colour = "green" if decision.route == "bot" else "yellow"
    mode = f" {decision.mode}" if decision.mode else ""
    risk = f" [red]{decision.risk_tier}[/]" if decision.risk_tier else ""
    reasons = ", ".join(reason.code for reason in decision.reasons)
    return (
        f"[{colour}]{decision.route}{mode}[/]{risk} {plain(decision.topic or 'unknown')}/"
        f"{decision.language} {decision.confidence:.2f} [dim]({reasons})[/] "
        f"{_text(decision.inquiry.text)}"
    )


def _handover(handover: Handover) -> str:
    return f"[yellow]{handover.reason}[/] {_text(handover.brief.wish)}"


def _reply(reply: Reply) -> str:
    by = "[green]bot[/]" if reply.by == "bot" else f"[yellow]{plain(reply.agent_id or 'person')}[/]"
    return f"{by} {reply.kind} [dim]epoch {reply.epoch}[/] {_text(reply.text)}"


def _command(command: AgentCommand) -> str:
    about = getattr(command.action, "inquiry_id", "")
    return f"[yellow]{plain(command.agent_id)}[/] {command.action.do} {plain(about)}"


def _assignment(assignment: Assignment) -> str:
    who = f" [yellow]{plain(assignment.agent_id)}[/]" if assignment.agent_id else ""
    promise = "" if assignment.promise is None else f", promise {assignment.promise}"
    return (
        f"[cyan]{assignment.step}[/]{who}{promise} in {plain(assignment.queue)} "
        f"[dim]step {assignment.seq}, epoch {assignment.epoch}, "
        f"waited {assignment.waited_ms / 1000:.1f} s[/] {plain(assignment.inquiry_id)}"
    )


def _draft(verdict: DraftVerdict) -> str:
    why = f" [red]{plain(verdict.rejection.reason)}[/]" if verdict.rejection else ""
    changed = f", {verdict.sent.share:.0%} changed" if verdict.sent and verdict.sent.edits else ""
    return (
        f"[cyan]{verdict.verdict}[/]{why} [yellow]{plain(verdict.agent_id)}[/]{changed} "
        f"{plain(verdict.topic or 'unknown')}/{verdict.language} "
        f"[dim]{plain(verdict.article_id or 'no article')}[/] {plain(verdict.inquiry_id)}"
    )


def _wait(wait: Wait) -> str:
    unknown = f"nobody can say how long [dim]({plain(wait.basis)})[/]"
    expected = unknown if wait.expected_s is None else f"about {wait.expected_s:.0f} s more"
    return (
        f"[cyan]place {wait.position}[/] in {plain(wait.queue)}, {expected} "
        f"[dim]waited {wait.waited_ms / 1000:.1f} s[/] {plain(wait.inquiry_id)}"
    )


def _desk_change(change: DeskChange) -> str:
    return (
        f"[cyan]{change.change}[/] [yellow]{plain(change.subject)}[/] by {plain(change.by)}: "
        f"{_text(change.reason)}"
    )


def _person_state(person: PersonState) -> str:
    silent = ", no heartbeat" if person.silent else ""
    return (
        f"[cyan]{person.presence}{silent}[/] [yellow]{plain(person.agent_id)}[/] "
        f"[dim]{len(person.held)} in hand, capacity {person.capacity}[/] {_text(person.reason or '')}"
    )


def _desk_files(files: DeskFiles) -> str:
    size = len(files.desk) + len(files.people)
    return f"[cyan]version {plain(files.version)}[/] [dim]{size} bytes[/]"


def _feedback(feedback: Feedback) -> str:
    score = f" {feedback.score}/5" if feedback.score is not None else ""
    return f"[cyan]{feedback.kind}{score}[/] {plain(feedback.inquiry_id or '')}"


def _outcome(outcome: Outcome) -> str:
    colour = "red" if outcome.kind == "abandoned" else "green"
    return (
        f"[{colour}]{outcome.kind}[/] by {outcome.by} {plain(outcome.topic or 'unknown')}/"
        f"{outcome.language} {plain(outcome.inquiry_id)}"
    )


def _licence(licence: Licence) -> str:
    colour = "green" if licence.state == "licensed" else "yellow"
    return (
        f"[{colour}]{licence.state}[/] {plain(licence.topic)}/{licence.language} "
        f"{_text(licence.reason)}"
    )


def _evidence(evidence: Evidence) -> str:
    if evidence.order is not None:
        said = f"[magenta]{evidence.order.do}[/] by {plain(evidence.order.by)}"
    else:
        good = "[green]good[/]" if evidence.good else "[red]bad[/]"
        said = f"[cyan]{evidence.kind}[/] {good}, {evidence.count} by {evidence.by}"
    return f"{said} {plain(evidence.topic)}/{evidence.language}"


def _model_call(call: ModelCall) -> str:
    colour = "green" if call.result == "used" else "yellow"
    reason = f" {plain(call.reason)}" if call.reason else ""
    about = "at most " if call.estimated else ""
    return (
        f"[{colour}]{call.result}[/]{reason} {plain(call.topic or 'unknown')}/{call.language} "
        f"[dim]{about}{call.tokens_in} + {call.tokens_out} tokens, "
        f"{call.cost.normalize():f} {call.currency}[/]"
    )


def _drift(drift: Drift) -> str:
    moved = ", ".join(shift.measure for shift in drift.shifts if shift.drifted)
    said = f"[red]moved: {moved}[/]" if drift.drifted else "[green]as it was[/]"
    return f"{said} {plain(drift.topic or 'all')}/{drift.language} [dim]{drift.of} inquiries[/]"


def _audit_task(task: AuditTask) -> str:
    return f"[cyan]judge[/] {plain(task.topic)}/{task.language} {_text(task.answer)}"


def _audit_mark(mark: AuditMark) -> str:
    colour = "green" if mark.verdict == "right" else "red"
    return f"[{colour}]{mark.verdict}[/] by {plain(mark.agent_id)} {plain(mark.audit_id)}"


def _erasure(erasure: Erasure) -> str:
    return f"[magenta]forget customer[/] {plain(erasure.customer_id)}"


def _text(text: str) -> str:
    return plain(one_line(text, _TEXT_WIDTH))


_SUMMARIES: dict[type[Payload], Callable[[Any], str]] = {
    Inquiry: _inquiry,
    Decision: _decision,
    Handover: _handover,
    Reply: _reply,
    AgentCommand: _command,
    Assignment: _assignment,
    Wait: _wait,
    DraftVerdict: _draft,
    DeskChange: _desk_change,
    PersonState: _person_state,
    DeskFiles: _desk_files,
    Feedback: _feedback,
    Outcome: _outcome,
    Licence: _licence,
    Evidence: _evidence,
    Drift: _drift,
    ModelCall: _model_call,
    AuditTask: _audit_task,
    AuditMark: _audit_mark,
    Erasure: _erasure,
}
