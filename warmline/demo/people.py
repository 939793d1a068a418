"""Simulated people: they sign in, take offers, answer and finish, over the public HTTP API only.

`python -m warmline.demo.people API_URL COMPANY_FOLDER PACE [SEED]` lets everybody of `people.yaml`
work until it is stopped. They are fast: what takes a person minutes takes them a second at pace 1, a
quarter of that at pace 4. A few offers are declined and a few are left to lapse, as happens at
every desk.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from warmline.demo.company import people_of

_DECLINED = 0.02
_LEFT_TO_LAPSE = 0.005
_LOOKS_UP_S = 0.3
_READS_S = (0.05, 0.3)
_WRITES_S = (0.2, 0.8)

_POLL_S = 20.0
_HEARTBEAT_S = 10.0
_RETRY_S = 0.3
_TIMEOUT = aiohttp.ClientTimeout(total=_POLL_S + 10.0)

_ANSWERS = {
    "en": "Hello, this is {name} (simulated for the demonstration). I have looked into it and "
    "settled it for you.",
    "de": "Guten Tag, hier ist {name} (simuliert für die Vorführung). Ich habe es mir angesehen "
    "und für Sie geklärt.",
}

Json = dict[str, Any]


class Person:
    """One of the simulated people, with a client of the API that everybody shares."""

    def __init__(
        self, session: aiohttp.ClientSession, about: Mapping[str, Any], pace: float
    ) -> None:
        self._session = session
        self._pace = pace
        self._id: str = about["id"]
        self._name: str = about["name"]
        self._ignored: set[tuple[str, int]] = set()
        self._in_hand: dict[str, asyncio.Task[None]] = {}

    async def work(self) -> None:
        """Never ends."""
        await self._sign_in()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._heartbeats())
            tasks.create_task(self._desk())

    async def _sign_in(self) -> None:
        await self._post(f"/v1/agents/{self._id}/sign-in")

    async def _heartbeats(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            await self._post(f"/v1/agents/{self._id}/heartbeat")

    async def _desk(self) -> None:
        """Waits for offers. While one that is to lapse is still there, it waits for any change."""
        query: dict[str, str] = {"wait_s": str(_POLL_S)}
        while True:
            desk = await self._call("GET", f"/v1/agents/{self._id}/work", params=query)
            if desk is None:
                await self._sign_in()
                continue
            if desk["presence"] != "available":
                await self._post(f"/v1/agents/{self._id}/presence", {"presence": "available"})
            await asyncio.gather(*(self._consider(offer) for offer in desk["offers"]))
            for held in desk["work"]:
                if held["state"] == "accepted":
                    self._take_in_hand(held, held["epoch"])
            await asyncio.sleep(_LOOKS_UP_S)
            query.pop("since", None)
            if any(
                (offer["inquiry_id"], offer["epoch"]) in self._ignored for offer in desk["offers"]
            ):
                query["since"] = str(desk["version"])

    async def _consider(self, offer: Json) -> None:
        offered = (offer["inquiry_id"], offer["epoch"])
        if offered in self._ignored:
            return
        chance = random.random()  # noqa: S311 - decides who is simulated to decline
        if chance < _LEFT_TO_LAPSE:
            self._ignored.add(offered)
        elif chance < _LEFT_TO_LAPSE + _DECLINED:
            await self._on(offer, offer["epoch"], "decline", {"reason": "simulated: busy"})
        else:
            accepted = await self._on(offer, offer["epoch"], "accept")
            if accepted is not None:
                self._take_in_hand(offer, accepted["epoch"])

    def _take_in_hand(self, work: Json, epoch: int) -> None:
        inquiry_id: str = work["inquiry_id"]
        if inquiry_id not in self._in_hand:
            task = asyncio.create_task(self._handle(work, epoch))
            self._in_hand[inquiry_id] = task
            task.add_done_callback(lambda _: self._in_hand.pop(inquiry_id, None))

    async def _handle(self, work: Json, epoch: int) -> None:
        await self._spend(*_READS_S)
        await self._spend(*_WRITES_S)
        if has_proposal(work):
            said = await self._on(work, epoch, "draft/accept", {"proposal_of": work["inquiry_id"]})
        else:
            text = _ANSWERS.get(work["language"], _ANSWERS["en"]).format(name=self._name)
            said = await self._on(work, epoch, "reply", {"text": text})
        if said is not None:
            await self._on(work, epoch, "complete")

    async def _spend(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(random.uniform(least_s, most_s) / self._pace)  # noqa: S311

    async def _on(self, work: Json, epoch: int, what: str, more: Json | None = None) -> Json | None:
        """A command on a piece of work; its key makes sending it again harmless."""
        inquiry_id = work["inquiry_id"]
        body = {"agent_id": self._id, "epoch": epoch, **(more or {})}
        key = f"{what}-{epoch}-{inquiry_id}"[:128]
        return await self._post(f"/v1/work/{inquiry_id}/{what}", body, {"Idempotency-Key": key})

    async def _post(
        self, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Json | None:
        return await self._call("POST", path, json=body, headers=headers)

    async def _call(self, method: str, path: str, **options: Any) -> Json | None:
        """The answer's JSON; None where the API refuses because the state has moved on. While the
        API is away or has trouble, the call is repeated."""
        while True:
            try:
                async with self._session.request(method, path, **options) as answer:
                    if answer.status == HTTPStatus.UNAUTHORIZED:
                        sys.exit(
                            "The API refuses the token: set WARMLINE_API_TOKEN to the API's own."
                        )
                    if answer.status < 500:
                        said: Json = await answer.json(content_type=None)
                        return said if answer.ok else None
                    print(f"{method} {path}: {answer.status}, again", flush=True)
            except (aiohttp.ClientError, TimeoutError) as error:
                print(f"{method} {path}: {type(error).__name__}, again", flush=True)
            await asyncio.sleep(_RETRY_S)


def has_proposal(work: Json) -> bool:
    """Whether the bot proposes an answer in draft mode: a simulated person sends it as it stands."""
    return any(
        message["inquiry_id"] == work["inquiry_id"]
        and message["reason"] == "draft"
        and message["brief"]["suggested_reply"] is not None
        for message in work["messages"]
    )


async def _work(api_url: str, company: Path, pace: float) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    token = os.environ.get("WARMLINE_API_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else None
    async with (
        aiohttp.ClientSession(
            api_url, connector=connector, timeout=_TIMEOUT, headers=headers
        ) as session,
        asyncio.TaskGroup() as tasks,
    ):
        for about in people_of(company):
            tasks.create_task(Person(session, about, pace).work())


if __name__ == "__main__":
    random.seed(sys.argv[4] if len(sys.argv) > 4 else None)
    asyncio.run(_work(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
