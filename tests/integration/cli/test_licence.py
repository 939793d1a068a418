"""`licence`: as a supervisor uses it, with the real quality service answering."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Warmline
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from warmline.demo.company import HISTORY, SAMPLE_COMPANY


@pytest.fixture
def quality(
    kafka: str, redis_url: str, unique_name: str, prefix: str, tmp_path: Path
) -> Iterator[ServiceProcess]:
    service = ServiceProcess("quality", kafka, redis_url, unique_name, tmp_path / "quality.log")
    assert service.prefix == prefix
    service.start()
    yield service
    service.end(signal.SIGKILL)


def test_a_supervisor_sees_suspends_and_grants(warmline: Warmline, quality: ServiceProcess) -> None:
    assert quality.process is not None
    assert warmline("licence", "seed", str(SAMPLE_COMPANY / HISTORY)).code == 0

    def state(topic: str) -> str | None:
        listed = warmline("licence", "list", "--json").json
        return next((each["state"] for each in listed if each["topic"] == topic), None)

    eventually(lambda: state("how_to_pay") == "licensed", 60)
    eventually(lambda: state("extend_due_date") == "draft", 60)
    shown = warmline("licence", "show", "refund_status")
    assert "from a labelled history" in shown.out
    assert "judged answers" in shown.out
    table = warmline("licence", "list").out
    assert "how_to_pay" in table
    assert "suspended" in table

    stopped = warmline("licence", "suspend", "how_to_pay", "--reason", "the article is old")
    assert stopped.code == 0, stopped.err
    assert "suspended" in stopped.out
    refused = warmline("licence", "grant", "how_to_pay", "--reason", "mended")
    assert refused.code == 1
    assert "the evidence lacks" in refused.err
    forced = warmline("licence", "grant", "how_to_pay", "--reason", "mended", "--force")
    assert forced.code == 0, forced.err
    assert "forced" in warmline("licence", "show", "how_to_pay").out
    risk = warmline("licence", "grant", "bereavement", "--reason", "no", "--force")
    assert risk.code == 1
    assert "people only" in risk.err


def test_an_unknown_topic_is_told_with_those_that_are_known(
    warmline: Warmline, prefix: str
) -> None:
    shown = warmline("licence", "show", "weather")
    assert shown.code == 1, prefix
    assert "no licence of 'weather' in 'en': none is known yet" in shown.err
