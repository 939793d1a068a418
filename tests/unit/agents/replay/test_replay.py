"""Recorded events under the same and under another configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.agents.replay import report
from services.agents.replay.recording import read_lines, record
from services.agents.replay.run import Replay, Result
from tests.unit.agents.build import START_MS, configuration
from tests.unit.agents.replay.records import decided, given_up, handled, person, step
from warmline.cli.app import run
from warmline.errors import ContractError

DAY = [
    *handled("first", 0, wait_s=4, handle_s=100, agent="ada"),
    *handled("second", 10, wait_s=100, handle_s=50, agent="ada"),
    *handled("third", 20, wait_s=150, handle_s=60, agent="bo"),
    *given_up("fourth", 30, wait_s=40),
]
PEOPLE: dict[str, Any] = {"ada": {}, "bo": {}}


async def play(lines: list[str], people: dict[str, Any] | None = None, **desk: Any) -> Result:
    recording = record(read_lines(lines, "export"))
    return await Replay(recording, configuration(people or PEOPLE, **desk)).play()


def test_a_recording_has_who_was_there_and_how_long_things_took() -> None:
    recording = record(read_lines(DAY, "export"))
    assert [each.decision.inquiry.inquiry_id for each in recording.arrivals] == [
        "first",
        "second",
        "third",
        "fourth",
    ]
    assert recording.there == {
        "ada": [(START_MS + 2_000, START_MS + 160_000)],
        "bo": [(START_MS + 168_000, START_MS + 230_000)],
    }
    assert recording.happened["second"].handle_ms == 50_000
    assert recording.accept_ms() == {"ada": 2_000, "bo": 2_000, "": 2_000}
    assert recording.handle_ms() == {"general": 60_000, "": 60_000}
    assert recording.patience_ms == pytest.approx((4 + 100 + 150 + 40) * 1000)


def test_a_person_who_was_silent_for_half_an_hour_was_away() -> None:
    lines = [*handled("a", 0, 2, 10, "ada"), *handled("b", 4000, 2, 10, "ada")]
    assert len(record(read_lines(lines, "export")).there["ada"]) == 2


def test_repeated_and_unsorted_events_count_once() -> None:
    once = record(read_lines(DAY, "export"))
    twice = record(read_lines([*reversed(DAY), *DAY], "export"))
    assert twice.arrivals == once.arrivals
    assert twice.there == once.there


async def test_the_same_desk_gives_what_happened() -> None:
    result = await play(DAY)
    first, second = result.played["first"], result.played["second"]
    assert (first.agent_id, first.wait_ms) == ("ada", 4_000)
    assert (second.agent_id, second.wait_ms) == (
        "ada",
        96_000,
    )  # free at 104, two seconds to accept
    fourth = result.played["fourth"]
    assert (fourth.abandoned, fourth.wait_ms) == (True, 40_000)


async def test_more_slots_answer_earlier() -> None:
    result = await play(DAY, {"ada": {"capacity": 3}, "bo": {}})
    assert result.played["second"].wait_ms == 2_000
    assert result.played["third"].wait_ms == 2_000
    assert result.played["fourth"].agent_id == "ada"  # the second one ends at 62
    assert result.played["fourth"].wait_ms == 34_000


async def test_a_conversation_in_which_somebody_writes_is_not_silent() -> None:
    lines = [
        decided("long", 0),
        step("long", "enqueued", 0, 1),
        step("long", "offered", 0, 2, "ada"),
        step("long", "accepted", 2, 3, "ada", 2),
        step("long", "replied", 60, 4, "ada", 2),
        step("long", "replied", 120, 5, "ada", 2),
        step("long", "completed", 180, 6, "ada", 2),
        *handled("next", 10, wait_s=172, handle_s=10, agent="ada"),
    ]
    result = await play(lines, {"ada": {}}, release_silent_after_s=61)
    assert result.played["next"].wait_ms == 172_000
    silent = [each for each in lines if '"replied"' not in each]
    result = await play(silent, {"ada": {}}, release_silent_after_s=61)
    assert result.played["next"].wait_ms == 55_000  # released at 63, two seconds to accept


async def test_the_same_files_give_the_same_result_to_the_last_inquiry() -> None:
    assert await play(DAY) == await play(list(reversed(DAY)))


async def test_who_declined_or_missed_an_offer_does_so_again() -> None:
    lines = [
        decided("i", 0),
        step("i", "enqueued", 0, 1),
        step("i", "offered", 0, 2, "ada"),
        step("i", "declined", 5, 3, "ada"),
        step("i", "offered", 5, 4, "bo"),
        step("i", "lapsed", 25, 5, "bo"),
        step("i", "offered", 36, 6, "ada"),
        step("i", "accepted", 38, 7, "ada", 38),
        step("i", "completed", 98, 8, "ada", 38),
    ]
    happened = record(read_lines(reversed(lines), "export")).happened["i"]
    assert [(each.agent_id, each.after_ms) for each in happened.refused] == [
        ("ada", 5000),
        ("bo", None),
    ]
    result = await play(lines)
    played = result.played["i"]
    assert (played.agent_id, played.offers) == ("ada", 3)
    assert played.wait_ms == 37_000  # declined at 5, lapsed at 25, offered again at 35
    assert (await play(lines, {"bo": {}})).played["i"].agent_id is None


async def test_work_that_was_given_on_is_given_on_again() -> None:
    lines = [
        *handled("other", 0, wait_s=2, handle_s=300, agent="bo"),
        decided("i", 10),
        step("i", "enqueued", 10, 1),
        step("i", "offered", 10, 2, "ada"),
        step("i", "accepted", 12, 3, "ada", 2),
        step("i", "transferred", 42, 4, "ada", 2),
        step("i", "offered", 302, 5, "bo"),
        step("i", "accepted", 304, 6, "bo", 294),
        step("i", "completed", 364, 7, "bo", 294),
    ]
    happened = record(read_lines(lines, "export")).happened["i"]
    assert happened.wait_ms == 2000
    assert [(each.agent_id, each.held_ms, each.to_agent) for each in happened.stints] == [
        ("ada", 30_000, "bo"),
        ("bo", 60_000, None),
    ]
    played = (await play(lines)).played["i"]
    assert (played.agent_id, played.accepted, played.wait_ms) == ("bo", 2, 2000)


FRAUD: dict[str, Any] = {"name": "fraud", "when": {"topics": ["fraud"]}, "queue": "fraud"}
TWO_DESKS: dict[str, Any] = {"ada": {"queues": ["fraud"]}, "bo": {"queues": ["general"]}}


def test_a_recording_has_who_was_signed_in_where_the_desk_told_of_it() -> None:
    lines = [
        person("ada", "available", 0),
        person("ada", "break", 50),
        person("ada", "signed_out", 100),
        person("ada", "away", 200),
        person("bo", "signed_out", 7),
    ]
    assert record(read_lines(reversed(lines), "export")).signed_in == {
        "ada": [(START_MS, START_MS + 100_000), (START_MS + 200_000, None)],
        "bo": [],
    }


async def test_what_waits_when_the_last_person_signs_out_goes_where_it_goes_live() -> None:
    lines = [
        person("ada", "break", 0),
        decided("i", 10, topic="fraud"),
        person("ada", "signed_out", 30),
        *handled("other", 200, wait_s=2, handle_s=100, agent="bo"),
    ]
    queues: dict[str, Any] = {"general": {}, "fraud": {"overflow": {"unstaffed": "general"}}}
    desk: dict[str, Any] = {"queues": queues, "filters": (FRAUD,)}
    result = await play(lines, TWO_DESKS, **desk)
    assert (result.played["i"].agent_id, result.played["i"].queue) == ("bo", "general")
    unknown = await play([each for each in lines if "signed_out" not in each], TWO_DESKS, **desk)
    assert unknown.played["i"].agent_id is None  # ada may come back to it


async def test_who_signs_out_with_work_in_hand_finishes_it_first() -> None:
    lines = [
        *handled("i", 10, wait_s=2, handle_s=100, agent="ada"),
        person("ada", "available", 0),
        person("ada", "signed_out", 60),
        decided("late", 70),
        *handled("other", 200, wait_s=2, handle_s=100, agent="bo"),
    ]
    result = await play(lines, {"ada": {}, "bo": {"capacity": 2}})
    assert result.played["i"].agent_id == "ada"
    assert result.played["late"].agent_id == "bo"


async def test_closed_queues_are_cleared_by_the_minute() -> None:
    """A callback that nobody takes before the queue closes, 46 minutes and 40 s after the beginning."""
    closes_s = 46 * 60 + 40
    queues: dict[str, Any] = {
        "general": {},
        "fraud": {
            "hours": "office",
            "overflow": {"closed": "general", "too_long": "callback", "too_long_s": 60},
        },
    }
    result = await play(
        [
            decided("i", 0, topic="fraud"),
            *handled("other", closes_s + 90, wait_s=2, handle_s=100, agent="bo"),
        ],
        TWO_DESKS,
        queues=queues,
        filters=(FRAUD,),
        calendars=(
            {"id": "office", "time_zone": "Europe/Berlin", "open": {"mon": ["08:00-17:00"]}},
        ),
        callbacks={"after_s": 600},
    )
    assert (result.played["i"].agent_id, result.played["i"].queue) == ("bo", "general")


async def test_who_is_not_in_the_configuration_is_named_and_left_out() -> None:
    result = await play(DAY, {"ada": {}})
    assert result.unknown_people == ("bo",)
    assert "bo" not in {each.agent_id for each in result.played.values()}


async def test_nothing_vanishes() -> None:
    lines = [decided("nobody-was-there", 0)]
    result = await play(lines)
    assert result.open_at_the_end == 1
    told = report.by_queue(report.replayed(result), configuration())
    assert told[""] == {
        "inquiries": 1,
        "answered": 0,
        "abandoned": 0,
        "open": 1,
        "mean_wait_s": None,
        "p50_wait_s": None,
        "p90_wait_s": None,
        "service_level": None,
        "abandonment": None,
    }


def test_the_report_counts_what_happened() -> None:
    told = report.by_queue(report.happened(record(read_lines(DAY, "x"))), configuration())[
        "general"
    ]
    assert told["inquiries"] == 4
    assert told["answered"] == 3
    assert told["service_level"] == 0.25  # within 60 s: the first
    assert told["abandonment"] == 0.25


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("{", "export:2: not JSON"),
        ("[1]", "export:2: an event has id, type, time and data"),
        ('{"id": "x"}', "export:2: an event has id"),
        (step("i", "enqueued", 0, 1).replace('"a-i-1"', "[1]"), "export:2: an event has id"),
        ("[" * 100_000, "export:2: not JSON"),
        (
            step("i", "enqueued", 0, 1).replace('"enqueued"', '"eaten"'),
            "export:2: no valid warmline.assignment.v1: step: Input should be",
        ),
        (
            step("i", "enqueued", 0, 1).replace("+00:00", ""),
            "export:2: no valid warmline.assignment.v1: time: ISO 8601 with an offset",
        ),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_without_its_content(bad: str, says: str) -> None:
    with pytest.raises(ContractError, match=says) as error:
        record(read_lines([decided("first", 0), bad], "export"))
    assert "eaten" not in str(error.value)


def test_what_cannot_be_read_or_written_is_told_before_anything_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export, other = tmp_path / "day.jsonl", tmp_path / "day.bin"
    export.write_text("\n".join(DAY) + "\n")
    other.write_bytes(b"\xff\xfe\x00")
    assert run(["replay", str(other)]) == 1
    assert "day.bin: not UTF-8" in capsys.readouterr().err
    assert run(["replay", str(export), "--out", str(tmp_path / "nowhere" / "who")]) == 2
    assert "--out: there is no folder" in capsys.readouterr().err


def test_the_command_shows_all_three_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "day.jsonl"
    export.write_text("\n".join(DAY) + "\n")
    now = tmp_path / "company"
    now.mkdir()
    built = configuration(PEOPLE)
    people = [each.model_dump(mode="json") for each in built.people.values()]
    (now / "people.yaml").write_text(yaml.safe_dump({"version": 1, "people": people}))
    (now / "desk.yaml").write_text(yaml.safe_dump(built.desk.model_dump(mode="json")))
    changed = tmp_path / "new.yaml"
    desk = {**built.desk.model_dump(mode="json"), "offer_timeout_s": 1}
    changed.write_text(yaml.safe_dump(desk))
    out = tmp_path / "who.jsonl"
    arguments = [str(export), "--company", str(now), "--config", str(changed)]
    assert run(["replay", *arguments, "--json", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["runs"]) == ["happened", "now", "changed"]
    assert told["runs"]["now"]["queues"]["general"]["answered"] == 3
    assert (
        told["runs"]["changed"]["queues"]["general"]["answered"] == 0
    )  # offers lapse after a second
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["inquiry_id"] for line in lines] == ["first", "fourth", "second", "third"]
    assert lines[0]["now"]["agent_id"] == "ada"
    assert run(["replay", *arguments]) == 0
    shown = capsys.readouterr().out
    assert "changed: 3 inquiries would have had another person than they had" in shown
    assert "4 inquiries" in shown
