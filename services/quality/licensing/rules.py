"""How evidence moves a licence.

    human_only ─ enough history ─▶ draft ─ target proven ─▶ licensed ─ alarm ─▶ suspended
                                     ▲                        │ drift              │
                                     └────────────────────────┴── fresh evidence ──┘

In `suspended` the bot goes on proposing to people, so that fresh evidence can come; what was known
before the alarm no longer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.quality.licensing import breaker, proof
from services.quality.licensing.standing import Cell, Counts, Standing
from services.quality.licensing.terms import Signal, Terms
from warmline.events.evidence import Evidence, LicenceOrder
from warmline.events.quality import Licence, LicenceState, Tally

_PEOPLE_AGAIN = 10
"""What people reach is worked out again after so many more of the comparison group."""


def after(desk: Mapping[Cell, Standing], evidence: Evidence, terms: Terms) -> Standing:
    """What stands for the evidence's cell after it; the desk's other cells only lend their labels.

    The caller gives each piece once and puts the result in its place. A topic outside the terms (of
    the risk tier, or kept with people by the desk) stays with people whatever is said.
    """
    cell = Cell(evidence.topic, evidence.language)
    standing = desk.get(cell, _NEW)
    if evidence.order is not None:
        return _ordered(cell, standing, desk, evidence, evidence.order, terms)
    if not terms.may_be_licensed(*cell):
        return standing
    learnt = _learn(standing, evidence, terms)
    return _decide(cell, learnt, desk, evidence, terms)


def licence_of(cell: Cell, standing: Standing, terms: Terms) -> Licence:
    """The event that says what stands, with the bound and the evidence behind it."""
    may = terms.may_be_licensed(*cell)
    sample = standing.sample()
    return Licence(
        topic=cell.topic,
        language=cell.language,
        state=standing.state,
        version=standing.version,
        attempt=standing.attempt,
        threshold=standing.threshold,
        target=terms.target(cell.topic) if may else None,
        lower_bound=round(proof.bound(standing, terms), 6) if may else None,
        error=terms.licence_error,
        sample=sample.size,
        wrong=sample.bad,
        seeded=standing.seeded,
        pooled=standing.pooled,
        missing=proof.missing(cell, standing, terms) if may else None,
        labels_per_day=_labels_per_day(standing),
        compared_with_people=proof.compare(standing, terms) if may else "no_data",
        bot=_tallies(standing.bot),
        people=_tallies(standing.people),
        reason=standing.reason,
        held=standing.held,
        forced=standing.forced,
        answers=standing.answers,
        refused=standing.refused,
    )


_NEW = Standing()
_DAY_MS = 24 * 60 * 60 * 1000


def _learn(standing: Standing, evidence: Evidence, terms: Terms) -> Standing:
    """Counted, with nothing concluded yet."""
    good, kind = evidence.good, evidence.kind
    if kind == "history":
        return replace(standing, history=standing.history + evidence.count)
    if kind in ("draft", "audit"):
        standing = _labelled(standing, evidence, terms)
    if kind in ("history", "draft", "order"):
        return standing
    if evidence.by == "person":
        return _of_people(standing, kind, good, terms, evidence.topic)  # type: ignore[arg-type]
    return _of_bot(standing, kind, good, terms, evidence.topic)  # type: ignore[arg-type]


def _labelled(standing: Standing, evidence: Evidence, terms: Terms) -> Standing:
    labels = tuple(
        standing.at(index).and_some(evidence.good, evidence.count)
        if evidence.confidence >= threshold
        else standing.at(index)
        for index, threshold in enumerate(terms.thresholds)
    )
    counts = evidence.confidence >= terms.thresholds[0]
    return replace(
        standing,
        labels=labels,
        seeded=standing.seeded + evidence.count * (counts and evidence.seeded),
        began_ms=evidence.at_ms if standing.began_ms is None else standing.began_ms,
        latest_ms=max(standing.latest_ms, evidence.at_ms),
    )


def _of_people(
    standing: Standing, signal: Signal, good: bool, terms: Terms, topic: str
) -> Standing:
    counts = standing.people.get(signal, Counts()).and_one(good)
    standing = replace(standing, people={**standing.people, signal: counts})
    if (
        standing.state != "licensed"
        or counts.size < terms.people_min
        or counts.size % _PEOPLE_AGAIN
    ):
        return standing
    return replace(standing, watches=breaker.anew(standing, signal, terms.target(topic), terms))


def _of_bot(standing: Standing, signal: Signal, good: bool, terms: Terms, topic: str) -> Standing:
    counts = standing.bot.get(signal, Counts()).and_one(good)
    watched = breaker.watch(standing.watches, signal, good)
    standing = replace(standing, bot={**standing.bot, signal: counts}, watches=watched)
    if standing.state == "licensed" and signal == "reading" and counts.size == terms.readings_min:
        return replace(standing, watches=breaker.anew(standing, signal, terms.target(topic), terms))
    return standing


def _decide(
    cell: Cell,
    standing: Standing,
    desk: Mapping[Cell, Standing],
    evidence: Evidence,
    terms: Terms,
) -> Standing:
    match standing.state:
        case "human_only":
            if evidence.kind == "history" and standing.history >= terms.history_min:
                reason = (
                    f"{standing.history} inquiries of this topic are known: the bot may propose"
                )
                return _moved(standing, "draft", reason, evidence)
        case "draft":
            if evidence.kind in ("draft", "audit") and evidence.good and not standing.held:
                return _granted(cell, standing, desk, evidence, terms)
        case "suspended":
            if evidence.kind == "draft" and not standing.held:
                return _probation(cell, standing, evidence, terms)
        case "licensed":
            return _watched(standing, evidence, terms)
    return standing


def _granted(
    cell: Cell,
    standing: Standing,
    desk: Mapping[Cell, Standing],
    evidence: Evidence,
    terms: Terms,
) -> Standing:
    """Licensed if proven; the same standing if not."""
    proven = proof.prove(cell, standing, desk, terms)
    if proven is None or proof.compare(standing, terms) == "worse":
        return standing
    licensed = replace(standing, threshold=proven.threshold, pooled=proven.pooled)
    counts = standing.at(terms.thresholds.index(proven.threshold))
    target = terms.target(cell.topic)
    licensed = replace(licensed, watches=breaker.watches(licensed, target, terms))
    reason = (
        f"{counts.good} of {counts.size} answers judged right: precision above {target:g} is proven"
        f" from confidence {proven.threshold:g}"
        + (", for the topic's languages together" if proven.pooled else "")
    )
    return _moved(licensed, "licensed", reason, evidence)


def _watched(standing: Standing, evidence: Evidence, terms: Terms) -> Standing:
    """Suspended at once where the evidence says so; in draft again where the inquiries have
    changed."""
    if evidence.by == "person":
        return standing
    if evidence.kind == "audit" and evidence.harmful and not evidence.good:
        return _suspended(standing, "a harmful answer was found", evidence)
    signal = evidence.kind
    if signal in ("history", "draft", "order") or not breaker.alarm(
        standing,
        signal,  # type: ignore[arg-type]
        terms,
    ):
        return standing
    seen = standing.watches[signal]  # type: ignore[index]
    said = f"the share of good ends has fallen below {seen.tolerated:.3f} ({_SAID[signal]})"
    if signal in ("reading", "drift"):
        reason = f"the inquiries have changed: {said}"
        return _moved(_fresh(standing, keep_ends=True), "draft", reason, evidence)
    return _suspended(standing, said, evidence)


_SAID = {
    "audit": "audited answers",
    "complaint": "customers who did not complain",
    "return": "customers who did not return",
    "csat": "satisfied customers",
    "reading": "inquiries that are read clearly",
    "drift": "windows in which they are worded as before",
}


def _probation(cell: Cell, standing: Standing, evidence: Evidence, terms: Terms) -> Standing:
    """In draft again after enough fresh drafts that are not clearly bad."""
    fresh = standing.sample()
    if fresh.size < terms.probation or fresh.good < terms.target(cell.topic) * fresh.size:
        return standing
    reason = f"{fresh.good} of {fresh.size} fresh proposals were right: evidence is collected again"
    return _moved(standing, "draft", reason, evidence)


def _ordered(
    cell: Cell,
    standing: Standing,
    desk: Mapping[Cell, Standing],
    evidence: Evidence,
    order: LicenceOrder,
    terms: Terms,
) -> Standing:
    """What a person decides. A refusal changes nothing but says why."""
    standing = replace(standing, answers=evidence.evidence_id, refused=None)
    said = f"{order.by}: {order.reason}"
    if not terms.may_be_licensed(*cell) and (order.do == "grant" or standing.state == "human_only"):
        why = "people only: by the desk's file this topic and language can have no licence"
        return _refused(standing, why, evidence)
    if order.do == "suspend":
        return replace(_suspended(standing, said, evidence), held=True)
    if order.state == "draft":
        if standing.history < terms.history_min and standing.sample().size == 0 and not order.force:
            reason = f"{standing.history} of {terms.history_min} inquiries are known"
            return _refused(standing, reason, evidence)
        return _moved(_unlicensed(replace(standing, held=False)), "draft", said, evidence)
    granted = _granted(cell, replace(standing, held=False), desk, evidence, terms)
    if granted.state == "licensed" and granted.version > standing.version:
        return replace(granted, reason=f"{said}; {granted.reason}")
    if not order.force:
        lacking = proof.missing(cell, standing, terms)
        more = f"about {lacking} more judged answers" if lacking is not None else "better answers"
        return _refused(standing, f"the evidence lacks {more}", evidence)
    target = terms.target(cell.topic)
    forced = replace(standing, threshold=terms.thresholds[-1], held=False, forced=True)
    forced = replace(forced, watches=breaker.watches(forced, target, terms))
    return _moved(forced, "licensed", f"FORCED without evidence by {said}", evidence)


def _refused(standing: Standing, why: str, evidence: Evidence) -> Standing:
    """A new version, so that whoever asked sees the answer; what the bot may do is as it was."""
    return replace(
        _moved(standing, standing.state, standing.reason, evidence),
        refused=why,
        changed_ms=standing.changed_ms,
    )


def _suspended(standing: Standing, reason: str, evidence: Evidence) -> Standing:
    return _moved(_fresh(standing, keep_ends=False), "suspended", reason, evidence)


def _fresh(standing: Standing, *, keep_ends: bool) -> Standing:
    """The next attempt: nothing that was judged before counts."""
    return replace(
        _unlicensed(standing),
        attempt=standing.attempt + 1,
        labels=(),
        seeded=0,
        began_ms=None,
        bot={
            signal: counts
            for signal, counts in standing.bot.items()
            if keep_ends and signal not in ("reading", "drift")
        },
        people=standing.people if keep_ends else {},
    )


def _unlicensed(standing: Standing) -> Standing:
    return replace(standing, threshold=None, pooled=False, watches={})


def _moved(standing: Standing, state: LicenceState, reason: str, evidence: Evidence) -> Standing:
    return replace(
        standing,
        state=state,
        reason=reason[:2000],
        version=standing.version + 1,
        changed_ms=evidence.at_ms,
    )


def _tallies(ends: Mapping[Signal, Counts]) -> dict[str, Tally]:
    return {signal: Tally(good=counts.good, bad=counts.bad) for signal, counts in ends.items()}


def _labels_per_day(standing: Standing) -> float:
    """Since this attempt began, over a day at least."""
    if standing.began_ms is None:
        return 0.0
    days = max(1.0, (standing.latest_ms - standing.began_ms) / _DAY_MS)
    return round(standing.sample().size / days, 2)
