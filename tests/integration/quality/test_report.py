"""`warmline report` on a real broker: whatever the order on the topics, the same bytes."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from kafka import KafkaProducer

from tests.integration.cli.conftest import Ran, Warmline, prefix, warmline
from tests.integration.quality.test_service import conversations, quality, topic_of
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from tests.unit.quality.report.company import Company, Written
from warmline import codec
from warmline.topics import OUTCOMES

__all__ = ["prefix", "quality", "warmline"]

PRICES = "currency: EUR\nperson_hour: 36\nmodel_call: 0.004\ncomplaint: 25\n"


def write(kafka: str, prefix: str, events: list[Written]) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka, linger_ms=20)
    for topic, event in events:
        key, value, headers = codec.encode(topic, event)
        producer.send(prefix + topic.name, key=key, value=value, headers=headers)
    producer.flush()
    producer.close()


def report(warmline: Warmline, *arguments: str) -> Ran:
    done = warmline("report", "--since", "60d", "--window", "0s", *arguments)
    assert done.code == 0, done.err
    return done


def test_the_topics_alone_give_the_report_and_reading_them_again_the_same_bytes(
    warmline: Warmline, kafka: str, prefix: str, tmp_path: Path
) -> None:
    company = Company(9, 150)
    events = list(company.history())
    random.Random(1).shuffle(events)
    write(kafka, prefix, events)
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)

    first = report(warmline, "--format", "json", "--prices", str(prices))
    found = json.loads(first.out)
    assert found["totals"]["endings"] == Counter(truth.kind for truth in company.truths)
    spent = [f for f in found["figures"] if (f["who"], f["measure"]) == ("all inquiries", "people")]
    people_ms = sum(
        t.person_ms for t in company.truths if not (t.arm == "bot" and t.by == "person")
    )
    assert float(spent[0]["value"]) == pytest.approx(people_ms / 3_600_000 * 36, abs=1e-4)

    write(kafka, prefix, events[::3])  # delivered twice, as Kafka may
    again = json.loads(report(warmline, "--format", "json", "--prices", str(prices)).out)
    assert json.dumps(again["totals"]) == json.dumps(found["totals"])

    page = tmp_path / "report.html"
    report(warmline, "--out", str(page), "--prices", str(prices))
    assert page.read_text().startswith("<!doctype html>")
    assert report(warmline, "--format", "csv").out.startswith("section,subject,")


def test_records_that_break_the_contract_are_counted_and_left_out(
    warmline: Warmline, kafka: str, prefix: str
) -> None:
    write(kafka, prefix, list(Company(9, 20).history()))
    producer = KafkaProducer(bootstrap_servers=kafka)
    producer.send(prefix + OUTCOMES.name, key=b"x", value=b"{}")
    producer.flush()
    producer.close()
    found = json.loads(report(warmline, "--format", "json").out)
    assert found["about"]["records_that_break_the_contract"] == {"outcomes": 1}
    assert found["about"]["inquiries"] == 20


def test_what_the_quality_service_wrote_is_what_the_report_counts(
    warmline: Warmline, quality: ServiceProcess
) -> None:
    """Every kind of life of an inquiry, ended by the service itself."""
    events, expected = conversations(0)
    quality.publish_all((topic_of(event), event) for event in events)
    quality.start()
    eventually(lambda: len(list(quality.read(OUTCOMES))) >= len(expected), 60)
    assert quality.end() == 0
    found = json.loads(report(warmline, "--format", "json").out)
    assert found["totals"]["endings"] == Counter(expected.values())
    assert found["about"]["records_that_break_the_contract"] == {}


@pytest.mark.usefixtures("prefix")
def test_topics_without_events_and_wrong_options_say_what_to_do(warmline: Warmline) -> None:
    assert "0 inquiries" in report(warmline, "--format", "md").out
    wrong = warmline("report", "--since", "yesterday")
    assert wrong.code == 2
    assert "2026-09-01" in wrong.err
    missing = warmline("report", "--prices", "nowhere.yaml")
    assert missing.code == 1
    assert "nowhere.yaml" in missing.err
