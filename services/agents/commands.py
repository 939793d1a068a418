"""What people do, as calls of the engine's scripts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from services.agents.actions import (
    NOT_REACHED,
    check_reason,
    check_transfer,
    plain,
    repeated,
    reply_id_of,
    retry_ms,
)
from services.agents.classes import ATTEMPTS, ClassTable, limits_of
from services.agents.drafts import DraftAction, check_draft_reason, judge
from services.agents.orders import ORDERS, Orders, check_actor
from services.agents.records import Records
from services.agents.refusals import refuse
from services.agents.rules import Rules
from services.agents.scripts import Scripts
from services.agents.work import Done
from services.runtime.clock import Clock, day_of
from services.runtime.conversations import TURNS_KEPT
from services.runtime.keys import Keys
from warmline.errors import UnavailableError
from warmline.events.decision import Turn
from warmline.events.work import (
    Accept,
    AcceptDraft,
    Action,
    AgentCommand,
    Complete,
    Decline,
    EditDraft,
    Heartbeat,
    NotReached,
    RejectDraft,
    SendReply,
    SetPresence,
    SignIn,
    SignOut,
    Transfer,
    WrapUpDone,
)

AGAIN = frozenset({"moved", "stale_classes", "unknown_class"})
"""The state has moved between reading and acting: read and act again."""

Answer = Sequence[Any]


@dataclass(frozen=True)
class Commands:
    """One method per action; `settings` is ARGV[1] of every script."""

    keys: Keys
    rules: Rules
    run: Scripts
    classes: ClassTable
    records: Records
    orders: Orders
    clock: Clock
    zone: tzinfo
    now_ms: Callable[[], int]
    settings: Callable[[], str]

    async def act(self, command: AgentCommand) -> Done:
        """See `Pool.act`."""
        check_actor(command, self.rules.configuration)
        for _ in range(ATTEMPTS):
            answer = await self._once(command)
            code = answer[0]
            if code == "ok":
                return Done(int(answer[1]), self.records.offered(answer[2]) if answer[2:] else ())
            if code not in AGAIN:
                epoch = int(answer[1]) if answer[1:] else 0
                raise refuse(await self._precisely(code, command.action), epoch)
            self._forget(code, command.action)
        raise UnavailableError("the work changes faster than the command can be carried out")

    async def _once(self, command: AgentCommand) -> Answer:
        if isinstance(command.action, ORDERS):
            return await self.orders.once(command)
        match command.action:
            case SignIn():
                answer = await self._sign_in(command)
            case SignOut():
                answer = await self._sign_out(command)
            case SetPresence() as action:
                answer = await self._set_presence(command, action)
            case Heartbeat():
                answer = await self._script("heartbeat", [], [command.agent_id])
            case Accept() as action:
                answer = await self._accept(command, action)
            case Decline() as action:
                answer = await self._decline(command, action)
            case SendReply() as action:
                answer = await self._reply(command, action)
            case AcceptDraft() | EditDraft() | RejectDraft() as action:
                answer = await self._judge_draft(command, action)
            case Complete() as action:
                answer = await self._complete(command, action)
            case NotReached() as action:
                answer = await self._not_reached(command, action)
            case WrapUpDone() as action:
                answer = await self._wrap_up_done(command, action)
            case Transfer() as action:
                answer = await self._transfer(command, action)
        return answer

    async def _precisely(self, code: str, action: Action) -> str:
        """A script knows open work only; what else is known of the inquiry says more."""
        inquiry_id = getattr(action, "inquiry_id", None)
        if code == "no_inquiry" and inquiry_id is not None:
            return await self.records.why_not_open(inquiry_id)
        return code

    def _forget(self, code: str, action: Action) -> None:
        if code == "unknown_class":
            self.classes.forget()
        if code == "moved" and (inquiry_id := getattr(action, "inquiry_id", None)):
            self.records.forget(inquiry_id)

    async def _sign_in(self, command: AgentCommand) -> Answer:
        person = self.rules.configuration.people[command.agent_id]
        served, generation = await self.classes.served_by(person)
        return await self._script(
            "sign_in",
            [self._key(command)],
            [person.id, person.capacity, served, generation, limits_of(person)],
        )

    async def _sign_out(self, command: AgentCommand) -> Answer:
        held, keys = await self.records.held_by(command.agent_id)
        policy = self.rules.configuration.desk.presence.sign_out
        return await self._script(
            "sign_out", [self._key(command), *keys], [command.agent_id, policy, *held]
        )

    async def _set_presence(self, command: AgentCommand, action: SetPresence) -> Answer:
        check_reason(action, self.rules.configuration)
        return await self._script(
            "presence",
            [self._key(command)],
            [command.agent_id, action.presence, plain(action.reason)],
        )

    async def _accept(self, command: AgentCommand, action: Accept) -> Answer:
        conversation = await self.records.conversation_of(action.inquiry_id)
        return await self._script(
            "accept",
            [self._key(command), self.keys.conversation(conversation)],
            [command.agent_id, action.inquiry_id, action.epoch, conversation],
        )

    async def _decline(self, command: AgentCommand, action: Decline) -> Answer:
        return await self._script(
            "decline",
            [self._key(command)],
            [command.agent_id, action.inquiry_id, action.epoch, plain(action.reason)],
        )

    async def _reply(self, command: AgentCommand, action: SendReply) -> Answer:
        conversation = await self.records.conversation_of(action.inquiry_id)
        turn = Turn(by="person", text=action.text, at=self.clock())
        return await self._script(
            "reply",
            [
                self._key(command),
                self.keys.conversation(conversation),
                self.keys.turns(conversation),
            ],
            [
                command.agent_id,
                action.inquiry_id,
                action.epoch,
                conversation,
                reply_id_of(command),
                action.text,
                action.language or "",
                turn.model_dump_json(),
                TURNS_KEPT,
            ],
        )

    async def _judge_draft(self, command: AgentCommand, action: DraftAction) -> Answer:
        check_draft_reason(action, self.rules.configuration)
        works = await self.records.works([action.inquiry_id])
        conversation = works[0].conversation_id if works else ""
        members = await self.records.details(works[0].members) if works else []
        found = judge(command, action, members, day_of(self.clock(), self.zone))
        why_not, judged = (found, None) if isinstance(found, str) else ("", found)
        text = judged.text if judged is not None else ""
        return await self._script(
            "judge_draft",
            [
                self._key(command),
                self.keys.conversation(conversation),
                self.keys.turns(conversation),
                self.keys.judged(judged.proposal_of if judged is not None else action.inquiry_id),
            ],
            [
                command.agent_id,
                action.inquiry_id,
                action.epoch,
                conversation,
                why_not,
                command.command_id,
                judged.verdict.model_dump_json() if judged is not None else "",
                reply_id_of(command),
                text,
                judged.language if judged is not None else "",
                Turn(by="person", text=text, at=self.clock()).model_dump_json() if text else "",
                TURNS_KEPT,
            ],
        )

    async def _complete(self, command: AgentCommand, action: Complete) -> Answer:
        conversation = await self.records.conversation_of(action.inquiry_id)
        wrap_up = [part for pair in self.rules.wrap_up_ms.items() for part in pair]
        return await self._script(
            "complete",
            [
                self._key(command),
                self.keys.conversation(conversation),
                self.keys.ended(action.inquiry_id),
                self.keys.details(action.inquiry_id),
            ],
            [
                command.agent_id,
                action.inquiry_id,
                action.epoch,
                conversation,
                repeated(action),
                *wrap_up,
            ],
        )

    async def _not_reached(self, command: AgentCommand, action: NotReached) -> Answer:
        conversation = await self.records.conversation_of(action.inquiry_id)
        works = await self.records.works([action.inquiry_id])
        queue = works[0].queue if works else self.rules.configuration.desk.default.queue
        return await self._script(
            "not_reached",
            [
                self._key(command),
                self.keys.conversation(conversation),
                self.keys.ended(action.inquiry_id),
                self.keys.details(action.inquiry_id),
            ],
            [
                command.agent_id,
                action.inquiry_id,
                action.epoch,
                conversation,
                plain(action.reason) or NOT_REACHED,
                self.rules.configuration.desk.callbacks.attempts,
                retry_ms(self.rules, queue, self.now_ms()),
            ],
        )

    async def _wrap_up_done(self, command: AgentCommand, action: WrapUpDone) -> Answer:
        return await self._script(
            "wrap_up_done",
            [
                self._key(command),
                self.keys.ended(action.inquiry_id),
                self.keys.details(action.inquiry_id),
            ],
            [command.agent_id, action.inquiry_id],
        )

    async def _transfer(self, command: AgentCommand, action: Transfer) -> Answer:
        check_transfer(command, action, self.rules)
        conversation = await self.records.conversation_of(action.inquiry_id)
        to = await self.orders.moved(action.inquiry_id, action.to_queue)
        return await self._script(
            "transfer",
            [self._key(command), self.keys.conversation(conversation), self.keys.classes()],
            [
                command.agent_id,
                action.inquiry_id,
                action.epoch,
                conversation,
                to.queue,
                to.class_id,
                action.to_agent or "",
                self.rules.configuration.desk.direct_s * 1000,
                plain(action.note),
                to.plan,
                to.until_s,
            ],
        )

    def _key(self, command: AgentCommand) -> str:
        return self.keys.command(command.command_id)

    def _script(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> Awaitable[Answer]:
        return self.run(name, keys, [self.settings(), *args])
