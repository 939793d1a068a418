"""What people do, on the plain desk. Each method is one script of `lua`."""

from __future__ import annotations

from datetime import UTC, datetime

from services.agents.actions import (
    NOT_REACHED,
    check_reason,
    check_transfer,
    plain,
    repeated,
    reply_id_of,
    retry_ms,
)
from services.agents.drafts import DraftAction, check_draft_reason, judge
from services.agents.memory_busy import less_paused, turn
from services.agents.memory_desk import MemoryDesk
from services.agents.memory_moving import move
from services.agents.memory_orders import MemoryOrders
from services.agents.memory_promises import promise
from services.agents.memory_records import PersonRecord, WorkRecord
from services.agents.orders import check_actor, check_order
from services.agents.refusals import refuse
from services.agents.work import TELL_EVERY_MS, Done, State
from warmline.events.work import (
    Accept,
    AcceptDraft,
    AgentCommand,
    CloseQueue,
    Complete,
    Decline,
    Drain,
    EditDraft,
    Heartbeat,
    NotReached,
    OpenQueue,
    Pull,
    Push,
    RejectDraft,
    Reprioritise,
    Requeue,
    SendReply,
    SetPresence,
    SignIn,
    SignOut,
    Transfer,
    WrapUpDone,
)

Result = tuple[str, int]
"""A code of `refusals`, or `ok`, and the work's epoch afterwards."""


Which = tuple[str, ...]
"""Which command it was, as `lua/shared/commands.lua` says."""


def _which(command: AgentCommand) -> Which:
    action = command.action
    match action:
        case SignIn() | SignOut() | Heartbeat():
            what: Which = (action.do,)
        case SetPresence():
            what = (action.do, action.presence)
        case Drain():
            what = (action.do, action.of_agent, str(action.draining))
        case CloseQueue() | OpenQueue():
            what = (action.do, action.queue)
        case Push():
            what = (action.do, action.inquiry_id, action.to_agent)
        case AcceptDraft() | EditDraft() | RejectDraft():
            what = ("judge_draft", action.inquiry_id)
        case _:
            what = (action.do, action.inquiry_id)
    return command.agent_id, *what


class MemoryCommands:
    """Remembers every result, so that a repeated command changes nothing."""

    def __init__(self, desk: MemoryDesk) -> None:
        self._desk = desk
        self._results: dict[str, tuple[Which, Result]] = {}
        self._orders = MemoryOrders(desk)

    def forget(self, command_id: str) -> None:
        self._results.pop(command_id, None)

    def clear_closed_queues(self) -> int:
        return sum(self._orders.clear(queue) for queue in self._desk.configuration.queues)

    def act(self, command: AgentCommand) -> Done:
        """See `Pool.act`."""
        check_actor(command, self._desk.configuration)
        check_order(command, self._desk.rules)
        if isinstance(command.action, Transfer):
            check_transfer(command, command.action, self._desk.rules)
        if isinstance(command.action, Heartbeat):
            code, epoch = self._heartbeat(command.agent_id)
        else:
            if command.command_id not in self._results:
                self._results[command.command_id] = (_which(command), self._act(command))
            elif isinstance(command.action, CloseQueue):
                self._orders.clear(command.action.queue, command.action.reason)
            which, (code, epoch) = self._results[command.command_id]
            if which != _which(command):
                raise refuse("other_command")
        if code == "ok":
            return Done(epoch)
        raise refuse(self._precisely(code, getattr(command.action, "inquiry_id", "")), epoch)

    def _precisely(self, code: str, inquiry_id: str) -> str:
        if code != "no_inquiry":
            return code
        if inquiry_id in self._desk.joined:
            return "part_of_other"
        return "ended" if inquiry_id in self._desk.ended else code

    def _act(self, command: AgentCommand) -> Result:
        match command.action:
            case (
                Push() | Pull() | Reprioritise() | Requeue() | Drain() | CloseQueue() | OpenQueue()
            ):
                return self._orders.act(command)
            case SignIn():
                return self._sign_in(command.agent_id)
            case SignOut():
                return self._sign_out(command.agent_id)
            case SetPresence() as action:
                return self._set_presence(command.agent_id, action)
            case WrapUpDone() as action:
                return self._on_work(command, action.inquiry_id, None, "wrapping")
            case Accept() | Decline() as action:
                return self._on_work(command, action.inquiry_id, action.epoch, "offered")
            case AcceptDraft() | EditDraft() | RejectDraft() as action:
                check_draft_reason(action, self._desk.configuration)
                return self._on_work(command, action.inquiry_id, action.epoch, "accepted")
            case SendReply() | Complete() | NotReached() | Transfer() as action:
                return self._on_work(command, action.inquiry_id, action.epoch, "accepted")
        raise AssertionError(f"no such action: {command.action.do}")

    def _on_work(
        self, command: AgentCommand, inquiry_id: str, epoch: int | None, needed: State
    ) -> Result:
        work = self._desk.works.get(inquiry_id)
        if work is None:
            return "no_inquiry", 0
        if epoch is not None and work.epoch != epoch:
            return "stale", work.epoch
        if work.state != needed and (needed, work.state) != ("accepted", "paused"):
            return f"not_{needed}", work.epoch
        if work.agent_id != command.agent_id:
            return "elsewhere", work.epoch
        if needed == "offered" and self._desk.now_ms() >= (work.until_ms or 0):
            return "lapsed", work.epoch
        code = self._allowed(command, inquiry_id, work)
        return code, work.epoch

    def _allowed(self, command: AgentCommand, inquiry_id: str, work: WorkRecord) -> str:
        agent_id = command.agent_id
        match command.action:
            case Accept():
                self._accept(inquiry_id, work, agent_id)
            case Decline() as action:
                self._decline(action, work, agent_id)
            case SendReply() as action:
                language = action.language or ""
                self._say(command, action.inquiry_id, work, action.text, language)
            case AcceptDraft() | EditDraft() | RejectDraft() as action:
                return self._judge_draft(command, action, work)
            case Complete() as action:
                self._complete(action, work, agent_id)
            case NotReached() as action:
                return self._not_reached(action, work, agent_id)
            case WrapUpDone():
                self._desk.settle(self._desk.end_wrap_up(inquiry_id))
            case Transfer() as action:
                return self._transfer(action, work, agent_id)
        return "ok"

    def _accept(self, inquiry_id: str, work: WorkRecord, agent_id: str) -> None:
        self._desk.due.pop(f"offer|{work.epoch}|{inquiry_id}", None)
        self._desk.accept(inquiry_id, agent_id)
        self._desk.people[agent_id].version += 1
        self._desk.give(inquiry_id, work, "person", agent_id)

    def _decline(self, action: Decline, work: WorkRecord, agent_id: str) -> None:
        self._desk.people[agent_id].lapses = 0
        self._desk.end_offer(action.inquiry_id, work, "declined", plain(action.reason))
        self._desk.avoid(action.inquiry_id, agent_id)
        self._desk.settle(agent_id)
        self._desk.place(action.inquiry_id, work)

    def _judge_draft(self, command: AgentCommand, action: DraftAction, work: WorkRecord) -> str:
        desk = self._desk
        members = [desk.details[each] for each in work.members]
        today = datetime.fromtimestamp(desk.now_ms() / 1000, UTC).date()
        judged = judge(command, action, members, today)
        if isinstance(judged, str):
            return judged
        if judged.proposal_of in desk.judged:
            return "judged"
        desk.judged.add(judged.proposal_of)
        verdict = judged.verdict.model_dump_json()
        desk.outbox.append({"draft": verdict, "at_ms": str(desk.now_ms())})
        if judged.text:
            self._say(command, action.inquiry_id, work, judged.text, judged.language)
        return "ok"

    def _say(
        self, command: AgentCommand, inquiry_id: str, work: WorkRecord, text: str, language: str
    ) -> None:
        was_paused = work.state == "paused"
        if was_paused:
            self._desk.resume(inquiry_id, work)
        work.spoke_ms = self._desk.now_ms()
        self._desk.step(
            inquiry_id,
            work,
            "replied",
            command.agent_id,
            reply_id=reply_id_of(command),
            customer_id=work.new.details.inquiry.customer_id,
            text=text,
            reply_language=language or work.new.language,
        )
        self._desk.give(inquiry_id, work, "person", command.agent_id)
        if was_paused:
            self._desk.settle(command.agent_id)

    def _complete(self, action: Complete, work: WorkRecord, agent_id: str) -> None:
        desk, inquiry_id = self._desk, action.inquiry_id
        was_paused = work.state == "paused"
        desk.due.pop(f"pause|{inquiry_id}", None)
        work.epoch += 1
        desk.give(inquiry_id, work, "closed", agent_id)
        said = {"repeated": repeated(action)} if action.customer_had_to_repeat is not None else {}
        said |= less_paused(desk, work) if was_paused else {}
        desk.step(inquiry_id, work, "completed", agent_id, **said)
        wrap_up_ms = desk.rules.wrap_up_ms.get(work.work_class.queue)
        if wrap_up_ms is None:
            desk.drop(inquiry_id, agent_id)
            desk.archive(inquiry_id)
            desk.settle(agent_id)
            return
        person = desk.people[agent_id]
        work.state = person.held[inquiry_id] = "wrapping"
        work.spoke_ms = desk.now_ms()
        person.version += 1
        desk.due[f"wrap|{agent_id}|{inquiry_id}"] = desk.now_ms() + wrap_up_ms
        if was_paused:
            desk.settle(agent_id)

    def _not_reached(self, action: NotReached, work: WorkRecord, agent_id: str) -> str:
        desk, inquiry_id = self._desk, action.inquiry_id
        if work.attempts == 0:
            return "no_callback"
        attempts = desk.configuration.desk.callbacks.attempts
        if work.attempts < attempts:
            desk.take_back(inquiry_id, plain(action.reason) or NOT_REACHED)
            at_ms = retry_ms(desk.rules, work.work_class.queue, desk.now_ms())
            why = f"not reached, attempt {work.attempts} of {attempts}"
            promise(desk, inquiry_id, work, at_ms, why)
        else:
            desk.due.pop(f"pause|{inquiry_id}", None)
            desk.drop(inquiry_id, agent_id)
            work.epoch += 1
            work.state = "abandoned"
            desk.give(inquiry_id, work, "closed", agent_id)
            why = f"not reached in {attempts} attempts"
            customer_id = work.new.details.inquiry.customer_id
            told = {"customer_id": customer_id, "notice": "given_up"}
            desk.step(inquiry_id, work, "abandoned", agent_id, why, **told)
            desk.archive(inquiry_id)
        desk.settle(agent_id)
        return "ok"

    def _transfer(self, action: Transfer, work: WorkRecord, agent_id: str) -> str:
        desk, inquiry_id = self._desk, action.inquiry_id
        if action.to_agent is not None:
            target = desk.people.get(action.to_agent)
            if target is None or target.drained:
                return "target_absent"
        desk.due.pop(f"pause|{inquiry_id}", None)
        desk.drop(inquiry_id, agent_id)
        desk.avoid(inquiry_id, agent_id)
        if action.to_queue is not None:
            move(desk, work, action.to_queue)
        else:
            work.direct = action.to_agent
            direct_ms = desk.configuration.desk.direct_s * 1000
            desk.due[f"direct|{inquiry_id}"] = desk.now_ms() + direct_ms
        told = turn(desk, work)
        work.epoch += 1
        work.taken_ms = None
        work.entered_ms = desk.now_ms()
        work.note = plain(action.note) or work.note
        desk.give(inquiry_id, work, "queue", agent_id)
        desk.step(inquiry_id, work, "transferred", agent_id, plain(action.note), **told)
        desk.settle(agent_id)
        desk.place(inquiry_id, work)
        return "ok"

    def _sign_in(self, agent_id: str) -> Result:
        desk, now_ms = self._desk, self._desk.now_ms()
        known = desk.configuration.people[agent_id]
        person = desk.people.setdefault(
            agent_id, PersonRecord(known.capacity, known.limits, now_ms, now_ms)
        )
        person.capacity, person.limits = known.capacity, known.limits
        person.auto_accept = known.auto_accept
        person.beat_ms, person.silent = now_ms, False
        desk.due[f"presence|{agent_id}"] = now_ms + self._heartbeat_ms()
        desk.tell(agent_id)
        desk.settle(agent_id)
        return "ok", 0

    def _sign_out(self, agent_id: str) -> Result:
        desk = self._desk
        person = desk.people.get(agent_id)
        if person is None:
            return "not_signed_in", 0
        refuses = desk.configuration.desk.presence.sign_out == "refuse"
        if refuses and {"accepted", "paused"} & set(person.held.values()):
            return "open_work", 0
        held = sorted(person.held)
        back = desk.rescind_offers(agent_id, "signed out")
        back += desk.let_go(agent_id, held, "signed out")
        desk.sign_off(agent_id, back, "signed out")
        return "ok", 0

    def _set_presence(self, agent_id: str, action: SetPresence) -> Result:
        check_reason(action, self._desk.configuration)
        desk = self._desk
        person = desk.people.get(agent_id)
        if person is None:
            return "not_signed_in", 0
        back: list[str] = []
        if action.presence != "available":
            back = desk.rescind_offers(agent_id, action.presence)
        else:
            person.lapses = 0
            if person.presence != "available":
                person.idle_ms = desk.now_ms()
        person.presence, person.reason = action.presence, plain(action.reason)
        desk.tell(agent_id)
        desk.settle(agent_id)
        desk.place_all(back)
        return "ok", 0

    def _heartbeat(self, agent_id: str) -> Result:
        desk = self._desk
        person = desk.people.get(agent_id)
        if person is None:
            return "not_signed_in", 0
        tells = desk.now_ms() // TELL_EVERY_MS > person.beat_ms // TELL_EVERY_MS
        person.beat_ms = desk.now_ms()
        desk.due[f"presence|{agent_id}"] = desk.now_ms() + self._heartbeat_ms()
        if person.silent:
            person.silent = False
            desk.tell(agent_id)
            desk.settle(agent_id)
        elif tells:
            desk.tell(agent_id)
        return "ok", 0

    def _heartbeat_ms(self) -> int:
        return self._desk.configuration.desk.presence.heartbeat_s * 1000
