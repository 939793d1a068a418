"""The HTTP API of the desk: the same commands as on the topic `agents.commands`, and what a person
sees.

`Idempotency-Key` is the command's id: sent again with the same key, a command gives its first
result. Another command with that key is refused.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Path, Query, Request
from pydantic import SecretStr

from services.agents.bodies import (
    CommandBody,
    CompleteBody,
    DeclineBody,
    DeskBody,
    DoneBody,
    DraftBody,
    DrainBody,
    EditedDraftBody,
    Held,
    Order,
    PresenceBody,
    PriorityBody,
    Problem,
    PushBody,
    QueueBody,
    QueuesBody,
    RejectedDraftBody,
    ReplyBody,
    RequeueBody,
    TransferBody,
    WorkBody,
    WrapUpBody,
)
from services.agents.config import Queue
from services.agents.desk import DeskView
from services.agents.paths import IdInPath, Inquiry, SlashesInIds
from services.agents.pool import Pool
from services.agents.problems import MEDIA_TYPE, BodyLimit, install
from services.agents.records import Records
from services.agents.refusals import explain, refuse
from services.agents.rules import Rules
from services.agents.targets import AgentId, QueueId
from services.agents.work import QueueState
from warmline import __version__
from warmline.events.base import Id
from warmline.events.work import (
    Accept,
    AcceptDraft,
    Action,
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

WAIT_MAX_S = 30.0

Agent = Annotated[AgentId, Path(examples=["ada"])]
QueueName = Annotated[QueueId, Path(examples=["fraud"])]
Key = Annotated[Id | None, Header(alias="Idempotency-Key", examples=["accept-inq-2041-ada"])]

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": about,
        "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
    for status, about in {
        401: "The bearer token is missing or wrong.",
        404: "No such person, queue or inquiry.",
        409: "The state does not allow it; nothing has changed.",
        413: "The body is too large.",
        422: "The request breaks the schema.",
        503: "Redis does not answer; try again.",
    }.items()
}


class Api:
    """The routes over one desk."""

    def __init__(
        self, pool: Pool, records: Records, view: DeskView, rules: Rules, desk: str
    ) -> None:
        self._pool = pool
        self._records = records
        self._view = view
        self._rules = rules
        self._desk = desk

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/v1", responses=PROBLEMS)
        for method, path, tag, endpoint in (
            ("POST", "/agents/{agent_id}/sign-in", "people", self.sign_in),
            ("POST", "/agents/{agent_id}/sign-out", "people", self.sign_out),
            ("POST", "/agents/{agent_id}/presence", "people", self.presence),
            ("POST", "/agents/{agent_id}/heartbeat", "people", self.heartbeat),
            ("GET", "/agents/{agent_id}/work", "people", self.desk_of),
            ("POST", "/work/{inquiry_id}/accept", "work", self.accept),
            ("POST", "/work/{inquiry_id}/decline", "work", self.decline),
            ("POST", "/work/{inquiry_id}/reply", "work", self.reply),
            ("POST", "/work/{inquiry_id}/draft/accept", "work", self.accept_draft),
            ("POST", "/work/{inquiry_id}/draft/edit", "work", self.edit_draft),
            ("POST", "/work/{inquiry_id}/draft/reject", "work", self.reject_draft),
            ("POST", "/work/{inquiry_id}/complete", "work", self.complete),
            ("POST", "/work/{inquiry_id}/wrap-up", "work", self.wrap_up),
            ("POST", "/work/{inquiry_id}/transfer", "work", self.transfer),
            ("POST", "/work/{inquiry_id}/not-reached", "work", self.not_reached),
            ("POST", "/work/{inquiry_id}/push", "supervise", self.push),
            ("POST", "/work/{inquiry_id}/pull", "supervise", self.pull),
            ("POST", "/work/{inquiry_id}/priority", "supervise", self.reprioritise),
            ("POST", "/work/{inquiry_id}/requeue", "supervise", self.requeue),
            ("POST", "/agents/{agent_id}/drain", "supervise", self.drain),
            ("POST", "/queues/{queue_id}/close", "supervise", self.close_queue),
            ("POST", "/queues/{queue_id}/open", "supervise", self.open_queue),
            ("GET", "/queues", "see", self.queues),
            ("GET", "/inquiries/{inquiry_id}", "see", self.inquiry),
            ("GET", "/commands/{command_id}", "see", self.command),
        ):
            router.add_api_route(path, endpoint, methods=[method], tags=[tag])
        return router

    async def _act(self, agent_id: str, key: str | None, action: Action) -> DoneBody:
        command = AgentCommand(command_id=key or str(uuid4()), agent_id=agent_id, action=action)
        done = await self._pool.act(command)
        shown = await self._view.shown(done.next)
        return DoneBody(command_id=command.command_id, epoch=done.epoch, next=shown)

    async def sign_in(self, agent_id: Agent, key: Key = None) -> DoneBody:
        """Available at once. Who is signed in already keeps their presence and their work."""
        return await self._act(agent_id, key, SignIn())

    async def sign_out(self, agent_id: Agent, key: Key = None) -> DoneBody:
        """Refused while conversations are open: complete or transfer them first."""
        return await self._act(agent_id, key, SignOut())

    async def presence(self, agent_id: Agent, body: PresenceBody, key: Key = None) -> DoneBody:
        """Who is not available gets no offers and loses the pending ones; open work stays."""
        action = SetPresence(presence=body.presence, reason=body.reason)
        return await self._act(agent_id, key, action)

    async def heartbeat(self, agent_id: Agent) -> DoneBody:
        """Without heartbeats offers stop, and after a grace time open work goes to others."""
        return await self._act(agent_id, None, Heartbeat())

    async def desk_of(
        self,
        agent_id: Agent,
        wait_s: Annotated[float, Query(ge=0, le=WAIT_MAX_S)] = 0.0,
        since: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> DeskBody:
        """Offers with the seconds left, and open work. With `wait_s` the answer comes as soon as
        there is an offer, or, with `since`, as soon as anything differs from that version."""
        if agent_id not in self._rules.configuration.people:
            raise refuse("no_agent")
        return await self._view.of(agent_id, wait_s=wait_s, since=since)

    async def accept(self, inquiry_id: Inquiry, body: Held, key: Key = None) -> DoneBody:
        """Only a pending offer, only by whom it was made to, only with its epoch."""
        action = Accept(inquiry_id=inquiry_id, epoch=body.epoch)
        return await self._act(body.agent_id, key, action)

    async def decline(self, inquiry_id: Inquiry, body: DeclineBody, key: Key = None) -> DoneBody:
        """The inquiry goes back at its original age."""
        action = Decline(inquiry_id=inquiry_id, epoch=body.epoch, reason=body.reason)
        return await self._act(body.agent_id, key, action)

    async def reply(self, inquiry_id: Inquiry, body: ReplyBody, key: Key = None) -> DoneBody:
        """Writes to the customer; without an Idempotency-Key a repeat is another message."""
        action = SendReply(
            inquiry_id=inquiry_id, epoch=body.epoch, text=body.text, language=body.language
        )
        return await self._act(body.agent_id, key, action)

    async def accept_draft(self, inquiry_id: Inquiry, body: DraftBody, key: Key = None) -> DoneBody:
        """Sends what is proposed to the customer, as it stands. Each proposal is judged once."""
        action = AcceptDraft(inquiry_id=inquiry_id, epoch=body.epoch, proposal_of=body.proposal_of)
        return await self._act(body.agent_id, key, action)

    async def edit_draft(
        self, inquiry_id: Inquiry, body: EditedDraftBody, key: Key = None
    ) -> DoneBody:
        """Sends what the person has made of the proposal."""
        action = EditDraft(
            inquiry_id=inquiry_id,
            epoch=body.epoch,
            proposal_of=body.proposal_of,
            text=body.text,
            language=body.language,
        )
        return await self._act(body.agent_id, key, action)

    async def reject_draft(
        self, inquiry_id: Inquiry, body: RejectedDraftBody, key: Key = None
    ) -> DoneBody:
        """Says why the proposal is of no use; with a text, the person's own reply is sent as well."""
        action = RejectDraft(
            inquiry_id=inquiry_id,
            epoch=body.epoch,
            proposal_of=body.proposal_of,
            reason=body.reason,
            note=body.note,
            text=body.text,
            language=body.language,
        )
        return await self._act(body.agent_id, key, action)

    async def complete(self, inquiry_id: Inquiry, body: CompleteBody, key: Key = None) -> DoneBody:
        """Ends the work; a wrap-up follows where the queue has one. Tells what the person gets next."""
        action = Complete(
            inquiry_id=inquiry_id,
            epoch=body.epoch,
            customer_had_to_repeat=body.customer_had_to_repeat,
        )
        return await self._act(body.agent_id, key, action)

    async def wrap_up(self, inquiry_id: Inquiry, body: WrapUpBody, key: Key = None) -> DoneBody:
        """Ends the wrap-up before its time is over."""
        return await self._act(body.agent_id, key, WrapUpDone(inquiry_id=inquiry_id))

    async def transfer(self, inquiry_id: Inquiry, body: TransferBody, key: Key = None) -> DoneBody:
        """To a queue or to a person; the inquiry keeps its age."""
        action = Transfer(
            inquiry_id=inquiry_id,
            epoch=body.epoch,
            to_queue=body.to_queue,
            to_agent=body.to_agent,
            note=body.note,
        )
        return await self._act(body.agent_id, key, action)

    async def not_reached(
        self, inquiry_id: Inquiry, body: DeclineBody, key: Key = None
    ) -> DoneBody:
        """The customer of a callback did not answer: promised for later, ended after the last
        attempt."""
        action = NotReached(inquiry_id=inquiry_id, epoch=body.epoch, reason=body.reason)
        return await self._act(body.agent_id, key, action)

    async def push(self, inquiry_id: Inquiry, body: PushBody, key: Key = None) -> DoneBody:
        """Offers work that nobody has accepted to one person, whatever they have in hand."""
        action = Push(inquiry_id=inquiry_id, to_agent=body.to_agent, reason=body.reason)
        return await self._act(body.by, key, action)

    async def pull(self, inquiry_id: Inquiry, body: Order, key: Key = None) -> DoneBody:
        """The supervisor takes work that nobody has accepted; it is theirs at once."""
        return await self._act(body.by, key, Pull(inquiry_id=inquiry_id, reason=body.reason))

    async def reprioritise(
        self, inquiry_id: Inquiry, body: PriorityBody, key: Key = None
    ) -> DoneBody:
        """Sets how many minutes it counts as having waited."""
        action = Reprioritise(
            inquiry_id=inquiry_id, priority_min=body.priority_min, reason=body.reason
        )
        return await self._act(body.by, key, action)

    async def requeue(self, inquiry_id: Inquiry, body: RequeueBody, key: Key = None) -> DoneBody:
        """Back into a queue, out of whoever's hands, at its age. Who had it can no longer reply."""
        action = Requeue(inquiry_id=inquiry_id, to_queue=body.to_queue, reason=body.reason)
        return await self._act(body.by, key, action)

    async def drain(self, agent_id: Agent, body: DrainBody, key: Key = None) -> DoneBody:
        """No more offers for a person, or again; what they have accepted stays theirs."""
        action = Drain(of_agent=agent_id, draining=body.draining, reason=body.reason)
        return await self._act(body.by, key, action)

    async def close_queue(self, queue_id: QueueName, body: Order, key: Key = None) -> DoneBody:
        """What waits there and what comes goes where it goes when the queue is full."""
        return await self._act(body.by, key, CloseQueue(queue=queue_id, reason=body.reason))

    async def open_queue(self, queue_id: QueueName, body: Order, key: Key = None) -> DoneBody:
        """Takes inquiries again."""
        return await self._act(body.by, key, OpenQueue(queue=queue_id, reason=body.reason))

    async def queues(self) -> QueuesBody:
        """How many wait in each queue, and how long the first in line has; also in queues that were removed
        from the desk's files, until nothing waits there."""
        known = self._rules.configuration.queues
        return QueuesBody(
            desk=self._desk,
            config_version=self._rules.configuration.version,
            queues=tuple(
                _queue(state, known.get(state.queue)) for state in await self._pool.queues()
            ),
        )

    async def inquiry(self, inquiry_id: Inquiry) -> WorkBody:
        """The work that an inquiry is, or was lately, part of."""
        return await self._view.inquiry(inquiry_id)

    async def command(self, command_id: Annotated[IdInPath, Path(examples=["k-1"])]) -> CommandBody:
        """What became of a command, also of one sent on the topic; remembered for an hour."""
        result = await self._records.command_result(command_id)
        if result is None:
            raise refuse("no_command")
        code, epoch = result
        return CommandBody(command_id=command_id, result=code, message=explain(code, epoch))


def _queue(state: QueueState, its: Queue | None) -> QueueBody:
    level = None if its is None else its.service_level
    return QueueBody(
        id=state.queue,
        title=state.queue if its is None else its.title,
        waiting=state.waiting,
        closed=state.closed,
        removed=state.removed,
        oldest_s=None if state.oldest_ms is None else state.oldest_ms / 1000,
        target_share=None if level is None else level.share,
        target_within_s=None if level is None else level.within_s,
    )


def build_app(
    api: Api,
    *,
    token: SecretStr | None,
    body_max_bytes: int,
    background: Any = None,
    more: Sequence[APIRouter] = (),
) -> FastAPI:
    """`token` None: whoever reaches the address may use it, so it must be a loopback one.
    `background` is a context manager that runs as long as the app does."""

    async def authorised(request: Request) -> None:
        if token is None:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        expected = token.get_secret_value().encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), expected):
            raise HTTPException(
                401, "a valid bearer token is needed", {"WWW-Authenticate": "Bearer"}
            )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if background is None:
            yield
        else:
            async with background():
                yield

    app = FastAPI(
        title="Warmline desk",
        version=__version__,
        summary="Offers, open work and presence of the people who answer.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for router in (api.routes(), *more):
        app.include_router(router, dependencies=[Depends(authorised)])
    app.add_middleware(BodyLimit, max_bytes=body_max_bytes)
    app.add_middleware(SlashesInIds)
    install(app)
    return app
