"""One inquiry, whole: from the facts of its conversation. Pure.

Which fact was read first plays no part: the first decision is the one with the lowest epoch, the
end is the last revision, the score that counts is the last one given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from services.quality.report.facts import (
    Arm,
    Asked,
    Called,
    Drafted,
    Ended,
    Fact,
    Held,
    Rated,
    Verdict,
    from_line,
)


@dataclass(slots=True)
class Case:
    """`arm`: see `facts.Arm`. `end` None: not ended yet. `score` 0: none was given. `model_nano`:
    what a language model cost for it, in billionths of each of `currencies`; `estimated_nano`: as much of
    it the endpoint has not counted. `completed`: people finished work that was filed under it; `repeated`:
    whether the customer had to repeat what was known, None where nobody said."""

    asked: Asked
    end: Ended | None = None
    person_ms: int = 0
    complained: bool = False
    score: int = 0
    model_nano: int = 0
    estimated_nano: int = 0
    currencies: frozenset[str] = frozenset()
    completed: bool = False
    repeated: bool | None = None

    @property
    def arm(self) -> Arm:
        return self.end.arm if self.end is not None else ""


@dataclass(slots=True)
class _Facts:
    asked: dict[str, Asked] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    held: dict[str, dict[int, Held]] = field(default_factory=dict)
    calls: dict[str, Called] = field(default_factory=dict)
    rated: list[Rated] = field(default_factory=list)
    complaints_ms: list[int] = field(default_factory=list)


def cases_of(lines: Iterable[str]) -> Iterator[Case | Verdict | Drafted]:
    """`lines` sorted, so that those of a conversation stand together. Inquiries of which no decision
    is known (it is older than what the topic keeps) are left out."""
    for conversation_id, some in groupby(lines, key=lambda line: line.partition(" ")[0]):
        facts = (from_line(line)[1] for line in some)
        if conversation_id:
            yield from _of_conversation(facts)
        else:
            yield from (fact for fact in facts if isinstance(fact, Verdict | Drafted))


def _of_conversation(facts: Iterable[Fact]) -> Iterator[Case]:
    known = _collect(facts)
    cases = {
        inquiry_id: Case(asked, known.ended.get(inquiry_id))
        for inquiry_id, asked in known.asked.items()
    }
    for inquiry_id, steps in known.held.items():
        if inquiry_id in cases:
            cases[inquiry_id].person_ms = person_ms(steps.values())
            cases[inquiry_id].completed = any(one.step == "completed" for one in steps.values())
            cases[inquiry_id].repeated = repeated(steps.values())
    for call in known.calls.values():
        if call.inquiry_id in cases and call.cost_nano:
            case = cases[call.inquiry_id]
            case.model_nano += call.cost_nano
            case.estimated_nano += call.cost_nano if call.estimated else 0
            case.currencies |= {call.currency}
    in_order = sorted(
        cases.values(), key=lambda case: (case.asked.received_ms, case.asked.inquiry_id)
    )
    for rated in sorted(known.rated, key=lambda rated: (rated.at_ms, rated.feedback_id)):
        about = _about(rated.inquiry_id, rated.at_ms, cases, in_order)
        if about is not None:
            about.score = rated.score
    for at_ms in known.complaints_ms:
        before = [case for case in in_order if case.asked.received_ms < at_ms]
        if before:
            before[-1].complained = True
    yield from in_order


def _collect(facts: Iterable[Fact]) -> _Facts:
    known = _Facts()
    for fact in facts:
        match fact:
            case Asked():
                first = known.asked.get(fact.inquiry_id)
                if first is None or fact.epoch < first.epoch:
                    known.asked[fact.inquiry_id] = fact
                if fact.complaint:
                    known.complaints_ms.append(fact.received_ms)
            case Ended():
                end = known.ended.get(fact.inquiry_id)
                if end is None or fact.revision > end.revision:
                    known.ended[fact.inquiry_id] = fact
            case Held():
                known.held.setdefault(fact.inquiry_id, {}).setdefault(fact.seq, fact)
            case Called():
                call = known.calls.get(fact.call_id)
                if call is None or call.estimated:
                    known.calls[fact.call_id] = fact
            case Rated():
                known.rated.append(fact)
    return known


def person_ms(steps: Iterable[Held]) -> int:
    """In people's hands: from each accepting until it was completed, passed on or put back, and the
    wrap-up after completing. Where somebody has several at a time, the same minute counts in each."""
    total = 0
    since: int | None = None
    for step in sorted(steps, key=lambda step: step.seq):
        if since is not None:
            total += max(0, step.at_ms - since)
        since = step.at_ms if step.step in ("accepted", "completed") else None
    return total


def repeated(steps: Iterable[Held]) -> bool | None:
    """As the person said who finished last, among those who said something."""
    said = [step.repeated for step in sorted(steps, key=lambda step: step.seq)]
    return next((one for one in reversed(said) if one is not None), None)


def _about(
    inquiry_id: str, at_ms: int, cases: dict[str, Case], in_order: list[Case]
) -> Case | None:
    if inquiry_id:
        return cases.get(inquiry_id)
    before = [case for case in in_order if case.asked.received_ms <= at_ms]
    return before[-1] if before else None
