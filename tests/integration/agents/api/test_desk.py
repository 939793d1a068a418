"""The desk itself over HTTP: its files, its supervisors, its queues."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from services.runtime.redis import RedisClients
from tests.integration.agents.api.client import COMPANY, Desk, served
from tests.servers import eventually_async
from tests.unit.agents.build import configuration


async def test_a_changed_file_is_in_use_without_a_restart(
    redis_url: str, redis: RedisClients, unique_name: str, tmp_path: Path
) -> None:
    for name in ("desk.yaml", "people.yaml"):
        shutil.copy(COMPANY / name, tmp_path)
    people = tmp_path / "people.yaml"
    async with served(redis_url, redis, unique_name, company=tmp_path) as desk:
        assert (await desk.post("agents/nina/sign-in")).status_code == 404
        await desk.post("agents/hiro/sign-in")
        before = (await desk.get("queues"))["config_version"]
        named = people.read_text().replace("id: hiro", "id: nina") + _HIRO_AGAIN
        people.write_text(named)

        async def in_use() -> bool:
            return bool((await desk.get("queues"))["config_version"] != before)

        async def hiro_has_more() -> bool:  # whoever is signed in already follows the version
            return bool((await desk.get("agents/hiro/work"))["capacity"] == 9)

        await eventually_async(in_use)
        assert (await desk.post("agents/nina/sign-in")).is_success
        await eventually_async(hiro_has_more)


_HIRO_AGAIN = """
  - {id: hiro, name: Hiro Tanabe, languages: {en: 5}, queues: [general], capacity: 9}
"""


async def test_a_supervisor_orders_over_http_and_others_may_not(desk: Desk) -> None:
    await desk.post("agents/hiro/sign-in")
    await desk.inquiry("i1")
    order = {"by": "mara", "reason": "the parcel is perishable"}
    pushed = await desk.post("work/i1/push", {**order, "to_agent": "hiro"})
    assert (pushed.status_code, pushed.json()["code"]) == (409, "already_theirs")
    assert (await desk.post("work/i1/priority", {**order, "priority_min": 90})).is_success
    assert (await desk.get("inquiries/i1"))["priority_min"] == 90
    assert (await desk.post("work/i1/requeue", order)).is_success
    assert (await desk.get("inquiries/i1"))["state"] == "waiting"
    assert (await desk.post("agents/hiro/drain", order)).is_success
    assert (await desk.get("agents/hiro/work"))["drained"]
    refused = await desk.post("work/i1/requeue", {**order, "by": "hiro"})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_supervisor")
    unexplained = await desk.post("work/i1/requeue", {"by": "mara", "reason": ""})
    assert unexplained.status_code == 422


async def test_a_closed_queue_is_seen_and_its_work_is_elsewhere(desk: Desk) -> None:
    await desk.inquiry("i1")
    order = {"by": "mara", "reason": "the carrier's system is down"}
    assert (await desk.post("queues/delivery/close", order)).is_success
    queues = {queue["id"]: queue for queue in (await desk.get("queues"))["queues"]}
    assert queues["delivery"]["closed"]
    assert not queues["general"]["closed"]
    assert (await desk.get("inquiries/i1"))["queue"] == "general"
    closing_general = await desk.post("queues/general/close", order)
    assert closing_general.is_success  # whose work gets a callback
    promised = await desk.get("inquiries/i1")
    assert promised["state"] == "promised"
    assert datetime.fromisoformat(promised["promised_at"]) > datetime.now(UTC)
    assert (await desk.post("queues/delivery/open", order)).is_success


async def test_a_queue_that_is_gone_from_the_files_is_seen_while_work_waits_there(
    desk: Desk,
) -> None:
    before = configuration(queues={"gone": {}})
    desk.rules.adopt(before)
    await desk.pool.reconfigure(before)
    await desk.inquiry("i1")
    queues = {queue["id"]: queue for queue in (await desk.get("queues"))["queues"]}
    gone = queues.pop("gone")
    assert (gone["waiting"], gone["removed"], gone["title"]) == (1, True, "gone")
    assert gone["target_share"] is None
    assert not any(queue["removed"] for queue in queues.values())
