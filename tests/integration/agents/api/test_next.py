"""What a person gets next, over HTTP: in the answer to what makes room for it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from services.runtime.redis import RedisClients
from tests.integration.agents.api.client import COMPANY, Desk, served


@pytest.fixture
async def desk(
    redis_url: str, redis: RedisClients, unique_name: str, tmp_path: Path
) -> AsyncIterator[Desk]:
    """Celine holds one conversation at a time, and Lotte takes hers without being asked."""
    company = shutil.copytree(COMPANY, tmp_path / "company")
    people = yaml.safe_load((company / "people.yaml").read_text())
    for person in people["people"]:
        if person["id"] in ("celine", "lotte"):
            person |= {"capacity": 1, "auto_accept": person["id"] == "lotte"}
    (company / "people.yaml").write_text(yaml.safe_dump(people))
    async with served(redis_url, redis, unique_name, company=company) as desk:
        yield desk


async def test_completing_answers_with_the_next_offer_and_its_messages(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    await desk.inquiry("i1")
    await desk.inquiry("i2", "My parcel is broken")
    offer = await desk.offer("celine")
    mine = {"agent_id": "celine", "epoch": offer["epoch"]}
    accepted = (await desk.post("work/i1/accept", mine)).json()
    assert accepted["next"] == []
    done = (await desk.post("work/i1/complete", mine, key="k-1")).json()
    (next_work,) = done["next"]
    assert (next_work["inquiry_id"], next_work["state"]) == ("i2", "offered")
    assert 0 < next_work["seconds_left"] <= 20
    assert [message["text"] for message in next_work["messages"]] == ["My parcel is broken"]
    again = (await desk.post("work/i1/complete", mine, key="k-1")).json()
    assert again == {**done, "next": []}


async def test_who_accepts_automatically_is_handed_one_after_the_other(desk: Desk) -> None:
    for name in ("i1", "i2"):
        await desk.inquiry(name, f"about {name}")
    await desk.post("agents/lotte/sign-in")
    (work,) = (await desk.get("agents/lotte/work"))["work"]
    seen = []
    while work is not None:
        assert (work["state"], work["seconds_left"]) == ("accepted", None)
        seen += [message["text"] for message in work["messages"]]
        mine = {"agent_id": "lotte", "epoch": work["epoch"], "customer_had_to_repeat": False}
        done = await desk.post(f"work/{work['inquiry_id']}/complete", mine)
        work = next(iter(done.json()["next"]), None)
    assert seen == ["about i1", "about i2"]
