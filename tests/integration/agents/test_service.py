"""Worker and API as processes, on real Kafka and Redis."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from pathlib import Path

import httpx

from services.runtime.entry import EXIT_CONFIGURATION
from tests.integration.agents.service_desk import assignments, routed, send, serve_until_empty
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from warmline.events import Event, Feedback
from warmline.events.work import Accept, Complete, SendReply, SignIn
from warmline.topics import DEAD_LETTERS, FEEDBACK, REPLIES
from warmline.topics import ROUTED_HUMAN as ROUTED


def test_every_inquiry_is_completed_once_across_kills_of_the_worker(
    worker: ServiceProcess, api: httpx.Client
) -> None:
    for start in range(0, 90, 30):
        worker.publish(ROUTED, [routed(n) for n in range(start, start + 30)])
        worker.start()
        eventually(lambda start=start: len(assignments(worker)) > start, 60)  # type: ignore[misc]
        worker.end(signal.SIGKILL)
    worker.start()
    serve_until_empty(api, 90)

    def ended() -> set[str]:
        return {
            inquiry
            for inquiry, steps in assignments(worker).items()
            if steps[-1].step == "completed"
        }

    eventually(lambda: len(ended()) == 90, 60)
    for steps in assignments(worker).values():
        assert [step.seq for step in steps] == list(range(1, len(steps) + 1))
        assert [step.step for step in steps].count("completed") == 1
        assert [step.epoch for step in steps] == sorted(step.epoch for step in steps)
    said = [event.data for event in worker.read(REPLIES) if event.data.kind != "notice"]
    replies = {reply.reply_id: reply for reply in said}
    assert sorted(reply.inquiry_id for reply in replies.values()) == sorted(
        f"i{n}" for n in range(90)
    )
    assert worker.end() == 0


def test_commands_on_the_topic_do_what_the_api_does(
    worker: ServiceProcess, api: httpx.Client
) -> None:
    worker.start()
    send(worker, "k1", "celine", SignIn())
    eventually(lambda: api.get("/v1/commands/k1").status_code == 200, 30)
    worker.publish(ROUTED, [routed(1)])
    offers = eventually(lambda: api.get("/v1/agents/celine/work").json().get("offers"), 30)
    epoch = offers[0]["epoch"]
    send(worker, "k2", "celine", Accept(inquiry_id="i1", epoch=epoch))
    send(worker, "k3", "celine", SendReply(inquiry_id="i1", epoch=epoch, text="It works again."))
    send(worker, "k3", "celine", SendReply(inquiry_id="i1", epoch=epoch, text="It works again."))
    send(worker, "k4", "celine", Accept(inquiry_id="i1", epoch=epoch))
    send(worker, "k5", "nobody", SignIn())
    send(worker, "k6", "celine", Complete(inquiry_id="i1", epoch=epoch))
    eventually(lambda: assignments(worker).get("i1", [])[-1:][0].step == "completed", 30)
    assert [step.step for step in assignments(worker)["i1"]] == [
        "enqueued",
        "offered",
        "accepted",
        "replied",
        "completed",
    ]
    said = [event.data for event in worker.read(REPLIES) if event.data.kind != "notice"]
    assert [reply.text for reply in said] == ["It works again."]
    assert api.get("/v1/commands/k4").json()["result"] == "not_offered"
    assert len(eventually(lambda: worker.raw(DEAD_LETTERS), 30)) == 1  # only the unknown person's
    replayed = json.loads(worker.command("replay", "--json"))["runs"]["now"]
    assert replayed["people"] == {"celine": 1}  # she was signed in, as the topic of people says


def test_a_customer_who_leaves_is_no_longer_offered(
    worker: ServiceProcess, api: httpx.Client
) -> None:
    """Somebody who could take it is signed in, so that it waits without a promise."""
    worker.start()
    api.post("/v1/agents/celine/sign-in").raise_for_status()
    on_break = {"presence": "break"}
    api.post("/v1/agents/celine/presence", json=on_break).raise_for_status()
    worker.publish(ROUTED, [routed(1)])
    eventually(lambda: "i1" in assignments(worker), 30)
    left = Feedback(feedback_id="f1", conversation_id="c1", kind="left")
    worker.publish(FEEDBACK, [Event("f1", "/test", datetime.now(UTC), left)])
    eventually(lambda: assignments(worker)["i1"][-1].step == "abandoned", 30)
    api.post("/v1/agents/celine/presence", json={"presence": "available"}).raise_for_status()
    assert api.get("/v1/agents/celine/work").json()["offers"] == []


def test_a_faulty_desk_file_stops_the_start_with_file_and_line(
    worker: ServiceProcess, tmp_path: Path
) -> None:
    (tmp_path / "desk.yaml").write_text("version: 1\ndesk: x\nqueues: []\n")
    worker.settings["WARMLINE_COMPANY"] = str(tmp_path)
    worker.start()
    assert worker.process is not None
    assert worker.process.wait(30) == EXIT_CONFIGURATION
    assert "desk.yaml:3: queues" in worker.log.read_text()
