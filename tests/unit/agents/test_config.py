"""The desk's files: what is read, and how faults are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.agents.config_file import load
from tests.unit.agents.build import configuration
from warmline.errors import ConfigurationError

DESK: dict[str, Any] = {
    "version": 1,
    "desk": "test",
    "offer_timeout_s": 20,
    "queues": [
        {"id": "general", "title": "General", "service_level": {"share": 0.8, "within_s": 60}}
    ],
    "default": {"queue": "general"},
}
PEOPLE: dict[str, Any] = {
    "version": 1,
    "people": [
        {
            "id": "ada",
            "name": "Ada",
            "languages": {"en": 5},
            "skills": {"refunds": 3},
            "queues": ["general"],
            "capacity": 3,
        }
    ],
}


def write(folder: Path, desk: str | dict[str, Any] = "", people: str | dict[str, Any] = "") -> Path:
    for name, content in (("desk.yaml", desk or DESK), ("people.yaml", people or PEOPLE)):
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_sample_company_can_be_loaded() -> None:
    sample = load(Path("examples/paylater"))
    assert sample.desk.default.queue in sample.queues
    assert sample.people


def test_files_give_queues_and_people_by_id(tmp_path: Path) -> None:
    loaded = load(write(tmp_path))
    assert loaded.queues["general"].service_level.within_s == 60
    assert loaded.people["ada"].capacity == 3


def test_the_version_follows_from_the_content_alone(tmp_path: Path) -> None:
    first = load(write(tmp_path)).version
    assert load(write(tmp_path, yaml.safe_dump(DESK, sort_keys=True))).version == first
    assert load(write(tmp_path, {**DESK, "offer_timeout_s": 21})).version != first
    (ada,) = PEOPLE["people"]
    other = {"version": 1, "people": [{**ada, "capacity": 4}]}
    assert load(write(tmp_path, DESK, other)).version != first


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"version": 2}, "desk.yaml:1: version: Input should be 1"),
        ({"offer_timeout_s": 0}, "desk.yaml:3: offer_timeout_s: Input should be greater"),
        ({"queues": []}, "desk.yaml:4: queues:"),
        ({"typo": 1}, "typo: Extra inputs are not permitted"),
        ({"default": {"queue": "x"}}, "default.queue: no queue 'x': the desk has general"),
        (
            {"filters": [{"name": "f", "when": {"topics": []}, "queue": "general"}]},
            "filters.0.when.topics",
        ),
        (
            {"filters": [{"name": "f", "when": {}, "queue": "y"}]},
            "filters.0.queue: no queue 'y'",
        ),
        (
            {"filters": [{"name": "f", "when": {}, "queue": "general"}] * 2},
            "filters: 'f' stands there twice",
        ),
        ({"queues": DESK["queues"] * 2}, "queues: 'general' stands there twice"),
        ({"callbacks": {"notices": {"retried": {}}}}, "notices.retried has no text"),
        ({"callbacks": {"notices": {"promised": {"en": "At {when}"}}}}, "only {time} may stand"),
        ({"callbacks": {"notices": {"given_up": {"en": "{time}"}}}}, "there is no {time} any more"),
        ({"presence": {"reasons": {"break": []}}}, "reasons.break is empty"),
        ({"presence": {"reasons": {"away": ["Long lunch"]}}}, "presence.reasons.away.0"),
    ],
)
def test_a_fault_in_the_desk_names_file_line_and_place(
    tmp_path: Path, change: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigurationError) as told:
        load(write(tmp_path, {**DESK, **change}))
    assert fault in str(told.value)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"capacity": 0}, "people.yaml:11: people.0.capacity"),
        ({"languages": {}}, "people.yaml:5: people.0.languages"),
        ({"languages": {"en": 6}}, "people.yaml:6: people.0.languages.en"),
        ({"queues": ["nowhere"]}, "people.yaml:10: people.0.queues.0: no queue 'nowhere'"),
        ({"id": "a|b"}, "people.yaml:3: people.0.id"),
        (
            {"limits": {"chat": 2}},
            "people.yaml:13: people.0.limits.chat: the desk does not tell chat apart",
        ),
    ],
)
def test_a_fault_among_the_people_names_file_line_and_place(
    tmp_path: Path, change: dict[str, Any], fault: str
) -> None:
    (ada,) = PEOPLE["people"]
    with pytest.raises(ConfigurationError) as told:
        load(write(tmp_path, DESK, {"version": 1, "people": [{**ada, **change}]}))
    assert fault in str(told.value)


def test_a_list_of_which_every_entry_is_at_fault_is_not_told_to_be_empty(tmp_path: Path) -> None:
    (ada,) = PEOPLE["people"]
    with pytest.raises(ConfigurationError) as error:
        load(write(tmp_path, people={**PEOPLE, "people": [{**ada, "capacity": 0}]}))
    assert "people.0.capacity" in str(error.value)
    assert "at least 1 item" not in str(error.value)
    with pytest.raises(ConfigurationError, match=r"people: .*at least 1 item"):
        load(write(tmp_path, people={**PEOPLE, "people": []}))


def test_a_default_queue_without_people_is_a_fault(tmp_path: Path) -> None:
    second = {**DESK["queues"][0], "id": "other"}
    (ada,) = PEOPLE["people"]
    people = {"version": 1, "people": [{**ada, "queues": ["other"]}]}
    with pytest.raises(ConfigurationError, match="works in the default queue"):
        load(write(tmp_path, {**DESK, "queues": [*DESK["queues"], second]}, people))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("version: 1\n  desk: x\n", "desk.yaml:2: not YAML"),
        ("# nothing\n", "desk.yaml: is empty"),
        ("- 1\n- 2\n", "desk.yaml:1: file:"),
        ("version: 1\nx: !!python/object:os.system {}\n", "desk.yaml:2: not YAML"),
        ("version: 1\nx: \x07\n", "desk.yaml: not YAML"),
    ],
)
def test_what_is_no_desk_is_told_in_one_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        load(write(tmp_path, text))
    assert fault in str(told.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"desk\.yaml: cannot be read \(No such file"):
        load(tmp_path)


def test_text_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "desk.yaml").write_bytes(b"desk: \xff")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load(tmp_path)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as told:
        load(write(tmp_path, {**DESK, "version": 3, "offer_timeout_s": 0}))
    assert len(str(told.value).splitlines()) == 2


def test_builders_and_files_make_the_same_configuration(tmp_path: Path) -> None:
    built = configuration(
        {"ada": {"languages": {"en": 5}, "skills": {"refunds": 3}, "capacity": 3}},
        queues={"general": {"overflow": {"unstaffed": "callback"}}},
    )
    assert built.version == load(write(tmp_path)).version


TARGET: dict[str, Any] = {"queue": "general", "for_s": 30, "then": [{"priority_min": 5}]}


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        (
            {**TARGET, "for_s": 20},
            "desk.yaml:12: default.for_s: 20 s is not longer than an offer stands",
        ),
        (
            {**TARGET, "then": [{"for_s": 5}, {}]},
            "default.then.0.for_s: 5 s is not longer than an offer stands",
        ),
        (
            {"queue": "general", "prefer": {"for_s": 20}},
            "default.prefer.for_s: 20 s is not longer than an offer stands",
        ),
        ({**TARGET, "for_s": None}, "default: then: every step but the last needs for_s"),
        ({"queue": "general", "for_s": 30}, "default: the last step has no for_s"),
        ({**TARGET, "then": [{"queue": "x"}]}, "default.then.0.queue: no queue 'x'"),
        ({**TARGET, "then": [{"join": ["x"]}]}, "default.then.0.join.0: no queue 'x'"),
        ({**TARGET, "then": [{"relax": ["law"]}]}, "default.then.0.relax: 'law' is not asked for"),
        (
            {**TARGET, "then": [{"lower": {"law": 1}}]},
            "default.then.0.lower: 'law' is not asked for",
        ),
        (
            {**TARGET, "skip_if": {"count": "available"}},
            "default.skip_if: give exactly one of below and above",
        ),
        ({**TARGET, "skip_if": {"count": "asleep", "below": 1}}, "default.skip_if.count: Input"),
    ],
)
def test_a_ring_that_cannot_work_is_a_fault(
    tmp_path: Path, target: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigurationError) as told:
        load(write(tmp_path, {**DESK, "default": target}))
    assert fault in str(told.value)


@pytest.mark.parametrize(
    ("channels", "fault"),
    [
        ({"phone": {"units": 4}}, "channels.phone: nobody who works in the default queue has"),
        ({"phone": {"interrupts": ["phone"]}}, "channels.phone.interrupts: a channel cannot"),
        ({"fax": {}}, "channels.fax"),
    ],
)
def test_a_channel_that_nobody_can_take_is_a_fault(
    tmp_path: Path, channels: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigurationError) as told:
        load(write(tmp_path, {**DESK, "channels": channels}))
    assert fault in str(told.value)


def test_a_key_that_stands_twice_is_refused_where_the_second_one_stands(tmp_path: Path) -> None:
    text = yaml.safe_dump(DESK, sort_keys=False)
    (line,) = [n for n, each in enumerate(text.splitlines()) if each.startswith("  queue: general")]
    lines = text.splitlines()
    lines.insert(line + 1, "  queue: elsewhere")
    with pytest.raises(ConfigurationError) as error:
        load(write(tmp_path, "\n".join(lines)))
    assert f"desk.yaml:{line + 2}: queue: stands there twice" in str(error.value)


def test_aliases_that_stand_for_billions_are_no_work(tmp_path: Path) -> None:
    levels = [
        f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 9)}]" for level in range(1, 12)
    ]
    text = "\n".join(["l0: &l0 [x]", *levels])
    with pytest.raises(ConfigurationError, match=r"l0: Extra inputs"):
        load(write(tmp_path, text))
