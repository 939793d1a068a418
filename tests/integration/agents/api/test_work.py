"""What a person does over HTTP, from the offer to the end."""

from __future__ import annotations

from tests.integration.agents.api.client import Desk


async def test_a_person_works_through_the_api(desk: Desk) -> None:
    assert (await desk.post("agents/celine/sign-in")).status_code == 200
    await desk.inquiry("i1")
    offer = await desk.offer("celine")
    assert offer["queue"] == "delivery"
    assert 0 < offer["seconds_left"] <= 20
    (message,) = offer["messages"]
    assert message["text"] == "Where is my parcel?"
    assert message["brief"]["wish"] == "Where is my parcel?"
    assert message["why"].startswith("rule delivery: queue delivery")
    mine = {"agent_id": "celine", "epoch": offer["epoch"]}
    assert (await desk.post("work/i1/accept", mine)).json()["epoch"] == offer["epoch"]
    said = {**mine, "text": "It arrives tomorrow."}
    assert (await desk.post("work/i1/reply", said)).status_code == 200
    (work,) = (await desk.get("agents/celine/work"))["work"]
    assert work["state"] == "accepted"
    assert [(turn["by"], turn["text"]) for turn in work["history"]] == [
        ("person", "It arrives tomorrow.")
    ]
    done = await desk.post("work/i1/complete", {**mine, "customer_had_to_repeat": False})
    assert done.status_code == 200
    assert (await desk.get("inquiries/i1"))["state"] == "completed"
    assert (await desk.post("agents/celine/sign-out")).status_code == 200


async def test_declining_transferring_and_presence(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    await desk.inquiry("i1")
    offer = await desk.offer("celine")
    mine = {"agent_id": "celine", "epoch": offer["epoch"]}
    assert (await desk.post("work/i1/decline", {**mine, "reason": "busy"})).status_code == 200
    await desk.inquiry("i2")
    offer = await desk.offer("celine")
    mine = {"agent_id": "celine", "epoch": offer["epoch"]}
    await desk.post("work/i2/accept", mine)
    moved = await desk.post(
        "work/i2/transfer", {**mine, "to_queue": "fraud", "note": "stolen card"}
    )
    assert moved.status_code == 200
    inquiry = await desk.get("inquiries/i2")
    assert (inquiry["queue"], inquiry["state"], inquiry["note"]) == (
        "fraud",
        "waiting",
        "stolen card",
    )
    on_break = await desk.post("agents/celine/presence", {"presence": "break", "reason": "lunch"})
    assert on_break.status_code == 200
    state = await desk.get("agents/celine/work")
    assert (state["presence"], state["reason"]) == ("break", "lunch")
    assert (await desk.post("agents/celine/heartbeat")).status_code == 200
    queues = (await desk.get("queues"))["queues"]
    assert {queue["id"]: queue["waiting"] for queue in queues}["fraud"] == 1


async def test_a_command_with_the_same_key_is_carried_out_once(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    await desk.inquiry("i1")
    mine = {"agent_id": "celine", "epoch": (await desk.offer("celine"))["epoch"]}
    first = await desk.post("work/i1/accept", mine, key="k-1")
    assert first.status_code == 200
    assert (await desk.post("work/i1/accept", mine, key="k-1")).json() == first.json()
    assert (await desk.post("work/i1/accept", mine, key="k-2")).status_code == 409
    assert await desk.get("commands/k-1") == {
        "command_id": "k-1",
        "result": "ok",
        "message": "carried out",
    }
    assert (await desk.get("commands/k-2"))["result"] == "not_offered"


async def test_an_id_with_slashes_is_one_part_of_the_path(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    await desk.inquiry("order/17")
    offer = await desk.offer("celine")
    assert offer["inquiry_id"] == "order/17"
    mine = {"agent_id": "celine", "epoch": offer["epoch"]}
    accepted = await desk.post("work/order%2F17/accept", mine, key="k/1")
    assert accepted.status_code == 200, accepted.text
    assert (await desk.get("inquiries/order%2f17"))["state"] == "accepted"
    assert (await desk.get("inquiries/order%2F17/explanation?past=false"))["state"] == "accepted"
    assert (await desk.get("commands/k%2F1"))["result"] == "ok"
    assert (await desk.post("work/order/17/accept", mine)).status_code == 404
    for name in ("order%252F17", "order%E2%88%9517%2F"):
        assert (await desk.post(f"work/{name}/complete", mine)).json()["code"] == "no_inquiry"
