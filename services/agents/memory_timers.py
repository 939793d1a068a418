"""What the plain desk does when a moment has come: offers lapse, rings widen, people fall silent."""

from __future__ import annotations

from services.agents.memory_desk import MemoryDesk
from services.agents.memory_promises import miss
from services.agents.memory_records import WorkRecord
from services.agents.memory_unstaffed import look_again


class MemoryTimers:
    """One method per kind of entry in `MemoryDesk.due`."""

    def __init__(self, desk: MemoryDesk) -> None:
        self.desk = desk

    def do(self, entry: str) -> None:
        kind, _, rest = entry.partition("|")
        if self.desk.due.get(entry, self.desk.now_ms() + 1) > self.desk.now_ms():
            return  # an earlier entry has moved or removed it
        match kind:
            case "offer":
                self._lapse(rest.partition("|")[2])
            case "presence":
                self._silence(rest)
            case "wrap":
                self.desk.settle(self.desk.end_wrap_up(rest.partition("|")[2]))
            case "look":
                del self.desk.due[entry]
                agent_id = rest.partition("|")[2]
                if agent_id in self.desk.people:
                    self.desk.settle(agent_id)
            case "ring":
                del self.desk.due[entry]
                self.desk.place(rest, self.desk.works[rest])
            case "pause":
                self._pause(rest)
            case "missed":
                del self.desk.due[entry]
                self._miss(*rest.split("|", 1))
            case "callback":
                del self.desk.due[entry]
                self._call_back(rest, self.desk.works[rest])
            case "unstaffed":
                del self.desk.due[entry]
                look_again(self.desk, rest)
            case "direct":
                del self.desk.due[entry]
                work = self.desk.works.get(rest)
                if work is not None and work.state == "waiting" and work.direct is not None:
                    self.desk.open_to_all(rest, "waited long enough for one person")

    def _lapse(self, inquiry_id: str) -> None:
        desk = self.desk
        work = desk.works[inquiry_id]
        was_direct = work.direct is not None
        agent_id = desk.end_offer(inquiry_id, work, "lapsed")
        desk.avoid(inquiry_id, agent_id)
        person = desk.people[agent_id]
        person.lapses += 1
        back: list[str] = []
        if person.lapses >= desk.configuration.desk.presence.lapses_until_away:
            back = desk.rescind_offers(agent_id, "away")
            person.presence, person.reason = "away", f"let {person.lapses} offers lapse"
            person.lapses = 0
            desk.tell(agent_id)
        desk.settle(agent_id)
        goes_on = not was_direct and not work.stages[0].timed
        more = goes_on and work.next_stage(desk.now_ms()) is not None
        if not (more and desk.next_ring(inquiry_id, work)):
            desk.place(inquiry_id, work)
        desk.place_all(back)

    def _call_back(self, inquiry_id: str, work: WorkRecord) -> None:
        work.state, work.entered_ms = "waiting", self.desk.now_ms()
        self.desk.step(inquiry_id, work, "requeued", None, "the promised callback is due")
        self.desk.place(inquiry_id, work)

    def _miss(self, promised_ms: str, inquiry_id: str) -> None:
        work = self.desk.works.get(inquiry_id)
        if work is not None and str(work.promised_ms) == promised_ms and not work.missed:
            miss(self.desk, inquiry_id, work)

    def _pause(self, inquiry_id: str) -> None:
        desk = self.desk
        entry = f"pause|{inquiry_id}"
        after_s = desk.configuration.desk.release_silent_after_s
        work = desk.works.get(inquiry_id)
        del desk.due[entry]
        if work is None or work.state != "accepted" or after_s is None:
            return
        silent_at = (work.spoke_ms or 0) + after_s * 1000
        if desk.now_ms() < silent_at:
            desk.due[entry] = silent_at
            return
        agent_id = work.agent_id or ""
        work.state = desk.people[agent_id].held[inquiry_id] = "paused"
        desk.step(inquiry_id, work, "paused", agent_id)
        desk.settle(agent_id)

    def _silence(self, agent_id: str) -> None:
        desk, presence = self.desk, self.desk.configuration.desk.presence
        person = desk.people[agent_id]
        if not person.silent:  # while the desk stood still, nobody could be heard
            person.beat_ms = desk.now_ms() - presence.heartbeat_s * 1000
        silent_at = person.beat_ms + presence.heartbeat_s * 1000
        lost_at = silent_at + presence.grace_s * 1000
        if desk.now_ms() < lost_at:
            person.silent = True
            desk.due[f"presence|{agent_id}"] = lost_at
            back = desk.rescind_offers(agent_id, "heartbeat lost")
            desk.tell(agent_id)
            desk.settle(agent_id)
            desk.place_all(back)
            return
        held = sorted(person.held)
        back = desk.rescind_offers(agent_id, "heartbeat lost")
        back += desk.let_go(agent_id, held, "heartbeat lost")
        desk.sign_off(agent_id, back, "heartbeat lost")
