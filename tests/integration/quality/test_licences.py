"""Evidence on Kafka becomes licences on Kafka, whatever is killed in between."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
import yaml
from kafka import KafkaProducer

from services.quality.company import load_terms
from services.quality.licensing import Cell, Standing, after, licence_of
from services.runtime.keys import Keys
from tests.integration.service_process import Prepare, ServiceProcess
from tests.servers import eventually
from warmline import codec
from warmline.events import Event, Evidence, Licence, LicenceOrder
from warmline.topics import DEAD_LETTERS, EVIDENCE, LICENCES

TOPICS = {"refund_status": "licensed", "late_fee": "licensed", "invoice_copy": "human_only"}
CELL = Cell("refund_status", "en")


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A small desk that asks for little, so that a test has a licence after some dozen answers."""
    folder = tmp_path / "company"
    folder.mkdir()
    topics = [{"id": name, "harm": "information", "bot": bot} for name, bot in TOPICS.items()]
    desk = {"version": 1, "threshold": 0.8, "languages": ["en", "de"], "topics": topics}
    terms = {"targets": {"information": 0.8}, "licence_error": 0.2, "history_min": 3}
    (folder / "topics.yaml").write_text(yaml.safe_dump(desk))
    (folder / "licences.yaml").write_text(yaml.safe_dump(terms))
    return folder


@pytest.fixture
def quality(prepared: Prepare, company: Path) -> ServiceProcess:
    return prepared("quality", {"WARMLINE_COMPANY": str(company)})


def piece(name: str, kind: Any, good: bool = True, **more: Any) -> Event[Evidence]:
    values = {"topic": CELL.topic, "language": CELL.language, "at_ms": 1_790_000_000_000, **more}
    evidence = Evidence(evidence_id=name, kind=kind, good=good, **values)
    return Event(name, "/test", datetime.now(UTC), evidence)


def a_life() -> list[Event[Evidence]]:
    """Earned, and lost by one harmful answer."""
    events = [piece(f"h{number}", "history") for number in range(3)]
    events += [piece(f"d{number}", "draft", number % 40 != 7) for number in range(80)]
    events += [piece(f"a{number}", "audit") for number in range(20)]
    return [*events, piece("harm", "audit", False, harmful=True)]


def concluded(events: Sequence[Event[Evidence]], company: Path) -> list[Licence]:
    """What the pure rules make of the same evidence: every licence with a version of its own."""
    terms = load_terms(company)
    standings: dict[Cell, Standing] = {}
    licences: list[Licence] = []
    for event in events:
        standings[CELL] = after(standings, event.data, terms)
        if standings[CELL].version > len(licences):
            licences.append(licence_of(CELL, standings[CELL], terms))
    return licences


def published(quality: ServiceProcess) -> list[Licence]:
    """In the order in which they came, repeats and progress left out."""
    found: dict[int, Licence] = {}
    for event in quality.read(LICENCES):
        licence: Licence = event.data
        if (licence.topic, licence.language) == CELL and licence.version:
            found.setdefault(licence.version, licence)
    return [found[version] for version in sorted(found)]


def latest(quality: ServiceProcess) -> dict[Cell, Licence]:
    return {Cell(e.data.topic, e.data.language): e.data for e in quality.read(LICENCES)}


def test_killed_anywhere_in_between_the_same_licences_follow(
    quality: ServiceProcess, company: Path, redis_url: str
) -> None:
    events = a_life()
    for begin, end in ((0, 40), (40, 80)):
        quality.start()
        # Some come twice, as after a crash of whoever published them.
        quality.publish(EVIDENCE, events[max(0, begin - 10) : end])
        eventually(lambda begin=begin: offset(quality, redis_url) > begin, 60)  # type: ignore[misc]
        quality.end(signal.SIGKILL)
    quality.start()
    quality.publish(EVIDENCE, events[80:])
    expected = concluded(events, company)
    assert [licence.state for licence in expected] == ["draft", "licensed", "suspended"]
    eventually(lambda: latest(quality).get(CELL) == expected[-1], 60)
    states = [(licence.version, licence.state) for licence in published(quality)]
    assert states == [
        (licence.version, licence.state) for licence in expected if licence.version in dict(states)
    ]
    assert quality.end() == 0


def test_a_wiped_redis_is_rebuilt_to_the_same_bytes(
    quality: ServiceProcess, redis_url: str
) -> None:
    events = a_life()
    quality.publish(EVIDENCE, events)
    quality.start()
    eventually(lambda: offset(quality, redis_url) == len(events), 60)
    quality.end()
    with redis_client.Redis.from_url(redis_url) as client:
        key = Keys(quality.desk).standings()
        before = client.hgetall(key)
        for found in client.scan_iter(Keys(quality.desk).evidence("*")):
            client.delete(found)
        client.delete(key)
        quality.start()
        eventually(lambda: offset(quality, redis_url) == len(events), 60)
        assert client.hgetall(key) == before


def test_every_topic_says_what_it_lacks_and_a_bad_piece_becomes_a_dead_letter(
    quality: ServiceProcess,
) -> None:
    broken = piece("broken", "history")
    key, value, headers = codec.encode(EVIDENCE, broken)
    producer = KafkaProducer(bootstrap_servers=quality.kafka)
    for bad in (value.replace(b"history", b"rumour"), b"junk"):
        producer.send(quality.prefix + EVIDENCE.name, key=key, value=bad, headers=headers)
    producer.flush()
    producer.close()
    quality.publish(EVIDENCE, a_life()[:3])
    quality.start()
    eventually(lambda: (one := latest(quality).get(CELL)) and one.state == "draft", 60)
    assert [record.value for record in quality.raw(DEAD_LETTERS)][-1] == b"junk"
    assert len(quality.raw(DEAD_LETTERS)) == 2
    found = eventually(lambda: some if len(some := latest(quality)) == 4 else None, 60)
    assert found is not None
    assert {cell.topic for cell in found} == {"refund_status", "late_fee"}
    assert all(one.missing for one in found.values())


def test_a_person_suspends_within_seconds_and_learns_why_a_grant_is_refused(
    quality: ServiceProcess,
) -> None:
    quality.publish(EVIDENCE, a_life()[:-1])
    quality.start()
    eventually(lambda: (one := latest(quality).get(CELL)) and one.state == "licensed", 60)
    ordered = time.monotonic()
    give_order(quality, "o1", "suspend")
    eventually(lambda: latest(quality)[CELL].answers == "o1", 60)
    assert latest(quality)[CELL].held
    assert time.monotonic() - ordered < 30
    give_order(quality, "o2", "grant")
    eventually(lambda: latest(quality)[CELL].answers == "o2", 60)
    assert latest(quality)[CELL].state == "suspended"
    assert "lacks" in (latest(quality)[CELL].refused or "")
    give_order(quality, "o3", "grant", force=True)
    eventually(lambda: latest(quality)[CELL].forced, 60)
    assert latest(quality)[CELL].state == "licensed"


def give_order(quality: ServiceProcess, name: str, do: Any, force: bool = False) -> None:
    order = LicenceOrder(do=do, reason="test", by="ada", force=force)
    quality.publish(EVIDENCE, [piece(name, "order", order=order)])


def offset(quality: ServiceProcess, redis_url: str) -> int:
    with redis_client.Redis.from_url(redis_url) as client:
        return int(client.hget(Keys(quality.desk).standings(), "offset:0") or 0)
