"""`warmline config check`, and taking changed files into use."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from services.agents import reload
from services.agents.config import Configuration, People
from services.agents.config_check import faults_of, remarks_on
from services.agents.config_file import load
from services.agents.memory import MemoryPool
from services.agents.reload import reload_changes
from tests.unit.agents.build import START_MS, configuration
from tests.unit.agents.test_config import DESK, PEOPLE, write
from warmline.cli.app import run
from warmline.errors import UnavailableError


def test_a_good_desk_is_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "check", "examples/paylater"]) == 0
    version = load(Path("examples/paylater")).version
    assert f"12 people, version {version}" in capsys.readouterr().out


def test_a_fault_is_told_with_line_and_path_and_exit_code_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {**DESK, "default": {"queue": "elsewhere"}})
    assert run(["config", "check", str(tmp_path)]) == 1
    told = capsys.readouterr().err.replace("\n", "")
    assert "desk.yaml:11: default.queue: no queue 'elsewhere'" in told


def test_a_queue_that_a_person_has_twice_is_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = {**PEOPLE["people"][0], "queues": ["general", {"queue": "general", "delay_s": 60}]}
    write(tmp_path, DESK, {**PEOPLE, "people": [twice]})
    assert run(["config", "check", str(tmp_path)]) == 1
    told = capsys.readouterr().err.replace("\n", "")
    assert "people.0.queues.1: 'general' stands there twice" in told


def test_a_returning_customer_may_wait_longer_than_an_offer_or_not_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {**DESK, "returning_for_s": DESK["offer_timeout_s"]})
    assert run(["config", "check", str(tmp_path)]) == 1
    told = capsys.readouterr().err.replace("\n", "")
    assert "returning_for_s" in told
    assert "not longer than an offer stands" in told
    write(tmp_path, {**DESK, "returning_for_s": 0})
    assert run(["config", "check", str(tmp_path)]) == 0


def test_what_nobody_can_serve_is_remarked_and_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = {
        "queue": "general",
        "skills": {"refunds": 5},
        "for_s": 30,
        "then": [{"lower": {"refunds": 1}, "for_s": 30}, {"lower": {"refunds": 1}}],
    }
    write(tmp_path, {**DESK, "default": target})
    assert run(["config", "check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "desk.yaml:10: default: nobody in people.yaml can serve this in general" in out
    assert "default.then.0: nobody" in out
    assert "default.then.1" not in out


def test_a_setting_that_every_queue_overrules_is_remarked_in_the_file_of_people(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (queue,) = DESK["queues"]
    (ada,) = PEOPLE["people"]
    never = {**DESK, "queues": [{**queue, "auto_accept": False}]}
    write(tmp_path, never, {**PEOPLE, "people": [{**ada, "auto_accept": True}]})
    assert run(["config", "check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "people.yaml:" in out
    assert "people.0.auto_accept: no effect: auto_accept is false in every queue" in out
    write(tmp_path, DESK, {**PEOPLE, "people": [{**ada, "auto_accept": True}]})
    assert run(["config", "check", str(tmp_path)]) == 0
    assert "no effect" not in capsys.readouterr().out


def test_a_queue_accepts_or_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (queue,) = DESK["queues"]
    write(tmp_path, {**DESK, "queues": [{**queue, "auto_accept": "sometimes"}]})
    assert run(["config", "check", str(tmp_path)]) == 1
    assert "queues.0.auto_accept" in capsys.readouterr().err.replace("\n", "")


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[MemoryPool]:
    """A pool that follows the files of `tmp_path`."""
    pool = MemoryPool(load(write(tmp_path)), lambda: START_MS)
    following = asyncio.create_task(reload_changes(pool, tmp_path, look_every_s=0.01))
    await asyncio.sleep(0)
    yield pool
    following.cancel()


async def _until_offer_timeout_is(pool: MemoryPool, seconds: int) -> None:
    async with asyncio.timeout(10):
        while pool.desk.configuration.desk.offer_timeout_s != seconds:  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.01)


async def test_a_changed_file_is_taken_into_use(pool: MemoryPool, tmp_path: Path) -> None:
    write(tmp_path, {**DESK, "offer_timeout_s": 33})
    await _until_offer_timeout_is(pool, 33)
    assert pool.desk.configuration.version == load(tmp_path).version


async def test_nobody_waits_while_changed_files_are_read(
    pool: MemoryPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ends = threading.Event(), threading.Event()

    def slowly(folder: Path) -> Configuration:
        began.set()
        assert ends.wait(10), "whoever waits for this stands still"
        return load(folder)

    monkeypatch.setattr(reload, "load", slowly)
    write(tmp_path, {**DESK, "offer_timeout_s": 33})
    async with asyncio.timeout(10):
        while not began.is_set():  # noqa: ASYNC110 - of a thread
            await asyncio.sleep(0.01)
    ends.set()
    await _until_offer_timeout_is(pool, 33)


async def test_a_file_with_a_fault_changes_nothing_until_it_is_mended(
    pool: MemoryPool, tmp_path: Path
) -> None:
    write(tmp_path, {**DESK, "default": {"queue": "nowhere"}})
    (ada,) = PEOPLE["people"]
    await asyncio.sleep(0.05)
    assert pool.desk.configuration.desk.offer_timeout_s == 20
    mended = {"version": 1, "people": [{**ada, "capacity": 5}]}
    write(tmp_path, yaml.safe_dump({**DESK, "offer_timeout_s": 34}), mended)
    await _until_offer_timeout_is(pool, 34)
    assert pool.desk.configuration.people["ada"].capacity == 5


async def test_changed_files_are_published_before_they_are_in_use(tmp_path: Path) -> None:
    """A broker that is away holds them up; they are tried again."""
    pool = MemoryPool(load(write(tmp_path)), lambda: START_MS)
    seen: list[tuple[str, str]] = []

    async def publish(changed: Configuration) -> None:
        seen.append((changed.version, pool.desk.configuration.version))
        if len(seen) == 1:
            raise UnavailableError("no broker")

    following = asyncio.create_task(reload_changes(pool, tmp_path, 0.01, before=publish))
    await asyncio.sleep(0)
    before = pool.desk.configuration.version
    write(tmp_path, {**DESK, "offer_timeout_s": 33})
    await _until_offer_timeout_is(pool, 33)
    following.cancel()
    assert seen == [(load(tmp_path).version, before)] * 2


def test_a_notice_that_is_not_written_in_a_language_of_the_desk_is_remarked() -> None:
    desk = configuration(callbacks={"notices": {"retried": {"en": "At {time}."}}})
    assert remarks_on(desk) == [
        ("desk", ("callbacks", "notices", "retried"), "missing in de: customers read it in en")
    ]


def test_no_queue_can_be_named_as_what_overflow_does() -> None:
    desk = configuration(queues={"general": {}, "wait": {}})
    people = People.model_validate(
        {"version": 1, "people": [person.model_dump() for person in desk.people.values()]}
    )
    faults = [str(fault) for fault in faults_of(desk.desk, people)]
    assert any("'wait' is no name for a queue" in fault for fault in faults)
