"""What Redis has lost comes back from Kafka: nothing vanishes, is answered twice or has two owners."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from redis import Redis

from services.agents.history import read_history
from services.agents.lives import Life, Lives
from services.agents.settings import AgentsSettings
from services.runtime.keys import Keys
from services.runtime.processing import EXIT_FAIL_STOP
from tests.integration.agents.service_desk import PEOPLE, assignments, routed, serve_until_empty
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from warmline.topics import ASSIGNMENTS, REPLIES
from warmline.topics import ROUTED_HUMAN as ROUTED


@pytest.fixture
def server(redis_url: str) -> Iterator[Redis]:
    """Its values as bytes: a dump is no text."""
    with Redis.from_url(redis_url) as client:
        yield client


def keys_of(server: Redis, worker: ServiceProcess) -> list[bytes]:
    pattern = Keys(worker.desk).work().removesuffix("work") + "*"
    return list(server.scan_iter(pattern, count=1000))


def wipe(server: Redis, worker: ServiceProcess) -> None:
    """As FLUSHALL, but only this desk's keys: other tests share the server."""
    server.delete(*keys_of(server, worker))


def published(server: Redis, worker: ServiceProcess) -> None:
    eventually(lambda: server.xlen(Keys(worker.desk).outbox()) == 0, 30)


def begin_work(worker: ServiceProcess, api: httpx.Client, count: int) -> list[dict[str, Any]]:
    """People sign in, accept one offer each; returns those three."""
    worker.publish(ROUTED, [routed(n) for n in range(count)])
    worker.start()
    eventually(lambda: len(assignments(worker)) == count, 60)
    accepted = []
    for agent in PEOPLE:
        api.post(f"/v1/agents/{agent}/sign-in").raise_for_status()
        offer = api.get(f"/v1/agents/{agent}/work").json()["offers"][0]
        accept(api, agent, offer)
        accepted.append({**offer, "agent_id": agent})
    return accepted


def accept(api: httpx.Client, agent: str, offer: dict[str, Any]) -> None:
    body = {"agent_id": agent, "epoch": offer["epoch"]}
    api.post(f"/v1/work/{offer['inquiry_id']}/accept", json=body).raise_for_status()


def do(api: httpx.Client, work: dict[str, Any], what: str, **more: Any) -> None:
    body = {"agent_id": work["agent_id"], "epoch": work["epoch"], **more}
    api.post(f"/v1/work/{work['inquiry_id']}/{what}", json=body).raise_for_status()


def ready(worker: ServiceProcess) -> Callable[[], bool]:
    """The log says that the rebuild is done."""
    return lambda: "rebuilt from Kafka" in worker.log.read_text()


def steps_of(worker: ServiceProcess) -> dict[str, Life]:
    lives = Lives()
    lives.tell(worker.read(ASSIGNMENTS))
    return lives.works


def check_ends(worker: ServiceProcess, count: int) -> None:
    """Every inquiry was completed once and answered once, and its epochs only grow."""
    eventually(lambda: all(not life.is_open for life in steps_of(worker).values()), 60)
    lives = assignments(worker)
    assert set(lives) == {f"i{n}" for n in range(count)}
    for steps in lives.values():
        assert [step.step for step in steps].count("completed") == 1
        assert [step.epoch for step in steps] == sorted(step.epoch for step in steps)
    said = [event.data for event in worker.read(REPLIES) if event.data.kind != "notice"]
    replies = {reply.reply_id: reply for reply in said}
    assert sorted(reply.inquiry_id for reply in replies.values()) == sorted(lives)


def test_a_wiped_redis_comes_back_with_everybodys_work(
    worker: ServiceProcess, api: httpx.Client, server: Redis
) -> None:
    kept, answered, ended = begin_work(worker, api, 12)
    do(api, answered, "reply", text="We have mended it.")
    do(api, ended, "reply", text="We have mended it.")
    do(api, ended, "complete")
    published(server, worker)
    wipe(server, worker)
    assert worker.process is not None
    eventually(lambda: worker.process is not None and worker.process.poll() is not None, 30)
    assert worker.process.returncode == EXIT_FAIL_STOP
    worker.start()
    eventually(ready(worker), 60)
    assert " 0 orphans" in worker.command("queues", "verify")
    for work in (kept, answered):
        shown = api.get(f"/v1/inquiries/{work['inquiry_id']}").json()
        assert (shown["state"], shown["agent_id"]) == ("accepted", work["agent_id"])
        assert shown["epoch"] == work["epoch"]
        assert shown["messages"][0]["text"]
    assert api.get(f"/v1/inquiries/{ended['inquiry_id']}").json()["state"] == "completed"
    do(api, kept, "reply", text="We have mended it.")
    do(api, kept, "complete")
    do(api, answered, "complete")
    serve_until_empty(api, 9)
    check_ends(worker, 12)
    assert " 0 orphans" in worker.command("queues", "verify")


def test_the_last_moments_that_redis_has_lost_come_back(
    worker: ServiceProcess, api: httpx.Client, server: Redis
) -> None:
    ended, moved, _ = begin_work(worker, api, 9)
    published(server, worker)
    before = [(key, server.pttl(key), server.dump(key)) for key in keys_of(server, worker)]
    do(api, ended, "reply", text="We have mended it.")
    do(api, ended, "complete")
    do(api, moved, "transfer", to_queue="general")
    late = api.get("/v1/agents/celine/work").json()["offers"][0]
    accept(api, "celine", late)
    worker.publish(ROUTED, [routed(9)])
    eventually(lambda: len(assignments(worker)) == 10, 60)
    published(server, worker)
    worker.end(signal.SIGKILL)
    wipe(server, worker)
    for key, left_ms, dump in before:
        server.restore(key, max(0, left_ms), dump or b"")
    worker.start()
    eventually(ready(worker), 60)
    assert " 0 orphans" in worker.command("queues", "verify")
    assert api.get(f"/v1/inquiries/{ended['inquiry_id']}").json()["state"] == "completed"
    assert api.get("/v1/inquiries/i9").json()["state"] in ("waiting", "offered")
    shown = api.get(f"/v1/inquiries/{late['inquiry_id']}").json()
    assert (shown["state"], shown["agent_id"], shown["epoch"]) == (
        "accepted",
        "celine",
        late["epoch"],
    )
    refused = api.post(
        f"/v1/work/{moved['inquiry_id']}/reply",
        json={"agent_id": moved["agent_id"], "epoch": moved["epoch"], "text": "Late."},
    )
    assert refused.status_code == 409
    held = [
        work
        for agent in PEOPLE
        for work in api.get(f"/v1/agents/{agent}/work").json()["work"]
        if work["state"] == "accepted"
    ]
    for work in held:
        do(api, work, "reply", text="We have mended it.")
        do(api, work, "complete")
    serve_until_empty(api, 10 - 1 - len(held))
    check_ends(worker, 10)


def test_a_dry_run_shows_what_would_change_and_changes_nothing(
    worker: ServiceProcess, api: httpx.Client, server: Redis
) -> None:
    kept, *_ = begin_work(worker, api, 9)
    published(server, worker)
    worker.end()
    wipe(server, worker)
    shown = worker.command("queues", "rebuild", "--dry-run")
    assert f"{kept['inquiry_id']}: stays with its person" in shown
    assert f"{kept['agent_id']}: is signed in again" in shown
    assert "9 inquiries would change, 0 cannot be brought back" in shown
    assert keys_of(server, worker) == []
    assert "9 inquiries changed" in worker.command("queues", "rebuild")
    assert "0 inquiries changed" in worker.command("queues", "rebuild")
    assert "9 open inquiries" in worker.command("queues", "verify")


async def test_what_left_no_step_is_taken_in_again_once(worker: ServiceProcess) -> None:
    """Acknowledged, and lost together with the outbox before anything was published."""
    worker.publish(ROUTED, [routed(n) for n in range(3)])
    settings = AgentsSettings(
        kafka_bootstrap=worker.kafka, topic_prefix=worker.prefix, desk=worker.desk
    )
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    everything = {(ROUTED.name, number): 10 for number in range(2)}
    assert len((await read_history(settings, everything, now_ms)).lost) == 3
    assert (await read_history(settings, {}, now_ms)).lost == []
    eight_days_ms = 8 * 24 * 3600 * 1000
    assert (await read_history(settings, everything, now_ms + eight_days_ms)).lost == []
