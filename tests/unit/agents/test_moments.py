"""Who was asked at each moment and why, as of then: judged from what the plain engine has written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.agents.config import Configuration
from services.agents.moments import Known, Moment, askings, judge
from services.agents.past import Past, Told
from services.agents.rules import Rules, WorkClass
from services.agents.steps import outputs_of
from services.runtime.clock import millis
from tests.integration.agents.desks import DeskUnderTest, memory_desk
from tests.unit.agents.build import START_MS, configuration
from warmline.events import Assignment
from warmline.events.work import Push, Requeue

ADA_AND_BO: dict[str, dict[str, Any]] = {"ada": {}, "bo": {}}
QUIET = {"heartbeat_s": 3600, "grace_s": 3600, "lapses_until_away": 9}
RINGS = {
    "queue": "general",
    "skills": {"cards": 3},
    "for_s": 60,
    "then": [{"lower": {"cards": 2}}],
}


def desk_of(people: dict[str, dict[str, Any]] = ADA_AND_BO, **desk: Any) -> DeskUnderTest:
    made = memory_desk(configuration(people, **{"presence": QUIET, **desk}))
    made.clock.ms += 1000
    return made


def told_of(desk: DeskUnderTest) -> list[Told]:
    found = []
    for number, entry in enumerate(desk.pool.desk.outbox):  # type: ignore[union-attr]
        if "step" in entry or "person" in entry:
            event = outputs_of(entry, desk.configuration, f"{number}-0-0")[0].event
            found.append(Told((number,), millis(event.time), event.data))  # type: ignore[arg-type]
    return found


def known_of(desk: DeskUnderTest, *configurations: Configuration) -> Known:
    engine = desk.pool.desk  # type: ignore[union-attr]
    works = [*engine.works.values(), *engine.ended.values()]
    classes: dict[str, WorkClass] = {}
    for work in works:
        for each in (work.work_class, *(stage.work_class for stage in work.new.placement.stages)):
            classes[each.id] = each
    rules = {each.version: Rules(each) for each in (desk.configuration, *configurations)}
    return Known(rules, classes, people_from_ms=START_MS, people_whole=True)


def moments(
    desk: DeskUnderTest, inquiry_id: str = "i1", known: Known | None = None
) -> list[Moment]:
    told = told_of(desk)
    own = [
        (each.at_ms, each.what)
        for each in told
        if isinstance(each.what, Assignment) and each.what.inquiry_id == inquiry_id
    ]
    return judge(list(askings(own)), told, known or known_of(desk))


def why(moment: Moment) -> Mapping[str, tuple[str, ...]]:
    return {each.agent_id: each.why for each in moment.candidates}


async def test_an_offer_is_explained_as_of_then_whatever_came_later() -> None:
    desk = desk_of()
    await desk.sign_in("bo")
    desk.clock.advance(5)
    await desk.sign_in("ada")
    await desk.set_presence("bo", "break", "lunch")
    desk.clock.advance(5)
    await desk.inquiry("i1")
    desk.clock.advance(5)
    await desk.set_presence("bo", "available")
    await desk.set_presence("ada", "away")
    (first, second) = moments(desk)
    assert (first.step, first.agent_id) == ("offered", "ada")
    assert why(first) == {"ada": ("nobody else could take it then",), "bo": ("break: lunch",)}
    assert (second.step, second.agent_id) == ("offered", "bo")
    assert why(second)["ada"] == ("away",)


async def test_of_two_who_could_the_order_is_told() -> None:
    desk = desk_of()
    await desk.sign_in("bo")
    desk.clock.advance(5)
    await desk.sign_in("ada")
    desk.clock.advance(5)
    await desk.inquiry("i1")
    (moment,) = moments(desk)
    assert [(each.agent_id, each.has_it, each.could) for each in moment.candidates] == [
        ("bo", True, True),
        ("ada", False, True),
    ]
    since_bo, since_ada = "2026-09-21T14:13:21.000+00:00", "2026-09-21T14:13:26.000+00:00"
    assert why(moment) == {
        "bo": (f"first of 2 who could: idle since {since_bo}",),
        "ada": (
            f"could have had it, but bo came first (idle since {since_bo}): idle since {since_ada}",
        ),
    }


async def test_what_waits_is_explained_when_it_is_put_in_line_and_when_somebody_is_free() -> None:
    desk = desk_of()
    await desk.sign_in("ada")
    await desk.inquiry("other")
    desk.clock.advance(5)
    await desk.inquiry("i1")
    desk.clock.advance(5)
    await desk.accept("ada", "other")
    await desk.complete("ada", "other")
    in_line, offered = moments(desk)
    assert (in_line.step, in_line.agent_id, in_line.waited_ms) == ("enqueued", None, 0)
    assert why(in_line) == {"ada": ("full: 1 of 1",), "bo": ("not signed in",)}
    assert (offered.agent_id, offered.waited_ms) == ("ada", 5000)
    assert why(offered)["ada"] == ("nobody else could take it then",)


async def test_who_declined_or_let_it_lapse_is_not_asked_at_once() -> None:
    desk = desk_of()
    await desk.sign_in("ada")
    await desk.inquiry("i1")
    desk.clock.advance(5)
    await desk.decline("ada", "i1")
    await desk.after(30)
    await desk.after(20)
    declined, lapsed = (each for each in moments(desk) if each.agent_id is None)
    assert (declined.step, lapsed.step) == ("declined", "lapsed")
    again = "has just had it: not asked again for 30 s"
    assert why(declined)["ada"] == why(lapsed)["ada"] == (again,)
    assert [each.agent_id for each in moments(desk)] == ["ada", None, "ada", None]


async def test_a_widened_ring_is_judged_by_what_it_asks_for() -> None:
    desk = desk_of({"ada": {"skills": {"cards": 1}}, "bo": {"skills": {"cards": 3}}}, default=RINGS)
    await desk.sign_in("ada")
    desk.clock.advance(1)
    await desk.inquiry("i1")
    await desk.after(60)
    first, wider = moments(desk)
    assert (first.ring, first.needs) == ("ring 1", "language en, cards 3+")
    assert why(first)["ada"] == ("skill cards: has 1, needs 3",)
    assert (wider.ring, wider.needs, wider.agent_id) == ("ring 2", "language en, cards 1+", "ada")
    assert why(wider) == {"ada": ("nobody else could take it then",), "bo": ("not signed in",)}


async def test_work_given_to_one_person_waits_for_them_alone() -> None:
    desk = desk_of()
    await desk.sign_in("ada", "bo")
    await desk.set_presence("bo", "busy")
    desk.clock.advance(1)
    await desk.inquiry("i1")
    await desk.accept("ada", "i1")
    desk.clock.advance(1)
    await desk.transfer("ada", "i1", to_agent="bo")
    desk.clock.advance(1)
    await desk.set_presence("bo", "available")
    _, waits, offered = moments(desk)
    assert (waits.step, waits.agent_id) == ("transferred", None)
    assert why(waits)["bo"] == ("busy",)
    assert why(waits)["ada"][0] == "it waits for bo alone"
    assert why(offered)["bo"] == ("it waited for them alone",)


async def test_a_supervisors_order_is_the_reason() -> None:
    desk = desk_of(supervisors=("sue",))
    await desk.sign_in("ada", "bo")
    for name in ("i1", "i2"):
        desk.clock.advance(1)
        await desk.inquiry(name)
    desk.clock.advance(1)
    holder = (await desk.work("i1")).agent_id
    other = "bo" if holder == "ada" else "ada"
    await desk.act("sue", Push(inquiry_id="i1", to_agent=other, reason="knows them"))
    pushed = moments(desk)[-1]
    assert (pushed.by, pushed.agent_id) == ("sue", other)
    assert why(pushed)[other] == ("by order of sue", "full: 1 of 1")
    desk.clock.advance(1)
    await desk.act("sue", Requeue(inquiry_id="i1", reason="wait"))
    assert why(moments(desk)[-1])[other][0].startswith("has just had it")


async def test_each_moment_is_judged_by_the_configuration_of_then() -> None:
    before = configuration({"ada": {"languages": {"de": 3}}, "bo": {}}, presence=QUIET)
    desk = memory_desk(before)
    await desk.sign_in("ada")
    desk.clock.advance(1)
    await desk.inquiry("i1", language="en")
    desk.clock.advance(1)
    after = configuration({"ada": {"languages": {"en": 3}}, "bo": {}}, presence=QUIET)
    await desk.reconfigure(after)
    known = known_of(desk, before)
    first, second = moments(desk, known=known)
    assert first.config_version == before.version
    assert why(first)["ada"] == ("language en: has none, needs 1",)
    assert second.config_version == after.version
    assert second.agent_id == "ada"
    assert why(second)["ada"] == ("nobody else could take it then",)

    forgotten = replace(known, rules={after.version: known.rules[after.version]})
    first, second = moments(desk, known=forgotten)
    assert first.not_known is not None
    assert f"configuration {before.version} is not known" in first.not_known
    assert first.candidates == ()
    assert second.not_known is None


async def test_what_is_not_known_is_said_and_nobody_is_judged() -> None:
    desk = desk_of()
    await desk.sign_in("ada")
    desk.clock.advance(1)
    await desk.inquiry("i1")
    known = known_of(desk)
    for lacking, says in (
        (replace(known, classes={}), "what it asked for"),
        (replace(known, people_from_ms=None), "who was at the desk then"),
        (replace(known, people_from_ms=desk.clock.ms + 1), "who was at the desk then"),
        (replace(known, people_whole=False), "who was at the desk then"),
    ):
        (moment,) = moments(desk, known=lacking)
        assert moment.not_known is not None, says
        assert says in moment.not_known
        assert moment.candidates == ()
    for entry in desk.pool.desk.outbox:  # type: ignore[union-attr]
        entry.pop("work_class", None)  # as an older version has written it
    (moment,) = moments(desk)
    assert "older version" in (moment.not_known or "")


async def test_of_whom_nothing_was_told_for_long_is_not_there() -> None:
    """Redis was wiped: nobody has told that they went."""
    desk = desk_of(presence={"heartbeat_s": 30, "grace_s": 30})
    await desk.sign_in("ada")
    told = told_of(desk)
    desk.pool.desk.people.clear()  # type: ignore[union-attr]
    desk.pool.desk.due.clear()  # type: ignore[union-attr]
    desk.clock.advance(1200)
    await desk.inquiry("i1")
    assert len(told_of(desk)) == len(told) + 1
    (moment,) = moments(desk)
    assert why(moment) == {"ada": ("not signed in",), "bo": ("not signed in",)}


async def test_an_offer_that_was_limited_or_held_up_by_wrap_up_is_told() -> None:
    desk = desk_of(
        {"ada": {}, "bo": {"capacity": 5}},
        queues={"general": {"wrap_up_s": 60}, "fraud": {}},
        offer_limit={"offers": 1, "within_s": 300},
    )
    await desk.sign_in("ada")
    desk.clock.advance(1)
    await desk.inquiry("first")
    await desk.accept("ada", "first")
    await desk.complete("ada", "first")
    desk.clock.advance(1)
    await desk.sign_in("bo")
    await desk.inquiry("second")
    desk.clock.advance(1)
    await desk.inquiry("i1")
    (moment,) = moments(desk)
    limited = "has had 1 offers within 300 s, the most for anybody"
    assert why(moment) == {"ada": (limited, "full: 1 of 1"), "bo": (limited,)}


async def test_a_more_urgent_message_asks_anew() -> None:
    filters = ({"name": "fraud", "when": {"topics": ["fraud"]}, "queue": "fraud"},)
    desk = desk_of({"ada": {"queues": ["general"]}, "bo": {"queues": ["fraud"]}}, filters=filters)
    await desk.sign_in("ada")
    await desk.set_presence("ada", "busy")
    desk.clock.advance(1)
    await desk.inquiry("i1", "c1")
    desk.clock.advance(1)
    await desk.inquiry("i2", "c1", topic="fraud", priority_min=9)
    first, anew = moments(desk)
    assert [(each.step, each.queue) for each in (first, anew)] == [
        ("enqueued", "general"),
        ("joined", "fraud"),
    ]
    assert why(first)["ada"] == ("busy",)
    assert why(anew)["ada"] == ("does not work for fraud", "busy")


async def test_whose_offer_their_own_presence_has_ended_is_not_passed_over_by_an_order() -> None:
    """A supervisor re-queues the work in the same millisecond; it was in nobody's hands any more."""
    desk = desk_of({"ada": {}}, supervisors=("sue",))
    await desk.sign_in("ada")
    await desk.inquiry("i1")
    await desk.set_presence("ada", "busy")
    await desk.act("sue", Requeue(inquiry_id="i1", reason="because"))
    past = Past(known_of(desk).rules)
    for each in told_of(desk):
        past.tell(each)
    assert past.people["ada"].avoids == {}
