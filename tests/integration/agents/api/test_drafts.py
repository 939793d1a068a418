"""What people make of a proposal, over HTTP."""

from __future__ import annotations

from tests.integration.agents.api.client import Desk


async def test_proposals_are_accepted_edited_and_rejected(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    for name in ("i1", "i2", "i3"):
        await desk.inquiry(name, proposal="It comes tomorrow.")
        offer = await desk.offer("celine")
        (message,) = offer["messages"]
        assert message["brief"]["suggested_reply"] == "It comes tomorrow."
        mine = {"agent_id": "celine", "epoch": offer["epoch"]}
        await desk.post(f"work/{name}/accept", mine)
        what, more = {
            "i1": ("accept", {}),
            "i2": ("edit", {"text": "It comes today."}),
            "i3": ("reject", {"reason": "wrong", "text": "It is lost."}),
        }[name]
        judged = await desk.post(f"work/{name}/draft/{what}", {**mine, **more}, key=f"k-{name}")
        assert judged.status_code == 200, judged.text
        again = await desk.post(f"work/{name}/draft/{what}", {**mine, **more}, key=f"k-{name}")
        assert again.json() == judged.json()
        late = await desk.post(f"work/{name}/draft/accept", mine)
        assert (late.status_code, late.json()["code"]) == (409, "judged")
        await desk.post(f"work/{name}/complete", {**mine, "customer_had_to_repeat": True})
    said = [(await desk.get(f"inquiries/{name}"))["history"] for name in ("i1", "i2", "i3")]
    assert [[turn["text"] for turn in turns] for turns in said] == [
        ["It comes tomorrow."],
        ["It comes today."],
        ["It is lost."],
    ]


async def test_a_rejection_needs_a_reason_that_the_desk_knows(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    await desk.inquiry("i1", proposal="It comes tomorrow.")
    mine = {"agent_id": "celine", "epoch": (await desk.offer("celine"))["epoch"]}
    await desk.post("work/i1/accept", mine)
    assert (await desk.post("work/i1/draft/reject", mine)).status_code == 422
    refused = await desk.post("work/i1/draft/reject", {**mine, "reason": "boring"})
    assert refused.status_code == 404
    assert "wrong_tone" in refused.json()["detail"]
