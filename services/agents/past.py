"""The people of a desk as they were at any moment, folded from what was published. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.agents.rings import channel_of
from services.agents.rules import Rules
from services.agents.there import There
from warmline.events.desk import PersonState
from warmline.events.work import Assignment


class Told(NamedTuple):
    """What was published, and where it stands in the order of the desk."""

    place: tuple[int, ...]
    at_ms: int
    what: Assignment | PersonState


def place_of(desk_order: str) -> tuple[int, ...]:
    return tuple(map(int, desk_order.split("-")))


@dataclass
class Past:
    """`rules` are those of each known version of the configuration. `people` are those of whom a
    `PersonState` was told; between two of them the steps of their work say what they hold, as
    `lua/shared/matching.lua` and `moves.lua` change it."""

    rules: Mapping[str, Rules]
    people: dict[str, There] = field(default_factory=dict)
    _turns: int = 0
    _taken_from: dict[str, str] = field(default_factory=dict)

    def tell(self, told: Told) -> None:
        """In the order of the desk."""
        if isinstance(told.what, PersonState):
            self._tell_person(told.what, told.at_ms)
        else:
            self._tell_step(told.what, told.at_ms)

    def signed_in(self, now_ms: int, told_within_ms: int) -> dict[str, There]:
        """Who is there. Of whom nothing was told for longer is not, whatever was told of them last: Redis may
        have lost them."""
        return {
            agent_id: there
            for agent_id, there in self.people.items()
            if there.told_ms >= now_ms - told_within_ms
        }

    def _tell_person(self, state: PersonState, at_ms: int) -> None:
        self._turns = max(self._turns, state.turns)
        if state.presence == "signed_out":
            self.people.pop(state.agent_id, None)
        else:
            self.people[state.agent_id] = There.of(state, at_ms)

    def _tell_step(self, step: Assignment, at_ms: int) -> None:
        if step.step == "offered":
            self._turns += 1
        had_offer = self._taken_from.pop(step.inquiry_id, "")
        if step.step == "rescinded" and step.by is not None:
            self._taken_from[step.inquiry_id] = step.agent_id or ""
        if step.step == "requeued" and step.by is not None and step.agent_id is None:
            # A supervisor's order: who had the offer is not asked again at once.
            if had_offer in self.people:
                self._avoid(self.people[had_offer], step, at_ms)
            return
        there = self.people.get(step.agent_id or "")
        if there is not None:
            self._change(there, step, at_ms)

    def _change(self, there: There, step: Assignment, at_ms: int) -> None:
        inquiry_id = step.inquiry_id
        match step.step:
            case "offered":
                self._hold(there, step, "offered")
                there.idle_ms, there.turn = at_ms, self._turns
                self._count_offer(there, step, at_ms)
            case "accepted":
                if inquiry_id not in there.held:  # a supervisor took it
                    there.idle_ms = at_ms
                self._hold(there, step, "accepted")
            case "paused":
                self._hold(there, step, "paused")
            case "resumed":
                self._hold(there, step, "accepted")
            case "completed" if self._wraps_up(step):
                self._hold(there, step, "wrapping")
            case "completed" | "wrapped_up" | "rescinded" | "cancelled" | "abandoned":
                _drop(there, inquiry_id, at_ms)
            case "declined" | "lapsed" | "transferred":
                _drop(there, inquiry_id, at_ms)
                self._avoid(there, step, at_ms)
            case "requeued":
                _drop(there, inquiry_id, at_ms)
                if step.by is not None:
                    self._avoid(there, step, at_ms)
            case _:
                pass

    def _hold(self, there: There, step: Assignment, state: str) -> None:
        channel = channel_of(step.work_class) if step.work_class else ""
        there.held[step.inquiry_id] = (state, channel)

    def _avoid(self, there: There, step: Assignment, at_ms: int) -> None:
        rules = self.rules.get(step.config_version or "")
        if rules is not None:
            after_ms = rules.configuration.desk.reoffer_after_s * 1000
            there.avoids[step.inquiry_id] = at_ms + after_ms

    def _wraps_up(self, step: Assignment) -> bool:
        rules = self.rules.get(step.config_version or "")
        return rules is not None and step.queue in rules.wrap_up_ms

    def _count_offer(self, there: There, step: Assignment, at_ms: int) -> None:
        rules = self.rules.get(step.config_version or "")
        limit = None if rules is None else rules.configuration.desk.offer_limit
        if limit is not None:
            there.recent = [*there.recent, at_ms][-limit.offers :]


def _drop(there: There, inquiry_id: str, at_ms: int) -> None:
    there.held.pop(inquiry_id, None)
    there.idle_ms = at_ms
