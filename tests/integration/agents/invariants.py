"""What must hold in Redis after every transition, whatever came before."""

from __future__ import annotations

import re
from typing import Any

from services.agents.config import Configuration
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients

WORK = (
    "state conv cust queue class lang topic prio arrival last score entry agent until_ms taken direct "
    "note epoch seq members causes entered ring_ms skip plan spoke promise attempts"
).split()
PERSON = (
    "presence reason capacity limits held idle lapses avoid beat silent listed staffed turn recent drained v"
).split()


def _fields(names: list[str], record: str) -> dict[str, Any]:
    *values, rest = record.split("\x1f")
    assert rest == ""
    return dict(zip(names, values, strict=True))


def _person(record: str) -> dict[str, Any]:
    person = _fields(PERSON, record)
    for name in ("held", "avoid"):
        entries = person[name].split("\x1e")[:-1]
        person[name] = dict(entry.split("\x1d") for entry in entries)
    person["channels"] = {each: value.partition("/")[2] for each, value in person["held"].items()}
    person["held"] = {each: value.partition("/")[0] for each, value in person["held"].items()}
    return {**person, "capacity": int(person["capacity"])}


async def check(redis: RedisClients, keys: Keys, configuration: Configuration) -> None:
    """Fails with the first invariant that is broken."""
    state = await _read(redis, keys)
    _each_work_is_in_one_place(state)
    _people_hold_what_is_theirs(state, configuration)
    _heads_are_the_first_of_their_class(state)
    _free_people_are_listed_once_for_each_class(state, configuration)
    _everybody_is_counted_once_for_each_class(state)
    _nobody_free_could_take_what_waits(state)
    _every_offer_has_a_timer(state)


async def _read(redis: RedisClients, keys: Keys) -> dict[str, Any]:
    async with redis.commands.pipeline(transaction=True) as pipe:
        pipe.hgetall(keys.work())
        pipe.hgetall(keys.people())
        pipe.hgetall(keys.serves())
        pipe.zrange(keys.waiting(), 0, -1)
        pipe.zrange(keys.heads(), 0, -1, withscores=True)
        pipe.zrange(keys.free(), 0, -1)
        pipe.zrange(keys.due(), 0, -1)
        work, people, serves, waiting, heads, free, due = await pipe.execute()
    return {
        "work": {key: _fields(WORK, value) for key, value in work.items()},
        "people": {key: _person(value) for key, value in people.items()},
        "serves": {key: _classes(value) for key, value in serves.items()},
        "waiting": [member.split("|", 3) for member in waiting],
        "heads": {class_id: int(score) for class_id, score in heads},
        "free": [member.split("|") for member in free if not member.startswith("#")],
        "counted": [member[1:].split("|") for member in free if member.startswith("#")],
        "due": set(due),
    }


def _each_work_is_in_one_place(state: dict[str, Any]) -> None:
    waiting = [inquiry_id for _, _, _, inquiry_id in state["waiting"]]
    held = [each for person in state["people"].values() for each in person["held"]]
    promised = [
        inquiry_id for inquiry_id, work in state["work"].items() if work["state"] == "promised"
    ]
    places = waiting + held + promised
    assert sorted(places) == sorted(state["work"]), "work is in exactly one place"
    for inquiry_id in waiting:
        assert state["work"][inquiry_id]["state"] == "waiting"
    for class_id, score, entry, inquiry_id in state["waiting"]:
        work = state["work"][inquiry_id]
        channel = _channel(work["class"])
        direct = f"@{work['direct']}" + (f"/{channel}" if channel else "")
        assert class_id == (direct if work["direct"] else work["class"])
        assert (int(score), int(entry)) == (int(work["score"]), int(work["entry"]))


def _people_hold_what_is_theirs(state: dict[str, Any], configuration: Configuration) -> None:
    for agent_id, person in state["people"].items():
        assert person["capacity"] == configuration.people[agent_id].capacity
        for inquiry_id, held_as in person["held"].items():
            work = state["work"][inquiry_id]
            assert (work["state"], work["agent"]) == (held_as, agent_id)
            assert _channel(work["class"]) == person["channels"][inquiry_id]
        if person["presence"] != "available" or person["silent"]:
            assert "offered" not in person["held"].values(), "who is not there has no offer"


def _heads_are_the_first_of_their_class(state: dict[str, Any]) -> None:
    first: dict[str, int] = {}
    for class_id, score, _, _ in state["waiting"]:
        first.setdefault(class_id, int(score))
    assert state["heads"] == first


def _free_people_are_listed_once_for_each_class(
    state: dict[str, Any], configuration: Configuration
) -> None:
    listed = sorted((entry[-1], entry[0]) for entry in state["free"])
    expected = sorted(
        (agent_id, class_id)
        for agent_id, person in state["people"].items()
        for class_id in state["serves"][agent_id]
        if _has_slot(person, class_id, configuration)
    )
    limited = {
        agent_id
        for agent_id, person in state["people"].items()
        if person["recent"] and configuration.desk.offer_limit
    }
    if limited:  # whether they may have the next offer depends on the clock
        listed = [each for each in listed if each[0] not in limited]
        expected = [each for each in expected if each[0] not in limited]
    assert listed == expected, f"listed {listed}, expected {expected}: {state['people']}"


def _everybody_is_counted_once_for_each_class(state: dict[str, Any]) -> None:
    expected = sorted(
        [class_id, _counted_as(person), agent_id]
        for agent_id, person in state["people"].items()
        for class_id in state["serves"][agent_id]
    )
    assert sorted(state["counted"]) == expected, f"{state['counted']}"


def _nobody_free_could_take_what_waits(state: dict[str, Any]) -> None:
    free = {(entry[0], entry[-1]) for entry in state["free"]}
    for class_id, _, _, inquiry_id in state["waiting"]:
        for agent_id, person in state["people"].items():
            if (class_id, agent_id) in free:
                assert inquiry_id in person["avoid"], f"{inquiry_id} waits for nothing"


def _every_offer_has_a_timer(state: dict[str, Any]) -> None:
    offers = {
        f"offer|{work['epoch']}|{inquiry_id}"
        for inquiry_id, work in state["work"].items()
        if work["state"] == "offered"
    }
    assert {entry for entry in state["due"] if entry.startswith("offer|")} == offers
    wraps = {
        f"wrap|{work['agent']}|{inquiry_id}"
        for inquiry_id, work in state["work"].items()
        if work["state"] == "wrapping"
    }
    assert {entry for entry in state["due"] if entry.startswith("wrap|")} == wraps
    waiting = {
        f"ring|{inquiry_id}": work
        for inquiry_id, work in state["work"].items()
        if work["state"] == "waiting"
    }
    rings = {entry for entry in state["due"] if entry.startswith("ring|")}
    assert {entry for entry, work in waiting.items() if work["ring_ms"]} <= rings
    assert rings <= {entry for entry, work in waiting.items() if work["ring_ms"] or work["plan"]}
    promises = {
        f"callback|{inquiry_id}"
        for inquiry_id, work in state["work"].items()
        if work["state"] == "promised"
    }
    assert {entry for entry in state["due"] if entry.startswith("callback|")} == promises
    open_promises = {
        f"missed|{work['promise']}|{inquiry_id}"
        for inquiry_id, work in state["work"].items()
        if work["promise"] and not work["promise"].startswith("-")
    }
    assert open_promises <= state["due"], "a promise that nobody keeps is told of"
    beats = {f"presence|{agent_id}" for agent_id in state["people"]}
    assert {entry for entry in state["due"] if entry.startswith("presence|")} == beats


def _has_slot(person: dict[str, Any], class_id: str, configuration: Configuration) -> bool:
    rules = {str(name): its for name, its in configuration.desk.channels.items()}
    channel = _channel(class_id) if _channel(class_id) in rules else ""
    over = rules[channel].interrupts if channel in rules else ()
    active = [
        person["channels"][each] for each, state in person["held"].items() if state != "paused"
    ]
    units = {"": 1, **{name: its.units for name, its in rules.items()}}
    used = sum(units.get(each, 1) for each in active if each not in over)
    limits = dict(re.findall(r"(\w+)=(\d+)", person["limits"]))
    return (
        person["presence"] == "available"
        and not person["silent"]
        and not person["drained"]
        and used + units[channel] <= person["capacity"]
        and active.count(channel) < int(limits.get(channel, 100))
    )


def _counted_as(person: dict[str, Any]) -> str:
    if person["silent"]:
        return "silent"
    drained = person["drained"] and person["presence"] == "available"
    return "busy" if drained else str(person["presence"])


def _channel(class_id: str) -> str:
    if class_id.startswith("@"):
        return class_id.partition("/")[2]
    return class_id.split(".")[2].partition("-")[2]


def _classes(serves: str) -> list[str]:
    groups = [group.split(":", 2)[2] for group in serves.split(";")[:-1]]
    return [class_id for group in groups for class_id in group.strip(",").split(",") if class_id]
