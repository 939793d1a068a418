"""What a person gets next: told by the command that makes room for it, and accepted as it is offered
where they want it so. For every engine."""

from __future__ import annotations

from typing import Any

from tests.integration.agents.conftest import MakeDesk
from tests.unit.agents.build import configuration
from warmline.events.work import Accept, Complete, Decline, Push, SignOut, Transfer, WrapUpDone

TWO: dict[str, dict[str, Any]] = {"ada": {}, "bob": {}}
LONG = {"heartbeat_s": 3600}


async def test_completing_tells_what_comes_next_and_tells_it_once(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.inquiry("i2")
    epoch = await d.accept("ada", "i1")
    done = await d.act("ada", Complete(inquiry_id="i1", epoch=epoch), "k-1")
    assert done.next == (await d.work("i2"),)
    assert (done.next[0].state, done.next[0].agent_id) == ("offered", "ada")
    again = await d.act("ada", Complete(inquiry_id="i1", epoch=epoch), "k-1")
    assert (again.epoch, again.next) == (done.epoch, ())


async def test_what_gives_a_person_room_tells_what_comes_next(desk: MakeDesk) -> None:
    d = desk(TWO, queues={"general": {"wrap_up_s": 60}}, presence=LONG)
    await d.sign_in("ada")
    for name in ("i1", "i2", "i3", "i4"):
        await d.inquiry(name)
        d.clock.advance(1)
    declined = await d.act("ada", Decline(inquiry_id="i1", epoch=2))
    assert [each.inquiry_id for each in declined.next] == ["i2"]
    epoch = await d.accept("ada", "i2")
    assert (await d.act("ada", Complete(inquiry_id="i2", epoch=epoch))).next == ()
    wrapped_up = await d.act("ada", WrapUpDone(inquiry_id="i2"))
    assert [each.inquiry_id for each in wrapped_up.next] == ["i3"]
    await d.sign_in("bob")
    epoch = await d.accept("ada", "i3")
    given_on = await d.act("ada", Transfer(inquiry_id="i3", epoch=epoch, to_agent="bob"))
    assert [each.inquiry_id for each in given_on.next] == ["i4"]


async def test_who_accepts_automatically_has_an_offer_as_it_is_made(desk: MakeDesk) -> None:
    d = desk({"ada": {"auto_accept": True}})
    await d.sign_in("ada")
    await d.inquiry("i1")
    assert await d.held("ada") == {"i1": "accepted"}
    assert await d.steps("i1") == ["enqueued", "offered ada", "accepted ada"]
    work = await d.work("i1")
    assert (work.state, work.epoch, work.until_ms, work.taken_ms) == (
        "accepted",
        2,
        None,
        d.clock.ms,
    )
    assert await d.refused("ada", Accept(inquiry_id="i1", epoch=2)) == "not_offered"
    await d.after(25)
    assert await d.held("ada") == {"i1": "accepted"}, "there is no offer that could lapse"


async def test_who_accepts_automatically_takes_and_finishes_in_one_command(desk: MakeDesk) -> None:
    d = desk({"ada": {"auto_accept": True}})
    for name in ("i1", "i2"):
        await d.inquiry(name)
        d.clock.advance(1)
    await d.sign_in("ada")
    (next_work,) = (await d.act("ada", Complete(inquiry_id="i1", epoch=2))).next
    assert (next_work.inquiry_id, next_work.state, next_work.epoch) == ("i2", "accepted", 2)
    done = await d.act("ada", Complete(inquiry_id="i2", epoch=next_work.epoch))
    assert done.next == ()
    assert await d.steps("i2") == ["enqueued", "offered ada", "accepted ada", "completed ada"]
    assert await d.owner("c-i2") == ("closed", 3)


async def test_an_automatically_accepted_conversation_is_its_persons_when_they_act(
    desk: MakeDesk,
) -> None:
    """Until then it is the queue's, which to everybody else means the same: people have it."""
    d = desk({"ada": {"auto_accept": True}})
    await d.sign_in("ada")
    await d.inquiry("i1", "c1")
    assert await d.owner("c1") == ("queue", 1)
    assert (await d.inquiry("i2", "c1")).outcome == "joined"
    await d.reply("ada", "i1")
    assert await d.owner("c1") == ("person", 2)


async def test_work_accepted_automatically_is_taken_back_like_any_other(desk: MakeDesk) -> None:
    d = desk({"ada": {"auto_accept": True}, "bob": {}}, presence={"sign_out": "transfer"})
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.act("ada", SignOut())
    assert (await d.owner("c-i1"))[0] == "queue"
    await d.sign_in("bob")
    assert await d.held("bob") == {"i1": "offered"}
    assert await d.refused("ada", Complete(inquiry_id="i1", epoch=2)) == "stale"


async def test_a_conversation_remembers_who_had_it_automatically(desk: MakeDesk) -> None:
    prefer = {"queue": "general", "prefer": {"for_s": 30}}
    d = desk({"ada": {"auto_accept": True}, "bob": {}}, default=prefer)
    await d.sign_in("ada")
    await d.inquiry("i1", "c1")
    await d.complete("ada", "i1")
    await d.sign_in("bob")
    d.clock.advance(1)
    await d.set_presence("bob", "break")
    await d.set_presence("bob", "available")
    d.clock.advance(1)
    await d.set_presence("ada", "break")
    await d.set_presence("ada", "available")
    await d.inquiry("i2", "c1")
    assert await d.held("ada") == {"i2": "accepted"}, "bob has been idle for longer"


async def test_offers_that_stand_when_accepting_becomes_automatic_stay_offers(
    desk: MakeDesk,
) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.inquiry("i2")
    await d.reconfigure(configuration({"ada": {"auto_accept": True}}))
    assert await d.held("ada") == {"i1": "offered"}
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    assert await d.held("ada") == {"i2": "accepted"}


AT_ONCE_AND_NEVER: dict[str, dict[str, Any]] = {
    "chat": {"auto_accept": True},
    "calls": {"auto_accept": False},
    "mail": {},
}
TOPICS = tuple(
    {"name": name, "when": {"topics": [name]}, "queue": name} for name in AT_ONCE_AND_NEVER
)
BOTH_KINDS: dict[str, dict[str, Any]] = {
    "ada": {"capacity": 3},
    "bob": {"capacity": 3, "auto_accept": True},
}


async def test_a_queue_decides_whether_its_work_is_accepted_as_it_is_offered(
    desk: MakeDesk,
) -> None:
    """The person's own setting counts where the queue has none."""
    d = desk(BOTH_KINDS, queues=AT_ONCE_AND_NEVER, filters=TOPICS)
    for agent_id in BOTH_KINDS:
        await d.sign_in(agent_id)  # whoever came before is full by then
        for topic in AT_ONCE_AND_NEVER:
            await d.inquiry(f"{topic}-{agent_id}", topic=topic)
    assert await d.held("ada") == {
        "chat-ada": "accepted",
        "calls-ada": "offered",
        "mail-ada": "offered",
    }
    assert await d.held("bob") == {
        "chat-bob": "accepted",
        "calls-bob": "offered",
        "mail-bob": "accepted",
    }
    assert await d.steps("chat-ada") == ["enqueued", "offered ada", "accepted ada"]
    assert await d.accept("bob", "calls-bob")


async def test_the_queue_that_work_is_in_by_then_decides(desk: MakeDesk) -> None:
    rings = {"queue": "calls", "for_s": 30, "then": [{"queue": "chat"}]}
    people: dict[str, dict[str, Any]] = {"ada": {"queues": ["chat"]}, "bob": {"queues": ["calls"]}}
    d = desk(people, queues=AT_ONCE_AND_NEVER, default=rings, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    assert await d.steps("i1") == ["enqueued"], "only bob works for calls, and he is not there"
    await d.after(30)
    assert await d.steps("i1") == ["enqueued", "widened", "offered ada", "accepted ada"]


async def test_a_changed_setting_of_a_queue_counts_from_the_next_offer(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.inquiry("i2")
    queues = {"general": {"auto_accept": True}, "fraud": {}}
    await d.reconfigure(configuration(queues=queues))
    assert await d.held("ada") == {"i1": "offered"}
    await d.decline("ada", "i1")
    assert await d.held("ada") == {"i2": "accepted"}


async def test_what_a_supervisor_pushes_is_accepted_as_its_queue_says(desk: MakeDesk) -> None:
    queues = {"general": {"auto_accept": True}, "fraud": {}}
    d = desk({"ada": {"capacity": 1}}, queues=queues, supervisors=("sue",))
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.inquiry("i2")
    await d.act("sue", Push(inquiry_id="i2", to_agent="ada", reason="she knows them"))
    assert await d.held("ada") == {"i1": "accepted", "i2": "accepted"}
